//! What a driver drives: the state machine over one partition of a coordinator's topic.

use crate::group::GroupError;
use crate::transaction::records::InvalidTransaction;
use crate::{Outcome, Released, ReplayedRecord};
use ottla_model::{ProducerId, Timestamp};
use ottla_protocol::DecodeError;

/// The state of one partition of an internal topic, and what may be asked of it.
///
/// The driver's part, under one lock: decide, append the outcome's records as one batch, [`replay`](Self::replay) each of
/// them; then, without the lock, wait until they are committed and answer. If the append is refused:
/// [`append_refused`](Self::append_refused) before anything else. A shard is fresh, then loading (replays only), then
/// [`loaded`](Self::loaded), then [`unload`](Self::unload)ed and dropped.
pub trait Shard {
    /// Takes a record of the log into the state, in the order of the log.
    ///
    /// # Errors
    /// The bytes are not what the record's type promises. The state is as before, without this record.
    fn replay(&mut self, record: ReplayedRecord) -> Result<(), ReplayError>;

    /// Takes the marker that ends a transaction into the state: what the producer wrote since its last marker counts, or
    /// never will.
    fn replay_end_of_transaction(&mut self, producer_id: ProducerId, committed: bool);

    /// Everything is replayed: sessions begin now, requests may come.
    fn loaded(&mut self, now: Timestamp) -> Outcome<()>;

    /// The partition is led elsewhere from now on: whoever waits is told so. The shard is of no more use.
    fn unload(&mut self) -> Vec<Released>;

    /// When [`wake`](Self::wake) has something to do; may be in the past. Cheap. May be too early, never too late.
    fn next_wake(&self) -> Option<Timestamp>;

    /// Does what is due, bounded work a call: if [`next_wake`](Self::next_wake) is still not after `now`, call again.
    fn wake(&mut self, now: Timestamp) -> Outcome<()>;

    /// The records of the last outcome could not be appended; none of them was replayed. Takes back what the decision
    /// presumed, and turns the outcome's `released` into what those who wait must be told instead.
    fn append_refused(&mut self, released: Vec<Released>, refusal: AppendRefusal, now: Timestamp) -> Vec<Released>;
}

/// Why the log did not take a decision's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendRefusal {
    /// The partition is not led here any more, or its disk is lost.
    NotLeader,
    /// Too few replicas are in sync, or they took too long; the partition may be gone for the moment.
    NotEnoughReplicas,
    /// The batch is larger than the topic takes (`max.message.bytes`).
    TooLarge,
}

impl AppendRefusal {
    /// What whoever asked is told.
    pub fn error(self) -> GroupError {
        match self {
            Self::NotLeader => GroupError::NotCoordinator,
            Self::NotEnoughReplicas => GroupError::CoordinatorNotAvailable,
            Self::TooLarge => GroupError::RecordsTooLarge,
        }
    }
}

/// Why a record could not be taken into the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Key or value are not what the type and version promise, or their version is unknown.
    #[error("not a record of this topic: {0}")]
    Decode(#[from] DecodeError),
    /// A group that cannot be: it has members, but no protocol that they follow, say.
    #[error("group '{group}' cannot be like this: {reason}")]
    ImpossibleGroup {
        /// Whose record it is.
        group: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A transactional id that cannot be.
    #[error("transactional id '{transactional_id}' cannot be like this: {reason}")]
    ImpossibleTransaction {
        /// Whose record it is.
        transactional_id: String,
        /// What is wrong with it.
        reason: InvalidTransaction,
    },
}
