//! Messages of before Kafka 0.11 (magic 0 and 1), which old log segments may still hold. They are read, never written.
//!
//! ```text
//! offset i64   length i32   crc u32   magic i8   attributes i8   [timestamp i64, magic 1]   key   value
//! ```
//!
//! Key and value are an i32 length (negative = null) and as many bytes. The CRC is CRC-32 from the magic to the end. If
//! the attributes name a codec, the value is a compressed sequence of such messages, and the wrapper's offset is that
//! of the last one: magic 0 keeps absolute offsets inside, magic 1 relative ones.

use crate::attributes::{Attributes, TimestampType};
use crate::checksum::crc32;
use crate::compression::{Compression, Decompressor, UnknownCompression};
use crate::error::{BatchError, RecordError};
use crate::log_entry::LogEntryPrefix;
use crate::record::Record;
use bytes::{Buf, Bytes};
use ottla_model::{Offset, Timestamp};

const CRC_POSITION: usize = 12;
const MAGIC_POSITION: usize = 16;
const ATTRIBUTES_POSITION: usize = 17;
const TIMESTAMP_POSITION: usize = 18;
const KEY_POSITION_MAGIC_0: usize = 18;
const KEY_POSITION_MAGIC_1: usize = 26;
/// Two lengths.
const KEY_AND_VALUE_MIN: usize = 8;

/// One message of magic 0 or 1, perhaps a wrapper around compressed ones. Cheap to clone: it shares its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyMessage {
    bytes: Bytes,
}

impl LegacyMessage {
    /// The smallest value of the length field with magic 0.
    pub const LENGTH_MIN_MAGIC_0: i32 = (KEY_POSITION_MAGIC_0 + KEY_AND_VALUE_MIN - CRC_POSITION) as i32;
    /// The smallest value of the length field with magic 1.
    pub const LENGTH_MIN_MAGIC_1: i32 = (KEY_POSITION_MAGIC_1 + KEY_AND_VALUE_MIN - CRC_POSITION) as i32;

    /// Takes exactly one message. Neither the CRC nor key and value are looked at.
    ///
    /// # Errors
    /// The beginning is that of no message, or says another length than that of `bytes`.
    pub fn parse(bytes: Bytes) -> Result<Self, BatchError> {
        let too_short = BatchError::TooShort { needed: LogEntryPrefix::SIZE, available: bytes.len() };
        let prefix = LogEntryPrefix::parse(&bytes)?.ok_or(too_short)?;
        if prefix.magic > 1 {
            return Err(BatchError::UnknownMagic(prefix.magic));
        }
        if prefix.size_in_bytes != bytes.len() {
            return Err(BatchError::LengthMismatch { stated: prefix.size_in_bytes, available: bytes.len() });
        }
        Ok(Self { bytes })
    }

    /// All bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
    /// Of this message; of the last one inside, if it is a wrapper.
    pub fn offset(&self) -> Offset {
        Offset::new((&self.bytes[..]).get_i64())
    }
    /// 0 or 1.
    pub fn magic(&self) -> i8 {
        self.bytes[MAGIC_POSITION] as i8
    }
    /// Codec and timestamp type; no other bit has a meaning here.
    pub fn attributes(&self) -> Attributes {
        Attributes::from_bits(i16::from(self.bytes[ATTRIBUTES_POSITION]))
    }
    /// Of this message; if it is a wrapper, the largest inside or the leader's time. -1 with magic 0.
    pub fn timestamp(&self) -> Timestamp {
        match self.magic() {
            0 => Timestamp::new(-1),
            _ => Timestamp::new((&self.bytes[TIMESTAMP_POSITION..]).get_i64()),
        }
    }
    /// The leader's time, if that is what the timestamp is.
    fn log_append_time(&self) -> Option<Timestamp> {
        let is_append_time = self.magic() > 0 && self.attributes().timestamp_type() == TimestampType::LogAppendTime;
        is_append_time.then(|| self.timestamp())
    }

    /// CRC-32 from the magic to the end, as it stands there.
    pub fn crc(&self) -> u32 {
        (&self.bytes[CRC_POSITION..]).get_u32()
    }

