//! MurmurHash2, 32 bits, as Kafka's clients hash keys: records with the same key must go to the same partition whichever
//! client sends them.

/// Kafka's seed.
const SEED: u32 = 0x9747_b28c;
const MULTIPLIER: u32 = 0x5bd1_e995;
const SHIFT: u32 = 24;

/// The hash of a key.
pub(super) fn murmur2(key: &[u8]) -> i32 {
    // Keys are far below 4 GiB: a record's length is an i32.
    let mut hash = SEED ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        mixed = (mixed ^ (mixed >> SHIFT)).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ mixed;
    }
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        hash = (hash ^ u32::from_le_bytes(last)).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    (hash ^ (hash >> 15)).cast_signed()
}

/// Which of so many partitions a key belongs to.
pub(super) fn partition_of(key: &[u8], partitions: usize) -> usize {
    (murmur2(key) & i32::MAX) as usize % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::{murmur2, partition_of};

    /// Hashes, and partitions of 7, as Kafka's Java client gives them.
    #[test]
    fn hashes_are_those_of_kafkas_own_client() {
        for (key, hash, partition) in [
            ("", 275_646_681, 2),
            ("a", -1_563_381_124, 5),
            ("ab", 316_155_434, 0),
            ("abc", 479_470_107, 4),
            ("abcd", -1_323_649_548, 5),
            ("abcde", 461_995_741, 4),
            ("21", -973_932_308, 3),
            ("foobar", -790_332_482, 0),
            ("a-little-bit-long-string", -985_981_536, 1),
            ("a-little-bit-longer-string", -1_486_304_829, 0),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971, 3),
            ("ä€𝄞", -230_322_735, 3),
            ("key-17", 956_945_460, 2),
        ] {
            assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
            assert_eq!(partition_of(key.as_bytes(), 7), partition, "{key}");
        }
        assert_eq!(murmur2(&[0xff, 0xfe, 0x80, 0x7f, 0x00]), -199_883_469);
    }
}
