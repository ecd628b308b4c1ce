//! The partitions that this broker has replicas of: found, created, assigned, configured and deleted as the metadata say.
//!
//! * [`Partitions`]: all of them, by topic id. Looked up by every request; changed only by the thread that follows the
//!   metadata ([`follow`]).
//! * [`HostedPartition`]: one, with those who wait for it.
//! * [`Flusher`]: makes what was appended durable for all who wait, together.

mod compaction;
mod flusher;
mod follow;
mod hosted;
mod load;
mod settings;

pub use flusher::Flusher;
pub use hosted::{FlushPolicy, HostedPartition};

use crate::clock::Clock;
use ottla_model::{BrokerId, Offset, Timestamp, TopicIdPartition, TopicPartition, Uuid};
use ottla_storage::{CheckpointKind, DirectoryKind, LogDirectory, PartitionDirectory, StorageError};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A directory that was set aside, and when it may be removed.
#[derive(Debug)]
struct Removal {
    directory: usize,
    partition: PartitionDirectory,
    due: Timestamp,
}

/// All partitions of this broker, and the log directories that they lie in.
#[derive(Debug)]
pub struct Partitions {
    local: BrokerId,
    clock: Clock,
    directories: Vec<LogDirectory>,
    by_id: RwLock<HashMap<TopicIdPartition, Arc<HostedPartition>>>,
    removals: Mutex<Vec<Removal>>,
    /// How many partitions the last checkpoint of each kind spoke of.
    checkpointed: [AtomicUsize; 4],
}

impl Partitions {
    /// No partitions yet, in these directories.
    pub fn new(local: BrokerId, clock: Clock, directories: Vec<LogDirectory>) -> Self {
        Self {
            local,
            clock,
            directories,
            by_id: RwLock::new(HashMap::new()),
            removals: Mutex::new(Vec::new()),
            checkpointed: Default::default(),
        }
    }

    /// The partition of that id, if this broker has a replica.
    pub fn get(&self, id: TopicIdPartition) -> Option<Arc<HostedPartition>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// All partitions, in no particular order.
    pub fn all(&self) -> Vec<Arc<HostedPartition>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The log directories.
    pub fn directories(&self) -> &[LogDirectory] {
        &self.directories
    }

    /// The ids of the log directories.
    pub fn directory_ids(&self) -> Vec<Uuid> {
        self.directories.iter().filter_map(|directory| directory.meta_properties().directory_id).collect()
    }

    fn insert(&self, partition: Arc<HostedPartition>) {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(partition.id(), partition);
    }

    fn take(&self, id: TopicIdPartition) -> Option<Arc<HostedPartition>> {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }

    fn remove_later(&self, directory: usize, partition: PartitionDirectory, due: Timestamp) {
        let removal = Removal { directory, partition, due };
        self.removals.lock().unwrap_or_else(PoisonError::into_inner).push(removal);
    }

    /// Removes directories of deleted partitions whose time has come.
    pub fn remove_due_directories(&self) {
        let now = self.clock.now();
        let mut removals = self.removals.lock().unwrap_or_else(PoisonError::into_inner);
        removals.retain(|removal| {
            if removal.due > now {
                return true;
            }
            let path = removal.partition.path.display();
            match self.directories[removal.directory].remove(&removal.partition) {
                Ok(()) => tracing::info!("removed {path}"),
                Err(error) => tracing::error!("cannot remove {path}: {error}"),
            }
            false
        });
    }

    /// Retention: what is too old or too much leaves the logs; files that left them long enough ago are removed.
    pub fn apply_retention(&self) {
        for partition in self.all() {
            let now = self.clock.now();
            let mut log = partition.partition().lock_log();
            match log.delete_old_segments(now) {
                Ok(0) => {}
                Ok(count) => {
                    partition.note_change();
                    tracing::info!("{count} segments left {}", partition.name());
                }
                Err(error) => tracing::error!("cannot delete old segments of {}: {error}", partition.name()),
            }
        }
    }

