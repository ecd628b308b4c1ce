//! Transactions, driven as a broker drives them: what is decided goes to a log, what is in the log is replayed, and markers
//! are written sooner or later.

mod many;
mod node;
mod script;
mod simulation;
mod transcripts;

#[path = "../shared/random.rs"]
mod random;
#[path = "../shared/transcript.rs"]
mod transcript;
