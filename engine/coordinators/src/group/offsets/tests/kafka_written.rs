//! A `__consumer_offsets` that Apache Kafka has written (`tests/kafka`).

use super::*;
use crate::group::records::{GroupMetadata, OtherGroupKind, OtherGroupRecord};
use ottla_records::{EndTransactionMarker, TransactionOutcome};
use std::collections::BTreeSet;

const LOG: &[u8] = include_bytes!("../../../../tests/kafka/consumer-offsets.log");
const GROUPS: &str = include_str!("../../../../tests/kafka/groups.txt");

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for batch in ottla_records::batches(bytes::Bytes::from_static(LOG)) {
        let batch = batch.unwrap();
        batch.verify_crc().unwrap();
        let header = &batch.header;
        let producer = header.producer_id;
        for record in batch.records(1 << 20).unwrap() {
            let record = record.unwrap();
            if header.attributes.is_control() {
                let marker = EndTransactionMarker::parse(record.key.as_deref(), record.value.as_deref()).unwrap();
                let committed = marker.outcome == TransactionOutcome::Commit;
                entries.push(Entry::EndOfTransaction { producer, committed });
            } else {
                let transaction = header.attributes.is_transactional().then_some((producer, header.producer_epoch));
                let (offset, timestamp) = (record.offset, record.timestamp);
                let (key, value) = (record.key.unwrap(), record.value);
                entries.push(Entry::Record(ReplayedRecord { key, value, offset, timestamp, transaction }));
            }
        }
    }
    entries
}

fn records() -> impl Iterator<Item = (ReplayedRecord, GroupRecord)> {
    entries().into_iter().filter_map(|entry| match entry {
        Entry::Record(record) => {
            let read = GroupRecord::read(record.key.clone(), record.value.clone()).unwrap();
            Some((record, read))
        }
        Entry::EndOfTransaction { .. } => None,
    })
}

#[test]
fn our_records_are_kafkas_byte_for_byte() {
    let (mut offsets, mut groups, mut tombstones) = (0, 0, 0);
    for (record, read) in records() {
        let written = match &read {
            GroupRecord::Offset { key, committed: Some(committed) } => {
                offsets += 1;
                key.record(committed)
            }
            GroupRecord::Offset { key, committed: None } => {
                tombstones += 1;
                key.tombstone()
            }
            GroupRecord::Group { group, metadata: Some(metadata) } => {
                groups += 1;
                metadata.record(group)
            }
            GroupRecord::Group { group, metadata: None } => {
                tombstones += 1;
                GroupMetadata::tombstone(group)
            }
            GroupRecord::Other(_) | GroupRecord::Unknown { .. } => continue,
        };
        let expected = CoordinatorRecord { key: record.key, value: record.value };
        assert_eq!(written.unwrap(), expected, "offset {}: {read:?}", record.offset);
    }
    assert_eq!((offsets > 20, groups > 5, tombstones > 5), (true, true, true), "{offsets} {groups} {tombstones}");
}

/// Who has committed what, as Kafka's `groups.txt` has it: group, topic, partition, offset, epoch, metadata.
type Fact = (String, String, i32, i64, Option<i32>, String);

#[test]
fn the_store_says_what_kafka_said() {
    let offsets = Logged { store: reloaded(&entries()), ..Logged::default() };
    let mut expected: BTreeSet<Fact> = BTreeSet::new();
    let mut found: BTreeSet<Fact> = BTreeSet::new();
    for line in GROUPS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            [group, "group", ..] => {
                for topic in offsets.fetch_all(group, false) {
                    found.extend(topic.partitions.into_iter().map(|partition| {
                        let committed = partition.committed.unwrap().unwrap();
                        let epoch = committed.leader_epoch.map(LeaderEpoch::value);
                        let (topic, partition) = (topic.topic.to_string(), partition.partition.value());
                        (group.to_owned(), topic, partition, committed.offset.value(), epoch, committed.metadata)
                    }));
                }
            }
            [group, "offset", topic, partition, offset, epoch, metadata] => {
                let (partition, offset) = (partition.parse().unwrap(), offset.parse().unwrap());
                let (group, topic) = (group.to_owned(), topic.to_owned());
                expected.insert((group, topic, partition, offset, epoch.parse().ok(), metadata.to_owned()));
            }
            _ => panic!("{line}"),
        }
    }
    assert!(expected.len() > 15);
    // Kafka answers for consumer groups by the same store.
    assert_eq!(found, expected);
}

