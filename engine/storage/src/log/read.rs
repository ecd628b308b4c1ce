//! Reading, without the log's lock.

use crate::error::StorageError;
use crate::leader_epochs::EpochEndOffset;
use ottla_model::{LeaderEpoch, Offset, ProducerId, Timestamp};
use ottla_records::Records;

/// Reads a log that somebody else may be appending to. Cheap to clone; all clones and the
/// [`PartitionLog`](super::PartitionLog) see the same log.
#[derive(Debug, Clone)]
pub struct LogReader {}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRequest {
    /// The first offset that is wanted. The batch that holds it is returned whole, earlier records of it included.
    pub start_offset: Offset,
    /// How many bytes at most. The last batch may be cut by it, as Kafka's consumers expect.
    pub max_bytes: u32,
    /// Only batches that begin below this offset (exclusive): the log end, the high watermark or the last stable offset.
    pub upper_bound: Offset,
    /// Return the first batch whole even if it is larger than `max_bytes`.
    pub whole_first_batch: bool,
    /// Look up which aborted transactions have records in the range (`read_committed`).
    pub aborted_transactions: bool,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRead {
    /// Batches back to back, out of one segment; empty if there is nothing below the bound.
    pub records: Records,
    /// The base offset of the first batch, if there is one.
    pub first_batch_offset: Option<Offset>,
    /// The first batch is larger than `max_bytes` and was cut (or left out): nothing useful can be made of it.
    pub first_batch_incomplete: bool,
    /// Aborted transactions in the range, by last offset; empty if they were not asked for.
    pub aborted_transactions: Vec<AbortedTransaction>,
}

/// A transaction that was aborted: its producer's records from `first_offset` up to its abort marker do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose.
    pub producer_id: ProducerId,
    /// Of its first record.
    pub first_offset: Offset,
}

/// An offset that was found by its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampedOffset {
    /// The record's offset.
    pub offset: Offset,
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// The leader epoch of its batch, if it has one.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// `OFFSET_OUT_OF_RANGE`.
    #[error("offset {requested} is not between log start {log_start_offset} and log end {log_end_offset}")]
    OffsetOutOfRange {
        /// What was asked for.
        requested: Offset,
        /// The first offset that is there.
        log_start_offset: Offset,
        /// The offset of the next record; for a deletion, the high watermark.
        log_end_offset: Offset,
    },
    /// `KAFKA_STORAGE_ERROR`.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl LogReader {
    /// The first offset that is still there.
    pub fn log_start_offset(&self) -> Offset {
        unimplemented!()
    }
    /// The offset of the next record.
    pub fn log_end_offset(&self) -> Offset {
        unimplemented!()
    }
    /// See [`PartitionLog::high_watermark`](super::PartitionLog::high_watermark).
    pub fn high_watermark(&self) -> Offset {
        unimplemented!()
    }
    /// See [`PartitionLog::last_stable_offset`](super::PartitionLog::last_stable_offset).
    pub fn last_stable_offset(&self) -> Offset {
        unimplemented!()
    }
    /// Records below this offset are on disk: the end of the last flush that succeeded.
    pub fn durable_offset(&self) -> Offset {
        unimplemented!()
    }
    /// Bytes in all segments' record files.
    pub fn size_in_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// Reads batches from the one that holds `start_offset` on, out of one segment.
    ///
    /// # Errors
    /// An offset below the log start or above the log end; the disk's.
    pub fn read(&self, request: &ReadRequest) -> Result<LogRead, ReadError> {
        let _ = request;
        unimplemented!()
    }
    /// How many bytes lie between `start_offset` and `upper_bound`, as far as the segments' sizes and indexes tell:
    /// for a fetch that waits for `min_bytes`. Zero where `upper_bound` is not above `start_offset`.
    pub fn bytes_between(&self, start_offset: Offset, upper_bound: Offset) -> u64 {
        let _ = (start_offset, upper_bound);
        unimplemented!()
    }

    /// The first record whose timestamp is not below `timestamp`, to the record, whatever the high watermark.
    ///
    /// # Errors
    /// The disk's.
    pub fn offset_for_timestamp(&self, timestamp: Timestamp) -> Result<Option<TimestampedOffset>, StorageError> {
        let _ = timestamp;
        unimplemented!()
    }
    /// The first record with the largest timestamp in the log (`ListOffsets` with -3).
    ///
    /// # Errors
    /// The disk's.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampedOffset>, StorageError> {
        unimplemented!()
    }

    /// The epoch of the last batch, or the one assigned since.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        unimplemented!()
    }
    /// The epoch that the record of this offset was written in.
    pub fn epoch_of_offset(&self, offset: Offset) -> Option<LeaderEpoch> {
        let _ = offset;
        unimplemented!()
    }
    /// Where `epoch` ends in this log: the largest epoch not above it, and the start offset of the next one (the log end
    /// for the latest). `None` is Kafka's "undefined": the epoch is above all that this log knows.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> Option<EpochEndOffset> {
        let _ = epoch;
        unimplemented!()
    }
    /// Whether an fsync of this log has failed; it takes no appends then.
    pub fn is_poisoned(&self) -> bool {
        unimplemented!()
    }
}
