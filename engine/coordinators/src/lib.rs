//! What coordinators decide: groups, the offsets that they commit, and transactions.
//!
//! A coordinator is a state machine over one partition of an internal topic, a [`Shard`]. A request is a *decision*: it
//! looks at the state and returns an [`Outcome`], the records that must be in the log before the answer may be given.
//! What the log says of a group (that it exists, its last finished generation with members and assignments, its offsets)
//! changes by [`Shard::replay`] alone, with the very records that a restarted broker reads. What no log remembers
//! (sessions, who is joining, who waits) changes when it is decided.
//!
//! Nothing here does I/O, asks what time it is, or draws a random number: the driver says so in the arguments.
//!
//! * [`shard`]: what the driver drives, whatever the coordinator is about.
//! * [`outcome`]: what a decision returns: records, the reply, and answers to those who have been waiting.
//! * [`group`]: groups and their offsets, the shards of `__consumer_offsets`.
//! * [`transaction`]: transactional ids, the shards of `__transaction_state`.
//! * [`partition_for`]: which partition a group, a transactional id or a share belongs to.

pub mod group;
pub mod outcome;
pub mod record;
pub mod shard;
pub mod transaction;

mod deadlines;
mod partition;

pub use group::{GroupError, GroupSettings, GroupShard};
pub use outcome::{Answer, Outcome, Released, WaitedReply, WaiterId};
pub use partition::partition_for;
pub use record::{CoordinatorRecord, ReplayedRecord};
pub use shard::{AppendRefusal, ReplayError, Shard};
pub use transaction::{TransactionError, TransactionSettings, TransactionShard};
