//! Letting go of what a topic need not keep.

use super::{DoomedFiles, PartitionLog};
use crate::error::StorageError;
use crate::segment::Segment;
use ottla_model::{Offset, Timestamp};
use std::sync::Arc;

impl PartitionLog {
    /// Retention: takes segments out of the log, oldest first, that are below the log start, more than `retention.bytes`
    /// allows, or older than `retention.ms`. Never goes beyond the high watermark. The files are renamed and stay for
    /// `file.delete.delay.ms`. Returns how many segments went.
    ///
    /// # Errors
    /// The disk's.
    pub fn delete_old_segments(&mut self, now: Timestamp) -> Result<usize, StorageError> {
        let log_start = self.log_start_offset();
        let below_start = |_: &Segment, next: Option<Offset>| Ok(next.is_some_and(|next| next <= log_start));
        let mut deleted = self.delete_while(below_start, now)?;
        if !self.config.delete {
            return Ok(deleted);
        }
        if let Some(mut surplus) = self.config.retention_bytes.and_then(|kept| self.size_in_bytes().checked_sub(kept)) {
            let too_much = |segment: &Segment, _: Option<Offset>| {
                let left = surplus.checked_sub(segment.size());
                surplus = left.unwrap_or(surplus);
                Ok(left.is_some())
            };
            deleted += self.delete_while(too_much, now)?;
        }
        if let Some(retention_ms) = self.config.retention_ms {
            let too_old = |segment: &Segment, _: Option<Offset>| {
                Ok(now.milliseconds_since(segment.retention_timestamp()?) > retention_ms)
            };
            deleted += self.delete_while(too_old, now)?;
        }
        Ok(deleted)
    }

    /// Takes segments out of the log from the first on, while they end below the high watermark and `goes` holds for them
    /// (and the base offset of the one after). An empty active segment stays.
    fn delete_while(
        &mut self,
        mut goes: impl FnMut(&Segment, Option<Offset>) -> Result<bool, StorageError>,
        now: Timestamp,
    ) -> Result<usize, StorageError> {
        let segments = Arc::clone(&self.shared.segments());
        let segments = segments.as_slice();
        let mut count = 0;
        for (index, segment) in segments.iter().enumerate() {
            let next = segments.get(index + 1).map(|next| next.base_offset());
            let end = next.unwrap_or(self.log_end_offset());
            let is_empty_active = next.is_none() && segment.size() == 0;
            if end > self.high_watermark() || is_empty_active || !goes(segment, next)? {
                break;
            }
            count += 1;
        }
        if count == 0 {
            return Ok(0);
        }
        if count == segments.len() {
            self.roll(now)?;
        }
        let kept = self.shared.segments().as_slice()[count..].to_vec();
        let first_kept = kept[0].base_offset();
        // Before the segments go, so that no reader looks for an offset in a segment that is not there.
        self.raise_log_start_offset(first_kept);
        self.shared.set_segments(kept);
        self.doom(&segments[..count], now)?;
        Ok(count)
    }

    /// Renames the files of segments that are out of the log, and their producer snapshots, for later removal.
    pub(super) fn doom(&mut self, segments: &[Arc<Segment>], now: Timestamp) -> Result<(), StorageError> {
        let mut names = Vec::new();
        for segment in segments {
            names.extend(segment.mark_deleted()?);
            names.extend(self.doom_snapshot(segment.base_offset())?);
        }
        self.names_unsynced = true;
        self.doomed.push(DoomedFiles { due: self.config.file_removal_time(now), names });
        Ok(())
    }
}
