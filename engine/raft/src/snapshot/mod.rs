//! Snapshots of the metadata log: files named by where they end, shaped like a small log of their own.
//!
//! ```text
//! 00000000000000000029-0000000001.checkpoint        ends before offset 29, whose predecessor is of epoch 1
//!   control batch   SNAPSHOT_HEADER [KRAFT_VERSION KRAFT_VOTERS]      the two when kraft.version ≥ 1
//!   data batches    what the image adds up to
//!   control batch   SNAPSHOT_FOOTER
//! ```
//! Offsets inside run from 0 without a gap; the leader epoch of every batch is that of the name.

mod file_name;
mod policy;
mod reader;
mod recover;
mod retention;
mod writer;

pub use file_name::{SnapshotFile, SnapshotFileState};
pub use policy::{SnapshotDue, SnapshotPolicy, SnapshotProgress};
pub use reader::{Snapshot, SnapshotError, SnapshotReader};
pub use recover::{RecoverError, RecoveredFiles, log_must_restart_at, recover_files};
pub use retention::{Cleanup, MetadataRetention, SnapshotFacts, StoredLog};
pub use writer::{SnapshotHead, SnapshotWriter};

use ottla_model::{LeaderEpoch, Offset};
use std::fmt;

/// Which part of the log a snapshot stands for: everything below an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnapshotId {
    /// The first offset that is *not* in the snapshot.
    pub end_offset: Offset,
    /// The epoch of the last record that is in it.
    pub epoch: LeaderEpoch,
}

impl SnapshotId {
    /// The snapshot that stands for nothing of the log: `format` makes it, to hold the first voters (KIP-853).
    pub const FORMATTED: Self = Self { end_offset: Offset::ZERO, epoch: LeaderEpoch::new(0) };
}

/// Ordered as logs are: by epoch, then by offset.
impl Ord for SnapshotId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.epoch, self.end_offset).cmp(&(other.epoch, other.end_offset))
    }
}
impl PartialOrd for SnapshotId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// `00000000000000000029-0000000001`.
impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:010}", self.end_offset.value(), self.epoch.value())
    }
}
