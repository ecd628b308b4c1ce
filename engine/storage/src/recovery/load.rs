//! Opening a log.

use super::leftovers::{Files, settle};
use super::producers::rebuild_producers;
use super::scan::{Scanned, scan};
use super::{RecoveryReport, TailCut};
use crate::disk::Create;
use crate::error::StorageError;
use crate::leader_epochs::{LEADER_EPOCH_CHECKPOINT, LeaderEpochs};
use crate::log::{DoomedFiles, LoadedLog, OpenLog, SegmentList, Shared};
use crate::partition_metadata::{read_topic_id, write_first_topic_id, write_topic_id};
use crate::producer_state::ProducerStates;
use crate::segment::{Cursor, FileKind, Home, Segment, Suffix, file_name};
use ottla_model::{Offset, TopicId};
use std::io::IoSlice;
use std::path::Path;
use std::sync::Arc;

/// A log that is being opened.
struct Loading {
    open: OpenLog,
    home: Arc<Home>,
    segments: Vec<Arc<Segment>>,
    snapshots: Vec<Offset>,
    epochs: LeaderEpochs,
    doomed: Vec<DoomedFiles>,
    report: RecoveryReport,
    names_unsynced: bool,
    directory_is_new: bool,
    /// The first segment whose files have been written to.
    first_written: Option<Offset>,
}

/// Where the log ends, and who wrote it.
struct End {
    offset: Offset,
    /// As the scan has found them; `None` if nothing was scanned.
    producers: Option<ProducerStates>,
}

/// Opens a log; see [`PartitionLog::open`](crate::PartitionLog::open).
pub(crate) fn load(open: OpenLog) -> Result<(LoadedLog, RecoveryReport), StorageError> {
    let home = Arc::new(Home::new(Arc::clone(&open.disk), Arc::clone(&open.open_files), open.directory.clone()));
    let directory_is_new = create_directory(&home)?;
    let topic_id = settle_topic_id(&open, directory_is_new)?;
    let entries = match directory_is_new {
        true => Vec::new(),
        false => home.disk.list(&open.directory).map_err(StorageError::io("list", &open.directory))?,
    };
    let (files, leftovers) = settle(&home, entries)?;
    let mut loading = Loading {
        // Whoever was killed may have left names that the disk does not have yet.
        names_unsynced: !open.clean_shutdown || !leftovers.is_empty(),
        directory_is_new,
        report: RecoveryReport { leftovers, ..RecoveryReport::default() },
        segments: Vec::new(),
        snapshots: files.snapshots.clone(),
        epochs: LeaderEpochs::default(),
        doomed: Vec::new(),
        first_written: None,
        open,
        home,
    };
    if !directory_is_new {
        loading.read_epochs()?;
    }
    loading.find_segments(&files)?;
    let end = loading.find_end()?;
    loading.finish(end, topic_id)
}

/// Whether the directory was not there.
fn create_directory(home: &Home) -> Result<bool, StorageError> {
    let directory = home.directory();
    let is_there = home.disk.exists(&directory).map_err(StorageError::io("look for", &directory))?;
    if !is_there {
        home.disk.create_directory(&directory).map_err(StorageError::io("create", &directory))?;
    }
    Ok(!is_there)
}

fn settle_topic_id(open: &OpenLog, directory_is_new: bool) -> Result<Option<TopicId>, StorageError> {
    let directory: &Path = &open.directory;
    let found = if directory_is_new { None } else { read_topic_id(&*open.disk, directory)? };
    match (found, open.topic_id) {
        (Some(found), Some(expected)) if found != expected => {
            Err(StorageError::InconsistentTopicId { topic_partition: open.topic_partition.clone(), found, expected })
        }
        (None, Some(topic_id)) => {
            let write = if directory_is_new { write_first_topic_id } else { write_topic_id };
            write(&*open.disk, directory, topic_id)?;
            Ok(Some(topic_id))
        }
        (found, _) => Ok(found),
    }
}

impl Loading {
    fn read_epochs(&mut self) -> Result<(), StorageError> {
        if let Some(text) = self.home.read_if_there(LEADER_EPOCH_CHECKPOINT)? {
            match LeaderEpochs::parse(&text) {
                Ok(epochs) => self.epochs = epochs,
                Err(reason) => self.ignore(LEADER_EPOCH_CHECKPOINT, &reason),
            }
        }
        Ok(())
    }

    fn ignore(&mut self, name: &str, reason: &str) {
        self.report.ignored_files.push(format!("{}: {reason}", self.home.path(name).display()));
    }

