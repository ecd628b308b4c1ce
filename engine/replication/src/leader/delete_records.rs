//! A leader gives up the beginning of its log (DeleteRecords, KIP-107).

use crate::leadership::NotLeader;
use crate::partition::Partition;
use ottla_model::Offset;
use ottla_storage::{ReadError, StorageError};

/// Why nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteRefused {
    /// See [`NotLeader`].
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// `POLICY_VIOLATION`: the topic is compacted, and not deleted from.
    #[error("the topic's cleanup.policy is compact alone")]
    NotDeletable,
    /// `OFFSET_OUT_OF_RANGE`: negative, or above the high watermark.
    #[error("the offset is not between 0 and the high watermark")]
    OffsetOutOfRange,
    /// `KAFKA_STORAGE_ERROR`.
    #[error(transparent)]
    Storage(StorageError),
}

impl Partition {
    /// Deletes all records before `offset` (exclusive), or all that are committed if there is none. Gives the log start
    /// offset that results: the low watermark, as long as this broker has the only replica.
    ///
    /// # Errors
    /// See [`DeleteRefused`].
    pub fn delete_records_before(&self, offset: Option<Offset>) -> Result<Offset, DeleteRefused> {
        let role = self.read_role();
        role.as_leader(None)?;
        let mut log = self.lock_log();
        if log.config().compact && !log.config().delete {
            return Err(DeleteRefused::NotDeletable);
        }
        let offset = offset.unwrap_or(log.high_watermark());
        if offset < Offset::ZERO {
            return Err(DeleteRefused::OffsetOutOfRange);
        }
        match log.delete_records_before(offset) {
            Ok(_) => Ok(log.log_start_offset()),
            Err(ReadError::OffsetOutOfRange { .. }) => Err(DeleteRefused::OffsetOutOfRange),
            Err(ReadError::Storage(error)) => Err(DeleteRefused::Storage(error)),
        }
    }
}
