//! Writing batches.

use crate::attributes::{Attributes, TimestampType};
use crate::compression::{CompressError, Compression, Compressor};
use crate::header::BatchHeader;
use crate::record::{RecordHeader, RecordToWrite};
use crate::varint::varint_size;
use bytes::{Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};

/// Makes one batch, byte for byte as Kafka's Java code makes it of the same records (compressed ones as far as the
/// codecs' libraries agree).
///
/// ```
/// use ottla_model::{Offset, Timestamp};
/// use ottla_records::{BatchBuilder, Compression, RecordHeader};
///
/// let mut builder = BatchBuilder::new(Offset::ZERO, Compression::Zstd);
/// builder.append(Timestamp::new(1_700_000_000_000), Some(b"key"), Some(b"value"), &[RecordHeader::new("h", None)])?;
/// let batch = builder.build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    compressor: Compressor,
    base_offset: Offset,
    partition_leader_epoch: LeaderEpoch,
    producer_id: ProducerId,
    producer_epoch: ProducerEpoch,
    base_sequence: i32,
    log_append_time: Option<Timestamp>,
    delete_horizon: Option<Timestamp>,
    transactional: bool,
    control: bool,
    /// Room for the header, then the records, plain.
    buffer: BytesMut,
    /// Of the first record, or the delete horizon.
    base_timestamp: Option<Timestamp>,
    max_timestamp: Timestamp,
    last_offset: Option<Offset>,
    record_count: i32,
}

/// Why a record cannot be appended. The batch is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// -1 (no timestamp) is the only negative timestamp.
    #[error("Invalid negative timestamp {0}")]
    NegativeTimestamp(i64),
    /// Offsets of a batch increase.
    #[error("Illegal offset {offset} following previous offset {previous} (Offsets must increase monotonically).")]
    OffsetNotIncreasing {
        /// Of the record.
        offset: Offset,
        /// The largest that it must be above: the last record's, or the one before the base offset.
        previous: Offset,
    },
    /// The offset is more than 2³¹-1 above the base offset.
    #[error("Maximum offset delta exceeded, base offset: {base_offset}, last offset: {offset}")]
    OffsetDeltaTooLarge {
        /// Of the batch.
        base_offset: Offset,
        /// Of the record.
        offset: Offset,
    },
    /// The batch would be larger than its length field can say.
    #[error("batch of {0} bytes is larger than a batch can be")]
    TooLarge(usize),
}

/// Why there cannot be such a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// There is nothing in it. See [`BatchHeader::emptied`] for the one kind of empty batch.
    #[error("a batch needs at least one record")]
    Empty,
    /// A transaction has a producer.
    #[error("Cannot write transactional messages without a valid producer ID")]
    TransactionalWithoutProducerId,
    /// A producer id goes with an epoch.
    #[error("Invalid negative producer epoch")]
    NegativeProducerEpoch,
    /// A producer id goes with sequence numbers, except in control batches.
    #[error("Invalid negative sequence number used")]
    NegativeSequence,
    /// The codec failed.
    #[error(transparent)]
    Compress(#[from] CompressError),
    /// The compressed batch is larger than its length field can say.
    #[error("batch of {0} bytes is larger than a batch can be")]
    TooLarge(usize),
}

/// The largest batch: its length field counts all but the first 12 bytes.
const BATCH_SIZE_MAX: usize = i32::MAX as usize;

impl BatchBuilder {
    /// A batch without producer, leader epoch or flags, with the records' own timestamps.
    pub fn new(base_offset: Offset, compressor: impl Into<Compressor>) -> Self {
        let mut buffer = BytesMut::with_capacity(1024);
        buffer.resize(BatchHeader::SIZE, 0);
        Self {
            compressor: compressor.into(),
            base_offset,
            partition_leader_epoch: BatchHeader::NO_PARTITION_LEADER_EPOCH,
            producer_id: BatchHeader::NO_PRODUCER_ID,
            producer_epoch: BatchHeader::NO_PRODUCER_EPOCH,
            base_sequence: BatchHeader::NO_SEQUENCE,
            log_append_time: None,
            delete_horizon: None,
            transactional: false,
            control: false,
            buffer,
            base_timestamp: None,
            max_timestamp: BatchHeader::NO_TIMESTAMP,
            last_offset: None,
            record_count: 0,
        }
    }

