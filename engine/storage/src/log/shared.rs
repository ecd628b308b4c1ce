//! What a log's owner and its readers share.

use crate::error::StorageError;
use crate::leader_epochs::LeaderEpochs;
use crate::segment::{Home, Segment};
use arc_swap::ArcSwap;
use ottla_model::{Offset, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What a log's owner and its readers share. Only the owner changes it (and whoever sees an fsync fail).
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) home: Arc<Home>,
    segments: ArcSwap<SegmentList>,
    end: Mutex<LogEnd>,
    log_start_offset: AtomicI64,
    high_watermark: AtomicI64,
    /// `i64::MAX` if there is none.
    first_unstable_offset: AtomicI64,
    durable_offset: AtomicI64,
    epochs: RwLock<LeaderEpochs>,
    /// What the first fsync that failed said.
    poison: OnceLock<String>,
}

/// Where the log ends. Changes as one, so that a reader never takes the bytes of an append for those of an earlier end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogEnd {
    /// Of the next record.
    pub(crate) offset: Offset,
    /// Base offset of the active segment.
    pub(crate) segment: Offset,
    /// Bytes of records in the active segment.
    pub(crate) position: u64,
}

/// The segments of a log by base offset; at least one. The last is the active one.
#[derive(Debug, Clone)]
pub(crate) struct SegmentList(Vec<Arc<Segment>>);

impl SegmentList {
    /// `segments` must be in order, and not none.
    pub(crate) fn new(segments: Vec<Arc<Segment>>) -> Self {
        debug_assert!(!segments.is_empty(), "a log has an active segment");
        debug_assert!(segments.is_sorted_by(|a, b| a.base_offset() < b.base_offset()));
        Self(segments)
    }
    pub(crate) fn as_slice(&self) -> &[Arc<Segment>] {
        &self.0
    }
    pub(crate) fn active(&self) -> &Arc<Segment> {
        // There is always one: see `new`.
        &self.0[self.0.len() - 1]
    }
    /// Which segment an offset lies in, if it is not below the first.
    pub(crate) fn index_of(&self, offset: Offset) -> Option<usize> {
        self.0.partition_point(|segment| segment.base_offset() <= offset).checked_sub(1)
    }
    /// The segments that may hold offsets from `offset` on.
    pub(crate) fn from(&self, offset: Offset) -> &[Arc<Segment>] {
        &self.0[self.index_of(offset).unwrap_or(0)..]
    }
    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.0.iter().map(|segment| segment.size()).sum()
    }
}

impl Shared {
    pub(crate) fn new(
        home: Arc<Home>,
        segments: SegmentList,
        log_start_offset: Offset,
        log_end_offset: Offset,
        durable_offset: Offset,
        epochs: LeaderEpochs,
    ) -> Self {
        let end = LogEnd {
            offset: log_end_offset,
            segment: segments.active().base_offset(),
            position: segments.active().size(),
        };
        Self {
            home,
            segments: ArcSwap::from_pointee(segments),
            end: Mutex::new(end),
            log_start_offset: AtomicI64::new(log_start_offset.value()),
            high_watermark: AtomicI64::new(log_start_offset.value()),
            first_unstable_offset: AtomicI64::new(i64::MAX),
            durable_offset: AtomicI64::new(durable_offset.value()),
            epochs: RwLock::new(epochs),
            poison: OnceLock::new(),
        }
    }

    pub(crate) fn segments(&self) -> arc_swap::Guard<Arc<SegmentList>> {
        self.segments.load()
    }
    pub(crate) fn set_segments(&self, segments: Vec<Arc<Segment>>) {
        self.segments.store(Arc::new(SegmentList::new(segments)));
    }
    pub(crate) fn end(&self) -> LogEnd {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn set_end(&self, end: LogEnd) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    pub(crate) fn log_start_offset(&self) -> Offset {
        Offset::new(self.log_start_offset.load(Ordering::Acquire))
    }
    pub(crate) fn set_log_start_offset(&self, offset: Offset) {
        self.log_start_offset.store(offset.value(), Ordering::Release);
    }
    pub(crate) fn high_watermark(&self) -> Offset {
        Offset::new(self.high_watermark.load(Ordering::Acquire))
    }
    pub(crate) fn set_high_watermark(&self, offset: Offset) {
        self.high_watermark.store(offset.value(), Ordering::Release);
    }
    pub(crate) fn last_stable_offset(&self) -> Offset {
        let first_unstable = Offset::new(self.first_unstable_offset.load(Ordering::Acquire));
        first_unstable.min(self.high_watermark())
    }
    pub(crate) fn set_first_unstable_offset(&self, offset: Option<Offset>) {
        self.first_unstable_offset.store(offset.map_or(i64::MAX, Offset::value), Ordering::Release);
    }
    pub(crate) fn durable_offset(&self) -> Offset {
        Offset::new(self.durable_offset.load(Ordering::Acquire))
    }
    pub(crate) fn set_durable_offset(&self, offset: Offset) {
        self.durable_offset.store(offset.value(), Ordering::Release);
    }

    pub(crate) fn epochs(&self) -> RwLockReadGuard<'_, LeaderEpochs> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn epochs_mut(&self) -> RwLockWriteGuard<'_, LeaderEpochs> {
        self.epochs.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the log refuse appends: an fsync has failed.
    pub(crate) fn poison(&self, error: &StorageError) {
        let _ = self.poison.set(error.to_string());
    }
    pub(crate) fn poisoned(&self) -> Option<StorageError> {
        let reason = self.poison.get()?.clone();
        Some(StorageError::Poisoned { path: self.home.directory(), reason })
    }
}

/// Files that left the log and stay a while for those who still read them.
#[derive(Debug)]
pub(crate) struct DoomedFiles {
    /// When they may be removed.
    pub(crate) due: Timestamp,
    /// Within the partition's directory.
    pub(crate) names: Vec<String>,
}
