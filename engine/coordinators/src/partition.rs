//! Which partition of an internal topic a name belongs to.

use ottla_model::PartitionIndex;

/// The partition, of `partitions` (more than none), that coordinates `name`: its Java hash without the sign, modulo the
/// number of partitions. Every broker and client must come to the same number.
pub fn partition_for(name: &str, partitions: i32) -> PartitionIndex {
    debug_assert!(partitions > 0, "a topic has partitions");
    // The absolute value of the smallest number does not fit: 0 takes its place.
    let hash = java_hash(name).checked_abs().unwrap_or(0);
    PartitionIndex::new(hash % partitions.max(1))
}

/// `String.hashCode`: over UTF-16 code units.
pub(crate) fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::{java_hash, partition_for};

    #[test]
    fn hashes_are_javas() {
        // Printed by `String.hashCode` in a JVM.
        for (text, hash) in [
            ("", 0),
            ("a", 97),
            ("console-consumer-12345", 158_455_506),
            ("polygenelubricants", i32::MIN),
            ("Straße-ß", 1_855_628_456),
            ("\u{1f600}", 1_772_899),
        ] {
            assert_eq!(java_hash(text), hash, "{text}");
        }
    }

    #[test]
    fn partitions_are_never_negative() {
        assert_eq!(partition_for("polygenelubricants", 50).value(), 0);
        assert_eq!(partition_for("a", 50).value(), 97 % 50);
        assert_eq!(partition_for("anything", 1).value(), 0);
        for length in 0..200 {
            let partition = partition_for(&"x".repeat(length), 50).value();
            assert!((0..50).contains(&partition));
        }
    }
}
