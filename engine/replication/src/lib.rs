//! One partition's rules: who may append, what is committed, who may read how far.
//!
//! Knows a log and a leadership, but neither a wire nor a disk nor a clock. Refusals are enums that say what happened;
//! what a client is told of them is the broker's to say.
//!
//! * [`Partition`]: a log with the leadership it stands under. All of it is `&self`: appends queue on the log's lock,
//!   reads do not wait for them, a change of leadership waits for both.
//! * `leader/`: what a leader does, one file each.

mod leader;
mod leadership;
mod partition;

pub use leader::{
    AppendRefused, DeleteRefused, EpochEnd, FetchOutcome, FetchSpec, Fetched, FoundOffset, Isolation, LookupRefused,
    OffsetSpec, ReadRefused, RequiredAcks,
};
pub use leadership::{Assignment, NotLeader};
pub use partition::Partition;
