//! One of `log.dirs`.

use crate::disk::Disk;
use crate::error::StorageError;
use crate::log::{LogConfig, PartitionLog};
use crate::producer_state::ProducerStateConfig;
use crate::recovery::RecoveryReport;
use crate::segment::OpenFiles;
use ottla_model::{BrokerId, Offset, Timestamp, TopicId, TopicPartition, Uuid};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `meta.properties`: whose directory this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// 1 since KRaft; 0 (without a `version` line) was written in ZooKeeper's time.
    pub version: u8,
    /// `cluster.id`; only version 0 may lack it.
    pub cluster_id: Option<String>,
    /// `node.id`, or `broker.id` in version 0; only that may lack it.
    pub node_id: Option<BrokerId>,
    /// `directory.id`, given at formatting or at the first start that finds none.
    pub directory_id: Option<Uuid>,
}

/// What a node expects `meta.properties` to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedIdentity {
    /// `None` if the cluster id is not known yet: whatever is there is right.
    pub cluster_id: Option<String>,
    /// `node.id` of the configuration.
    pub node_id: BrokerId,
}

/// Why a log directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogDirectoryError {
    /// There is no `meta.properties`.
    #[error("{path} is not formatted: there is no meta.properties in it", path = path.display())]
    Unformatted {
        /// The directory.
        path: PathBuf,
    },
    /// There is one already.
    #[error("Log directory {path} is already formatted. Use --ignore-formatted to ignore this directory and format the others.", path = path.display())]
    AlreadyFormatted {
        /// The directory.
        path: PathBuf,
    },
    /// Another process, or another part of this one, has the lock.
    #[error("Failed to acquire lock on file .lock in {path}. A Kafka instance in another process or thread is using this directory.", path = path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// `meta.properties` cannot be understood.
    #[error("{path}: {key}: {reason}", path = path.display())]
    InvalidMetaProperties {
        /// The file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// `meta.properties` is another cluster's or another node's.
    #[error("{path}: {key} is {found}, but this node expects {expected}", path = path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What the file says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What `.kafka_cleanshutdown` said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanShutdown {
    /// The broker's epoch when it went; absent in files of before Kafka 3.7.
    pub broker_epoch: Option<i64>,
}

/// What the name of a partition's directory says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryKind {
    /// `topic-3`.
    Live,
    /// `topic-3.<32 hex digits>-delete`: to be removed.
    Deleted,
    /// `topic-3.<32 hex digits>-future`: a copy on its way to replace the live one.
    Future,
    /// `topic-3.<32 hex digits>-stray`: found where it should not be, and kept for whoever wants to look.
    Stray,
}

/// A partition's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDirectory {
    /// Where it is.
    pub path: PathBuf,
    /// Of which partition. The topic's name may have been cut short in `-delete` and `-stray` names.
    pub topic_partition: TopicPartition,
    /// What for.
    pub kind: DirectoryKind,
}

/// The four checkpoint files of a log directory: an offset for each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckpointKind {
    /// `recovery-point-offset-checkpoint`.
    RecoveryPoint,
    /// `log-start-offset-checkpoint`.
    LogStartOffset,
    /// `replication-offset-checkpoint`.
    HighWatermark,
    /// `cleaner-offset-checkpoint`.
    Cleaner,
}

/// What a checkpoint file holds.
pub type OffsetCheckpoint = BTreeMap<TopicPartition, Offset>;

/// One of `log.dirs`, locked.
#[derive(Debug)]
pub struct LogDirectory {}

