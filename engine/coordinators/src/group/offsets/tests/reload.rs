//! How long a broker takes to know what was committed. `cargo test --release -p ottla-coordinators -- --ignored --nocapture`

use super::*;
use std::time::Instant;

/// Prints how long the replay of a million commits takes, and of as many that come on top of them.
#[test]
#[ignore = "prints times, proves nothing"]
fn a_million_commits() {
    const GROUPS: i32 = 1_000;
    const TOPICS: i32 = 10;
    const PARTITIONS: i32 = 100;
    let mut records = Vec::new();
    for group in 0..GROUPS {
        for topic in 0..TOPICS {
            let offsets: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 123_456)).collect();
            let request = commit(&format!("payments-service-{group}"), &format!("payments.topic-{topic}"), &offsets);
            let (settings, now) = (GroupSettings::default(), Timestamp::new(1_700_000_000_000));
            let _results = OffsetStore::default().commit(&request, &settings, now, &mut records);
        }
    }
    let log: Vec<Entry> = records
        .into_iter()
        .enumerate()
        .map(|(offset, CoordinatorRecord { key, value })| {
            let (offset, timestamp) = (Offset::new(offset as i64), Timestamp::new(0));
            Entry::Record(ReplayedRecord { key, value, offset, timestamp, transaction: None })
        })
        .collect();
    let begun = Instant::now();
    let mut store = reloaded(&log);
    println!("{} commits replayed in {:?}", log.len(), begun.elapsed());
    let begun = Instant::now();
    log.iter().for_each(|entry| replay(&mut store, entry));
    println!("the same again in {:?}", begun.elapsed());
    let found =
        store.fetch(&FetchRequest { group_id: "payments-service-7".to_owned(), topics: None, require_stable: true });
    assert_eq!(found.iter().map(|topic| topic.partitions.len()).sum::<usize>(), (TOPICS * PARTITIONS) as usize);
}
