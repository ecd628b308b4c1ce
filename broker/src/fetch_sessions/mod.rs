//! Incremental fetch sessions (KIP-227): what a client wants to read is remembered, so that its next Fetch says only
//! what changed, and its answer only what is new.
//!
//! * [`FetchSession`]: the partitions of one session, in the order in which they are to be served.
//! * [`FetchSessions`]: all sessions of the broker, bounded; which one has to make room for a new one.

mod cache;
mod session;

pub use cache::{FetchPlan, FetchSessions, SessionError};
pub use session::{FetchSession, Interest, Outcome, TopicRef, WantedPartition};
