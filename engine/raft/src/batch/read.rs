//! Reading batches, strictly: every replica must make the same of the same bytes, so what is odd is an error.

use super::{ControlRecord, ControlRecordProblem, SIZE_MAX};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::{Batch, BatchError, Batches, Record, RecordError, batches};

/// One batch of the metadata log or of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataBatch {
    /// The first record's offset. The others follow without a gap.
    pub base_offset: Offset,
    /// The last record's offset, inclusive.
    pub last_offset: Offset,
    /// The epoch of the leader that appended it.
    pub epoch: LeaderEpoch,
    /// When that leader appended it.
    pub append_time: Timestamp,
    /// Bytes of the whole batch.
    pub size_in_bytes: usize,
    /// Its records.
    pub content: BatchContent,
}

/// What is in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchContent {
    /// The quorum's own records.
    Control(Vec<ControlRecord>),
    /// Frames for `ottla_protocol::record_frame`, slices of the bytes that were read.
    Data(Vec<Bytes>),
}

/// Why bytes are not batches of a metadata log.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not a batch, or not the one that was written.
    #[error("metadata batch after offset {after:?}: {error}")]
    Batch {
        /// The last offset before it, if there was any.
        after: Option<Offset>,
        /// What is wrong with it.
        error: BatchError,
    },
    /// The bytes end within a batch.
    #[error("the metadata log ends within a batch: {0} bytes are left over")]
    Tail(usize),
    /// The records in a batch cannot be read.
    #[error("metadata batch at offset {base_offset}: {error}")]
    Records {
        /// The batch's base offset.
        base_offset: Offset,
        /// What is wrong.
        error: RecordError,
    },
    /// A batch is readable, but not one that a quorum writes.
    #[error("metadata batch at offset {base_offset}: {problem}")]
    Odd {
        /// The batch's base offset.
        base_offset: Offset,
        /// What is odd about it.
        problem: OddBatch,
    },
    /// A control record cannot be understood.
    #[error("control record at offset {offset}: {problem}")]
    Control {
        /// The record's offset.
        offset: Offset,
        /// What is wrong.
        problem: ControlRecordProblem,
    },
}

/// What a metadata batch never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OddBatch {
    /// Every batch is appended by a leader.
    #[error("it has no leader epoch")]
    Epoch,
    /// Compaction does not happen here, so offsets have no gaps and batches are not empty.
    #[error("its offsets do not follow each other")]
    Offsets,
    /// All records have the batch's time.
    #[error("its records have different timestamps")]
    Timestamps,
    /// Records have no headers.
    #[error("a record has headers")]
    Headers,
    /// Data records have no key, control records have one.
    #[error("a record has a key where none belongs, or none where one does")]
    Key,
    /// Every record has a value, and not an empty one.
    #[error("a record has no value")]
    Value,
}

/// Reads batch by batch. Ends after the first error.
#[derive(Debug)]
pub struct MetadataBatchReader {
    batches: Batches,
    last_offset: Option<Offset>,
    failed: bool,
}

impl MetadataBatchReader {
    /// Reads whole batches back to back: a snapshot, or a part of the log that begins and ends with a batch.
    pub fn new(bytes: Bytes) -> Self {
        Self { batches: batches(bytes), last_offset: None, failed: false }
    }

    fn take(&mut self) -> Result<Option<MetadataBatch>, ReadError> {
        let Some(batch) = self.batches.next() else {
            return match self.batches.short_tail() {
                Some(tail) => Err(ReadError::Tail(tail.length)),
                None => Ok(None),
            };
        };
        let read = batch.and_then(|batch| batch.verify_crc().map(|()| batch));
        let batch = read.map_err(|error| ReadError::Batch { after: self.last_offset, error })?;
        let batch = read_batch(&batch)?;
        self.last_offset = Some(batch.last_offset);
        Ok(Some(batch))
    }
}

impl Iterator for MetadataBatchReader {
    type Item = Result<MetadataBatch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let taken = self.take();
        self.failed = taken.is_err();
        taken.transpose()
    }
}

fn read_batch(batch: &Batch) -> Result<MetadataBatch, ReadError> {
    let header = &batch.header;
    let base_offset = header.base_offset;
    let odd = |problem| ReadError::Odd { base_offset, problem };
    let epoch = header.leader_epoch().ok_or_else(|| odd(OddBatch::Epoch))?;
    // Nor does any offset, or the one that would follow the last, reach the end of what can be counted.
    let counted = base_offset >= Offset::ZERO
        && header.record_count > 0
        && header.last_offset_delta == header.record_count - 1
        && base_offset.value().checked_add(header.record_count.into()).is_some();
    if !counted {
        return Err(odd(OddBatch::Offsets));
    }
    let mut content =
        if header.attributes.is_control() { BatchContent::Control(Vec::new()) } else { BatchContent::Data(Vec::new()) };
    let in_records = |error| ReadError::Records { base_offset, error };
    // Kafka's quorum never compresses, but reads what is compressed.
    for (record, delta) in batch.records(SIZE_MAX).map_err(in_records)?.zip(0i64..) {
        let record = record.map_err(in_records)?;
        if record.offset != base_offset + delta {
            return Err(odd(OddBatch::Offsets));
        }
        if record.timestamp != header.max_timestamp {
            return Err(odd(OddBatch::Timestamps));
        }
        if !record.headers.is_empty() {
            return Err(odd(OddBatch::Headers));
        }
        let Record { offset, key, value, .. } = record;
        let value = value.filter(|value| !value.is_empty()).ok_or_else(|| odd(OddBatch::Value))?;
        match (&mut content, key) {
            (BatchContent::Data(frames), None) => frames.push(value),
            (BatchContent::Control(records), Some(key)) => records
                .push(ControlRecord::decode(&key, value).map_err(|problem| ReadError::Control { offset, problem })?),
            _ => return Err(odd(OddBatch::Key)),
        }
    }
    Ok(MetadataBatch {
        base_offset,
        last_offset: header.last_offset(),
        epoch,
        append_time: header.max_timestamp,
        size_in_bytes: batch.size_in_bytes(),
        content,
    })
}