#[test]
fn transactions_that_kafka_left_open_are_open() {
    let mut offsets = Logged { store: reloaded(&entries()), ..Logged::default() };
    let unstable = Err(crate::GroupError::UnstableOffsetCommit);
    assert_eq!(offsets.fetch_stable("transactions", "orders", 0), unstable);
    assert_eq!(offsets.fetch_stable("transactions", "orders", 1), Ok(Some(31)));
    assert_eq!(offsets.fetch_stable("transactions", "orders", 2), Ok(None));
    assert_eq!(offsets.fetch_stable("pending-only", "orders", 2), unstable);
    // Whose they are stands in their batches; here they are the last two records of the log.
    let producers: Vec<ProducerId> = records().filter_map(|(record, _)| Some(record.transaction?.0)).collect();
    let [.., first, second] = producers[..] else { panic!("{producers:?}") };
    offsets.end_transaction(first, true);
    offsets.end_transaction(second, false);
    assert_eq!(offsets.fetch_stable("transactions", "orders", 0), Ok(Some(50)));
    assert_eq!(offsets.fetch_stable("pending-only", "orders", 2), Ok(None));
}

#[test]
fn a_commit_of_version_2_has_its_own_expiry() {
    let offsets = Logged { store: reloaded(&entries()), ..Logged::default() };
    let committed = offsets.fetch("kept-for-a-day", "orders", 1).unwrap();
    let kept = committed.expire_timestamp.unwrap().milliseconds_since(committed.commit_timestamp);
    assert_eq!(kept, 86_400_000);
    assert!(committed.topic_id.is_zero());
    let committed = offsets.fetch("simple", "orders", 0).unwrap();
    assert!(committed.expire_timestamp.is_none() && !committed.topic_id.is_zero());
}

#[test]
fn groups_of_other_kinds_are_recognised() {
    use OtherGroupKind::{Consumer, Share};
    let (mut kinds, mut exist) = (BTreeSet::new(), BTreeSet::new());
    for (_, read) in records() {
        if let GroupRecord::Other(OtherGroupRecord { kind, group, is_existence, is_tombstone }) = read {
            kinds.insert((group.clone(), kind == Consumer, kind == Share));
            if is_existence && !is_tombstone {
                exist.insert(group);
            }
        }
    }
    let expected = [("next-generation".to_owned(), true, false), ("share".to_owned(), false, true)];
    assert_eq!(kinds, BTreeSet::from(expected));
    assert_eq!(exist, BTreeSet::from(["next-generation".to_owned(), "share".to_owned()]));
}

#[test]
fn generations_read_as_kafka_wrote_them() {
    let generations: Vec<GroupMetadata> = records()
        .filter_map(|(_, read)| match read {
            GroupRecord::Group { group, metadata } if group == "classic" => metadata,
            _ => None,
        })
        .collect();
    let short: Vec<_> = generations
        .iter()
        .map(|metadata| (metadata.generation, metadata.protocol_type.as_deref(), metadata.protocol.as_deref()))
        .collect();
    let consumer = Some("consumer");
    let expected = [(0, None, None), (1, consumer, Some("range")), (2, consumer, Some("range")), (3, consumer, None)];
    assert_eq!(short, expected);
    let members: Vec<_> = generations.iter().map(|metadata| metadata.members.len()).collect();
    assert_eq!(members, [0, 1, 2, 0]);
    let member = &generations[1].members[0];
    assert_eq!(generations[1].leader.as_ref(), Some(&member.member_id));
    assert_eq!((member.client_id.as_str(), member.client_host.as_str()), ("first", "/127.0.0.1"));
    assert_eq!((member.rebalance_timeout, member.session_timeout), (300_000, 45_000));
    assert!(!member.subscription.is_empty() && !member.assignment.is_empty());
}