    /// As if the leader of this epoch had appended it.
    #[must_use]
    pub fn partition_leader_epoch(mut self, epoch: LeaderEpoch) -> Self {
        self.partition_leader_epoch = epoch;
        self
    }
    /// From this idempotent producer; `base_sequence` is the first record's sequence number ([`BatchHeader::NO_SEQUENCE`]
    /// in control batches).
    #[must_use]
    pub fn producer(mut self, id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) -> Self {
        self.set_producer(id, epoch, base_sequence);
        self
    }
    /// As [`Self::producer`], at any time before [`Self::build`]: sequence numbers are given when a batch is sent.
    pub fn set_producer(&mut self, id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) {
        (self.producer_id, self.producer_epoch, self.base_sequence) = (id, epoch, base_sequence);
    }
    /// Part of a transaction.
    #[must_use]
    pub fn transactional(mut self, transactional: bool) -> Self {
        self.transactional = transactional;
        self
    }
    /// Of control records.
    #[must_use]
    pub fn control(mut self, control: bool) -> Self {
        self.control = control;
        self
    }
    /// `LogAppendTime`: all records have this timestamp, whatever they are appended with.
    #[must_use]
    pub fn log_append_time(mut self, time: Timestamp) -> Self {
        self.log_append_time = Some(time);
        self
    }
    /// Tombstones and markers in this batch may go after this time (KIP-534).
    ///
    /// # Panics
    /// If records have been appended: their timestamps would be relative to something else.
    #[must_use]
    pub fn delete_horizon(mut self, horizon: Timestamp) -> Self {
        assert!(self.is_empty(), "the delete horizon must be known before the first record");
        self.delete_horizon = Some(horizon);
        self.base_timestamp = Some(horizon);
        self
    }

    /// Makes room for records of so many bytes in all, for whoever knows how large the batch will be.
    pub fn reserve(&mut self, bytes: usize) {
        self.buffer.reserve(bytes);
    }

