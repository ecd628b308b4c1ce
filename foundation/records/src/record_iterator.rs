//! The records of a batch, one by one.

use crate::batch::Batch;
use crate::compression::{Compression, Decompressor};
use crate::error::RecordError;
use crate::record::{Record, RecordBase};
use crate::record_walk::{SliceSource, walk_record};
use crate::stream_source::StreamSource;
use bytes::Bytes;

/// See [`Batch::records`] and [`Batch::records_streaming`].
#[derive(Debug)]
pub struct RecordIterator {
    from: From,
    base: RecordBase,
    left: u32,
}

#[derive(Debug)]
enum From {
    Memory { bytes: Bytes, position: usize },
    Stream(StreamSource),
}

impl RecordIterator {
    pub(crate) fn of_batch(batch: &Batch, decompressed_max: usize) -> Result<Self, RecordError> {
        let left = record_count(batch)?;
        let compression = batch.header.attributes.compression()?;
        let bytes = match compression {
            // An empty batch has no compressed stream either.
            _ if left == 0 => Bytes::new(),
            Compression::None => batch.payload(),
            compression => compression.decompress(&batch.payload(), decompressed_max)?,
        };
        Ok(Self { from: From::Memory { bytes, position: 0 }, base: RecordBase::of(&batch.header), left })
    }

    pub(crate) fn streaming(batch: &Batch, decompressed_max: usize) -> Result<Self, RecordError> {
        let compression = batch.header.attributes.compression()?;
        let left = record_count(batch)?;
        if left == 0 || compression == Compression::None {
            return Self::of_batch(batch, decompressed_max);
        }
        let stream = StreamSource::new(Decompressor::new(compression, batch.payload(), decompressed_max)?);
        Ok(Self { from: From::Stream(stream), base: RecordBase::of(&batch.header), left })
    }

    fn take(&mut self) -> Result<Record, RecordError> {
        let is_last = self.left == 1;
        match &mut self.from {
            From::Memory { bytes, position } => {
                let mut source = SliceSource::new(bytes, *position);
                let shape = walk_record(&mut source)?;
                *position += shape.size_in_bytes;
                if is_last && *position != bytes.len() {
                    return Err(RecordError::BytesAfterLastRecord);
                }
                Record::from_shape(bytes, &shape, &self.base)
            }
            From::Stream(stream) => {
                let bytes = stream.read_record()?;
                let shape = walk_record(&mut SliceSource::new(&bytes, 0))?;
                if is_last {
                    stream.expect_end()?;
                }
                Record::from_shape(&bytes, &shape, &self.base)
            }
        }
    }
}

/// The count of records, which Kafka too refuses only where it is negative: that the records are there is seen when
/// they are read.
pub(crate) fn record_count(batch: &Batch) -> Result<u32, RecordError> {
    let count = batch.header.record_count;
    u32::try_from(count).map_err(|_| RecordError::NegativeRecordCount(count))
}

impl Iterator for RecordIterator {
    type Item = Result<Record, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let taken = self.take();
        // After an error the position is somewhere inside of a record: nothing more can be read.
        self.left = if taken.is_ok() { self.left - 1 } else { 0 };
        Some(taken)
    }
}

impl std::iter::FusedIterator for RecordIterator {}
