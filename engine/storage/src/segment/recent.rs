//! Where the newest batches of the active segment begin, so that whoever reads the end of a log (consumers that have
//! caught up, followers, the bound at the high watermark) finds it without touching a file.

use ottla_model::Offset;
use std::collections::VecDeque;

/// Consumers that have caught up are seldom more batches behind than this; those that are pay for one read.
const BATCHES_MAX: usize = 16;

/// The newest batches, in order.
#[derive(Debug, Default)]
pub(crate) struct RecentBatches(VecDeque<RecentBatch>);

/// A batch of the active segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecentBatch {
    pub(crate) first_offset: Offset,
    pub(crate) last_offset: Offset,
    pub(crate) position: u64,
    pub(crate) size: u64,
}

impl RecentBatches {
    /// Adds a batch that was appended.
    pub(crate) fn push(&mut self, batch: RecentBatch) {
        if self.0.len() == BATCHES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(batch);
    }
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
    /// The first batch whose last offset is not below `offset`, if it is certain that no batch before those known here
    /// is it: `Some(None)` if all are below.
    pub(crate) fn find(&self, offset: Offset) -> Option<Option<RecentBatch>> {
        if self.0.front()?.first_offset > offset {
            return None;
        }
        Some(self.0.get(self.0.partition_point(|batch| batch.last_offset < offset)).copied())
    }
}