    /// Appends a record at the next offset.
    ///
    /// # Errors
    /// See [`AppendError`].
    pub fn append(
        &mut self,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader],
    ) -> Result<(), AppendError> {
        self.append_at(self.next_offset(), timestamp, key, value, headers)
    }

    /// Appends a record at an offset above all before it: compaction leaves gaps.
    ///
    /// # Errors
    /// See [`AppendError`].
    pub fn append_at(
        &mut self,
        offset: Offset,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader],
    ) -> Result<(), AppendError> {
        if timestamp.value() < 0 && timestamp != BatchHeader::NO_TIMESTAMP {
            return Err(AppendError::NegativeTimestamp(timestamp.value()));
        }
        let base_timestamp = self.base_timestamp.unwrap_or(timestamp);
        let record = RecordToWrite {
            // Neither is below -1, so the difference fits.
            timestamp_delta: timestamp.value() - base_timestamp.value(),
            offset_delta: self.offset_delta(offset)?,
            key,
            value,
            headers,
        };
        let body_size = record.body_size();
        let size = self.buffer.len().saturating_add(body_size).saturating_add(varint_size(i32::MAX));
        if size > BATCH_SIZE_MAX {
            return Err(AppendError::TooLarge(size));
        }
        // The batch it is in fits an i32.
        record.put(&mut self.buffer, body_size as i32);

        self.base_timestamp = Some(base_timestamp);
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.last_offset = Some(offset);
        // A record takes seven bytes at the least, so they are too large long before they are too many.
        self.record_count += 1;
        Ok(())
    }

    fn offset_delta(&self, offset: Offset) -> Result<i32, AppendError> {
        let smallest = self.next_offset();
        if offset < smallest || self.last_offset == Some(offset) {
            let previous = Offset::new(smallest.value().saturating_sub(1));
            return Err(AppendError::OffsetNotIncreasing { offset, previous });
        }
        offset
            .value()
            .checked_sub(self.base_offset.value())
            .and_then(|delta| i32::try_from(delta).ok())
            .ok_or(AppendError::OffsetDeltaTooLarge { base_offset: self.base_offset, offset })
    }

    /// The offset of the next record that is appended without one.
    pub fn next_offset(&self) -> Offset {
        // Saturates: after the last offset there is, the next append is refused.
        self.last_offset.map_or(self.base_offset, |last| Offset::new(last.value().saturating_add(1)))
    }
    /// Records so far.
    pub const fn record_count(&self) -> i32 {
        self.record_count
    }
    /// Whether there are no records.
    pub const fn is_empty(&self) -> bool {
        self.record_count == 0
    }
    /// Bytes of the batch so far, header included, before compression: exact for an uncompressed batch, and for a
    /// compressed one no less than what most data will come to.
    pub fn uncompressed_size(&self) -> usize {
        self.buffer.len()
    }
    /// What [`Self::uncompressed_size`] will be after appending this record at the next offset.
    pub fn uncompressed_size_with(
        &self,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader],
    ) -> usize {
        let base_timestamp = self.base_timestamp.unwrap_or(timestamp);
        let offset_delta = self.next_offset().value().wrapping_sub(self.base_offset.value());
        let body_size = RecordToWrite {
            timestamp_delta: timestamp.value().wrapping_sub(base_timestamp.value()),
            offset_delta: i32::try_from(offset_delta).unwrap_or(i32::MAX),
            key,
            value,
            headers,
        }
        .body_size();
        let length_size = varint_size(i32::try_from(body_size).unwrap_or(i32::MAX));
        self.buffer.len().saturating_add(body_size).saturating_add(length_size)
    }

    /// The batch.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<Bytes, BuildError> {
        let (Some(last_offset), Some(base_timestamp)) = (self.last_offset, self.base_timestamp) else {
            return Err(BuildError::Empty);
        };
        self.check_producer()?;
        let attributes = self.attributes();
        let mut batch = if self.compressor.compression() == Compression::None {
            self.buffer
        } else {
            let mut compressed = BytesMut::with_capacity(self.buffer.len() / 2 + BatchHeader::SIZE);
            compressed.resize(BatchHeader::SIZE, 0);
            self.compressor.compress_onto(&self.buffer[BatchHeader::SIZE..], &mut compressed)?;
            compressed
        };
        if batch.len() > BATCH_SIZE_MAX {
            return Err(BuildError::TooLarge(batch.len()));
        }
        let mut header = BatchHeader {
            base_offset: self.base_offset,
            batch_length: (batch.len() - BatchHeader::LENGTH_PREFIX) as i32,
            partition_leader_epoch: self.partition_leader_epoch,
            crc: 0,
            attributes,
            // `offset_delta` has seen that it fits.
            last_offset_delta: (last_offset - self.base_offset) as i32,
            base_timestamp,
            max_timestamp: self.log_append_time.unwrap_or(self.max_timestamp),
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            base_sequence: self.base_sequence,
            record_count: self.record_count,
        };
        header.crc = header.compute_crc(&batch[BatchHeader::SIZE..]);
        batch[..BatchHeader::SIZE].copy_from_slice(&header.to_bytes());
        Ok(batch.freeze())
    }

    fn check_producer(&self) -> Result<(), BuildError> {
        if self.producer_id == BatchHeader::NO_PRODUCER_ID {
            return if self.transactional { Err(BuildError::TransactionalWithoutProducerId) } else { Ok(()) };
        }
        if self.producer_epoch == BatchHeader::NO_PRODUCER_EPOCH {
            return Err(BuildError::NegativeProducerEpoch);
        }
        if self.base_sequence < 0 && !self.control {
            return Err(BuildError::NegativeSequence);
        }
        Ok(())
    }

    fn attributes(&self) -> Attributes {
        let timestamp_type =
            if self.log_append_time.is_some() { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
        Attributes::default()
            .with_compression(self.compressor.compression())
            .with_timestamp_type(timestamp_type)
            .with_transactional(self.transactional)
            .with_control(self.control)
            .with_delete_horizon(self.delete_horizon.is_some())
    }
}
