//! Numbers of 1 to 5 bytes, 7 bits each, the low ones first.

/// The most bytes an unsigned number of 32 bits takes.
pub(crate) const SIZE_MAX: usize = 5;

/// The bytes of `value`, and how many of them count.
pub(crate) fn encode(mut value: u32) -> ([u8; SIZE_MAX], usize) {
    let mut bytes = [0; SIZE_MAX];
    let mut size = 0;
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes[size] = low;
            return (bytes, size + 1);
        }
        bytes[size] = low | 0x80;
        size += 1;
    }
}

/// What went wrong with [`decode`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The bytes end within the number.
    Short,
    /// The number does not end, or has more than 32 bits.
    Long,
}

/// The number that `bytes` begin with, and how many bytes it took.
pub(crate) fn decode(bytes: &[u8]) -> Result<(u32, usize), Malformed> {
    let mut value = 0u32;
    for (index, &byte) in bytes.iter().take(SIZE_MAX).enumerate() {
        if index == SIZE_MAX - 1 && byte > 0x0f {
            return Err(Malformed::Long);
        }
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Ok((value, index + 1));
        }
    }
    Err(Malformed::Short)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, decode, encode};

    #[test]
    fn numbers_go_both_ways() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, u32::MAX] {
            let (bytes, size) = encode(value);
            assert_eq!(decode(&bytes[..size]), Ok((value, size)));
            assert_eq!(decode(&bytes[..size - 1]), Err(Malformed::Short), "{value}");
        }
        assert_eq!(encode(300), ([0xac, 0x02, 0, 0, 0], 2));
    }

    #[test]
    fn more_than_32_bits_are_refused() {
        assert_eq!(decode(&[0xff, 0xff, 0xff, 0xff, 0x10]), Err(Malformed::Long));
        assert_eq!(decode(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), Err(Malformed::Long));
    }
}
