//! One of `log.dirs`.

mod checkpoints;
mod clean_shutdown;
mod meta_properties;
mod names;
mod partitions;

pub use checkpoints::{CheckpointKind, OffsetCheckpoint};
pub use clean_shutdown::CleanShutdown;
pub use meta_properties::MetaProperties;

use crate::disk::{Disk, FileLock};
use crate::error::StorageError;
use crate::segment::OpenFiles;
use meta_properties::META_PROPERTIES;
use ottla_model::{BrokerId, Offset, TopicPartition};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// One of `log.dirs`, locked until this is dropped.
#[derive(Debug)]
pub struct LogDirectory {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    open_files: Arc<OpenFiles>,
    meta_properties: MetaProperties,
    clean_shutdown: Option<CleanShutdown>,
    checkpoints: [OffsetCheckpoint; CheckpointKind::ALL.len()],
    warnings: Vec<String>,
    _lock: Box<dyn FileLock>,
}

const LOCK: &str = ".lock";

impl LogDirectory {
    /// Makes a directory ready for use: creates it if it is missing and writes `meta.properties`. (The metadata version
    /// and what else a cluster begins with are for others to write.)
    ///
    /// # Errors
    /// It is formatted already; the disk's.
    pub fn format(disk: &dyn Disk, path: &Path, properties: &MetaProperties) -> Result<(), LogDirectoryError> {
        disk.create_directory(path).map_err(StorageError::io("create", path))?;
        let meta_properties = path.join(META_PROPERTIES);
        if disk.exists(&meta_properties).map_err(StorageError::io("look for", &meta_properties))? {
            return Err(LogDirectoryError::AlreadyFormatted { path: path.to_owned() });
        }
        Ok(properties.write(disk, path)?)
    }

    /// Reads `meta.properties` without taking the directory into use. `None` if there is none.
    ///
    /// # Errors
    /// It cannot be understood; the disk's.
    pub fn read_meta_properties(disk: &dyn Disk, path: &Path) -> Result<Option<MetaProperties>, LogDirectoryError> {
        MetaProperties::read(disk, path)
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
        let unformatted = || LogDirectoryError::Unformatted { path: path.to_owned() };
        if !disk.exists(path).map_err(StorageError::io("look for", path))? {
            return Err(unformatted());
        }
        let lock_path = path.join(LOCK);
        let lock = disk.lock(&lock_path).map_err(StorageError::io("lock", &lock_path))?;
        let lock = lock.ok_or_else(|| LogDirectoryError::InUse { path: path.to_owned() })?;
        let meta_properties = MetaProperties::read(&*disk, path)?.ok_or_else(unformatted)?;
        check_identity(path, &meta_properties, expected)?;
        let mut warnings = Vec::new();
        let mut checkpoints: [OffsetCheckpoint; CheckpointKind::ALL.len()] = Default::default();
        for (kind, checkpoint) in CheckpointKind::ALL.into_iter().zip(&mut checkpoints) {
            match checkpoints::read(&*disk, path, kind)? {
                Ok(read) => *checkpoint = read,
                // Without recovery points more is scanned, without start offsets deleted records come back, without high
                // watermarks the leader is asked: nothing that a start must fail of.
                Err(reason) => warnings.push(format!("{}: {reason}; ignored", path.join(kind.file_name()).display())),
            }
        }
        let clean_shutdown = clean_shutdown::take(&*disk, path)?;
        let mut directory = Self {
            disk,
            path: path.to_owned(),
            open_files,
            meta_properties,
            clean_shutdown,
            checkpoints,
            warnings,
            _lock: lock,
        };
        directory.note_foreign_directories()?;
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// `meta.properties`.
    pub const fn meta_properties(&self) -> &MetaProperties {
        &self.meta_properties
    }
    /// Replaces `meta.properties`: gives the directory an id, or lifts version 0 to 1.
    ///
    /// # Errors
    /// The disk's.
    pub fn set_meta_properties(&mut self, properties: MetaProperties) -> Result<(), LogDirectoryError> {
        properties.write(&*self.disk, &self.path)?;
        self.meta_properties = properties;
        Ok(())
    }
    /// What the marker said, if the last shutdown was clean.
    pub const fn clean_shutdown(&self) -> Option<CleanShutdown> {
        self.clean_shutdown
    }
    /// What was odd but could be done without when the directory was opened: unreadable checkpoints, foreign
    /// directories. For the broker's log.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What a checkpoint file said when the directory was opened.
    pub fn checkpoint(&self, kind: CheckpointKind) -> &OffsetCheckpoint {
        &self.checkpoints[kind as usize]
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
        checkpoints::write(&*self.disk, &self.path, kind, offsets)
    }

    /// Says that all is flushed and closed, and gives up the lock. Only after every log was closed without an error and
    /// the checkpoints are written.
    ///
    /// # Errors
    /// The disk's.
    pub fn mark_clean_shutdown(self, broker_epoch: i64) -> Result<(), StorageError> {
        clean_shutdown::mark(&*self.disk, &self.path, broker_epoch)
    }
}

fn check_identity(
    directory: &Path,
    found: &MetaProperties,
    expected: &ExpectedIdentity,
) -> Result<(), LogDirectoryError> {
    let mismatch = |key, found: &dyn ToString, expected: &dyn ToString| LogDirectoryError::Mismatch {
        path: directory.join(META_PROPERTIES),
        key,
        found: found.to_string(),
        expected: expected.to_string(),
    };
    if let (Some(found), Some(expected)) = (&found.cluster_id, &expected.cluster_id)
        && found != expected
    {
        return Err(mismatch("cluster.id", found, expected));
    }
    match found.node_id {
        Some(node_id) if node_id != expected.node_id => Err(mismatch("node.id", &node_id, &expected.node_id)),
        _ => Ok(()),
    }
}
