//! Values inside of messages.

use crate::{DecodeError, EncodeError, Reader, Writer};
use ottla_model::Uuid;

/// A value whose bytes depend on the version of the message around it (or, for numbers, do not).
pub trait Versioned: Sized {
    /// The fewest bytes that a value can take, in any version. Bounds what a count may promise.
    const SIZE_MIN: usize;

    /// Reads a value.
    ///
    /// # Errors
    /// The bytes are not such a value.
    fn read(reader: &mut Reader, version: i16) -> Result<Self, DecodeError>;

    /// Appends the value.
    ///
    /// # Errors
    /// The version has no place for what the value says.
    fn write(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError>;
}

macro_rules! fixed {
    ($($kind:ty, $method:ident, $size:literal;)*) => {
        $(impl Versioned for $kind {
            const SIZE_MIN: usize = $size;
            fn read(reader: &mut Reader, _version: i16) -> Result<Self, DecodeError> {
                reader.$method()
            }
            fn write(&self, writer: &mut Writer, _version: i16) -> Result<(), EncodeError> {
                writer.$method(*self);
                Ok(())
            }
        })*
    };
}

fixed! {
    bool, bool, 1;
    i8, int8, 1;
    i16, int16, 2;
    i32, int32, 4;
    i64, int64, 8;
    u16, uint16, 2;
    u32, uint32, 4;
    f64, float64, 8;
    Uuid, uuid, 16;
}
