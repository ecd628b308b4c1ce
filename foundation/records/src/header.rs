//! The fixed part of a batch: 61 bytes, big-endian.

use crate::attributes::{Attributes, TimestampType};
use crate::checksum::crc32c_of_two;
use crate::error::BatchError;
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};

/// Where each field begins, from the batch's first byte.
pub(crate) mod position {
    pub const BASE_OFFSET: usize = 0;
    pub const BATCH_LENGTH: usize = 8;
    pub const PARTITION_LEADER_EPOCH: usize = 12;
    pub const MAGIC: usize = 16;
    pub const CRC: usize = 17;
    pub const ATTRIBUTES: usize = 21;
    pub const LAST_OFFSET_DELTA: usize = 23;
    pub const BASE_TIMESTAMP: usize = 27;
    pub const MAX_TIMESTAMP: usize = 35;
    pub const PRODUCER_ID: usize = 43;
    pub const PRODUCER_EPOCH: usize = 51;
    pub const BASE_SEQUENCE: usize = 53;
    pub const RECORD_COUNT: usize = 57;
    pub const RECORDS: usize = 61;
}

/// The header of a batch of magic 2, field by field as it stands there: sentinels are left as they are, and the
/// methods say what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; after compaction, that of the first there once was.
    pub base_offset: Offset,
    /// Bytes after this field: the whole batch less 12.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch; -1 until then. Not under the CRC.
    pub partition_leader_epoch: LeaderEpoch,
    /// CRC-32C from the attributes to the batch's end.
    pub crc: u32,
    /// Codec, timestamp type and flags.
    pub attributes: Attributes,
    /// Last offset less base offset. Compaction keeps it, so it need not be that of the last record there is.
    pub last_offset_delta: i32,
    /// What the records' timestamp deltas are added to: the first record's timestamp, or the delete horizon. -1 in a
    /// batch without records.
    pub base_timestamp: Timestamp,
    /// Largest timestamp of the records, or the time of the append under `LogAppendTime`.
    pub max_timestamp: Timestamp,
    /// Producer id; -1 if the producer is not idempotent.
    pub producer_id: ProducerId,
    /// Producer epoch; -1 without a producer id.
    pub producer_epoch: ProducerEpoch,
    /// Sequence number of the first record; -1 without a producer id and in control batches.
    pub base_sequence: i32,
    /// Records in the batch; 0 where compaction has left only the header.
    pub record_count: i32,
}

impl BatchHeader {
    /// Bytes of the header.
    pub const SIZE: usize = position::RECORDS;
    /// The only magic that is written since Kafka 0.11.
    pub const MAGIC: i8 = 2;
    /// Bytes up to and including the length field, which counts those after itself.
    pub const LENGTH_PREFIX: usize = position::PARTITION_LEADER_EPOCH;
    /// The smallest possible value of the length field.
    pub const BATCH_LENGTH_MIN: i32 = (Self::SIZE - Self::LENGTH_PREFIX) as i32;
    /// "No leader has appended this yet" in [`Self::partition_leader_epoch`].
    pub const NO_PARTITION_LEADER_EPOCH: LeaderEpoch = LeaderEpoch::new(-1);
    /// "Not idempotent" in [`Self::producer_id`].
    pub const NO_PRODUCER_ID: ProducerId = ProducerId::new(-1);
    /// Goes with [`Self::NO_PRODUCER_ID`].
    pub const NO_PRODUCER_EPOCH: ProducerEpoch = ProducerEpoch::new(-1);
    /// "No sequence" in [`Self::base_sequence`].
    pub const NO_SEQUENCE: i32 = -1;
    /// "No timestamp" in the two timestamp fields.
    pub const NO_TIMESTAMP: Timestamp = Timestamp::new(-1);

