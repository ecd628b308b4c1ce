//! Changing a batch's header where it lies.

use crate::attributes::{Attributes, TimestampType};
use crate::checksum::crc32c;
use crate::error::BatchError;
use crate::header::{BatchHeader, position};
use ottla_model::{LeaderEpoch, Offset, Timestamp};

/// One whole batch of magic 2 in a buffer of ours: what a leader does to it before the append. Nothing allocates.
#[derive(Debug)]
pub struct BatchMut<'a> {
    bytes: &'a mut [u8],
}

impl<'a> BatchMut<'a> {
    /// Takes exactly one batch. Neither the CRC nor the records are looked at.
    ///
    /// # Errors
    /// The header is none, or says another length than that of `bytes`.
    pub fn parse(bytes: &'a mut [u8]) -> Result<Self, BatchError> {
        let stated = BatchHeader::parse(bytes)?.size_in_bytes();
        if stated != bytes.len() {
            return Err(BatchError::LengthMismatch { stated, available: bytes.len() });
        }
        Ok(Self { bytes })
    }

    /// The first offset. Not under the CRC.
    pub fn set_base_offset(&mut self, base_offset: Offset) {
        self.put(position::BASE_OFFSET, base_offset.value().to_be_bytes());
    }

    /// The base offset that makes `last_offset` (inclusive) the last. Not under the CRC.
    pub fn set_last_offset(&mut self, last_offset: Offset) {
        let delta = i32::from_be_bytes(self.get(position::LAST_OFFSET_DELTA));
        self.set_base_offset(Offset::new(last_offset.value().wrapping_sub(i64::from(delta))));
    }

    /// The epoch of the leader that appends. Not under the CRC.
    pub fn set_partition_leader_epoch(&mut self, epoch: LeaderEpoch) {
        self.put(position::PARTITION_LEADER_EPOCH, epoch.value().to_be_bytes());
    }

    /// The largest timestamp and whose clock it is from. Computes the CRC anew, unless nothing changes.
    ///
    /// Attribute bits without a meaning are cleared when the attributes are rewritten, as Kafka does it.
    pub fn set_max_timestamp_and_type(&mut self, max_timestamp: Timestamp, timestamp_type: TimestampType) {
        let attributes = Attributes::from_bits(i16::from_be_bytes(self.get(position::ATTRIBUTES)));
        let old_max_timestamp = i64::from_be_bytes(self.get(position::MAX_TIMESTAMP));
        if attributes.timestamp_type() == timestamp_type && old_max_timestamp == max_timestamp.value() {
            return;
        }
        let attributes = attributes.known_bits().with_timestamp_type(timestamp_type);
        self.put(position::ATTRIBUTES, attributes.bits().to_be_bytes());
        self.put(position::MAX_TIMESTAMP, max_timestamp.value().to_be_bytes());
        self.renew_crc();
    }

    /// Last offset less base offset. Computes the CRC anew, unless nothing changes.
    pub fn set_last_offset_delta(&mut self, last_offset_delta: i32) {
        if i32::from_be_bytes(self.get(position::LAST_OFFSET_DELTA)) != last_offset_delta {
            self.put(position::LAST_OFFSET_DELTA, last_offset_delta.to_be_bytes());
            self.renew_crc();
        }
    }

    fn renew_crc(&mut self) {
        let crc = crc32c(&self.bytes[position::ATTRIBUTES..]);
        self.put(position::CRC, crc.to_be_bytes());
    }

    // Both only ever touch the header, which `parse` has seen to be there.
    fn put<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        self.bytes[at..at + N].copy_from_slice(&value);
    }
    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut value = [0; N];
        value.copy_from_slice(&self.bytes[at..at + N]);
        value
    }
}
