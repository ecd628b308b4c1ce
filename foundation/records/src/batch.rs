//! A batch: header and records, as one piece of bytes.

use crate::checksum::crc32c;
use crate::error::{BatchError, RecordError};
use crate::header::{BatchHeader, position};
use crate::record_iterator::RecordIterator;
use crate::summary::Summaries;
use bytes::Bytes;

/// One whole batch of magic 2. Cheap to clone: it shares its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The fixed part, parsed.
    pub header: BatchHeader,
    bytes: Bytes,
}

impl Batch {
    /// Takes exactly one batch. Neither the CRC nor the records are looked at.
    ///
    /// # Errors
    /// The header is none, or says another length than that of `bytes`.
    pub fn parse(bytes: Bytes) -> Result<Self, BatchError> {
        let header = BatchHeader::parse(&bytes)?;
        if header.size_in_bytes() != bytes.len() {
            return Err(BatchError::LengthMismatch { stated: header.size_in_bytes(), available: bytes.len() });
        }
        Ok(Self { header, bytes })
    }

    /// All bytes, the header's included.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
    /// All bytes, the header's included.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
    /// The bytes after the header: records, compressed if the attributes say so.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(BatchHeader::SIZE..)
    }
    /// Bytes of the whole batch.
    pub fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Checks the CRC. Allocates nothing.
    ///
    /// # Errors
    /// [`BatchError::CrcMismatch`].
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        let (stored, computed) = (self.header.crc, crc32c(&self.bytes[position::ATTRIBUTES..]));
        if stored == computed { Ok(()) } else { Err(BatchError::CrcMismatch { stored, computed }) }
    }

    /// The records. Uncompressed ones are slices of this batch's bytes; compressed ones are decompressed at once, into
    /// one buffer of at most `decompressed_max` bytes, and are slices of that.
    ///
    /// Whoever does not look at the CRC first may read nonsense.
    ///
    /// # Errors
    /// Here: an unknown codec, a negative count, or a payload that cannot be decompressed or is too large then. While
    /// iterating: whatever is wrong with a record, after which nothing more comes.
    pub fn records(&self, decompressed_max: usize) -> Result<RecordIterator, RecordError> {
        RecordIterator::of_batch(self, decompressed_max)
    }

    /// The records, decompressed one at a time: memory is bounded by the largest record, not by all of them. Not more
    /// than `decompressed_max` bytes are decompressed in all.
    ///
    /// # Errors
    /// As [`Self::records`], except that what is wrong with the compressed bytes is found while iterating.
    pub fn records_streaming(&self, decompressed_max: usize) -> Result<RecordIterator, RecordError> {
        RecordIterator::streaming(self, decompressed_max)
    }

    /// What a validator wants to know of each record, without keys, values and headers being kept or copied. Memory is
    /// bounded by the codec's window, whatever the size of the records. The same records are refused as by
    /// [`Self::records`]. Not more than `decompressed_max` bytes are decompressed in all.
    ///
    /// # Errors
    /// As [`Self::records_streaming`].
    pub fn summaries(&self, decompressed_max: usize) -> Result<Summaries, RecordError> {
        Summaries::of_batch(self, decompressed_max)
    }
}
