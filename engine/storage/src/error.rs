//! What can go wrong underneath a log: the disk, or what lies on it.

use ottla_model::{TopicId, TopicPartition};
use std::io;
use std::path::{Path, PathBuf};

/// The disk failed, or holds what cannot be there. On the wire: `KAFKA_STORAGE_ERROR`.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// An operation on a file failed. The log is as it was before the operation; where it could not be put back, the
    /// next append tries that first.
    #[error("cannot {operation} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, as a verb: "write", "rename", …
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier fsync failed. What the kernel then did with the pages that were not written is unknown, so nothing
    /// more is written through this log until it has been opened (and recovered) anew.
    #[error("{path} takes no more writes since an fsync failed: {reason}", path = path.display())]
    Poisoned {
        /// The partition's directory.
        path: PathBuf,
        /// What the failed fsync said.
        reason: String,
    },
    /// A file holds what nothing of ours and nothing of Kafka's writes, and it cannot be rebuilt from another.
    #[error("{path} is corrupt: {reason}", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `partition.metadata` names another topic than the one that was asked for. On the wire: `INCONSISTENT_TOPIC_ID`.
    #[error("{topic_partition} has topic id {found} on disk but {expected} was asked for")]
    InconsistentTopicId {
        /// Which partition.
        topic_partition: TopicPartition,
        /// As it stands in `partition.metadata`.
        found: TopicId,
        /// As it was asked for.
        expected: TopicId,
    },
    /// The log was closed, or is being deleted.
    #[error("the log in {path} is closed", path = path.display())]
    Closed {
        /// The partition's directory.
        path: PathBuf,
    },
}

impl StorageError {
    /// Whether the disk is full (`ENOSPC` or a quota): nothing is damaged, and appends work again when there is room.
    pub fn is_out_of_space(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    /// For `map_err`: says what was tried on which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source }
    }
}
