//! Beginning new segments.

use super::PartitionLog;
use super::shared::LogEnd;
use crate::error::StorageError;
use crate::segment::{Cursor, FileKind, Segment, Suffix, file_name};
use ottla_model::{Offset, Timestamp};
use std::io::IoSlice;

/// What the owner remembers of the active segment.
#[derive(Debug)]
pub(super) struct ActiveSegment {
    /// Bytes appended since the last index entry.
    pub(super) bytes_since_index_entry: u64,
    /// When this segment was begun, or opened.
    begun: Timestamp,
    /// The largest timestamp of the first batch, once it has been looked at.
    first_timestamp: Option<Timestamp>,
}

/// What is to be appended, as far as it decides about a new segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming {
    pub(super) bytes: u64,
    pub(super) first_offset: Offset,
    pub(super) last_offset: Offset,
    pub(super) max_timestamp: Timestamp,
}

impl ActiveSegment {
    pub(super) const fn opened(now: Timestamp) -> Self {
        Self { bytes_since_index_entry: 0, begun: now, first_timestamp: None }
    }
    /// After a truncation: the first batch may be another one.
    pub(super) const fn forget_first_batch(&mut self, now: Timestamp) {
        *self = Self::opened(now);
    }
}

impl PartitionLog {
    /// Begins a new segment at the log end, unless the active one is empty.
    ///
    /// # Errors
    /// The disk's.
    pub fn roll(&mut self, now: Timestamp) -> Result<(), StorageError> {
        if self.active_segment().size() > 0 { self.roll_at(self.log_end_offset(), now) } else { Ok(()) }
    }

    /// Begins a new segment if the active one must not take what comes. Returns whether it did.
    pub(super) fn roll_for(&mut self, incoming: &Incoming, now: Timestamp) -> Result<bool, StorageError> {
        let segment = self.active_segment();
        let must_roll = segment.relative(incoming.last_offset).is_none()
            || segment.size() > 0
                && (segment.size() + incoming.bytes > u64::from(self.config.segment_bytes)
                    || segment.indexes_are_full(self.config.segment_index_bytes)
                    || self.is_too_old(&segment, incoming.max_timestamp, now)?);
        let base_offset = incoming.first_offset.max(self.log_end_offset());
        // An empty segment of that name is as good as a new one.
        if must_roll && base_offset != segment.base_offset() {
            self.roll_at(base_offset, now)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Age is by the records' own timestamps, so that a copy of old data is cut into segments as the original was; by the
    /// clock if they have none.
    fn is_too_old(
        &mut self,
        segment: &Segment,
        max_timestamp: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let age_max = self.config.segment_age_max_ms().saturating_sub(self.jitter_of(segment.base_offset()));
        let first = match self.active.first_timestamp {
            Some(first) => first,
            None => {
                let file = segment.log_file()?;
                let head = Cursor::new(&*file, 0, segment.size()).next();
                let head = head.map_err(|error| segment.cursor_failed(error))?;
                let first = head.map_or(Timestamp::new(-1), |head| head.max_timestamp);
                *self.active.first_timestamp.insert(first)
            }
        };
        let age = if first.value() >= 0 {
            max_timestamp.milliseconds_since(first)
        } else {
            now.milliseconds_since(self.active.begun)
        };
        Ok(age > age_max)
    }

    /// What is taken off `segment.ms` for this segment: up to `segment.jitter.ms`.
    fn jitter_of(&self, base_offset: Offset) -> i64 {
        let bound = self.config.segment_jitter_ms.min(self.config.segment_ms);
        if bound <= 0 {
            return 0;
        }
        // The finalizer of splitmix64: any two seeds or offsets give unrelated numbers.
        let mut mixed = self.jitter_seed ^ (base_offset.value() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as i64
    }

    /// Ends the active segment and begins one at `base_offset`, which is the log end or above it.
    pub(super) fn roll_at(&mut self, base_offset: Offset, now: Timestamp) -> Result<(), StorageError> {
        let ended = self.active_segment();
        ended.finish()?;
        self.unsynced_from.get_or_insert(ended.base_offset());
        // Recovery of the new segment begins with the producers as they are now.
        self.producers.set_end_offset(base_offset);
        self.write_producer_snapshot()?;
        let begun = Segment::create(&self.shared.home, base_offset)?;
        self.names_unsynced = true;
        self.is_changed = true;

        let mut segments = self.shared.segments().as_slice().to_vec();
        segments.push(begun);
        self.shared.set_segments(segments);
        self.shared.set_end(LogEnd { segment: base_offset, position: 0, ..self.shared.end() });
        self.active = ActiveSegment::opened(now);
        ended.release_memory();
        Ok(())
    }

    /// Writes down the producers as they are at the present end, unless that has been done. Not synced; a snapshot that is
    /// torn by a crash is noticed, and an earlier one used.
    pub(super) fn write_producer_snapshot(&mut self) -> Result<(), StorageError> {
        let offset = self.producers.end_offset();
        if self.snapshots.last().is_some_and(|&last| last >= offset) || offset <= self.log_start_offset() {
            return Ok(());
        }
        let name = file_name(offset, FileKind::ProducerSnapshot, Suffix::None);
        let file = self.shared.home.open(&name, crate::disk::Create::Anew)?;
        file.write_at(&[IoSlice::new(&self.producers.to_snapshot())], 0)
            .map_err(StorageError::io("write", &self.shared.home.path(&name)))?;
        self.snapshots.push(offset);
        self.unsynced_snapshots.push(offset);
        self.names_unsynced = true;
        Ok(())
    }
}
