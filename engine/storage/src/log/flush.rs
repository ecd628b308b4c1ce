//! Getting records from the page cache to the disk, without holding the log's lock while the disk works.

use super::{PartitionLog, Shared};
use crate::disk::DiskFile;
use crate::error::StorageError;
use crate::leader_epochs::LEADER_EPOCH_CHECKPOINT;
use crate::partition_metadata::PARTITION_METADATA;
use crate::segment::{FileKind, Suffix, file_name};
use ottla_model::{Offset, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;

/// How much a flush covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushScope {
    /// The records: they survive a power cut then. What an answer to a producer waits for.
    Records,
    /// All of the segments before the active one: nothing in them needs to be looked at after a crash, and the recovery
    /// point moves on. What follows a roll ([`Appended::rolled`](super::Appended::rolled)).
    InactiveSegments,
    /// The same, with the active segment: `flush.messages`, `flush.ms`, and before the recovery point is checkpointed.
    Everything,
}

/// Files to be synced, and what is true when they are. From [`PartitionLog::begin_flush`].
#[derive(Debug)]
#[must_use = "nothing is on disk before it is synced"]
pub struct FlushTicket {
    shared: Arc<Shared>,
    scope: FlushScope,
    offset: Offset,
    generation: u64,
    logs: Vec<(Arc<dyn DiskFile>, PathBuf)>,
    /// Within the partition's directory. Those that are gone when their turn comes need no syncing.
    others: Vec<String>,
    sync_directory: bool,
    sync_parent: bool,
}

impl FlushTicket {
    /// Records below this offset are on disk when the sync succeeds.
    pub fn offset(&self) -> Offset {
        self.offset
    }
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.others.is_empty() && !self.sync_directory && !self.sync_parent
    }
    /// Waits for the disk. Call it without the log's lock. If it fails, the log refuses appends from then on, even if
    /// the outcome is dropped.
    pub fn sync(self) -> FlushOutcome {
        let error = self.sync_all().err();
        if let Some(error) = &error {
            self.shared.poison(error);
        }
        FlushOutcome { scope: self.scope, offset: self.offset, generation: self.generation, error }
    }

    fn sync_all(&self) -> Result<(), StorageError> {
        for (file, path) in &self.logs {
            file.sync().map_err(StorageError::io("sync", path))?;
        }
        let home = &self.shared.home;
        for name in &self.others {
            if let Some(file) = home.open_if_there(name)? {
                file.sync().map_err(StorageError::io("sync", &home.path(name)))?;
            }
        }
        if self.sync_directory {
            home.sync_directory()?;
        }
        if self.sync_parent { home.sync_parent() } else { Ok(()) }
    }
}

/// How a sync went; for [`PartitionLog::complete_flush`].
#[derive(Debug)]
#[must_use = "the log must be told"]
pub struct FlushOutcome {
    scope: FlushScope,
    offset: Offset,
    generation: u64,
    error: Option<StorageError>,
}

impl FlushOutcome {
    /// Why it failed, if it did.
    pub fn error(&self) -> Option<&StorageError> {
        self.error.as_ref()
    }
}

impl PartitionLog {
    /// Records appended above the recovery point: for `flush.messages`.
    pub fn unflushed_records(&self) -> i64 {
        self.log_end_offset() - self.recovery_point.max(self.log_start_offset())
    }
    /// When the oldest of them was appended: for `flush.ms`. `None` if there are none.
    pub fn unflushed_since(&self) -> Option<Timestamp> {
        self.unflushed_since
    }

