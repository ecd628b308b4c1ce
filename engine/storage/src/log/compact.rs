//! What compaction asks of a log: what there is to compact, and to put new segments in the place of old ones.

use super::{DoomedFiles, PartitionLog};
use crate::compaction::{Cleanable, Compaction, CompactionError, LastRecord, Situation, assess};
use crate::error::StorageError;
use crate::segment::{FileKind, Segment, Suffix, file_name};
use ottla_model::{Offset, Timestamp};
use std::sync::Arc;

impl PartitionLog {
    /// What of the log can be compacted now, and whether it is worth it; not whether the topic is to be compacted.
    ///
    /// # Errors
    /// The disk's.
    pub fn cleanable(&self, now: Timestamp) -> Result<Cleanable, StorageError> {
        assess(&Situation {
            segments: &self.shared.segments(),
            config: &self.config,
            cleaned_to: self.cleaned_to,
            log_start_offset: self.log_start_offset(),
            log_end_offset: self.log_end_offset(),
            last_stable_offset: self.last_stable_offset(),
            now,
        })
    }

    /// Everything below has been compacted: what goes into `cleaner-offset-checkpoint`. `None` if nothing ever was.
    pub fn cleaned_to(&self) -> Option<Offset> {
        self.cleaned_to
    }

    /// What compaction needs to know, as it is at this moment. `None` if there is nothing that could be compacted.
    pub(crate) fn begin_compaction(&mut self, now: Timestamp) -> Result<Option<Compaction>, StorageError> {
        self.check_writable()?;
        let cleanable = self.cleanable(now)?;
        if cleanable.first_dirty_offset >= cleanable.first_uncleanable_offset {
            return Ok(None);
        }
        let last_record = |producer: crate::producer_state::ActiveProducer| {
            let marker = LastRecord::Marker(producer.producer_epoch);
            (producer.producer_id, producer.last_offset.map_or(marker, LastRecord::Data))
        };
        Ok(Some(Compaction {
            shared: Arc::clone(&self.shared),
            segments: Arc::clone(&self.shared.segments()),
            config: Arc::clone(&self.config),
            first_dirty_offset: cleanable.first_dirty_offset,
            end_offset: cleanable.first_uncleanable_offset,
            log_start_offset: self.log_start_offset(),
            generation: self.generation,
            producers: self.producers.active().into_iter().map(last_record).collect(),
        }))
    }

    /// Puts `new`, a complete `.cleaned` segment, in the place of `old`, segments that follow on each other. The old ones'
    /// files are renamed and stay for `file.delete.delay.ms`. Readers see either all of the old or the new one.
    ///
    /// A crash at any moment leaves what the next start makes either the old segments or the new one of; a power cut too,
    /// since the new one's content is on the disk.
    pub(crate) fn replace_segments(
        &mut self,
        compaction: &Compaction,
        old: &[Arc<Segment>],
        new: &Arc<Segment>,
        now: Timestamp,
    ) -> Result<(), CompactionError> {
        let segments = Arc::clone(&self.shared.segments());
        let segments = segments.as_slice();
        let at = segments.iter().position(|segment| Arc::ptr_eq(segment, &old[0]));
        let present = at.and_then(|at| segments.get(at..at + old.len()));
        let are_there = present.is_some_and(|present| present.iter().zip(old).all(|(a, b)| Arc::ptr_eq(a, b)));
        let (Some(at), true) = (at, are_there && self.generation == compaction.generation) else {
            // Retention, or a truncation, has been here.
            let _ = new.discard();
            return Err(CompactionError::Interrupted);
        };
        self.check_writable()?;
        self.is_changed = true;
        self.names_unsynced = true;
        new.rename_to(Suffix::Swap)?;
        let mut replaced = segments.to_vec();
        replaced.splice(at..at + old.len(), [Arc::clone(new)]);
        self.shared.set_segments(replaced);
        // Whatever happens now, the next start completes it. Until then the files have names that they should not have, and
        // nothing else must be put in their place.
        self.complete_swap(old, new, now).map_err(|error| CompactionError::Uncleanable(error.to_string()))
    }

    fn complete_swap(&mut self, old: &[Arc<Segment>], new: &Arc<Segment>, now: Timestamp) -> Result<(), StorageError> {
        let mut names = Vec::new();
        for segment in old {
            names.extend(segment.mark_deleted()?);
            // The first one's snapshot is the new one's: the producers before its first record.
            if segment.base_offset() != new.base_offset() {
                names.extend(self.doom_snapshot(segment.base_offset())?);
            }
        }
        new.rename_to(Suffix::None)?;
        self.doomed.push(DoomedFiles { due: self.config.file_removal_time(now), names });
        Ok(())
    }

    /// Takes note of how far the log has been compacted.
    pub(crate) fn complete_compaction(&mut self, compaction: &Compaction, to: Offset) -> Result<(), CompactionError> {
        if self.generation != compaction.generation {
            return Err(CompactionError::Interrupted);
        }
        self.cleaned_to = Some(to);
        Ok(())
    }

    /// Renames the producer snapshot at an offset, if there is one, for later removal.
    pub(super) fn doom_snapshot(&mut self, offset: Offset) -> Result<Option<String>, StorageError> {
        if !self.snapshots.contains(&offset) {
            return Ok(None);
        }
        self.snapshots.retain(|&snapshot| snapshot != offset);
        let to = file_name(offset, FileKind::ProducerSnapshot, Suffix::Deleted);
        let from = file_name(offset, FileKind::ProducerSnapshot, Suffix::None);
        Ok(self.shared.home.rename_if_there(&from, &to)?.then_some(to))
    }
}
