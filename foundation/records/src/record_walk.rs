//! One walk over a record's fields, for everyone who reads records: the same bytes are refused whether a record is
//! materialised, only looked at, in memory or coming out of a decompressor.

use crate::error::RecordError;
use crate::varint::{read_varint, read_varlong};
use std::ops::Range;

/// Where the bytes of records come from.
pub(crate) trait RecordSource {
    /// The next byte.
    fn byte(&mut self) -> Result<u8, RecordError>;
    /// Passes over `count` bytes.
    fn skip(&mut self, count: usize) -> Result<(), RecordError>;
    /// Bytes passed so far.
    fn position(&self) -> usize;
}

/// Records in memory.
pub(crate) struct SliceSource<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> SliceSource<'a> {
    /// Starts at `position` of `bytes`, which must not be beyond the end.
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        debug_assert!(position <= bytes.len());
        Self { bytes, position }
    }
}

impl RecordSource for SliceSource<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, RecordError> {
        let byte = *self.bytes.get(self.position).ok_or(RecordError::PrematureEnd)?;
        self.position += 1;
        Ok(byte)
    }
    #[inline]
    fn skip(&mut self, count: usize) -> Result<(), RecordError> {
        if count > self.bytes.len() - self.position {
            return Err(RecordError::PrematureEnd);
        }
        self.position += count;
        Ok(())
    }
    #[inline]
    fn position(&self) -> usize {
        self.position
    }
}

/// What a walk over a record finds. Ranges are positions in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordShape {
    /// Bytes of the record, its own length field included.
    pub size_in_bytes: usize,
    pub attributes: u8,
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<Range<usize>>,
    pub value: Option<Range<usize>>,
    pub header_count: usize,
    /// Position of the first header.
    pub headers_position: usize,
}

/// Walks over the record that `source` stands at, and stands behind it afterwards.
pub(crate) fn walk_record(source: &mut impl RecordSource) -> Result<RecordShape, RecordError> {
    let start = source.position();
    let length = read_varint(|| source.byte())?;
    let body_start = source.position();
    let mut body = Body { left: usize::try_from(length).unwrap_or(0), length, source };

    let attributes = body.byte()?;
    let timestamp_delta = read_varlong(|| body.byte())?;
    let offset_delta = read_varint(|| body.byte())?;
    let key = body.nullable_field()?;
    let value = body.nullable_field()?;

    let header_count = read_varint(|| body.byte())?;
    // A header takes at least two bytes; the bound only has to keep a hostile count from being believed.
    let count = usize::try_from(header_count).map_err(|_| RecordError::HeaderCount(header_count))?;
    if count > body.left {
        return Err(RecordError::HeaderCount(header_count));
    }
    let headers_position = body.source.position();
    for _ in 0..count {
        body.header()?;
    }
    match body.left {
        0 => {}
        left => return Err(RecordError::BytesAfterLastField { length, left }),
    }
    Ok(RecordShape {
        size_in_bytes: body_start - start + length as usize,
        attributes,
        timestamp_delta,
        offset_delta,
        key,
        value,
        header_count: count,
        headers_position,
    })
}

/// Walks over `count` headers from `position` of `bytes`, which [`walk_record`] has been over, handing each one's key
/// and value to `visit`.
pub(crate) fn walk_headers(
    bytes: &[u8],
    position: usize,
    count: usize,
    mut visit: impl FnMut(Range<usize>, Option<Range<usize>>),
) -> Result<(), RecordError> {
    let mut source = SliceSource::new(bytes, position);
    let left = bytes.len() - position;
    let mut body = Body { left, length: i32::MAX, source: &mut source };
    for _ in 0..count {
        let (key, value) = body.header()?;
        visit(key, value);
    }
    Ok(())
}

/// The part of the source that belongs to one record.
struct Body<'a, S> {
    source: &'a mut S,
    left: usize,
    length: i32,
}

impl<S: RecordSource> Body<'_, S> {
    #[inline]
    fn byte(&mut self) -> Result<u8, RecordError> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err(RecordError::FieldBeyondRecord { length: self.length }),
        }
        self.source.byte()
    }

    fn skip(&mut self, count: usize) -> Result<Range<usize>, RecordError> {
        match self.left.checked_sub(count) {
            Some(left) => self.left = left,
            None => return Err(RecordError::FieldBeyondRecord { length: self.length }),
        }
        let start = self.source.position();
        self.source.skip(count)?;
        Ok(start..start + count)
    }

    /// A length and as many bytes. Any negative length means null, as in Kafka; only -1 is ever written.
    fn nullable_field(&mut self) -> Result<Option<Range<usize>>, RecordError> {
        match usize::try_from(read_varint(|| self.byte())?) {
            Ok(length) => self.skip(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn header(&mut self) -> Result<(Range<usize>, Option<Range<usize>>), RecordError> {
        let key_length = read_varint(|| self.byte())?;
        let key_length = usize::try_from(key_length).map_err(|_| RecordError::NegativeHeaderKeyLength(key_length))?;
        let key = self.skip(key_length)?;
        Ok((key, self.nullable_field()?))
    }
}