    fn find_segments(&mut self, files: &Files) -> Result<(), StorageError> {
        for (&base_offset, kinds) in &files.segments {
            let name = file_name(base_offset, FileKind::Log, Suffix::None);
            let file = self.home.open(&name, Create::Never)?;
            let size = file.len().map_err(StorageError::io("read", &self.home.path(&name)))?;
            let has_transaction_index = kinds.contains(&FileKind::TransactionIndex);
            self.segments.push(Arc::new(Segment::on_disk(&self.home, base_offset, size, has_transaction_index)));
        }
        Ok(())
    }

    /// Scans what must be scanned, cuts what is not whole, and says where the log ends.
    fn find_end(&mut self) -> Result<End, StorageError> {
        if self.segments.is_empty() {
            let offset = self.open.log_start_offset;
            self.segments.push(Segment::create_first(&self.home, offset)?);
            self.names_unsynced = true;
            if offset > Offset::ZERO {
                // Only this file's name says that the log does not begin with 0.
                self.home.sync_directory()?;
                self.home.sync_parent()?;
            }
            let mut producers = ProducerStates::default();
            producers.reset(offset);
            return Ok(End { offset, producers: Some(producers) });
        }
        let end = if self.open.clean_shutdown { self.find_end_of_clean()? } else { self.recover()? };
        if end.offset >= self.open.log_start_offset {
            return Ok(end);
        }
        // Somebody has removed files. What is left lies below the log start and must not be read.
        let segments = std::mem::take(&mut self.segments);
        self.remove_segments(segments)?;
        self.epochs.clear();
        self.find_end()
    }

    /// After a clean shutdown the indexes are complete, so that the last entry leads close to the end.
    fn find_end_of_clean(&mut self) -> Result<End, StorageError> {
        for segment in self.segments.clone() {
            // Somebody may have removed an index, to have it rebuilt.
            let has_index = self.home.disk.exists(&segment.path(FileKind::OffsetIndex));
            let has_index = has_index.map_err(StorageError::io("look for", &segment.path(FileKind::OffsetIndex)))?;
            if !has_index || !segment.transaction_index_is_sound()? {
                self.rebuild_indexes(&segment)?;
            }
        }
        // There is at least one: see `find_end`.
        let active = Arc::clone(&self.segments[self.segments.len() - 1]);
        if !active.activate()? {
            self.rebuild_indexes(&active)?;
        }
        let end = self.walk_to_end(&active)?;
        match end {
            Some(offset) => Ok(End { offset, producers: None }),
            // Not clean after all.
            None => self.recover_segments(self.segments.len() - 1, Offset::ZERO),
        }
    }

    /// The offset after the last batch; `None` if what lies at the end is not one.
    fn walk_to_end(&mut self, segment: &Arc<Segment>) -> Result<Option<Offset>, StorageError> {
        let file = segment.log_file()?;
        let from = segment.last_indexed_position();
        let mut cursor = Cursor::new(&*file, from, segment.size());
        let (mut position, mut end) = (from, segment.base_offset());
        while let Ok(Some(head)) = cursor.next() {
            (position, end) = (head.end(), head.last_offset.next());
        }
        Ok((position == segment.size()).then_some(end))
    }

    fn rebuild_indexes(&mut self, segment: &Arc<Segment>) -> Result<(), StorageError> {
        let base_offset = segment.base_offset();
        let before: Vec<Arc<Segment>> =
            self.segments.iter().filter(|other| other.base_offset() < base_offset).cloned().collect();
        let mut producers = self.producers_at(base_offset, &before)?;
        segment.reset_trusted_tables()?;
        // The epochs are as they were written down.
        let mut epochs = self.epochs.clone();
        let scanned = scan(segment, 0, &mut producers, &mut epochs, self.open.config.index_interval_bytes, false)?;
        segment.enter_largest()?;
        segment.write_rebuilt_indexes()?;
        self.report.scanned_bytes += scanned.scanned_bytes;
        if segment.size() > 0 {
            self.report.rebuilt_indexes.push(base_offset);
        }
        Ok(())
    }

    fn producers_at(&mut self, offset: Offset, segments: &[Arc<Segment>]) -> Result<ProducerStates, StorageError> {
        let (producers, corrupt) = rebuild_producers(
            &self.home,
            segments,
            &self.snapshots,
            self.open.log_start_offset,
            offset,
            &self.open.producers,
            self.open.now,
        )?;
        for snapshot in corrupt {
            let name = file_name(snapshot, FileKind::ProducerSnapshot, Suffix::None);
            self.home.remove_if_there(&name)?;
            self.snapshots.retain(|&other| other != snapshot);
            self.ignore(&name, "not a producer snapshot");
        }
        Ok(producers)
    }

