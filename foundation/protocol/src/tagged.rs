//! Tagged fields (KIP-482): optional fields at the end of a struct, in ascending order of their numbers.

use crate::{DecodeError, EncodeError, Reader, Writer};
use bytes::Bytes;

/// A tagged field that the definitions do not know: kept as it came, so that it can be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTaggedField {
    /// Its number.
    pub tag: u32,
    /// Its content, without tag and length.
    pub data: Bytes,
}

impl RawTaggedField {
    /// A tag and an empty content.
    pub(crate) const SIZE_MIN: usize = 2;
}

/// Walks over the tagged fields of one struct.
#[derive(Debug)]
pub struct TaggedFields {
    left: usize,
    previous: Option<u32>,
}

impl TaggedFields {
    pub(crate) fn new(count: usize) -> Self {
        Self { left: count, previous: None }
    }

    /// The next field's number, and a reader of nothing but its content.
    ///
    /// # Errors
    /// The numbers do not ascend, or the content is longer than what remains.
    pub fn next(&mut self, reader: &mut Reader) -> Result<Option<(u32, Reader)>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let tag = reader.unsigned_varint()?;
        if let Some(previous) = self.previous.filter(|&previous| tag <= previous) {
            return Err(DecodeError::TagOrder { tag, previous });
        }
        self.previous = Some(tag);
        let size = reader.unsigned_varint()? as usize;
        Ok(Some((tag, Reader::new(reader.slice(size)?))))
    }
}

/// Writes the tagged fields of one struct, known and unknown ones merged. The count is known at the end only, and so is
/// each content's length: both are put in front of what they count, which moves a few bytes, mostly none.
#[derive(Debug)]
pub struct TaggedFieldsWriter<'a> {
    unknown: &'a [RawTaggedField],
    start: usize,
    content_start: usize,
    count: u32,
    previous: Option<u32>,
}

impl<'a> TaggedFieldsWriter<'a> {
    pub(crate) fn new(start: usize, unknown: &'a [RawTaggedField]) -> Self {
        Self { unknown, start, content_start: start, count: 0, previous: None }
    }

    fn tag(&mut self, writer: &mut Writer, tag: u32) -> Result<(), EncodeError> {
        if self.previous.is_some_and(|previous| tag <= previous) {
            return Err(EncodeError::TagOrder { tag });
        }
        self.previous = Some(tag);
        self.count += 1;
        writer.unsigned_varint(tag);
        Ok(())
    }
    fn unknown(&mut self, writer: &mut Writer, below: Option<u32>) -> Result<(), EncodeError> {
        while let Some((first, others)) = self.unknown.split_first() {
            if below.is_some_and(|below| first.tag >= below) {
                break;
            }
            self.unknown = others;
            self.tag(writer, first.tag)?;
            writer.varint_length(first.data.len())?;
            writer.raw(&first.data);
        }
        Ok(())
    }
    /// Begins a known field; its content is written next.
    pub(crate) fn begin(&mut self, writer: &mut Writer, tag: u32) -> Result<(), EncodeError> {
        self.unknown(writer, Some(tag))?;
        self.tag(writer, tag)?;
        self.content_start = writer.built();
        Ok(())
    }
    /// Ends the known field that was begun.
    pub(crate) fn end(&mut self, writer: &mut Writer) -> Result<(), EncodeError> {
        let length = writer.built() - self.content_start;
        writer.insert_length(self.content_start, length)
    }
    /// Writes what is left of the unknown ones.
    pub(crate) fn finish(mut self, writer: &mut Writer) -> Result<(), EncodeError> {
        self.unknown(writer, None)?;
        writer.insert_length(self.start, self.count as usize)
    }
}
