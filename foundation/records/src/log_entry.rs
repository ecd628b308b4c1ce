//! Log segments and message sets of any age.

use crate::batch::Batch;
use crate::batches::ShortTail;
use crate::error::{BatchError, RecordError};
use crate::header::BatchHeader;
use crate::legacy::LegacyMessage;
use crate::record::Record;
use bytes::Bytes;
use ottla_model::{Offset, Timestamp};

/// The beginning that entries of all formats share: offset i64, length i32, four bytes that differ, magic i8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEntryPrefix {
    /// Magic 2: that of the first record. Magic 0 and 1: that of the last message.
    pub offset: Offset,
    /// Bytes of the whole entry, this prefix included.
    pub size_in_bytes: usize,
    /// 0, 1 or 2.
    pub magic: i8,
}

impl LogEntryPrefix {
    /// Bytes of the prefix.
    pub const SIZE: usize = 17;

    /// Reads the prefix at the beginning of `bytes`; `None` if there are too few to say.
    ///
    /// # Errors
    /// The length is too small for any format (which is said of 12 bytes already) or for this one, or the magic is
    /// unknown.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, BatchError> {
        let Some(&[o0, o1, o2, o3, o4, o5, o6, o7, l0, l1, l2, l3]) = bytes.first_chunk() else { return Ok(None) };
        let length = i32::from_be_bytes([l0, l1, l2, l3]);
        let check_minimum = |minimum: i32| {
            if length < minimum { Err(BatchError::LengthBelowMinimum { length, minimum }) } else { Ok(()) }
        };
        check_minimum(LegacyMessage::LENGTH_MIN_MAGIC_0)?;
        let Some(&magic) = bytes.get(Self::SIZE - 1) else { return Ok(None) };
        let magic = magic as i8;
        match magic {
            0 => {}
            1 => check_minimum(LegacyMessage::LENGTH_MIN_MAGIC_1)?,
            BatchHeader::MAGIC => check_minimum(BatchHeader::BATCH_LENGTH_MIN)?,
            unknown => return Err(BatchError::UnknownMagic(unknown)),
        }
        Ok(Some(Self {
            offset: Offset::new(i64::from_be_bytes([o0, o1, o2, o3, o4, o5, o6, o7])),
            // Not negative, as just seen.
            size_in_bytes: BatchHeader::LENGTH_PREFIX + length as usize,
            magic,
        }))
    }
}

/// A batch, or what was one before Kafka 0.11: a message, or a wrapper message with compressed ones inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEntry {
    /// Magic 2.
    Batch(Batch),
    /// Magic 0 or 1.
    Legacy(LegacyMessage),
}

impl LogEntry {
    /// Takes exactly one entry. Neither the CRC nor the records are looked at.
    ///
    /// # Errors
    /// The beginning is that of no entry, or says another length than that of `bytes`.
    pub fn parse(bytes: Bytes) -> Result<Self, BatchError> {
        match LogEntryPrefix::parse(&bytes)? {
            None => Err(BatchError::TooShort { needed: LogEntryPrefix::SIZE, available: bytes.len() }),
            Some(prefix) if prefix.magic == BatchHeader::MAGIC => Batch::parse(bytes).map(Self::Batch),
            Some(_) => LegacyMessage::parse(bytes).map(Self::Legacy),
        }
    }

    /// All bytes.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Batch(batch) => batch.bytes(),
            Self::Legacy(message) => message.bytes(),
        }
    }
    /// Bytes of the whole entry.
    pub fn size_in_bytes(&self) -> usize {
        self.bytes().len()
    }
    /// The format.
    pub fn magic(&self) -> i8 {
        match self {
            Self::Batch(_) => BatchHeader::MAGIC,
            Self::Legacy(message) => message.magic(),
        }
    }
    /// Offset of the last record, inclusive.
    pub fn last_offset(&self) -> Offset {
        match self {
            Self::Batch(batch) => batch.header.last_offset(),
            Self::Legacy(message) => message.offset(),
        }
    }
    /// The largest timestamp; -1 for magic 0.
    pub fn max_timestamp(&self) -> Timestamp {
        match self {
            Self::Batch(batch) => batch.header.max_timestamp,
            Self::Legacy(message) => message.timestamp(),
        }
    }

    /// Checks the CRC.
    ///
    /// # Errors
    /// [`BatchError::CrcMismatch`].
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        match self {
            Self::Batch(batch) => batch.verify_crc(),
            Self::Legacy(message) => message.verify_crc(),
        }
    }

    /// Offset of the first record. A compressed message of magic 0 or 1 only tells when it has been decompressed.
    ///
    /// # Errors
    /// As [`LegacyMessage::records`].
    pub fn base_offset(&self, decompressed_max: usize) -> Result<Offset, RecordError> {
        match self {
            Self::Batch(batch) => Ok(batch.header.base_offset),
            Self::Legacy(message) => message.base_offset(decompressed_max),
        }
    }

    /// All records, up to the first error.
    ///
    /// # Errors
    /// As [`Batch::records`] and [`LegacyMessage::records`].
    pub fn records(
        &self,
        decompressed_max: usize,
    ) -> Result<impl Iterator<Item = Result<Record, RecordError>> + use<>, RecordError> {
        let (of_batch, of_message) = match self {
            Self::Batch(batch) => (Some(batch.records(decompressed_max)?), Vec::new()),
            Self::Legacy(message) => (None, message.records(decompressed_max)?),
        };
        Ok(of_batch.into_iter().flatten().chain(of_message.into_iter().map(Ok)))
    }
}

/// Whole entries of any magic in `bytes`, in order and without copying.
pub fn log_entries(bytes: Bytes) -> LogEntries {
    LogEntries { bytes, position: 0, failed: false }
}

/// See [`log_entries`]; ends as [`Batches`](crate::Batches) does.
#[derive(Debug, Clone)]
pub struct LogEntries {
    bytes: Bytes,
    position: usize,
    failed: bool,
}

impl LogEntries {
    /// Where the next entry begins: after iterating, the bytes that are whole entries.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is left when the iteration has ended without an error.
    pub fn short_tail(&self) -> Option<ShortTail> {
        let length = self.bytes.len() - self.position;
        (length > 0).then_some(ShortTail { position: self.position, length })
    }

    fn take(&mut self) -> Result<Option<LogEntry>, BatchError> {
        let rest = &self.bytes[self.position..];
        let size = match LogEntryPrefix::parse(rest)? {
            Some(prefix) if prefix.size_in_bytes <= rest.len() => prefix.size_in_bytes,
            _ => return Ok(None),
        };
        let end = self.position + size;
        let entry = LogEntry::parse(self.bytes.slice(self.position..end))?;
        self.position = end;
        Ok(Some(entry))
    }
}

impl Iterator for LogEntries {
    type Item = Result<LogEntry, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let taken = self.take();
        self.failed = taken.is_err();
        taken.transpose()
    }
}

impl std::iter::FusedIterator for LogEntries {}
