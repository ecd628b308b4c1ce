//! Groups, driven as a broker drives them: what is decided goes to a log, what is in the log is replayed.

mod expiry;
mod loading;
mod many;
mod node;
mod script;
mod simulation;
mod transcripts;

#[path = "../shared/random.rs"]
mod random;
#[path = "../shared/transcript.rs"]
mod transcript;