    /// After a crash: whatever may not have been flushed is scanned.
    fn recover(&mut self) -> Result<End, StorageError> {
        let recovery_point = self.open.recovery_point;
        let first = self.segments.partition_point(|segment| segment.base_offset() <= recovery_point).saturating_sub(1);
        // Indexes of segments before that were flushed with them, unless somebody has removed them.
        for number in 0..first {
            let segment = Arc::clone(&self.segments[number]);
            let path = segment.path(FileKind::OffsetIndex);
            if !self.home.disk.exists(&path).map_err(StorageError::io("look for", &path))? {
                self.rebuild_indexes(&segment)?;
            }
        }
        // The log was flushed to its end and then rolled, perhaps: then one index entry was not flushed.
        if let Some(last_flushed) = first.checked_sub(1) {
            let segment = Arc::clone(&self.segments[last_flushed]);
            if !segment.finish_again()? {
                self.rebuild_indexes(&segment)?;
            }
            self.first_written = Some(segment.base_offset());
        }
        self.recover_segments(first, recovery_point)
    }

    /// Scans the segments from the one with this number on, the first of them only from `trusted_below` on if its indexes
    /// say where that is.
    fn recover_segments(&mut self, first: usize, trusted_below: Offset) -> Result<End, StorageError> {
        let mut producers: Option<ProducerStates> = None;
        let mut end = self.segments[first].base_offset();
        self.first_written.get_or_insert(end);
        for number in first..self.segments.len() {
            let segment = Arc::clone(&self.segments[number]);
            let may_be_trusted = number == first && segment.base_offset() < trusted_below;
            let trusted = if may_be_trusted { segment.keep_trusted_tables(trusted_below)? } else { None };
            let is_reset = may_be_trusted && trusted.is_none();
            // The batch that the last trusted entry stands for is scanned again.
            let (position, from) = match trusted {
                Some(head) => (head.position, head.first_offset),
                None => {
                    if is_reset {
                        segment.reset_trusted_tables()?
                    } else {
                        segment.reset_tables()?
                    }
                    (0, segment.base_offset())
                }
            };
            let mut known = match producers.take() {
                Some(producers) => producers,
                None => {
                    let segments = self.segments[..=number].to_vec();
                    self.producers_at(from, &segments)?
                }
            };
            if position == 0 {
                known.set_end_offset(segment.base_offset());
                self.write_snapshot(&known)?;
            }
            let interval = self.open.config.index_interval_bytes;
            let scanned = scan(&segment, position, &mut known, &mut self.epochs, interval, !is_reset)?;
            producers = Some(known);
            self.report.scanned_segments.push(segment.base_offset());
            self.report.scanned_bytes += scanned.scanned_bytes;
            end = scanned.end_offset.max(segment.base_offset());
            let is_cut = scanned.fault.is_some() || self.loses_records_after(number, &scanned);
            if is_cut {
                self.cut(&segment, scanned)?;
            }
            let is_ended = is_cut || number + 1 < self.segments.len();
            if is_ended {
                segment.enter_largest()?;
            }
            if is_reset && segment.has_index_entry_below(trusted_below)? {
                segment.write_rebuilt_indexes()?;
            } else if is_ended {
                segment.persist_indexes()?;
            }
            if is_cut {
                let removed = self.segments.split_off(number + 1);
                self.remove_segments(removed)?;
                break;
            }
        }
        Ok(End { offset: end, producers })
    }

    /// Whether the segment after this one begins further on than this one ends although nothing has been compacted away:
    /// the disk has kept later writes and lost earlier ones. A log must be a beginning of what was written, or a replica
    /// would have a hole that nobody knows of, and a producer would find its later batches there and be refused the
    /// earlier.
    fn loses_records_after(&self, number: usize, scanned: &Scanned) -> bool {
        let next = self.segments.get(number + 1).map(|next| next.base_offset());
        !self.open.config.compact && scanned.is_dense && next.is_some_and(|next| next > scanned.end_offset)
    }

    /// What a roll would have written, had it not been lost.
    fn write_snapshot(&mut self, producers: &ProducerStates) -> Result<(), StorageError> {
        let offset = producers.end_offset();
        if offset <= self.open.log_start_offset || self.snapshots.contains(&offset) {
            return Ok(());
        }
        let name = file_name(offset, FileKind::ProducerSnapshot, Suffix::None);
        self.home
            .open(&name, Create::Anew)?
            .write_at(&[IoSlice::new(&producers.to_snapshot())], 0)
            .map_err(StorageError::io("write", &self.home.path(&name)))?;
        self.snapshots.push(offset);
        self.snapshots.sort_unstable();
        self.names_unsynced = true;
        Ok(())
    }

