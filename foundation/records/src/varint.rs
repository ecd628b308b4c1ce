//! Variable-length integers: seven bits a byte, least significant first, signed ones zig-zag.
//!
//! Reading is as strict as Kafka and no stricter: longer encodings than needed are accepted, bits beyond the width are
//! dropped, only a continuation bit on the last possible byte is an error.

use crate::error::RecordError;
use bytes::{BufMut, BytesMut};

/// Bytes that a 32-bit integer takes at most.
const VARINT_BYTES_MAX: u32 = 5;
/// Bytes that a 64-bit integer takes at most.
const VARLONG_BYTES_MAX: u32 = 10;

/// Appends a zig-zag 32-bit integer.
pub(crate) fn put_varint(out: &mut BytesMut, value: i32) {
    put_unsigned(out, u64::from(zigzag(value)));
}

/// Appends a zig-zag 64-bit integer.
pub(crate) fn put_varlong(out: &mut BytesMut, value: i64) {
    put_unsigned(out, zigzag_long(value));
}

/// Bytes that [`put_varint`] appends.
pub(crate) const fn varint_size(value: i32) -> usize {
    unsigned_size(zigzag(value) as u64)
}

/// Bytes that [`put_varlong`] appends.
pub(crate) const fn varlong_size(value: i64) -> usize {
    unsigned_size(zigzag_long(value))
}

/// Reads a zig-zag 32-bit integer from what `next_byte` yields.
pub(crate) fn read_varint(mut next_byte: impl FnMut() -> Result<u8, RecordError>) -> Result<i32, RecordError> {
    let mut raw = 0_u32;
    for index in 0..VARINT_BYTES_MAX {
        let byte = next_byte()?;
        raw |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((raw >> 1) as i32 ^ -((raw & 1) as i32));
        }
    }
    Err(RecordError::VarintTooLong)
}

/// Reads a zig-zag 64-bit integer from what `next_byte` yields.
pub(crate) fn read_varlong(mut next_byte: impl FnMut() -> Result<u8, RecordError>) -> Result<i64, RecordError> {
    let mut raw = 0_u64;
    for index in 0..VARLONG_BYTES_MAX {
        let byte = next_byte()?;
        raw |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((raw >> 1) as i64 ^ -((raw & 1) as i64));
        }
    }
    Err(RecordError::VarintTooLong)
}

const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

const fn zigzag_long(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn put_unsigned(out: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

const fn unsigned_size(value: u64) -> usize {
    // One byte for each seven bits begun; zero takes one too.
    let bits = 64 - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::{put_varint, put_varlong, read_varint, read_varlong, varint_size, varlong_size};
    use crate::error::RecordError;
    use bytes::BytesMut;
    use proptest::prelude::{any, proptest};

    fn source(bytes: &[u8]) -> impl FnMut() -> Result<u8, RecordError> {
        let mut bytes = bytes.iter().copied();
        move || bytes.next().ok_or(RecordError::PrematureEnd)
    }
    fn varint_bytes(value: i32) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_varint(&mut out, value);
        out.to_vec()
    }

    #[test]
    fn known_encodings() {
        assert_eq!(varint_bytes(0), [0]);
        assert_eq!(varint_bytes(-1), [1]);
        assert_eq!(varint_bytes(63), [0x7e]);
        assert_eq!(varint_bytes(-64), [0x7f]);
        assert_eq!(varint_bytes(64), [0x80, 0x01]);
        assert_eq!(varint_bytes(i32::MAX), [0xfe, 0xff, 0xff, 0xff, 0x0f]);
        assert_eq!(varint_bytes(i32::MIN), [0xff, 0xff, 0xff, 0xff, 0x0f]);
    }

    #[test]
    fn longer_than_needed_is_accepted_and_excess_bits_are_dropped() {
        assert_eq!(read_varint(source(&[0x82, 0x80, 0x00])), Ok(1));
        assert_eq!(read_varint(source(&[0xff, 0xff, 0xff, 0xff, 0x7f])), Ok(i32::MIN));
        assert_eq!(read_varlong(source(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])), Ok(i64::MIN));
    }

    #[test]
    fn an_integer_without_end_is_an_error() {
        assert_eq!(read_varint(source(&[0x80; 5])), Err(RecordError::VarintTooLong));
        assert_eq!(read_varlong(source(&[0x80; 10])), Err(RecordError::VarintTooLong));
        assert_eq!(read_varint(source(&[0x80; 4])), Err(RecordError::PrematureEnd));
        assert_eq!(read_varlong(source(&[0x80; 9])), Err(RecordError::PrematureEnd));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_sized(int in any::<i32>(), long in any::<i64>(), shift in 0..64_u32) {
            let (int, long) = (int >> (shift / 2), long >> shift);
            let mut out = BytesMut::new();
            put_varint(&mut out, int);
            assert_eq!(out.len(), varint_size(int));
            assert_eq!(read_varint(source(&out)), Ok(int));
            out.clear();
            put_varlong(&mut out, long);
            assert_eq!(out.len(), varlong_size(long));
            assert_eq!(read_varlong(source(&out)), Ok(long));
        }
    }
}