    /// Removes files that left their logs `file.delete.delay.ms` ago.
    pub fn remove_due_files(&self) {
        for partition in self.all() {
            if let Err(error) = partition.partition().lock_log().remove_due_files(self.clock.now()) {
                tracing::error!("cannot remove files of {}: {error}", partition.name());
            }
        }
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&self) {
        for partition in self.all() {
            partition.partition().lock_log().expire_producers(self.clock.now());
        }
    }

    /// Flushes what has been unflushed for `flush.ms`.
    pub fn flush_what_is_old(&self) {
        for partition in self.all() {
            if let Err(error) = partition.flush_if_old(self.clock.now()) {
                tracing::error!("cannot flush {}: {error}", partition.name());
            }
        }
    }

    /// Writes one kind of checkpoint in every log directory, if anything has changed since the last time.
    ///
    /// # Errors
    /// The disk's; the others have been tried nevertheless.
    pub fn checkpoint(&self, kind: CheckpointKind) -> Result<(), StorageError> {
        let partitions = self.all();
        // All of them are asked: each question also says that its answer has been seen.
        let changed = partitions.iter().filter(|partition| partition.take_change(kind)).count();
        let count = partitions.len();
        if changed == 0 && self.checkpointed[kind as usize].swap(count, Ordering::Relaxed) == count {
            return Ok(());
        }
        self.checkpointed[kind as usize].store(count, Ordering::Relaxed);
        let mut offsets: Vec<Vec<(TopicPartition, Offset)>> = vec![Vec::new(); self.directories.len()];
        for partition in partitions {
            let log = partition.partition().lock_log();
            let offset = match kind {
                CheckpointKind::RecoveryPoint => Some(log.recovery_point()),
                CheckpointKind::LogStartOffset => log.log_start_offset_to_checkpoint(),
                CheckpointKind::HighWatermark => Some(log.high_watermark()),
                CheckpointKind::Cleaner => log.cleaned_to(),
            };
            offsets[partition.directory()].extend(offset.map(|offset| (partition.name().clone(), offset)));
        }
        let mut outcome = Ok(());
        for (directory, offsets) in self.directories.iter().zip(offsets) {
            let entries = offsets.iter().map(|(name, offset)| (name, *offset));
            if let Err(error) = directory.write_checkpoint(kind, entries) {
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Flushes and closes everything, and says in each directory that its shutdown was clean, if it was.
    pub fn close(self, broker_epoch: i64) {
        let now = self.clock.now();
        let clean = self.write_all_checkpoints_after_flush(now);
        let partitions = self.by_id.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut is_clean = vec![clean; self.directories.len()];
        for (_, hosted) in partitions {
            let directory = hosted.directory();
            let name = hosted.name().clone();
            match Arc::into_inner(hosted).map(|hosted| hosted.close(now)) {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::error!("cannot close {name}: {error}");
                    is_clean[directory] = false;
                }
                None => {
                    tracing::error!("{name} is still in use at the end: it will be recovered");
                    is_clean[directory] = false;
                }
            }
        }
        for (directory, is_clean) in self.directories.into_iter().zip(is_clean) {
            let path = directory.path().to_owned();
            if is_clean && let Err(error) = directory.mark_clean_shutdown(broker_epoch) {
                tracing::error!("cannot mark {} as shut down cleanly: {error}", path.display());
            }
        }
    }

    fn write_all_checkpoints_after_flush(&self, now: Timestamp) -> bool {
        let mut clean = true;
        for partition in self.all() {
            if let Err(error) = partition.partition().lock_log().flush(now) {
                tracing::error!("cannot flush {}: {error}", partition.name());
                clean = false;
            }
        }
        for kind in [CheckpointKind::RecoveryPoint, CheckpointKind::LogStartOffset, CheckpointKind::HighWatermark] {
            if let Err(error) = self.checkpoint(kind) {
                tracing::error!("cannot write a checkpoint: {error}");
                clean = false;
            }
        }
        clean
    }
}

/// Where a deleted partition's directory goes, in words.
fn kind_name(kind: DirectoryKind) -> &'static str {
    match kind {
        DirectoryKind::Live => "live",
        DirectoryKind::Deleted => "deleted",
        DirectoryKind::Future => "future",
        DirectoryKind::Stray => "stray",
    }
}
