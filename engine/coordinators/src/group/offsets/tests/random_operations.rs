//! Random commits, transactions, deletions, crashes: a store always says what a plain reading of its log says.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const GROUPS: [&str; 3] = ["a", "b", "c"];
const TOPICS: [&str; 3] = ["x", "y", "z"];
const PARTITIONS: i32 = 4;
const PRODUCERS: i64 = 3;

#[derive(Debug, Clone)]
enum Operation {
    Commit {
        group: usize,
        topic: usize,
        partitions: Vec<i32>,
        topic_id: u8,
        retention: Option<i64>,
        text: u8,
    },
    CommitInTransaction {
        producer: i64,
        group: usize,
        topic: usize,
        partitions: Vec<i32>,
    },
    EndTransaction {
        producer: i64,
        committed: bool,
    },
    DeleteOffsets {
        group: usize,
        topic: usize,
        partitions: Vec<i32>,
    },
    DeleteGroup {
        group: usize,
    },
    DeleteTopic {
        topic: usize,
        topic_id: u8,
    },
    Expire {
        group: usize,
        subscribed: Option<usize>,
        empty_since: Option<i64>,
    },
    Wait {
        milliseconds: i64,
    },
    /// The log loses what was not synced.
    Crash {
        lost: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let (group, topic) = (0..GROUPS.len(), 0..TOPICS.len());
    let partitions = prop::collection::vec(0..PARTITIONS, 1..4);
    let target = (group.clone(), topic.clone(), partitions);
    prop_oneof![
        8 => (target.clone(), 0..3u8, prop::option::weighted(0.2, 0..100i64), 0..2u8).prop_map(
            |((group, topic, partitions), topic_id, retention, text)| Operation::Commit {
                group,
                topic,
                partitions,
                topic_id,
                retention,
                text
            }
        ),
        6 => (0..PRODUCERS, target.clone()).prop_map(|(producer, (group, topic, partitions))| {
            Operation::CommitInTransaction { producer, group, topic, partitions }
        }),
        4 => (0..PRODUCERS, any::<bool>())
            .prop_map(|(producer, committed)| Operation::EndTransaction { producer, committed }),
        3 => target.prop_map(|(group, topic, partitions)| Operation::DeleteOffsets { group, topic, partitions }),
        1 => group.clone().prop_map(|group| Operation::DeleteGroup { group }),
        1 => (topic.clone(), 0..3u8).prop_map(|(topic, topic_id)| Operation::DeleteTopic { topic, topic_id }),
        2 => (group, prop::option::of(topic), prop::option::of(0..200i64)).prop_map(
            |(group, subscribed, empty_since)| Operation::Expire { group, subscribed, empty_since }
        ),
        2 => (1..80i64).prop_map(|milliseconds| Operation::Wait { milliseconds }),
        1 => (0..12usize).prop_map(|lost| Operation::Crash { lost }),
    ]
}

fn topic_id(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

fn request(group: usize, topic: usize, partitions: &[i32], next_offset: &mut i64) -> CommitRequest {
    let partitions: BTreeSet<i32> = partitions.iter().copied().collect();
    let offsets: Vec<(i32, i64)> = partitions
        .into_iter()
        .map(|partition| {
            *next_offset += 1;
            (partition, *next_offset)
        })
        .collect();
    commit(GROUPS[group], TOPICS[topic], &offsets)
}

fn apply(offsets: &mut Logged, operation: &Operation, next_offset: &mut i64) {
    let mut records = Vec::new();
    match operation {
        Operation::Commit { group, topic, partitions, topic_id: id, retention, text } => {
            let mut request = request(*group, *topic, partitions, next_offset);
            request.retention = *retention;
            request.topics[0].topic_id = topic_id(*id);
            request.topics[0].partitions[0].metadata = "m".repeat(usize::from(*text));
            let _results = offsets.commit(&request);
        }
        Operation::CommitInTransaction { producer, group, topic, partitions } => {
            let request = request(*group, *topic, partitions, next_offset);
            offsets.commit_in_transaction(ProducerId::new(*producer), &request);
        }
        Operation::EndTransaction { producer, committed } => {
            offsets.end_transaction(ProducerId::new(*producer), *committed);
        }
        Operation::DeleteOffsets { group, topic, partitions: doomed } => {
            let topics = vec![partitions(TOPICS[*topic], doomed)];
            let request = DeleteOffsetsRequest { group_id: GROUPS[*group].to_owned(), topics };
            let _results = offsets.store.delete(&request, &|_| false, &mut records);
        }
        Operation::DeleteGroup { group } => {
            offsets.store.delete_all(GROUPS[*group], &mut records);
        }
        Operation::DeleteTopic { topic, topic_id: id } => {
            assert!(offsets.store.topics_deleted(&[(topic_id(*id), TOPICS[*topic].to_owned())], &mut records));
        }
        Operation::Expire { group, subscribed, empty_since } => {
            let start = empty_since.map_or(RetentionStart::Commit, |at| RetentionStart::Empty(Timestamp::new(at)));
            let is_subscribed = |topic: &str| subscribed.is_some_and(|index| TOPICS[index] == topic);
            let (group, settings, now) = (GROUPS[*group], &offsets.settings, offsets.now);
            let is_all = offsets.store.expire(group, Some(start), &is_subscribed, settings, now, &mut records);
            offsets.append(std::mem::take(&mut records), None);
            let left = offsets.fetch_all(group, false).len() + usize::from(offsets.store.pending.contains_group(group));
            assert_eq!(is_all, left == 0);
        }
        Operation::Wait { milliseconds } => offsets.now = offsets.now.plus_milliseconds(*milliseconds),
        Operation::Crash { lost } => {
            offsets.log.truncate(offsets.log.len().saturating_sub(*lost));
            offsets.store = reloaded(&offsets.log);
        }
    }
    offsets.append(records, None);
}

/// What a log says, read without a store: for each partition, of the records after its last tombstone that are in no
/// transaction or in one that was committed, the last. And the partitions with a record after its last tombstone whose
/// transaction has no marker.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    committed: BTreeMap<OffsetKey, CommittedOffset>,
    unstable: BTreeSet<OffsetKey>,
}

fn plainly_read(log: &[Entry]) -> Reading {
    let mut reading = Reading::default();
    for (index, entry) in log.iter().enumerate() {
        let Entry::Record(record) = entry else { continue };
        let read = GroupRecord::read(record.key.clone(), record.value.clone()).unwrap();
        let GroupRecord::Offset { key, committed } = read else { continue };
        let Some(committed) = committed else {
            reading.committed.remove(&key);
            reading.unstable.remove(&key);
            continue;
        };
        let outcome = match record.transaction {
            None => Some(true),
            Some((producer, _)) => log[index..].iter().find_map(|entry| match entry {
                Entry::EndOfTransaction { producer: ended, committed } if *ended == producer => Some(*committed),
                _ => None,
            }),
        };
        match outcome {
            Some(true) => {
                reading.committed.insert(key, committed);
            }
            Some(false) => {}
            None => {
                reading.unstable.insert(key);
            }
        }
    }
    reading
}

fn told(offsets: &Logged) -> Reading {
    let mut reading = Reading::default();
    for group in GROUPS {
        for topic in TOPICS {
            for partition in 0..PARTITIONS {
                let (group_name, topic_name) = (group.to_owned(), topic.to_owned());
                let partition_index = PartitionIndex::new(partition);
                let key = OffsetKey { group: group_name, topic: topic_name, partition: partition_index };
                if offsets.fetch_stable(group, topic, partition).is_err() {
                    reading.unstable.insert(key.clone());
                }
                if let Some(committed) = offsets.fetch(group, topic, partition) {
                    reading.committed.insert(key, committed);
                }
            }
        }
    }
    reading
}

/// What log compaction leaves: of each key the last record, but everything from the first open transaction on, and no
/// record of an aborted one.
fn compacted(log: &[Entry]) -> Vec<Entry> {
    let outcome = |index: usize, producer: ProducerId| {
        log[index..].iter().find_map(|entry| match entry {
            Entry::EndOfTransaction { producer: ended, committed } if *ended == producer => Some(*committed),
            _ => None,
        })
    };
    let is_open = |index: usize, entry: &Entry| match entry {
        Entry::Record(ReplayedRecord { transaction: Some((producer, _)), .. }) => outcome(index, *producer).is_none(),
        _ => false,
    };
    let clean_up_to = log.iter().enumerate().position(|(index, entry)| is_open(index, entry)).unwrap_or(log.len());
    let counts = |index: usize, record: &ReplayedRecord| {
        record.transaction.is_none_or(|(producer, _)| outcome(index, producer) == Some(true))
    };
    let mut last = BTreeMap::new();
    for (index, entry) in log[..clean_up_to].iter().enumerate() {
        if let Entry::Record(record) = entry
            && counts(index, record)
        {
            last.insert(record.key.clone(), index);
        }
    }
    let survives = |index: usize, entry: &Entry| match entry {
        Entry::Record(record) => counts(index, record) && last.get(&record.key) == Some(&index),
        Entry::EndOfTransaction { .. } => true,
    };
    let (clean, dirty) = log.split_at(clean_up_to);
    let kept = clean.iter().enumerate().filter(|(index, entry)| survives(*index, entry)).map(|(_, entry)| entry);
    kept.chain(dirty).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_store_says_what_its_log_says(operations in prop::collection::vec(operation(), 1..60)) {
        let mut offsets = Logged::default();
        offsets.settings.offsets_retention = 60;
        let mut next_offset = 0;
        for operation in &operations {
            apply(&mut offsets, operation, &mut next_offset);
            prop_assert_eq!(told(&offsets), plainly_read(&offsets.log), "after {:?}", operation);
        }
        prop_assert_eq!(&reloaded(&offsets.log), &offsets.store, "reloaded");
        prop_assert_eq!(&reloaded(&compacted(&offsets.log)), &offsets.store, "reloaded after compaction");
    }

    #[test]
    fn nothing_is_left_when_everything_is_deleted(operations in prop::collection::vec(operation(), 1..40)) {
        let mut offsets = Logged::default();
        let mut next_offset = 0;
        for operation in &operations {
            apply(&mut offsets, operation, &mut next_offset);
        }
        for group in 0..GROUPS.len() {
            apply(&mut offsets, &Operation::DeleteGroup { group }, &mut next_offset);
        }
        prop_assert_eq!(&offsets.store, &OffsetStore::default());
    }
}
