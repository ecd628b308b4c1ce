//! Which protocol a generation follows.

use super::group::ClassicGroup;
use crate::partition::java_hash;
use std::collections::BTreeMap;

impl ClassicGroup {
    /// The protocol that most members like best, of those that all of them follow. `None` if there is none: of a group
    /// without members, or with one whose protocols were taken from a log that is damaged.
    pub(super) fn vote(&self) -> Option<String> {
        let candidates = self.common_protocols();
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let choice =
                member.protocols.iter().map(|known| known.name.as_str()).find(|name| candidates.contains(name))?;
            *votes.entry(choice).or_default() += 1;
        }
        let most = votes.values().max()?;
        let buckets = buckets_of_a_hash_map(votes.len());
        let winner = votes.iter().filter(|(_, count)| *count == most).map(|(name, _)| *name);
        winner.min_by_key(|name| bucket(name, buckets)).map(str::to_owned)
    }
}

/// Kafka settles a tie by the order of a `java.util.HashMap`. Nothing depends on it, but an election may well end as it
/// would there. The map begins with 16 buckets and doubles when it is three quarters full.
fn buckets_of_a_hash_map(entries: usize) -> u32 {
    let mut buckets: u32 = 16;
    while entries > buckets as usize / 4 * 3 {
        buckets *= 2;
    }
    buckets
}

fn bucket(name: &str, buckets: u32) -> u32 {
    let hash = java_hash(name).cast_unsigned();
    (hash ^ (hash >> 16)) & (buckets - 1)
}

#[cfg(test)]
mod tests {
    use super::{bucket, buckets_of_a_hash_map};

    #[test]
    fn ties_are_settled_in_the_order_of_javas_map() {
        // Printed by iterating over a HashMap in a JVM.
        let mut names = ["range", "roundrobin", "sticky", "cooperative-sticky", "stream", "default"];
        let buckets = buckets_of_a_hash_map(names.len());
        names.sort_by_key(|name| bucket(name, buckets));
        assert_eq!(names, ["default", "stream", "sticky", "range", "roundrobin", "cooperative-sticky"]);
    }
}