    /// Reads the header at the beginning of `bytes`; what follows it is not looked at.
    ///
    /// # Errors
    /// Too few bytes, another magic, or a length that does not even cover the header.
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let Some(bytes) = bytes.first_chunk::<{ Self::SIZE }>() else {
            return Err(BatchError::TooShort { needed: Self::SIZE, available: bytes.len() });
        };
        match bytes[position::MAGIC] as i8 {
            Self::MAGIC => {}
            magic @ (0 | 1) => return Err(BatchError::LegacyMagic(magic)),
            magic => return Err(BatchError::UnknownMagic(magic)),
        }
        let batch_length = i32::from_be_bytes(field(bytes, position::BATCH_LENGTH));
        if batch_length < Self::BATCH_LENGTH_MIN {
            return Err(BatchError::LengthBelowMinimum { length: batch_length, minimum: Self::BATCH_LENGTH_MIN });
        }
        Ok(Self {
            base_offset: Offset::new(i64::from_be_bytes(field(bytes, position::BASE_OFFSET))),
            batch_length,
            partition_leader_epoch: LeaderEpoch::new(i32::from_be_bytes(field(
                bytes,
                position::PARTITION_LEADER_EPOCH,
            ))),
            crc: u32::from_be_bytes(field(bytes, position::CRC)),
            attributes: Attributes::from_bits(i16::from_be_bytes(field(bytes, position::ATTRIBUTES))),
            last_offset_delta: i32::from_be_bytes(field(bytes, position::LAST_OFFSET_DELTA)),
            base_timestamp: Timestamp::new(i64::from_be_bytes(field(bytes, position::BASE_TIMESTAMP))),
            max_timestamp: Timestamp::new(i64::from_be_bytes(field(bytes, position::MAX_TIMESTAMP))),
            producer_id: ProducerId::new(i64::from_be_bytes(field(bytes, position::PRODUCER_ID))),
            producer_epoch: ProducerEpoch::new(i16::from_be_bytes(field(bytes, position::PRODUCER_EPOCH))),
            base_sequence: i32::from_be_bytes(field(bytes, position::BASE_SEQUENCE)),
            record_count: i32::from_be_bytes(field(bytes, position::RECORD_COUNT)),
        })
    }

    /// The header as it stands in a log, [`Self::crc`] included as it is.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(position::BASE_OFFSET, &self.base_offset.value().to_be_bytes());
        put(position::BATCH_LENGTH, &self.batch_length.to_be_bytes());
        put(position::PARTITION_LEADER_EPOCH, &self.partition_leader_epoch.value().to_be_bytes());
        put(position::MAGIC, &Self::MAGIC.to_be_bytes());
        put(position::CRC, &self.crc.to_be_bytes());
        put(position::ATTRIBUTES, &self.attributes.bits().to_be_bytes());
        put(position::LAST_OFFSET_DELTA, &self.last_offset_delta.to_be_bytes());
        put(position::BASE_TIMESTAMP, &self.base_timestamp.value().to_be_bytes());
        put(position::MAX_TIMESTAMP, &self.max_timestamp.value().to_be_bytes());
        put(position::PRODUCER_ID, &self.producer_id.value().to_be_bytes());
        put(position::PRODUCER_EPOCH, &self.producer_epoch.value().to_be_bytes());
        put(position::BASE_SEQUENCE, &self.base_sequence.to_be_bytes());
        put(position::RECORD_COUNT, &self.record_count.to_be_bytes());
        bytes
    }

    /// The CRC that belongs to this header with `payload` after it: what to put into [`Self::crc`] when a field under
    /// it has changed.
    pub fn compute_crc(&self, payload: &[u8]) -> u32 {
        crc32c_of_two(&self.to_bytes()[position::ATTRIBUTES..], payload)
    }

    /// Bytes of the whole batch, this header included.
    pub const fn size_in_bytes(&self) -> usize {
        // Not negative: `parse` refuses lengths below the minimum, and a builder writes none.
        Self::LENGTH_PREFIX + self.batch_length as usize
    }
    /// Offset of the last record, inclusive. A hostile header can make it wrap around, as it does in Kafka.
    pub const fn last_offset(&self) -> Offset {
        Offset::new(self.base_offset.value().wrapping_add(self.last_offset_delta as i64))
    }
    /// The offset that the batch after this one begins with at the least.
    pub const fn next_offset(&self) -> Offset {
        Offset::new(self.last_offset().value().wrapping_add(1))
    }
    /// Sequence number of the last record, inclusive; they wrap from 2³¹-1 to 0. None without sequence numbers.
    pub const fn last_sequence(&self) -> Option<i32> {
        match self.base_sequence {
            Self::NO_SEQUENCE => None,
            base => Some(increment_sequence(base, self.last_offset_delta)),
        }
    }
    /// The epoch of the leader that appended the batch, if one has.
    pub const fn leader_epoch(&self) -> Option<LeaderEpoch> {
        if self.partition_leader_epoch.value() < 0 { None } else { Some(self.partition_leader_epoch) }
    }
    /// The producer id of an idempotent or transactional producer.
    pub const fn idempotent_producer_id(&self) -> Option<ProducerId> {
        if self.producer_id.value() < 0 { None } else { Some(self.producer_id) }
    }
    /// When the tombstones and markers in this batch may go (KIP-534).
    pub const fn delete_horizon(&self) -> Option<Timestamp> {
        if self.attributes.has_delete_horizon() { Some(self.base_timestamp) } else { None }
    }
    /// The timestamp that all records have, under `LogAppendTime`.
    pub const fn log_append_time(&self) -> Option<Timestamp> {
        match self.attributes.timestamp_type() {
            TimestampType::CreateTime => None,
            TimestampType::LogAppendTime => Some(self.max_timestamp),
        }
    }

    /// What compaction leaves of a batch whose records are all gone but whose producer's last sequence number is still
    /// needed: the same header without codec, base timestamp and records, its length and CRC set right.
    #[must_use]
    pub fn emptied(&self) -> Self {
        let attributes = Attributes::default()
            .with_timestamp_type(self.attributes.timestamp_type())
            .with_transactional(self.attributes.is_transactional())
            .with_control(self.attributes.is_control());
        let mut header = Self {
            batch_length: Self::BATCH_LENGTH_MIN,
            attributes,
            base_timestamp: Self::NO_TIMESTAMP,
            record_count: 0,
            ..*self
        };
        header.crc = header.compute_crc(&[]);
        header
    }
}

/// `sequence` moved on by `increment` records. Sequence numbers are 31 bits wide: 0 follows 2³¹-1.
pub const fn increment_sequence(sequence: i32, increment: i32) -> i32 {
    sequence.wrapping_add(increment) & i32::MAX
}

/// `sequence` moved back by `decrement` records.
pub const fn decrement_sequence(sequence: i32, decrement: i32) -> i32 {
    sequence.wrapping_sub(decrement) & i32::MAX
}

/// `N` bytes at a constant position, which is always inside of the header.
fn field<const N: usize>(bytes: &[u8; BatchHeader::SIZE], at: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&bytes[at..at + N]);
    value
}
