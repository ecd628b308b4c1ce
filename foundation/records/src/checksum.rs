//! The two checksums, both in hardware where there is any.

/// CRC-32C (Castagnoli): batches of magic 2.
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// CRC-32C of two pieces as if they stood one after the other.
pub(crate) fn crc32c_of_two(first: &[u8], second: &[u8]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(first);
    digest.update(second);
    // The algorithm's result is 32 bits wide in a 64-bit integer.
    digest.finalize() as u32
}

/// CRC-32 (the one of gzip): messages of magic 0 and 1.
pub fn crc32(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iso_hdlc(bytes)
}

#[cfg(test)]
mod tests {
    use super::{crc32, crc32c, crc32c_of_two};

    #[test]
    fn check_values_of_the_published_catalogue() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32c(b""), 0);
    }

    /// The fast implementation takes other paths for other lengths and alignments; an independent one judges each.
    #[test]
    fn agrees_with_an_independent_implementation_at_every_length_and_alignment() {
        let bytes: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for start in 0..17 {
            for length in (0..700).chain([1023, 1024, 1025, 2047, 2048, 4095, 4096, 4900]) {
                let slice = &bytes[start..start + length];
                assert_eq!(crc32c(slice), crc32c::crc32c(slice), "start {start}, length {length}");
                let (first, second) = slice.split_at(length / 3);
                assert_eq!(crc32c_of_two(first, second), crc32c(slice), "start {start}, length {length}");
            }
        }
    }
}
