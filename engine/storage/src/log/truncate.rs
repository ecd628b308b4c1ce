//! Giving up records at the end.

use super::PartitionLog;
use super::roll::ActiveSegment;
use super::shared::LogEnd;
use crate::error::StorageError;
use crate::partition_metadata::PARTITION_METADATA;
use crate::recovery::rebuild_producers;
use crate::segment::{FileKind, Segment, Suffix, file_name};
use ottla_model::{Offset, Timestamp};
use std::sync::Arc;

impl PartitionLog {
    /// Removes all records with offsets of `offset_exclusive` and above, and with them the rest of the batch that holds
    /// it. The log ends with `offset_exclusive` afterwards. False if there were none.
    ///
    /// Whoever has read such records and not sent them yet may find the file shorter than they were told.
    ///
    /// # Errors
    /// The disk's.
    pub fn truncate_to(&mut self, offset_exclusive: Offset, now: Timestamp) -> Result<bool, StorageError> {
        self.check_writable()?;
        let offset = offset_exclusive.max(Offset::ZERO);
        if offset >= self.log_end_offset() {
            // There may be an epoch that this log was to lead in and never wrote.
            self.shared.epochs_mut().truncate_from_end(self.log_end_offset());
            return Ok(false);
        }
        let segments = Arc::clone(&self.shared.segments());
        let segments = segments.as_slice();
        if segments[0].base_offset() > offset {
            self.truncate_fully_and_start_at(offset, None, now)?;
            return Ok(true);
        }
        self.repair_torn_tail()?;
        let kept = segments.partition_point(|segment| segment.base_offset() <= offset);
        let active = &segments[kept - 1];
        self.is_changed = true;
        self.generation += 1;

        // The end first: no reader begins to look for what is about to go.
        let position = active.position_of(offset, active.size())?;
        self.shared.set_end(LogEnd { offset, segment: active.base_offset(), position });
        self.shared.set_segments(segments[..kept].to_vec());
        self.recovery_point = self.recovery_point.min(offset);
        self.cleaned_to = self.cleaned_to.map(|cleaned_to| cleaned_to.min(offset));
        self.shared.set_durable_offset(self.shared.durable_offset().min(offset));
        active.truncate_to(offset)?;
        self.active.forget_first_batch(now);
        if kept < segments.len() {
            self.doom(&segments[kept..], now)?;
            self.sync_names()?;
        }

        self.shared.epochs_mut().truncate_from_end(offset);
        self.shared.set_log_start_offset(self.log_start_offset().min(offset));
        self.reload_producers(offset, now)?;
        self.set_high_watermark(self.high_watermark());
        Ok(true)
    }

    /// Removes everything and begins anew at `offset`. `log_start_offset` is the same unless said otherwise (it may be
    /// below, when what is below lives in remote storage).
    ///
    /// # Errors
    /// The disk's.
    pub fn truncate_fully_and_start_at(
        &mut self,
        offset: Offset,
        log_start_offset: Option<Offset>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.check_writable()?;
        self.is_changed = true;
        self.generation += 1;
        let segments = Arc::clone(&self.shared.segments());
        self.remove_snapshots(|_| true)?;
        self.doom(segments.as_slice(), now)?;
        let begun = Segment::create(&self.shared.home, offset)?;
        self.sync_names()?;
        self.has_torn_tail = false;
        self.shared.set_segments(vec![begun]);
        self.shared.set_end(LogEnd { offset, segment: offset, position: 0 });
        self.active = ActiveSegment::opened(now);
        self.recovery_point = offset;
        self.cleaned_to = self.cleaned_to.map(|cleaned_to| cleaned_to.min(offset));
        self.shared.set_durable_offset(offset);
        self.unflushed_since = None;
        self.shared.epochs_mut().clear();
        self.producers.reset(offset);
        self.shared.set_log_start_offset(log_start_offset.unwrap_or(offset));
        self.set_high_watermark(offset);
        Ok(())
    }

    /// Segments that come back after a crash would follow on what is written from now on as if they belonged there.
    fn sync_names(&mut self) -> Result<(), StorageError> {
        let home = &self.shared.home;
        home.sync_directory()?;
        self.names_unsynced = false;
        if self.directory_unsynced {
            if let Some(file) = home.open_if_there(PARTITION_METADATA)? {
                file.sync().map_err(StorageError::io("sync", &home.path(PARTITION_METADATA)))?;
            }
            home.sync_parent()?;
            self.directory_unsynced = false;
        }
        Ok(())
    }

    /// The producers as they were when the log ended with `offset`.
    fn reload_producers(&mut self, offset: Offset, now: Timestamp) -> Result<(), StorageError> {
        self.remove_snapshots(|snapshot| snapshot > offset)?;
        if self.producers.is_empty() && self.producers.end_offset() >= offset {
            self.producers.set_end_offset(offset);
            return Ok(());
        }
        let segments = Arc::clone(&self.shared.segments());
        let log_start_offset = self.log_start_offset();
        let (producers, corrupt) = rebuild_producers(
            &self.shared.home,
            segments.as_slice(),
            &self.snapshots,
            log_start_offset,
            offset,
            &self.producer_config,
            now,
        )?;
        self.remove_snapshots(|snapshot| corrupt.contains(&snapshot))?;
        self.producers = producers;
        Ok(())
    }

    fn remove_snapshots(&mut self, which: impl Fn(Offset) -> bool) -> Result<(), StorageError> {
        for &snapshot in self.snapshots.iter().filter(|&&snapshot| which(snapshot)) {
            self.shared.home.remove_if_there(&file_name(snapshot, FileKind::ProducerSnapshot, Suffix::None))?;
        }
        self.snapshots.retain(|&snapshot| !which(snapshot));
        self.unsynced_snapshots.retain(|&snapshot| !which(snapshot));
        Ok(())
    }
}