    fn cut(&mut self, segment: &Arc<Segment>, scanned: Scanned) -> Result<(), StorageError> {
        self.report.tail_cut = Some(TailCut {
            segment: segment.base_offset(),
            kept_bytes: scanned.valid_bytes,
            cut_bytes: segment.size() - scanned.valid_bytes,
            log_end_offset: scanned.end_offset,
            reason: scanned.fault.unwrap_or_else(|| "what was written next is not there".to_owned()),
        });
        segment.cut_to(scanned.valid_bytes)
    }

    /// Renames the files of segments that are not part of the log any more. They stay for a while, for whoever wants to
    /// look at what was lost.
    fn remove_segments(&mut self, segments: Vec<Arc<Segment>>) -> Result<(), StorageError> {
        let mut names = Vec::new();
        for segment in segments {
            names.extend(segment.mark_deleted()?);
            self.report.removed_segments.push(segment.base_offset());
        }
        if !names.is_empty() {
            // Were they to come back after another crash, they would lie behind, or over, what is written from now on.
            self.home.sync_directory()?;
            self.doomed.push(DoomedFiles { due: self.open.config.file_removal_time(self.open.now), names });
        }
        Ok(())
    }

    fn finish(mut self, end: End, topic_id: Option<TopicId>) -> Result<(LoadedLog, RecoveryReport), StorageError> {
        let first_base_offset = self.segments[0].base_offset();
        let log_start_offset = self.open.log_start_offset.max(first_base_offset);
        self.epochs.truncate_from_end(end.offset);
        self.epochs.truncate_from_start(self.open.log_start_offset);
        self.remove_stray_snapshots(log_start_offset, end.offset)?;
        let producers = match end.producers {
            Some(mut producers) => {
                producers.set_end_offset(end.offset);
                producers.settle_below(end.offset);
                producers
            }
            // Without any snapshot there never was a producer to remember.
            None if self.snapshots.is_empty() => {
                let mut producers = ProducerStates::default();
                producers.reset(end.offset);
                producers
            }
            None => {
                self.open.log_start_offset = log_start_offset;
                let segments = self.segments.clone();
                self.producers_at(end.offset, &segments)?
            }
        };
        let recovery_point = if self.open.clean_shutdown && self.report.tail_cut.is_none() {
            end.offset
        } else {
            self.open.recovery_point.min(end.offset)
        };
        let is_changed = !self.open.clean_shutdown || !self.report.is_clean();
        let shared = Shared::new(
            self.home,
            SegmentList::new(self.segments),
            log_start_offset,
            end.offset,
            recovery_point,
            self.epochs,
        );
        let log = LoadedLog {
            shared,
            topic_partition: self.open.topic_partition,
            topic_id,
            config: self.open.config,
            producers,
            producer_config: self.open.producers,
            snapshots: self.snapshots,
            recovery_point,
            // What was compacted and is not there any more will be other records when it is written again.
            cleaned_to: self.open.cleaned_to.filter(|&cleaned_to| cleaned_to <= end.offset),
            names_unsynced: self.names_unsynced,
            directory_unsynced: self.directory_is_new || !self.open.clean_shutdown,
            unsynced_from: self.first_written,
            doomed: self.doomed,
            is_changed,
            jitter_seed: self.open.jitter_seed,
            now: self.open.now,
        };
        Ok((log, self.report))
    }

    /// Keeps the snapshots that stand at the beginning of a segment, and the last of the others if it is after all of
    /// those: it was written by a clean shutdown.
    fn remove_stray_snapshots(&mut self, log_start_offset: Offset, end: Offset) -> Result<(), StorageError> {
        // There is at least one segment: see `find_end`.
        let last_base_offset = self.segments[self.segments.len() - 1].base_offset();
        let last_stray = self.snapshots.iter().copied().filter(|&snapshot| snapshot <= end).max();
        let is_kept = |snapshot: Offset| {
            snapshot > log_start_offset
                && snapshot <= end
                && (self.segments.iter().any(|segment| segment.base_offset() == snapshot)
                    || snapshot > last_base_offset && Some(snapshot) == last_stray)
        };
        let (kept, strays): (Vec<Offset>, Vec<Offset>) =
            self.snapshots.iter().partition(|&&snapshot| is_kept(snapshot));
        for stray in strays {
            self.home.remove_if_there(&file_name(stray, FileKind::ProducerSnapshot, Suffix::None))?;
        }
        self.snapshots = kept;
        Ok(())
    }
}