impl LogDirectory {
    /// Makes a directory ready for use: creates it if it is missing and writes `meta.properties`. (The metadata version
    /// and what else a cluster begins with are for others to write.)
    ///
    /// # Errors
    /// It is formatted already; the disk's.
    pub fn format(disk: &dyn Disk, path: &Path, properties: &MetaProperties) -> Result<(), LogDirectoryError> {
        let _ = (disk, path, properties);
        unimplemented!()
    }
    /// Reads `meta.properties` without taking the directory into use. `None` if there is none.
    ///
    /// # Errors
    /// It cannot be understood; the disk's.
    pub fn read_meta_properties(disk: &dyn Disk, path: &Path) -> Result<Option<MetaProperties>, LogDirectoryError> {
        let _ = (disk, path);
        unimplemented!()
    }
    /// Takes a directory into use: locks it, checks whose it is, reads the checkpoints and takes the clean-shutdown
    /// marker away, so that a crash from here on is one.
    ///
    /// # Errors
    /// Not formatted, in use, another cluster's or node's; the disk's.
    pub fn open(
        disk: Arc<dyn Disk>,
        path: &Path,
        expected: &ExpectedIdentity,
        open_files: Arc<OpenFiles>,
    ) -> Result<Self, LogDirectoryError> {
        let _ = (disk, path, expected, open_files);
        unimplemented!()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        unimplemented!()
    }
    /// `meta.properties`.
    pub fn meta_properties(&self) -> &MetaProperties {
        unimplemented!()
    }
    /// Replaces `meta.properties`: gives the directory an id, or lifts version 0 to 1.
    ///
    /// # Errors
    /// The disk's.
    pub fn set_meta_properties(&mut self, properties: MetaProperties) -> Result<(), LogDirectoryError> {
        let _ = properties;
        unimplemented!()
    }
    /// What the marker said, if the last shutdown was clean.
    pub fn clean_shutdown(&self) -> Option<CleanShutdown> {
        unimplemented!()
    }
    /// What was odd but could be done without when the directory was opened: unreadable checkpoints, foreign
    /// directories. For the broker's log.
    pub fn warnings(&self) -> &[String] {
        unimplemented!()
    }

    /// All partitions' directories, `__cluster_metadata-0` among them, in the order of their names.
    ///
    /// # Errors
    /// The disk's.
    pub fn partitions(&self) -> Result<Vec<PartitionDirectory>, StorageError> {
        unimplemented!()
    }
    /// The topic id in a partition's directory, if it has one.
    ///
    /// # Errors
    /// The disk's, or `partition.metadata` that cannot be understood.
    pub fn topic_id(&self, partition: &PartitionDirectory) -> Result<Option<TopicId>, StorageError> {
        let _ = partition;
        unimplemented!()
    }
    /// Opens the log in a partition's directory with what the checkpoints say of it. May be called by many threads at
    /// once, for different partitions.
    ///
    /// # Errors
    /// As [`PartitionLog::open`].
    pub fn load(
        &self,
        partition: &PartitionDirectory,
        config: LogConfig,
        producers: ProducerStateConfig,
        now: Timestamp,
    ) -> Result<(PartitionLog, RecoveryReport), StorageError> {
        let _ = (partition, config, producers, now);
        unimplemented!()
    }
    /// Begins a partition: creates its directory with the topic's id in it. If the directory is there already, its log
    /// is opened instead.
    ///
    /// # Errors
    /// As [`PartitionLog::open`].
    pub fn create_partition(
        &self,
        topic_partition: &TopicPartition,
        topic_id: Option<TopicId>,
        config: LogConfig,
        producers: ProducerStateConfig,
        now: Timestamp,
    ) -> Result<PartitionLog, StorageError> {
        let _ = (topic_partition, topic_id, config, producers, now);
        unimplemented!()
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
        let _ = (log, kind, unique);
        unimplemented!()
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
        let _ = (partition, kind, unique);
        unimplemented!()
    }
    /// Removes a partition's directory with all that is in it. For those that were set aside, `file.delete.delay.ms`
    /// later.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&self, partition: &PartitionDirectory) -> Result<(), StorageError> {
        let _ = partition;
        unimplemented!()
    }

    /// What a checkpoint file said when the directory was opened.
    pub fn checkpoint(&self, kind: CheckpointKind) -> &OffsetCheckpoint {
        let _ = kind;
        unimplemented!()
    }
    /// Replaces a checkpoint file, surviving a power cut at any moment.
    ///
    /// # Errors
    /// The disk's.
    pub fn write_checkpoint<'a>(
        &self,
        kind: CheckpointKind,
        offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
    ) -> Result<(), StorageError> {
        let _ = (kind, offsets.into_iter().count());
        unimplemented!()
    }
    /// Says that all is flushed and closed. Only after every log was closed without an error and the checkpoints are
    /// written.
    ///
    /// # Errors
    /// The disk's.
    pub fn mark_clean_shutdown(self, broker_epoch: i64) -> Result<(), StorageError> {
        let _ = broker_epoch;
        unimplemented!()
    }
}
