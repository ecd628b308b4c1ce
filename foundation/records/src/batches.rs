//! Cutting bytes into batches.

use crate::batch::Batch;
use crate::error::BatchError;
use crate::log_entry::LogEntryPrefix;
use bytes::Bytes;

/// Whole batches of magic 2 in `bytes`, in order and without copying.
pub fn batches(bytes: Bytes) -> Batches {
    Batches { bytes, position: 0, failed: false }
}

/// See [`batches`]. Ends before a batch that is not there to its end, as the last one of a fetch often is; what is left
/// then is told by [`Self::short_tail`]. After an error nothing more comes.
#[derive(Debug, Clone)]
pub struct Batches {
    bytes: Bytes,
    position: usize,
    failed: bool,
}

/// Bytes at the end that are not a whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortTail {
    /// Where they begin: the bytes before are whole batches.
    pub position: usize,
    /// How many they are.
    pub length: usize,
}

impl Batches {
    /// Where the next batch begins: after iterating, the bytes that are whole batches.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is left when the iteration has ended without an error.
    pub fn short_tail(&self) -> Option<ShortTail> {
        let length = self.bytes.len() - self.position;
        (length > 0).then_some(ShortTail { position: self.position, length })
    }

    fn take(&mut self) -> Result<Option<Batch>, BatchError> {
        let rest = &self.bytes[self.position..];
        let Some(prefix) = LogEntryPrefix::parse(rest)? else { return Ok(None) };
        if prefix.magic < crate::BatchHeader::MAGIC {
            return Err(BatchError::LegacyMagic(prefix.magic));
        }
        if rest.len() < prefix.size_in_bytes {
            return Ok(None);
        }
        let end = self.position + prefix.size_in_bytes;
        let batch = Batch::parse(self.bytes.slice(self.position..end))?;
        self.position = end;
        Ok(Some(batch))
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let taken = self.take();
        self.failed = taken.is_err();
        taken.transpose()
    }
}

impl std::iter::FusedIterator for Batches {}
