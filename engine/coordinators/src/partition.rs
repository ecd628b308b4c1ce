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
    use ottla_model::PartitionIndex;

    /// Names, their `String.hashCode`, and the partitions of 50 and of 7 that `Utils.abs(hash) % partitions` gives them;
    /// all printed by Java 17.
    const JAVA: [(&str, i32, i32, i32); 14] = [
        ("", 0, 0, 0),
        ("a", 97, 47, 6),
        ("my-group", -1_906_497_762, 12, 1),
        ("console-consumer-12345", 158_455_506, 6, 6),
        ("payments.orders-v2", 914_308_323, 23, 5),
        // The one number that has no absolute value.
        ("polygenelubricants", -2_147_483_648, 0, 0),
        ("ZZZZZZ", -1_632_456_256, 6, 4),
        ("\u{fc}berwachung", 414_370_924, 24, 2),
        ("\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{30b0}\u{30eb}\u{30fc}\u{30d7}", -935_085_811, 11, 2),
        // Two UTF-16 code units for one character.
        ("\u{1f680} rockets", -181_949_726, 26, 0),
        ("connect-sink", 1_867_811_222, 22, 4),
        ("_schemas-group", 1_632_361_957, 7, 2),
        ("g\u{0}h", 99_087, 37, 2),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", -384_706_913, 13, 3),
    ];

    #[test]
    fn hashes_are_javas() {
        for (name, hash, _, _) in JAVA {
            assert_eq!(java_hash(name), hash, "{name}");
        }
    }

    #[test]
    fn partitions_are_javas() {
        for (name, _, of_50, of_7) in JAVA {
            assert_eq!(partition_for(name, 50), PartitionIndex::new(of_50), "{name}");
            assert_eq!(partition_for(name, 7), PartitionIndex::new(of_7), "{name}");
            assert_eq!(partition_for(name, 1), PartitionIndex::new(0), "{name}");
        }
    }
}
