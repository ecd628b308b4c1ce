//! Getting records from the page cache to the disk, without holding the log's lock while the disk works.

use crate::error::StorageError;
use ottla_model::Offset;

/// How much a flush covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushScope {
    /// The records: they survive a power cut then. What an answer to a producer waits for.
    Records,
    /// The indexes, producer snapshots and leader epochs too: nothing of it needs to be looked at after a crash, and the
    /// recovery point moves on.
    Everything,
}

/// Files to be synced, and what is true when they are. From [`PartitionLog::begin_flush`](super::PartitionLog::begin_flush).
#[derive(Debug)]
#[must_use = "nothing is on disk before it is synced"]
pub struct FlushTicket {}

impl FlushTicket {
    /// Records below this offset are on disk when the sync succeeds.
    pub fn offset(&self) -> Offset {
        unimplemented!()
    }
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        unimplemented!()
    }
    /// Waits for the disk. Call it without the log's lock. If it fails, the log refuses appends from then on, even if
    /// the outcome is dropped.
    pub fn sync(self) -> FlushOutcome {
        unimplemented!()
    }
}

/// How a sync went; for [`PartitionLog::complete_flush`](super::PartitionLog::complete_flush).
#[derive(Debug)]
#[must_use = "the log must be told"]
pub struct FlushOutcome {}

impl FlushOutcome {
    /// Why it failed, if it did.
    pub fn error(&self) -> Option<&StorageError> {
        unimplemented!()
    }
}
