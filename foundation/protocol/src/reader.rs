//! Reads values from bytes that may be hostile.

use crate::tagged::TaggedFields;
use crate::varint::{self, Malformed};
use crate::{DecodeError, RawTaggedField, Versioned};
use bytes::Bytes;
use ottla_model::Uuid;
use ottla_records::Records;

/// The longest string there is.
pub(crate) const STRING_LENGTH_MAX: usize = i16::MAX as usize;

/// What may be reserved for the elements of an array before any has been read, when less than that remains to be read.
const RESERVED_BYTES_MIN: usize = 4096;

/// Reads from the front of a buffer. Strings are copied; bytes and records are slices of the buffer.
///
/// The methods take `compact: bool` where flexible versions write lengths as varints (KIP-482).
#[derive(Debug, Clone)]
pub struct Reader {
    buffer: Bytes,
    position: usize,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $kind:ty;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// Too few bytes remain.
        pub fn $name(&mut self) -> Result<$kind, DecodeError> {
            self.fixed().map(<$kind>::from_be_bytes)
        })*
    };
}

impl Reader {
    /// Reads from the start of `buffer`.
    pub fn new(buffer: Bytes) -> Self {
        Self { buffer, position: 0 }
    }
    /// How many bytes have not been read.
    pub fn remaining(&self) -> usize {
        self.buffer.len() - self.position
    }
    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.position
    }
    /// Takes all that remains.
    pub fn rest(&mut self) -> Bytes {
        let rest = self.buffer.slice(self.position..);
        self.position = self.buffer.len();
        rest
    }
    /// Checks that nothing remains.
    ///
    /// # Errors
    /// Something does.
    pub fn expect_end(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            remaining => Err(DecodeError::TrailingBytes { remaining }),
        }
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.position..]
    }
    fn check(&self, needed: usize) -> Result<(), DecodeError> {
        let remaining = self.remaining();
        if needed > remaining { Err(DecodeError::UnexpectedEnd { needed, remaining }) } else { Ok(()) }
    }
    fn fixed<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], DecodeError> {
        match self.unread().first_chunk() {
            Some(&bytes) => {
                self.position += SIZE;
                Ok(bytes)
            }
            None => Err(DecodeError::UnexpectedEnd { needed: SIZE, remaining: self.remaining() }),
        }
    }
    /// The next `length` bytes as a slice of the buffer.
    ///
    /// # Errors
    /// Too few bytes remain.
    pub fn slice(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        self.check(length)?;
        let start = self.position;
        self.position += length;
        Ok(self.buffer.slice(start..self.position))
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
    /// A `bool`: anything but 0 is true.
    ///
    /// # Errors
    /// Nothing remains.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        self.int8().map(|byte| byte != 0)
    }
    /// A `uuid`.
    ///
    /// # Errors
    /// Too few bytes remain.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.fixed().map(Uuid::from_bytes)
    }
    /// An unsigned number of 1 to 5 bytes.
    ///
    /// # Errors
    /// It does not end, or has more than 32 bits.
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        match varint::decode(self.unread()) {
            Ok((value, size)) => {
                self.position += size;
                Ok(value)
            }
            Err(Malformed::Long) => Err(DecodeError::VarintTooLong),
            Err(Malformed::Short) => {
                let remaining = self.remaining();
                Err(DecodeError::UnexpectedEnd { needed: remaining + 1, remaining })
            }
        }
    }

    /// A length or count; `None` is null, which any negative number says where no varint is used: so Kafka reads it.
    fn length(&mut self, compact: bool) -> Result<Option<usize>, DecodeError> {
        if compact {
            return Ok(self.unsigned_varint()?.checked_sub(1).map(|length| length as usize));
        }
        Ok(usize::try_from(self.int32()?).ok())
    }
    fn string_length(&mut self, compact: bool) -> Result<Option<usize>, DecodeError> {
        if !compact {
            return Ok(usize::try_from(self.int16()?).ok());
        }
        match self.length(true)? {
            Some(length) if length > STRING_LENGTH_MAX => Err(DecodeError::StringTooLong { length }),
            length => Ok(length),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// Null, not UTF-8, or longer than what remains.
    pub fn string(&mut self, compact: bool) -> Result<String, DecodeError> {
        self.nullable_string(compact)?.ok_or(DecodeError::UnexpectedNull)
    }
    /// A string or null.
    ///
    /// # Errors
    /// Not UTF-8, or longer than what remains.
    pub fn nullable_string(&mut self, compact: bool) -> Result<Option<String>, DecodeError> {
        let Some(length) = self.string_length(compact)? else { return Ok(None) };
        self.check(length)?;
        let text = std::str::from_utf8(&self.unread()[..length]).map_err(|_| DecodeError::InvalidUtf8)?.to_owned();
        self.position += length;
        Ok(Some(text))
    }
    /// Bytes, as a slice of the buffer.
    ///
    /// # Errors
    /// Null, or longer than what remains.
    pub fn bytes(&mut self, compact: bool) -> Result<Bytes, DecodeError> {
        self.nullable_bytes(compact)?.ok_or(DecodeError::UnexpectedNull)
    }
    /// Bytes or null.
    ///
    /// # Errors
    /// Longer than what remains.
    pub fn nullable_bytes(&mut self, compact: bool) -> Result<Option<Bytes>, DecodeError> {
        match self.length(compact)? {
            Some(length) => self.slice(length).map(Some),
            None => Ok(None),
        }
    }
    /// Record batches, as a slice of the buffer.
    ///
    /// # Errors
    /// Null, or longer than what remains.
    pub fn records(&mut self, compact: bool) -> Result<Records, DecodeError> {
        self.bytes(compact).map(Records::Memory)
    }
    /// Record batches or null.
    ///
    /// # Errors
    /// Longer than what remains.
    pub fn nullable_records(&mut self, compact: bool) -> Result<Option<Records>, DecodeError> {
        Ok(self.nullable_bytes(compact)?.map(Records::Memory))
    }

    /// A struct or null, outside of tagged fields.
    ///
    /// # Errors
    /// The bytes are not such a struct.
    pub fn nullable_struct<T: Versioned>(&mut self, version: i16) -> Result<Option<T>, DecodeError> {
        if self.int8()? < 0 { Ok(None) } else { T::read(self, version).map(Some) }
    }
    /// A struct or null, as the content of a tagged field.
    ///
    /// # Errors
    /// The bytes are not such a struct.
    pub fn tagged_nullable_struct<T: Versioned>(&mut self, version: i16) -> Result<Option<T>, DecodeError> {
        if self.unsigned_varint()? == 0 { Ok(None) } else { T::read(self, version).map(Some) }
    }

    /// How many elements an array has, checked against the bytes that remain for them.
    pub(crate) fn count(&mut self, compact: bool, element_size_min: usize) -> Result<Option<usize>, DecodeError> {
        let count = self.length(compact)?;
        let remaining = self.remaining();
        match count {
            Some(count) if count > remaining / element_size_min.max(1) => {
                Err(DecodeError::CountTooLarge { count, remaining })
            }
            _ => Ok(count),
        }
    }
    /// An array.
    ///
    /// # Errors
    /// Null, too many elements for what remains, or an element is malformed.
    pub fn array<T: Versioned>(&mut self, compact: bool, version: i16) -> Result<Vec<T>, DecodeError> {
        self.nullable_array(compact, version)?.ok_or(DecodeError::UnexpectedNull)
    }
    /// An array or null.
    ///
    /// # Errors
    /// Too many elements for what remains, or an element is malformed.
    pub fn nullable_array<T: Versioned>(&mut self, compact: bool, version: i16) -> Result<Option<Vec<T>>, DecodeError> {
        let Some(count) = self.count(compact, T::SIZE_MIN)? else { return Ok(None) };
        let mut elements = self.reserve(count);
        for _ in 0..count {
            let element = T::read(self, version)?;
            push(&mut elements, element, count);
        }
        Ok(Some(elements))
    }
    /// An array of strings.
    ///
    /// # Errors
    /// Null, too many elements for what remains, or an element is malformed.
    pub fn string_array(&mut self, compact: bool) -> Result<Vec<String>, DecodeError> {
        self.nullable_string_array(compact)?.ok_or(DecodeError::UnexpectedNull)
    }
    /// An array of strings, or null.
    ///
    /// # Errors
    /// Too many elements for what remains, or an element is malformed.
    pub fn nullable_string_array(&mut self, compact: bool) -> Result<Option<Vec<String>>, DecodeError> {
        let Some(count) = self.count(compact, if compact { 1 } else { 2 })? else { return Ok(None) };
        let mut elements = self.reserve(count);
        for _ in 0..count {
            let element = self.string(compact)?;
            push(&mut elements, element, count);
        }
        Ok(Some(elements))
    }
    /// Room for `count` elements, but for no more than the bytes that remain would fill: elements can be much larger in
    /// memory than they are here, and a count alone is no reason to believe in them.
    fn reserve<T>(&self, count: usize) -> Vec<T> {
        let bytes = self.remaining().max(RESERVED_BYTES_MIN);
        Vec::with_capacity(count.min(bytes / size_of::<T>().max(1)))
    }

    /// The tagged fields at the end of a struct (KIP-482), one at a time.
    ///
    /// # Errors
    /// More fields than could fit in what remains.
    pub fn tagged_fields(&mut self) -> Result<TaggedFields, DecodeError> {
        let count = self.unsigned_varint()? as usize;
        let remaining = self.remaining();
        if count > remaining / RawTaggedField::SIZE_MIN {
            return Err(DecodeError::CountTooLarge { count, remaining });
        }
        Ok(TaggedFields::new(count))
    }
    /// The tagged fields at the end of a struct that knows none; none at all if the version is not `flexible`.
    ///
    /// # Errors
    /// They do not ascend, or are longer than what remains.
    pub fn unknown_tagged_fields(&mut self, flexible: bool) -> Result<Vec<RawTaggedField>, DecodeError> {
        let mut unknown = Vec::new();
        if flexible {
            let mut tags = self.tagged_fields()?;
            while let Some((tag, mut content)) = tags.next(self)? {
                unknown.push(content.raw_tagged_field(tag));
            }
        }
        Ok(unknown)
    }
    /// All of a tagged field's content.
    pub(crate) fn raw_tagged_field(&mut self, tag: u32) -> RawTaggedField {
        RawTaggedField { tag, data: self.rest() }
    }
    /// Checks that a tagged field's content has been read to its end.
    pub(crate) fn end_of_tagged_field(&self, tag: u32) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            unread => Err(DecodeError::TaggedFieldSize { tag, unread }),
        }
    }
}

/// Appends to a `Vec` that will have `count` elements in the end: it grows by doubling, but not beyond them.
fn push<T>(elements: &mut Vec<T>, element: T, count: usize) {
    let length = elements.len();
    if length == elements.capacity() {
        elements.reserve_exact((count - length).min(length.max(4)));
    }
    elements.push(element);
}
