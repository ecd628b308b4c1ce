//! The order in which a `java.util.HashMap` lists its entries.
//!
//! Kafka's tools print some things in that order. It means nothing, but it is always the same for the same keys, so
//! people compare whole outputs: keeping it lets them compare ours with Kafka's.

/// Entries per bucket above which the table doubles, as a fraction: 3/4.
const LOAD: (usize, usize) = (3, 4);
/// Buckets of a map made without a size.
const DEFAULT_CAPACITY: usize = 16;

/// `String.hashCode`.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `TopicPartition.hashCode` of Kafka's Java client.
pub fn partition_hash(topic: &str, partition: i32) -> i32 {
    31_i32.wrapping_add(partition).wrapping_mul(31).wrapping_add(string_hash(topic))
}

/// Puts `items` in the order of a map that was made without a size, whose keys have these hashes.
pub fn sort_as_new_map_by_hash<T>(items: &mut [T], hash: impl Fn(&T) -> i32) {
    sort(items, DEFAULT_CAPACITY, hash);
}

/// Puts `items` in the order of a map that was made without a size.
pub fn sort_as_new_map<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    sort(items, DEFAULT_CAPACITY, |item| string_hash(key(item)));
}

/// Puts `items` in the order of a map that was made for as many.
pub fn sort_as_sized_map<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    sort(items, items.len().next_power_of_two(), |item| string_hash(key(item)));
}

/// Puts `items` in the order of a map that was made as a copy of another.
pub fn sort_as_copied_map<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let room = (items.len() as f64 * LOAD.1 as f64 / LOAD.0 as f64 + 1.0) as usize;
    sort(items, room.next_power_of_two(), |item| string_hash(key(item)));
}

/// Entries are listed bucket by bucket, and within a bucket as they came: growing keeps that order.
fn sort<T>(items: &mut [T], initial_capacity: usize, hash: impl Fn(&T) -> i32) {
    let mut capacity = initial_capacity.max(1);
    while items.len() > capacity * LOAD.0 / LOAD.1 {
        capacity *= 2;
    }
    items.sort_by_key(|item| {
        let hash = hash(item).cast_unsigned();
        (hash ^ (hash >> 16)) as usize & (capacity - 1)
    });
}

#[cfg(test)]
mod tests {
    use super::{sort_as_copied_map, sort_as_new_map, sort_as_sized_map, string_hash};

    #[test]
    fn hashes_are_javas() {
        assert_eq!(string_hash(""), 0);
        assert_eq!(string_hash("a"), 97);
        assert_eq!(string_hash("min.insync.replicas"), JAVA_HASH_OF_MIN_INSYNC_REPLICAS);
        assert_eq!(string_hash("ä€𝄞"), JAVA_HASH_BEYOND_ASCII);
    }

    /// As a JVM gave them.
    const JAVA_HASH_OF_MIN_INSYNC_REPLICAS: i32 = 268_940_301;
    const JAVA_HASH_BEYOND_ASCII: i32 = 16_602_546;

    fn ordered(sort: impl Fn(&mut [String]), count: usize) -> String {
        let mut names: Vec<String> = (0..count).map(|number| format!("topic-{number}")).collect();
        sort(&mut names);
        let suffixes: Vec<_> = names.iter().map(|name| name.trim_start_matches("topic-")).collect();
        suffixes.join(" ")
    }

    #[test]
    fn orders_are_javas() {
        assert_eq!(ordered(|names| sort_as_new_map(names, String::as_str), 14), NEW_14);
        assert_eq!(ordered(|names| sort_as_sized_map(names, String::as_str), 20), SIZED_20);
        assert_eq!(ordered(|names| sort_as_copied_map(names, String::as_str), 12), COPIED_12);
    }

    /// As a JVM listed them.
    const NEW_14: &str = "6 7 8 9 0 1 2 3 10 4 11 5 12 13";
    const SIZED_20: &str = "6 7 8 9 0 1 2 3 10 4 11 5 12 13 14 15 16 17 18 19";
    const COPIED_12: &str = "6 7 8 9 0 1 2 3 10 4 11 5";
}
