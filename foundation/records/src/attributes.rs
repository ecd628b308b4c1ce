//! The attribute bits of a batch.

use crate::compression::{Compression, UnknownCompression};

/// Whose clock a record's timestamp comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TimestampType {
    /// The producer's (`message.timestamp.type=CreateTime`): every record has its own.
    #[default]
    CreateTime,
    /// The leader's at the append (`LogAppendTime`): all records of the batch have its maximum timestamp.
    LogAppendTime,
}

const COMPRESSION_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;
const DELETE_HORIZON: i16 = 0x40;

/// The attributes of a batch as they stand in its header. Bits without a meaning are kept as read.
///
/// | bits | meaning |
/// |---|---|
/// | 0–2 | codec of the records |
/// | 3 | timestamp type: 1 = `LogAppendTime` |
/// | 4 | transactional |
/// | 5 | control batch |
/// | 6 | the base timestamp is the delete horizon (KIP-534) |
/// | 7–15 | none yet; written as 0 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Attributes(i16);

impl Attributes {
    /// Wraps the bits as they stand in the header.
    pub const fn from_bits(bits: i16) -> Self {
        Self(bits)
    }
    /// The bits as they stand in the header.
    pub const fn bits(self) -> i16 {
        self.0
    }
    /// The codec of the records.
    ///
    /// # Errors
    /// 5, 6 and 7 are not codecs.
    pub const fn compression(self) -> Result<Compression, UnknownCompression> {
        Compression::from_id((self.0 & COMPRESSION_MASK) as u8)
    }
    /// Whether the records are compressed, by whatever codec.
    pub const fn is_compressed(self) -> bool {
        self.0 & COMPRESSION_MASK != 0
    }
    /// Whose clock the timestamps come from.
    pub const fn timestamp_type(self) -> TimestampType {
        if self.0 & LOG_APPEND_TIME == 0 { TimestampType::CreateTime } else { TimestampType::LogAppendTime }
    }
    /// Whether the batch is part of a transaction.
    pub const fn is_transactional(self) -> bool {
        self.0 & TRANSACTIONAL != 0
    }
    /// Whether the batch holds control records, which no consumer is shown.
    pub const fn is_control(self) -> bool {
        self.0 & CONTROL != 0
    }
    /// Whether the base timestamp is the time after which tombstones and markers may go (KIP-534).
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & DELETE_HORIZON != 0
    }

    /// With this codec.
    #[must_use]
    pub const fn with_compression(self, compression: Compression) -> Self {
        Self(self.0 & !COMPRESSION_MASK | compression.id() as i16)
    }
    /// With this timestamp type.
    #[must_use]
    pub const fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        self.with_bit(LOG_APPEND_TIME, matches!(timestamp_type, TimestampType::LogAppendTime))
    }
    /// With or without the transactional bit.
    #[must_use]
    pub const fn with_transactional(self, transactional: bool) -> Self {
        self.with_bit(TRANSACTIONAL, transactional)
    }
    /// With or without the control bit.
    #[must_use]
    pub const fn with_control(self, control: bool) -> Self {
        self.with_bit(CONTROL, control)
    }
    /// With or without the delete horizon bit.
    #[must_use]
    pub const fn with_delete_horizon(self, delete_horizon: bool) -> Self {
        self.with_bit(DELETE_HORIZON, delete_horizon)
    }
    /// Without the bits that have no meaning, as Kafka writes them whenever it rewrites a header.
    #[must_use]
    pub const fn known_bits(self) -> Self {
        Self(self.0 & (COMPRESSION_MASK | LOG_APPEND_TIME | TRANSACTIONAL | CONTROL | DELETE_HORIZON))
    }

    const fn with_bit(self, bit: i16, set: bool) -> Self {
        if set { Self(self.0 | bit) } else { Self(self.0 & !bit) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attributes, TimestampType};
    use crate::compression::Compression;

    #[test]
    fn every_bit_is_set_and_read_alone() {
        let none = Attributes::default();
        assert_eq!(none.with_compression(Compression::Zstd).bits(), 0x04);
        assert_eq!(none.with_timestamp_type(TimestampType::LogAppendTime).bits(), 0x08);
        assert_eq!(none.with_transactional(true).bits(), 0x10);
        assert_eq!(none.with_control(true).bits(), 0x20);
        assert_eq!(none.with_delete_horizon(true).bits(), 0x40);
        for bits in 0..=0x7f_i16 {
            let attributes = Attributes::from_bits(bits);
            assert_eq!(attributes.is_compressed(), bits & 7 != 0);
            assert_eq!(attributes.timestamp_type() == TimestampType::LogAppendTime, bits & 8 != 0);
            assert_eq!(attributes.is_transactional(), bits & 16 != 0);
            assert_eq!(attributes.is_control(), bits & 32 != 0);
            assert_eq!(attributes.has_delete_horizon(), bits & 64 != 0);
            assert_eq!(attributes.compression().is_ok(), bits & 7 <= 4);
        }
    }

    #[test]
    fn unknown_bits_survive_reading_and_go_when_asked() {
        let attributes = Attributes::from_bits(-1);
        assert_eq!(attributes.bits(), -1);
        assert_eq!(attributes.known_bits().bits(), 0x7f);
        assert_eq!(attributes.with_compression(Compression::None).known_bits().bits(), 0x78);
    }
}
