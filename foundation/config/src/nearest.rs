//! The known key that a mistyped one most likely means.

/// Of `candidates` the one nearest to `name`, if it is near enough to be worth a hint: a third of the name may differ.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let worth_a_hint = (name.len() / 3).clamp(1, 8);
    candidates
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= worth_a_hint)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's: insertions, deletions and replacements, in bytes (keys are ASCII).
fn edit_distance(left: &str, right: &str) -> usize {
    let right = right.as_bytes();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, left_byte) in left.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, right_byte) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left_byte != *right_byte);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{edit_distance, nearest};

    #[test]
    fn distances() {
        for (left, right, distance) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(edit_distance(left, right), distance);
            assert_eq!(edit_distance(right, left), distance);
        }
    }

    #[test]
    fn hints_are_given_only_for_near_misses() {
        let keys = ["log.retention.hours", "log.retention.ms", "listeners"];
        assert_eq!(nearest("log.retension.hours", keys.into_iter()), Some("log.retention.hours"));
        assert_eq!(nearest("listener", keys.into_iter()), Some("listeners"));
        assert_eq!(nearest("my.plugin.colour", keys.into_iter()), None);
    }
}
