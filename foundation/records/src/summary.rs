//! What a validator wants to know of each record.

use crate::batch::Batch;
use crate::compression::{Compression, Decompressor};
use crate::error::RecordError;
use crate::record::RecordBase;
use crate::record_iterator::record_count;
use crate::record_walk::{RecordShape, SliceSource, walk_record};
use crate::stream_source::StreamSource;
use bytes::Bytes;
use ottla_model::{Offset, Timestamp};
use std::ops::Range;

/// A record without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSummary {
    /// Offset less the batch's base offset: what a validator expects to count up from 0.
    pub offset_delta: i32,
    /// Position in the partition.
    pub offset: Offset,
    /// Timestamp less the batch's base timestamp, also where `LogAppendTime` makes it meaningless.
    pub timestamp_delta: i64,
    /// The producer's timestamp, or the leader's under `LogAppendTime`.
    pub timestamp: Timestamp,
    /// The producer's sequence number, if it is idempotent.
    pub sequence: Option<i32>,
    /// Bytes of the record, uncompressed, its own length field included.
    pub size_in_bytes: usize,
    /// Bytes of the key; `None` if there is none.
    pub key_size: Option<usize>,
    /// Bytes of the value; `None` if there is none.
    pub value_size: Option<usize>,
    /// How many headers there are.
    pub header_count: usize,
}

impl RecordSummary {
    /// Whether the record has a key, as compacted topics demand.
    pub const fn has_key(&self) -> bool {
        self.key_size.is_some()
    }
    /// Whether the record has a value; without one it is a tombstone.
    pub const fn has_value(&self) -> bool {
        self.value_size.is_some()
    }

    fn of(shape: &RecordShape, base: &RecordBase) -> Self {
        Self {
            offset_delta: shape.offset_delta,
            offset: base.offset(shape.offset_delta),
            timestamp_delta: shape.timestamp_delta,
            timestamp: base.timestamp(shape.timestamp_delta),
            sequence: base.sequence(shape.offset_delta),
            size_in_bytes: shape.size_in_bytes,
            key_size: shape.key.as_ref().map(Range::len),
            value_size: shape.value.as_ref().map(Range::len),
            header_count: shape.header_count,
        }
    }
}

/// See [`Batch::summaries`].
#[derive(Debug)]
pub struct Summaries {
    from: From,
    base: RecordBase,
    left: u32,
}

#[derive(Debug)]
enum From {
    Memory { bytes: Bytes, position: usize },
    Stream(StreamSource),
}

impl Summaries {
    pub(crate) fn of_batch(batch: &Batch, decompressed_max: usize) -> Result<Self, RecordError> {
        let compression = batch.header.attributes.compression()?;
        let left = record_count(batch)?;
        let from = match compression {
            _ if left == 0 => From::Memory { bytes: Bytes::new(), position: 0 },
            Compression::None => From::Memory { bytes: batch.payload(), position: 0 },
            compression => {
                From::Stream(StreamSource::new(Decompressor::new(compression, batch.payload(), decompressed_max)?))
            }
        };
        Ok(Self { from, base: RecordBase::of(&batch.header), left })
    }

    fn take(&mut self) -> Result<RecordSummary, RecordError> {
        let is_last = self.left == 1;
        let shape = match &mut self.from {
            From::Memory { bytes, position } => {
                let shape = walk_record(&mut SliceSource::new(bytes, *position))?;
                *position += shape.size_in_bytes;
                if is_last && *position != bytes.len() {
                    return Err(RecordError::BytesAfterLastRecord);
                }
                shape
            }
            From::Stream(stream) => {
                let shape = walk_record(stream)?;
                if is_last {
                    stream.expect_end()?;
                }
                shape
            }
        };
        Ok(RecordSummary::of(&shape, &self.base))
    }
}

impl Iterator for Summaries {
    type Item = Result<RecordSummary, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let taken = self.take();
        self.left = if taken.is_ok() { self.left - 1 } else { 0 };
        Some(taken)
    }
}

impl std::iter::FusedIterator for Summaries {}