    /// Collects what must be synced. Short: writes index entries that are still in memory, but waits for no disk as a
    /// rule (a leader epoch that is new since the last time is written down durably here). Then call
    /// [`FlushTicket::sync`] without the log's lock, and [`Self::complete_flush`] with it. Appends may go on meanwhile;
    /// several tickets may be out at once.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin_flush(&mut self, scope: FlushScope) -> Result<FlushTicket, StorageError> {
        self.check_writable()?;
        let end = self.shared.end();
        let (from, offset) = match scope {
            FlushScope::Records => (self.shared.durable_offset(), end.offset),
            FlushScope::InactiveSegments => (self.recovery_point, end.segment),
            FlushScope::Everything => (self.recovery_point, end.offset),
        };
        let mut ticket = FlushTicket {
            shared: Arc::clone(&self.shared),
            scope,
            offset,
            generation: self.generation,
            logs: Vec::new(),
            others: Vec::new(),
            sync_directory: false,
            sync_parent: false,
        };
        let unsynced_from = match scope {
            FlushScope::Records => None,
            _ => self.unsynced_from.take_if(|unsynced| *unsynced < offset),
        };
        let from = unsynced_from.map_or(from, |unsynced| unsynced.min(from));
        if from < offset {
            self.collect_segments(&mut ticket, from)?;
        }
        if scope != FlushScope::Records {
            self.write_leader_epochs()?;
            let snapshots = self.unsynced_snapshots.drain(..);
            ticket.others.extend(snapshots.map(|offset| file_name(offset, FileKind::ProducerSnapshot, Suffix::None)));
        }
        if !ticket.is_empty() {
            // A file whose name is lost is as good as not synced.
            self.sync_names_with(&mut ticket);
        }
        Ok(ticket)
    }

    /// Lets a ticket make names survive: those in the directory, and its own with the file that says whose it is.
    fn sync_names_with(&mut self, ticket: &mut FlushTicket) {
        ticket.sync_directory |= std::mem::take(&mut self.names_unsynced);
        if std::mem::take(&mut self.directory_unsynced) {
            ticket.sync_parent = true;
            ticket.others.push(PARTITION_METADATA.to_owned());
        }
    }

    fn collect_segments(&self, ticket: &mut FlushTicket, from: Offset) -> Result<(), StorageError> {
        for segment in self.shared.segments().from(from).iter().filter(|segment| segment.base_offset() < ticket.offset)
        {
            ticket.logs.push((segment.log_file()?, segment.path(FileKind::Log)));
            if ticket.scope != FlushScope::Records {
                segment.persist_indexes()?;
                let indexes = [FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TransactionIndex];
                ticket.others.extend(indexes.map(|kind| file_name(segment.base_offset(), kind, Suffix::None)));
            }
        }
        Ok(())
    }

    /// Writes the epochs down if they have changed. Recovery finds the epochs of what was not flushed in the batches.
    pub(super) fn write_leader_epochs(&mut self) -> Result<(), StorageError> {
        let mut epochs = self.shared.epochs_mut();
        if epochs.is_dirty() {
            self.shared.home.replace(LEADER_EPOCH_CHECKPOINT, epochs.to_text().as_bytes())?;
            epochs.mark_written();
        }
        Ok(())
    }

    /// Takes note of what was synced. Returns the offset below which records are now on disk.
    ///
    /// # Errors
    /// The sync's. The log takes no more appends then ([`StorageError::Poisoned`]).
    pub fn complete_flush(&mut self, outcome: FlushOutcome, now: Timestamp) -> Result<Offset, StorageError> {
        if let Some(error) = outcome.error {
            return Err(error);
        }
        if outcome.generation == self.generation {
            self.shared.set_durable_offset(self.shared.durable_offset().max(outcome.offset));
            if outcome.scope != FlushScope::Records && outcome.offset > self.recovery_point {
                self.recovery_point = outcome.offset;
                self.unflushed_since = (self.unflushed_records() > 0).then_some(now);
            }
        }
        Ok(self.shared.durable_offset())
    }

    /// Flushes everything, waiting for the disk.
    ///
    /// # Errors
    /// The disk's.
    pub fn flush(&mut self, now: Timestamp) -> Result<(), StorageError> {
        let outcome = self.begin_flush(FlushScope::Everything)?.sync();
        self.complete_flush(outcome, now).map(drop)
    }

    /// Flushes everything and writes what makes the next open quick: the last index entries and a producer snapshot.
    /// After all logs of a directory are closed, [`LogDirectory::mark_clean_shutdown`](crate::LogDirectory) may be called.
    /// Returns the recovery point, which is the log end.
    ///
    /// # Errors
    /// The disk's. The log is closed nevertheless, but then it must not count as clean.
    pub fn close(mut self, now: Timestamp) -> Result<Offset, StorageError> {
        self.check_writable()?;
        if !self.is_changed && !self.shared.epochs().is_dirty() && self.unflushed_records() == 0 {
            // Ten thousand partitions that were only opened must not cost ten thousand times a few fsyncs.
            return Ok(self.recovery_point);
        }
        self.repair_torn_tail()?;
        let active = self.active_segment();
        active.finish()?;
        if self.log_end_offset() == Offset::ZERO {
            // Nothing was ever written here, so there is nothing to lose: what a power cut takes of these files is made
            // again. Ten thousand new partitions would take minutes to sync.
            return Ok(self.recovery_point);
        }
        self.write_producer_snapshot()?;
        let mut ticket = self.begin_flush(FlushScope::Everything)?;
        // The last index entries, or the cut of a write that failed, may have come after the last flush of the records.
        ticket.logs.push((active.log_file()?, active.path(FileKind::Log)));
        let indexes = [FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TransactionIndex];
        ticket.others.extend(indexes.map(|kind| file_name(active.base_offset(), kind, Suffix::None)));
        self.names_unsynced = true;
        self.sync_names_with(&mut ticket);
        let outcome = ticket.sync();
        self.complete_flush(outcome, now)?;
        Ok(self.recovery_point)
    }
}