    /// Checks the CRC.
    ///
    /// # Errors
    /// [`BatchError::CrcMismatch`].
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        let stored = self.crc();
        let computed = crc32(&self.bytes[MAGIC_POSITION..]);
        if stored == computed { Ok(()) } else { Err(BatchError::CrcMismatch { stored, computed }) }
    }

    /// Offset of the first message: this one's, unless it is a wrapper.
    ///
    /// # Errors
    /// As [`Self::records`].
    pub fn base_offset(&self, decompressed_max: usize) -> Result<Offset, RecordError> {
        match self.compression()? {
            Compression::None => Ok(self.offset()),
            _ => Ok(self.records(decompressed_max)?[0].offset),
        }
    }

    /// The message itself, or if it is a wrapper all that are inside; at least one. Not more than `decompressed_max`
    /// bytes are decompressed. As in Kafka, the CRCs of inner messages are not looked at: the wrapper's covers them.
    ///
    /// # Errors
    /// Whatever is wrong with any of the messages.
    pub fn records(&self, decompressed_max: usize) -> Result<Vec<Record>, RecordError> {
        let compression = self.compression()?;
        if compression == Compression::None {
            return Ok(vec![self.record(self.offset(), None)?]);
        }
        let (_, value) = self.key_and_value()?;
        let value = value.ok_or(RecordError::EmptyWrapper)?;
        let inner = Self::inner_messages(self.decompress(compression, value, decompressed_max)?)?;
        let last_inner_offset = inner.last().ok_or(RecordError::EmptyWrapper)?.offset().value();
        let base = self.base_of_inner_offsets(last_inner_offset)?;
        inner
            .iter()
            .map(|message| {
                if message.attributes().is_compressed() {
                    return Err(RecordError::NestedCompression);
                }
                let offset = Offset::new(base.wrapping_add(message.offset().value()));
                message.record(offset, self.log_append_time())
            })
            .collect()
    }

    fn compression(&self) -> Result<Compression, UnknownCompression> {
        match self.attributes().compression()? {
            compression @ Compression::Zstd => Err(UnknownCompression::NotInMagic { compression, magic: self.magic() }),
            compression => Ok(compression),
        }
    }

    fn decompress(&self, compression: Compression, value: Bytes, max: usize) -> Result<Bytes, RecordError> {
        let compressed_size = value.len();
        let decompressor = match self.magic() {
            0 => Decompressor::for_magic_0(compression, value, max)?,
            _ => Decompressor::new(compression, value, max)?,
        };
        Ok(decompressor.read_to_end(compressed_size)?)
    }

    /// Whole messages in `bytes`; a short tail is passed over, as in any message set.
    fn inner_messages(mut bytes: Bytes) -> Result<Vec<Self>, RecordError> {
        let mut messages = Vec::new();
        while let Some(prefix) = LogEntryPrefix::parse(&bytes).map_err(RecordError::InnerMessage)? {
            if prefix.size_in_bytes > bytes.len() {
                break;
            }
            let message = Self::parse(bytes.split_to(prefix.size_in_bytes)).map_err(RecordError::InnerMessage)?;
            messages.push(message);
        }
        Ok(messages)
    }

    /// What is added to inner offsets.
    fn base_of_inner_offsets(&self, last_inner_offset: i64) -> Result<i64, RecordError> {
        match (self.magic(), self.offset().value()) {
            (0, _) => Ok(0),
            // Some versions of librdkafka leave the wrapper's offset 0 in what they produce.
            (_, 0) => Ok(0),
            (_, wrapper) if wrapper < last_inner_offset => {
                Err(RecordError::WrapperOffset { wrapper, inner: last_inner_offset })
            }
            (_, wrapper) => Ok(wrapper.wrapping_sub(last_inner_offset)),
        }
    }

    /// This message as a record, at `offset`, with the wrapper's `log_append_time` if that has one.
    fn record(&self, offset: Offset, log_append_time: Option<Timestamp>) -> Result<Record, RecordError> {
        let (key, value) = self.key_and_value()?;
        let timestamp = match self.magic() {
            0 => self.timestamp(),
            _ => log_append_time.unwrap_or_else(|| self.timestamp()),
        };
        Ok(Record { offset, timestamp, sequence: None, key, value, headers: Vec::new() })
    }

    fn key_and_value(&self) -> Result<(Option<Bytes>, Option<Bytes>), RecordError> {
        let key_position = if self.magic() == 0 { KEY_POSITION_MAGIC_0 } else { KEY_POSITION_MAGIC_1 };
        let mut rest = self.bytes.slice(key_position..);
        let key = take_field(&mut rest)?;
        let value = take_field(&mut rest)?;
        Ok((key, value))
    }
}

fn take_field(rest: &mut Bytes) -> Result<Option<Bytes>, RecordError> {
    let length = rest.try_get_i32().map_err(|_| RecordError::PrematureEnd)?;
    match usize::try_from(length) {
        Err(_) => Ok(None),
        Ok(size) if size <= rest.len() => Ok(Some(rest.split_to(size))),
        Ok(_) => Err(RecordError::FieldBeyondMessage { length }),
    }
}
