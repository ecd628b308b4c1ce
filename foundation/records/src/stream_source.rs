//! Records as they come out of a decompressor.

use crate::compression::Decompressor;
use crate::error::RecordError;
use crate::record_walk::RecordSource;
use crate::varint::{put_varint, read_varint};
use bytes::{Bytes, BytesMut};

/// A decompressor, and how many bytes have been taken from it.
#[derive(Debug)]
pub(crate) struct StreamSource {
    decompressor: Decompressor,
    position: usize,
}

impl StreamSource {
    pub(crate) fn new(decompressor: Decompressor) -> Self {
        Self { decompressor, position: 0 }
    }

    /// One record with its length field, in a buffer of its own. The buffer grows with what really comes, not with
    /// what the length field claims.
    pub(crate) fn read_record(&mut self) -> Result<Bytes, RecordError> {
        let length = read_varint(|| self.byte())?;
        // A negative length leaves no room for any field, which the walk over the record will say.
        let mut left = usize::try_from(length).unwrap_or(0);
        let mut record = BytesMut::new();
        put_varint(&mut record, length);
        while left > 0 {
            let available = self.decompressor.fill()?;
            if available.is_empty() {
                return Err(RecordError::PrematureEnd);
            }
            let take = available.len().min(left);
            record.extend_from_slice(&available[..take]);
            self.consume(take);
            left -= take;
        }
        Ok(record.freeze())
    }

    /// Whether nothing follows.
    pub(crate) fn expect_end(&mut self) -> Result<(), RecordError> {
        if self.decompressor.fill()?.is_empty() { Ok(()) } else { Err(RecordError::BytesAfterLastRecord) }
    }

    fn consume(&mut self, count: usize) {
        self.decompressor.consume(count);
        self.position += count;
    }
}

impl RecordSource for StreamSource {
    fn byte(&mut self) -> Result<u8, RecordError> {
        let byte = *self.decompressor.fill()?.first().ok_or(RecordError::PrematureEnd)?;
        self.consume(1);
        Ok(byte)
    }

    fn skip(&mut self, count: usize) -> Result<(), RecordError> {
        let mut left = count;
        while left > 0 {
            let available = self.decompressor.fill()?.len();
            if available == 0 {
                return Err(RecordError::PrematureEnd);
            }
            let take = available.min(left);
            self.consume(take);
            left -= take;
        }
        Ok(())
    }

    fn position(&self) -> usize {
        self.position
    }
}
