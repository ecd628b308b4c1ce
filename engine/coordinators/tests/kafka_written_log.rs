//! A `__consumer_offsets` that Apache Kafka has written (`tests/kafka`): our records are the same bytes, and our shard says of
//! it what Kafka said.

use bytes::Bytes;
use ottla_coordinators::group::listing::GroupFilter;
use ottla_coordinators::group::offsets::{FetchRequest, FetchTopic, FetchedTopic};
use ottla_coordinators::group::records::{
    CommittedOffset, GroupMetadata, GroupRecord, OtherGroupKind, OtherGroupRecord,
};
use ottla_coordinators::{CoordinatorRecord, GroupError, GroupShard, ReplayedRecord, Shard};
use ottla_model::{LeaderEpoch, PartitionIndex, ProducerId, Timestamp, TopicName, Uuid};
use ottla_records::{EndTransactionMarker, TransactionOutcome};
use std::collections::BTreeSet;
use std::sync::Arc;

const LOG: &[u8] = include_bytes!("kafka/consumer-offsets.log");
const GROUPS: &str = include_str!("kafka/groups.txt");

/// What can stand in the log.
enum Entry {
    Record(ReplayedRecord),
    EndOfTransaction { producer: ProducerId, committed: bool },
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for batch in ottla_records::batches(Bytes::from_static(LOG)) {
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

/// Loaded from Kafka's log.
struct Loaded(GroupShard);

impl Loaded {
    fn new() -> Self {
        let mut shard = GroupShard::new(Arc::default());
        let mut last_timestamp = Timestamp::new(0);
        for entry in entries() {
            match entry {
                Entry::Record(record) => {
                    last_timestamp = record.timestamp;
                    shard.replay(record).unwrap();
                }
                Entry::EndOfTransaction { producer, committed } => shard.replay_end_of_transaction(producer, committed),
            }
        }
        let outcome = shard.loaded(last_timestamp);
        assert_eq!((outcome.records, outcome.released), (Vec::new(), Vec::new()));
        Self(shard)
    }

    fn fetch(&self, group: &str, topics: Option<Vec<FetchTopic>>, require_stable: bool) -> Vec<FetchedTopic> {
        let request = FetchRequest { group_id: group.to_owned(), topics, require_stable };
        self.0.fetch_offsets(&request).reply.unwrap()
    }

    fn fetch_all(&self, group: &str) -> Vec<FetchedTopic> {
        self.fetch(group, None, false)
    }

    /// What the group has committed for a partition of `orders`.
    fn stable(&self, group: &str, partition: i32) -> Result<Option<CommittedOffset>, GroupError> {
        let topic = TopicName::new("orders").unwrap();
        let topic = FetchTopic { topic, topic_id: Uuid::ZERO, partitions: vec![PartitionIndex::new(partition)] };
        self.fetch(group, Some(vec![topic]), true).remove(0).partitions.remove(0).committed
    }

    fn stable_offset(&self, group: &str, partition: i32) -> Result<Option<i64>, GroupError> {
        Ok(self.stable(group, partition)?.map(|committed| committed.offset.value()))
    }
}

/// The lines of `groups.txt` about groups or about offsets: group, and the fields that follow.
fn facts(about: &str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    GROUPS.lines().filter_map(move |line| {
        let mut fields = line.split('\t');
        let group = fields.next()?;
        (fields.next()? == about).then(|| (group, fields.collect()))
    })
}

#[test]
fn the_groups_are_those_that_kafka_listed() {
    let shard = Loaded::new();
    let mut expected = BTreeSet::new();
    for (group, fields) in facts("group") {
        let [group_type, state, protocol_type] = fields[..] else { panic!("{group}: {fields:?}") };
        let group_type = group_type.to_lowercase();
        expected.insert((group.to_owned(), group_type, state.to_owned(), protocol_type.to_owned()));
    }
    let listed = shard.0.list(&GroupFilter::default()).reply;
    let listed: BTreeSet<_> = listed
        .into_iter()
        .map(|group| (group.group_id, group.group_type.to_owned(), group.state.to_owned(), group.protocol_type))
        .collect();
    assert!(expected.len() > 8);
    assert_eq!(listed, expected);
}

#[test]
fn a_member_that_kafka_knew_is_known() {
    let group = Loaded::new().0.describe("static").reply.unwrap();
    assert_eq!((group.protocol_type.as_str(), group.protocol.as_str()), ("consumer", "cooperative-sticky"));
    let [member] = &group.members[..] else { panic!("{group:?}") };
    assert_eq!((member.group_instance_id.as_deref(), member.client_id.as_str()), (Some("pillar"), "statue"));
    assert!(!member.metadata.is_empty() && !member.assignment.is_empty());
}

/// Who has committed what: group, topic, partition, offset, epoch, metadata.
type Fact = (String, String, i32, i64, Option<i32>, String);

#[test]
fn the_offsets_are_those_that_kafka_told() {
    let shard = Loaded::new();
    let mut expected: BTreeSet<Fact> = BTreeSet::new();
    for (group, fields) in facts("offset") {
        let [topic, partition, offset, epoch, metadata] = fields[..] else { panic!("{group}: {fields:?}") };
        let (partition, offset) = (partition.parse().unwrap(), offset.parse().unwrap());
        let (group, topic) = (group.to_owned(), topic.to_owned());
        expected.insert((group, topic, partition, offset, epoch.parse().ok(), metadata.to_owned()));
    }
    let mut found: BTreeSet<Fact> = BTreeSet::new();
    // Kafka answers for consumer groups by the same records.
    for (group, _) in facts("group") {
        for topic in shard.fetch_all(group) {
            found.extend(topic.partitions.into_iter().map(|partition| {
                let committed = partition.committed.unwrap().unwrap();
                let epoch = committed.leader_epoch.map(LeaderEpoch::value);
                let (topic, partition) = (topic.topic.to_string(), partition.partition.value());
                (group.to_owned(), topic, partition, committed.offset.value(), epoch, committed.metadata)
            }));
        }
    }
    assert!(expected.len() > 15);
    assert_eq!(found, expected);
}

#[test]
fn transactions_that_kafka_left_open_are_open() {
    let mut shard = Loaded::new();
    let unstable = Err(GroupError::UnstableOffsetCommit);
    assert_eq!(shard.stable_offset("transactions", 0), unstable);
    assert_eq!(shard.stable_offset("transactions", 1), Ok(Some(31)));
    assert_eq!(shard.stable_offset("transactions", 2), Ok(None));
    assert_eq!(shard.stable_offset("pending-only", 2), unstable);
    // They are the last two records of the log.
    let producers: Vec<ProducerId> = records().filter_map(|(record, _)| Some(record.transaction?.0)).collect();
    let [.., first, second] = producers[..] else { panic!("{producers:?}") };
    shard.0.replay_end_of_transaction(first, true);
    shard.0.replay_end_of_transaction(second, false);
    assert_eq!(shard.stable_offset("transactions", 0), Ok(Some(50)));
    assert_eq!(shard.stable_offset("pending-only", 2), Ok(None));
}

#[test]
fn a_commit_of_version_2_has_its_own_expiry() {
    let shard = Loaded::new();
    let committed = shard.stable("kept-for-a-day", 1).unwrap().unwrap();
    let kept = committed.expire_timestamp.unwrap().milliseconds_since(committed.commit_timestamp);
    assert_eq!(kept, 86_400_000);
    assert!(committed.topic_id.is_zero());
    let committed = shard.stable("simple", 0).unwrap().unwrap();
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
