//! Which leader epoch begins at which offset: `leader-epoch-checkpoint`.

use ottla_model::{LeaderEpoch, Offset};

/// Where an epoch ends in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// The largest epoch of the log that is not above the one asked for; the one asked for if all are above it.
    pub leader_epoch: LeaderEpoch,
    /// The start offset of the epoch after it (exclusive end), or the log end.
    pub end_offset: Offset,
}
