//! The partitions of a log directory.

use super::names::{REMOTE_INDEX_CACHE, directory_name, parse_directory_name};
use super::{CheckpointKind, DirectoryKind, LogDirectory, PartitionDirectory};
use crate::error::StorageError;
use crate::log::{LogConfig, OpenLog, PartitionLog};
use crate::partition_metadata::read_topic_id;
use crate::producer_state::ProducerStateConfig;
use crate::recovery::RecoveryReport;
use ottla_model::{Offset, Timestamp, TopicId, TopicPartition, Uuid};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

impl LogDirectory {
    /// All partitions' directories, `__cluster_metadata-0` among them, in the order of their names.
    ///
    /// # Errors
    /// The disk's.
    pub fn partitions(&self) -> Result<Vec<PartitionDirectory>, StorageError> {
        Ok(self.directories()?.into_iter().filter_map(Result::ok).collect())
    }

    /// All directories in the order of their names; those that are no partition's by their name only.
    fn directories(&self) -> Result<Vec<Result<PartitionDirectory, String>>, StorageError> {
        let mut entries = self.disk.list(&self.path).map_err(StorageError::io("list", &self.path))?;
        entries.retain(|entry| entry.is_directory && entry.name != REMOTE_INDEX_CACHE);
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let parse = |entry: crate::disk::Entry| parse_directory_name(&entry.path, &entry.name).ok_or(entry.name);
        Ok(entries.into_iter().map(parse).collect())
    }

    /// Kafka refuses to start if it finds directories that it does not know; `lost+found`, at least, is nobody's fault.
    pub(super) fn note_foreign_directories(&mut self) -> Result<(), StorageError> {
        for name in self.directories()?.into_iter().filter_map(Result::err) {
            self.warnings.push(format!("{} is not a partition's directory; ignored", self.path.join(name).display()));
        }
        Ok(())
    }

    /// The topic id in a partition's directory, if it has one.
    ///
    /// # Errors
    /// The disk's, or `partition.metadata` that cannot be understood.
    pub fn topic_id(&self, partition: &PartitionDirectory) -> Result<Option<TopicId>, StorageError> {
        read_topic_id(&*self.disk, &partition.path)
    }

    /// Opens the log in a partition's directory with what the checkpoints say of it. May be called by many threads at
    /// once, for different partitions.
    ///
    /// # Errors
    /// As [`PartitionLog::open`].
    pub fn load(
        &self,
        partition: &PartitionDirectory,
        config: impl Into<Arc<LogConfig>>,
        producers: ProducerStateConfig,
        now: Timestamp,
    ) -> Result<(PartitionLog, RecoveryReport), StorageError> {
        let checkpointed =
            |kind| self.checkpoint(kind).get(&partition.topic_partition).copied().unwrap_or(Offset::ZERO);
        let topic_partition = partition.topic_partition.clone();
        PartitionLog::open(OpenLog {
            recovery_point: checkpointed(CheckpointKind::RecoveryPoint),
            log_start_offset: checkpointed(CheckpointKind::LogStartOffset),
            cleaned_to: self.checkpoint(CheckpointKind::Cleaner).get(&partition.topic_partition).copied(),
            clean_shutdown: self.clean_shutdown.is_some(),
            ..self.to_open(partition.path.clone(), topic_partition, None, config.into(), producers, now)
        })
    }

    /// Begins a partition: creates its directory with the topic's id in it. If the directory is there already, its log
    /// is opened instead, as after a crash.
    ///
    /// # Errors
    /// As [`PartitionLog::open`].
    pub fn create_partition(
        &self,
        topic_partition: &TopicPartition,
        topic_id: Option<TopicId>,
        config: impl Into<Arc<LogConfig>>,
        producers: ProducerStateConfig,
        now: Timestamp,
    ) -> Result<PartitionLog, StorageError> {
        let directory = self.path.join(directory_name(topic_partition, DirectoryKind::Live, Uuid::ZERO));
        let open = self.to_open(directory, topic_partition.clone(), topic_id, config.into(), producers, now);
        PartitionLog::open(open).map(|(log, _)| log)
    }

    fn to_open(
        &self,
        directory: PathBuf,
        topic_partition: TopicPartition,
        topic_id: Option<TopicId>,
        config: Arc<LogConfig>,
        producers: ProducerStateConfig,
        now: Timestamp,
    ) -> OpenLog {
        OpenLog {
            disk: Arc::clone(&self.disk),
            open_files: Arc::clone(&self.open_files),
            jitter_seed: seed_of(&topic_partition),
            directory,
            topic_partition,
            topic_id,
            config,
            producers,
            recovery_point: Offset::ZERO,
            log_start_offset: Offset::ZERO,
            cleaned_to: None,
            clean_shutdown: false,
            now,
        }
    }

    /// Renames a partition's directory so that it will be removed (`Deleted`), or is only kept (`Stray`), and its name is
    /// free for a new one. `unique` makes the new name unique. Readers that have the log keep reading.
    ///
    /// # Errors
    /// The disk's.
    pub fn set_aside(
        &self,
        log: &mut PartitionLog,
        kind: DirectoryKind,
        unique: Uuid,
    ) -> Result<PartitionDirectory, StorageError> {
        // Whoever starts on this directory next, Kafka included, looks for indexes beside the records. That they cannot be
        // written (a full disk) must not keep a partition from being deleted.
        let _ = log.persist_indexes();
        let present = PartitionDirectory {
            path: log.directory(),
            topic_partition: log.topic_partition().clone(),
            kind: DirectoryKind::Live,
        };
        let renamed = self.set_directory_aside(&present, kind, unique)?;
        log.set_directory(&renamed.path);
        Ok(renamed)
    }

    /// As [`Self::set_aside`], for a partition whose log has not been loaded.
    ///
    /// # Errors
    /// The disk's.
    pub fn set_directory_aside(
        &self,
        partition: &PartitionDirectory,
        kind: DirectoryKind,
        unique: Uuid,
    ) -> Result<PartitionDirectory, StorageError> {
        let to = self.path.join(directory_name(&partition.topic_partition, kind, unique));
        self.disk.rename(&partition.path, &to).map_err(StorageError::io("rename", &partition.path))?;
        // A deletion that a power cut undoes would bring the topic back.
        self.disk.sync_directory(&self.path).map_err(StorageError::io("sync", &self.path))?;
        Ok(PartitionDirectory { path: to, topic_partition: partition.topic_partition.clone(), kind })
    }

    /// Removes a partition's directory with all that is in it. For those that were set aside, `file.delete.delay.ms`
    /// later. Not an error if it is gone.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&self, partition: &PartitionDirectory) -> Result<(), StorageError> {
        match self.disk.remove_directory(&partition.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StorageError::io("remove", &partition.path)(error))
            }
            _ => Ok(()),
        }
    }
}

/// A number that differs from partition to partition (FNV-1a of the name).
fn seed_of(topic_partition: &TopicPartition) -> u64 {
    let name = topic_partition.to_string();
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
