//! Groups whose members agree among themselves (the "classic" protocol): everybody joins, a leader assigns, everybody
//! picks up the assignment (syncs), and says by heartbeats that it is alive.

pub mod messages;
