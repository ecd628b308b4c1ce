//! Writes values, and leaves record bytes where they are.

use crate::reader::STRING_LENGTH_MAX;
use crate::tagged::TaggedFieldsWriter;
use crate::{EncodeError, RawTaggedField, Versioned, varint};
use bytes::{BufMut, Bytes, BytesMut};
use ottla_model::Uuid;
use ottla_records::{FileSlice, Records};

/// Fewer record bytes than this are copied into the message: one write of a little more is cheaper than two.
const SHARED_BYTES_MIN: usize = 1024;

/// A piece of an encoded message.
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    /// Bytes in memory.
    Memory(Bytes),
    /// Bytes in a file.
    File(FileSlice),
}

impl Chunk {
    /// How many bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(slice) => slice.length as usize,
        }
    }
    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Builds one message (or several, one after the other).
///
/// The methods take `compact: bool` where flexible versions write lengths as varints (KIP-482).
#[derive(Debug, Default)]
pub struct Writer {
    /// All bytes but those of `shared`.
    buffer: BytesMut,
    /// What belongs between the bytes of `buffer`, and before which of them.
    shared: Vec<(usize, Chunk)>,
    shared_length: usize,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $kind:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, value: $kind) {
            self.buffer.extend_from_slice(&value.to_be_bytes());
        })*
    };
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }
    /// An empty writer with room for `capacity` bytes, record bytes aside.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { buffer: BytesMut::with_capacity(capacity), ..Self::default() }
    }
    /// How many bytes have been written, record bytes included.
    pub fn len(&self) -> usize {
        self.buffer.len() + self.shared_length
    }
    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message, in pieces. Only record bytes are pieces of their own.
    pub fn finish(mut self) -> Vec<Chunk> {
        let mut chunks = Vec::with_capacity(2 * self.shared.len() + 1);
        let mut taken = 0;
        for (position, chunk) in self.shared {
            if position > taken {
                chunks.push(Chunk::Memory(self.buffer.split_to(position - taken).freeze()));
                taken = position;
            }
            chunks.push(chunk);
        }
        if !self.buffer.is_empty() {
            chunks.push(Chunk::Memory(self.buffer.freeze()));
        }
        chunks
    }
    /// The message in one piece. Record bytes are copied.
    ///
    /// # Errors
    /// Record bytes lie in a file that cannot be read.
    pub fn finish_to_bytes(self) -> Result<Bytes, EncodeError> {
        if self.shared.is_empty() {
            return Ok(self.buffer.freeze());
        }
        let mut whole = BytesMut::with_capacity(self.len());
        for chunk in self.finish() {
            match chunk {
                Chunk::Memory(bytes) => whole.extend_from_slice(&bytes),
                Chunk::File(slice) => whole.extend_from_slice(&slice.read_all()?),
            }
        }
        Ok(whole.freeze())
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }
    numbers! {
        /// An `int8`.
        int8 i8;
        /// An `int16`.
        int16 i16;
        /// An `int32`.
        int32 i32;
        /// An `int64`.
        int64 i64;
        /// A `uint16`.
        uint16 u16;
        /// A `uint32`.
        uint32 u32;
        /// A `float64`.
        float64 f64;
    }
    /// A `bool`.
    pub fn bool(&mut self, value: bool) {
        self.buffer.put_u8(u8::from(value));
    }
    /// A `uuid`.
    pub fn uuid(&mut self, value: Uuid) {
        self.buffer.extend_from_slice(&value.to_bytes());
    }
    /// An unsigned number of 1 to 5 bytes.
    pub fn unsigned_varint(&mut self, value: u32) {
        if value < 0x80 {
            self.buffer.put_u8(value as u8);
        } else {
            let (bytes, size) = varint::encode(value);
            self.buffer.extend_from_slice(&bytes[..size]);
        }
    }
    /// A length as a varint, as it is.
    pub(crate) fn varint_length(&mut self, length: usize) -> Result<(), EncodeError> {
        self.unsigned_varint(length_as_u32(length)?);
        Ok(())
    }

    /// A length or count; `None` is null.
    pub(crate) fn length(&mut self, length: Option<usize>, compact: bool) -> Result<(), EncodeError> {
        match (length, compact) {
            (None, true) => self.unsigned_varint(0),
            (None, false) => self.int32(-1),
            (Some(length), true) => self.unsigned_varint(length_as_u32(length)? + 1),
            (Some(length), false) => self.uint32(length_as_u32(length)?),
        }
        Ok(())
    }
    /// A string.
    ///
    /// # Errors
    /// It has more than 32767 bytes.
    pub fn string(&mut self, value: &str, compact: bool) -> Result<(), EncodeError> {
        self.nullable_string(Some(value), compact)
    }
    /// A string or null.
    ///
    /// # Errors
    /// It has more than 32767 bytes.
    pub fn nullable_string(&mut self, value: Option<&str>, compact: bool) -> Result<(), EncodeError> {
        let length = value.map(str::len);
        match length {
            Some(length) if length > STRING_LENGTH_MAX => return Err(EncodeError::TooLong { length }),
            _ if compact => self.length(length, true)?,
            Some(length) => self.int16(length as i16),
            None => self.int16(-1),
        }
        self.raw(value.unwrap_or_default().as_bytes());
        Ok(())
    }
    /// Bytes.
    ///
    /// # Errors
    /// There are more than 2^31 - 1.
    pub fn bytes(&mut self, value: &Bytes, compact: bool) -> Result<(), EncodeError> {
        self.nullable_bytes(Some(value), compact)
    }
    /// Bytes or null.
    ///
    /// # Errors
    /// There are more than 2^31 - 1.
    pub fn nullable_bytes(&mut self, value: Option<&Bytes>, compact: bool) -> Result<(), EncodeError> {
        self.length(value.map(Bytes::len), compact)?;
        if let Some(value) = value {
            self.raw(value);
        }
        Ok(())
    }
    /// Record batches.
    ///
    /// # Errors
    /// There are more than 2^31 - 1 bytes.
    pub fn records(&mut self, value: &Records, compact: bool) -> Result<(), EncodeError> {
        self.nullable_records(Some(value), compact)
    }
    /// Record batches or null.
    ///
    /// # Errors
    /// There are more than 2^31 - 1 bytes.
    pub fn nullable_records(&mut self, value: Option<&Records>, compact: bool) -> Result<(), EncodeError> {
        self.length(value.map(Records::len), compact)?;
        let chunk = match value {
            None => return Ok(()),
            Some(Records::Memory(bytes)) if bytes.len() < SHARED_BYTES_MIN => {
                self.raw(bytes);
                return Ok(());
            }
            Some(Records::Memory(bytes)) => Chunk::Memory(bytes.clone()),
            Some(Records::File(slice)) if slice.length == 0 => return Ok(()),
            Some(Records::File(slice)) => Chunk::File(slice.clone()),
        };
        self.shared_length += chunk.len();
        self.shared.push((self.buffer.len(), chunk));
        Ok(())
    }

    /// A struct or null, outside of tagged fields.
    ///
    /// # Errors
    /// The struct's.
    pub fn nullable_struct<T: Versioned>(&mut self, value: Option<&T>, version: i16) -> Result<(), EncodeError> {
        self.int8(if value.is_some() { 1 } else { -1 });
        value.map_or(Ok(()), |value| value.write(self, version))
    }
    /// A struct or null, as the content of a tagged field.
    ///
    /// # Errors
    /// The struct's.
    pub fn tagged_nullable_struct<T: Versioned>(&mut self, value: Option<&T>, version: i16) -> Result<(), EncodeError> {
        self.unsigned_varint(u32::from(value.is_some()));
        value.map_or(Ok(()), |value| value.write(self, version))
    }
    /// An array.
    ///
    /// # Errors
    /// An element's, or there are more than 2^31 - 1.
    pub fn array<T: Versioned>(&mut self, value: &[T], compact: bool, version: i16) -> Result<(), EncodeError> {
        self.nullable_array(Some(value), compact, version)
    }
    /// An array or null.
    ///
    /// # Errors
    /// An element's, or there are more than 2^31 - 1.
    pub fn nullable_array<T: Versioned>(
        &mut self,
        value: Option<&[T]>,
        compact: bool,
        version: i16,
    ) -> Result<(), EncodeError> {
        self.length(value.map(<[T]>::len), compact)?;
        value.unwrap_or_default().iter().try_for_each(|element| element.write(self, version))
    }
    /// An array of strings.
    ///
    /// # Errors
    /// One of them is too long, or there are more than 2^31 - 1.
    pub fn string_array(&mut self, value: &[String], compact: bool) -> Result<(), EncodeError> {
        self.nullable_string_array(Some(value), compact)
    }
    /// An array of strings, or null.
    ///
    /// # Errors
    /// One of them is too long, or there are more than 2^31 - 1.
    pub fn nullable_string_array(&mut self, value: Option<&[String]>, compact: bool) -> Result<(), EncodeError> {
        self.length(value.map(<[String]>::len), compact)?;
        value.unwrap_or_default().iter().try_for_each(|element| self.string(element, compact))
    }

    /// The tagged fields at the end of a struct that knows none.
    ///
    /// # Errors
    /// There are some and the version is not `flexible`, or they do not ascend.
    pub fn unknown_tagged_fields(&mut self, unknown: &[RawTaggedField], flexible: bool) -> Result<(), EncodeError> {
        match (flexible, unknown) {
            (true, []) => {
                self.unsigned_varint(0);
                Ok(())
            }
            (true, _) => self.begin_tagged_fields(unknown).finish(self),
            (false, []) => Ok(()),
            (false, _) => Err(EncodeError::NotFlexible),
        }
    }
    /// Begins the tagged fields at the end of a struct.
    pub(crate) fn begin_tagged_fields<'a>(&self, unknown: &'a [RawTaggedField]) -> TaggedFieldsWriter<'a> {
        TaggedFieldsWriter::new(self.built(), unknown)
    }
    /// How many bytes have been written, shared ones aside.
    pub(crate) fn built(&self) -> usize {
        self.buffer.len()
    }
    /// Puts a length (or count) as a varint before the bytes that begin at `position`. No shared bytes come after it.
    pub(crate) fn insert_length(&mut self, position: usize, length: usize) -> Result<(), EncodeError> {
        debug_assert!(self.shared.last().is_none_or(|(last, _)| *last <= position), "records are never tagged");
        let (bytes, size) = varint::encode(length_as_u32(length)?);
        let end = self.buffer.len();
        self.buffer.extend_from_slice(&bytes[..size]);
        if end > position {
            self.buffer.copy_within(position..end, position + size);
            self.buffer[position..position + size].copy_from_slice(&bytes[..size]);
        }
        Ok(())
    }
}

/// Lengths are at most 2^31 - 1 everywhere.
fn length_as_u32(length: usize) -> Result<u32, EncodeError> {
    i32::try_from(length).map(i32::cast_unsigned).map_err(|_| EncodeError::TooLong { length })
}
