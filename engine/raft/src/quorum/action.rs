//! What the core is told, and what it asks for.

use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset};

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The time that [`super::Quorum::next_tick_at`] asked for has come. Harmless at any other time.
    Tick,
    /// Every byte of the log below this (exclusive) offset is durable.
    LogSynced {
        /// The log end offset as it was when the sync was begun.
        up_to: Offset,
    },
    /// The node is about to stop and leads no more. What is not committed yet waits for the next leader: a driver that
    /// wants an answer for its last proposals resigns after their commit.
    Resign,
}

/// Something that the driver must do. The crate's documentation says how, and in what order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Replace the file `quorum-state` by this text, durably, before anything else.
    PersistQuorumState {
        /// The whole file.
        contents: String,
    },
    /// Append one batch to the log, as it is.
    Append {
        /// The first offset in the batch: the log end offset until now.
        base_offset: Offset,
        /// The last offset in the batch, inclusive.
        last_offset: Offset,
        /// The epoch that stands in the batch.
        epoch: LeaderEpoch,
        /// One complete record batch.
        batch: Bytes,
    },
    /// Make the log durable and report [`Event::LogSynced`].
    Sync,
    /// Everything below the offset is committed.
    Commit {
        /// The high watermark, exclusive.
        up_to: Offset,
    },
    /// This node leads, and knows all that earlier leaders committed.
    BecomeLeader {
        /// The epoch that it leads.
        epoch: LeaderEpoch,
    },
    /// This node leads no more.
    LoseLeadership {
        /// The epoch that it led.
        epoch: LeaderEpoch,
    },
}
