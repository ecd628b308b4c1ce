//! What those who follow the log get to see.

use ottla_metadata::replay::Misfit;
use ottla_metadata::{MetadataDelta, MetadataImage, RecordPosition};
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicId, TopicName};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::{
    AbortTransactionRecord, BeginTransactionRecord, ConfigRecord, EndTransactionRecord, FeatureLevelRecord,
    PartitionChangeRecord, PartitionRecord, RemoveTopicRecord, TopicRecord, UnfenceBrokerRecord,
};
use std::collections::BTreeMap;

const TOPIC: TopicId = TopicId::from_bytes([9; 16]);

struct Log(MetadataDelta, i64);

impl Log {
    fn new() -> Self {
        Self(MetadataDelta::new(MetadataImage::empty()), 0)
    }
    fn replay(&mut self, record: impl Into<MetadataRecord>) -> Result<(), Misfit> {
        let position = RecordPosition {
            offset: Offset::new(self.1),
            epoch: LeaderEpoch::new(3),
            timestamp: Timestamp::new(1000 + self.1),
        };
        self.1 += 1;
        self.0.replay(position, &record.into()).map_err(|error| error.misfit)
    }
    fn topic(&mut self) {
        self.replay(TopicRecord { name: "t".to_owned(), topic_id: TOPIC, ..Default::default() }).unwrap();
        self.partition(0);
    }
    fn partition(&mut self, partition_id: i32) {
        let record = PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![1],
            isr: vec![1],
            leader: 1,
            leader_epoch: 0,
            partition_epoch: 0,
            ..Default::default()
        };
        self.replay(record).unwrap();
    }
    fn config(&mut self, key: &str, value: Option<&str>) {
        let record = ConfigRecord {
            resource_type: 2,
            resource_name: "t".to_owned(),
            name: key.to_owned(),
            value: value.map(str::to_owned),
            ..Default::default()
        };
        self.replay(record).unwrap();
    }
}

#[test]
fn changes_are_named_once_from_image_to_image() {
    let mut log = Log::new();
    log.topic();
    log.partition(1);
    log.config("retention.ms", Some("5"));
    let first = log.0.publish();
    assert!(first.previous.topics().is_empty());
    assert_eq!(first.changes.topics.created.iter().collect::<Vec<_>>(), [&TOPIC]);
    assert_eq!(first.changes.topics.partitions[&TOPIC].len(), 2);
    assert_eq!(first.changes.configs.len(), 1);
    let provenance = first.image.provenance().unwrap();
    assert_eq!((provenance.last_offset.value(), provenance.last_timestamp.value()), (3, 1003));

    let change =
        PartitionChangeRecord { topic_id: TOPIC, partition_id: 1, leader: -1, isr: Some(vec![]), ..Default::default() };
    log.replay(change).unwrap();
    let second = log.0.publish();
    let changed: Vec<_> = second.changes.topics.partitions[&TOPIC].iter().collect();
    assert_eq!(changed, [&PartitionIndex::new(1)]);
    assert!(second.changes.topics.created.is_empty() && second.changes.configs.is_empty());
    let leader = |image: &MetadataImage| image.topics().partition(TOPIC, PartitionIndex::new(1)).unwrap().leader;
    assert!(leader(&second.previous).is_some());
    assert_eq!(leader(&second.image), None);
    assert!(leader(&first.image).is_some(), "an image never changes");
    assert!(log.0.publish().changes.is_empty());
}

#[test]
fn what_came_and_went_in_between_leaves_no_trace_but_what_was_seen_does() {
    let mut log = Log::new();
    log.topic();
    log.replay(RemoveTopicRecord { topic_id: TOPIC, ..Default::default() }).unwrap();
    assert!(log.0.publish().changes.is_empty());

    log.topic();
    log.config("retention.ms", Some("5"));
    log.0.publish();
    log.replay(RemoveTopicRecord { topic_id: TOPIC, ..Default::default() }).unwrap();
    let gone = log.0.publish();
    assert_eq!(gone.changes.topics.deleted, BTreeMap::from([(TOPIC, TopicName::new("t").unwrap())]));
    assert!(gone.changes.topics.partitions.is_empty());
    assert_eq!(gone.changes.configs.len(), 1, "its configuration goes with it");
    assert_eq!(gone.image, MetadataImage::empty());
}

#[test]
fn a_transaction_is_seen_when_it_ends_and_not_at_all_when_it_is_aborted() {
    let mut log = Log::new();
    log.topic();
    log.replay(BeginTransactionRecord::default()).unwrap();
    log.partition(1);
    let before = log.0.publish();
    assert_eq!(before.image.topics().by_id(TOPIC).unwrap().partition_count(), 1);
    assert_eq!(before.image.provenance().unwrap().last_offset, Offset::new(1));
    assert!(log.0.in_transaction());
    log.replay(EndTransactionRecord::default()).unwrap();
    let after = log.0.publish();
    assert_eq!(after.image.topics().by_id(TOPIC).unwrap().partition_count(), 2);
    assert!(after.changes.topics.created.is_empty(), "that was said before");

    log.replay(BeginTransactionRecord::default()).unwrap();
    log.replay(RemoveTopicRecord { topic_id: TOPIC, ..Default::default() }).unwrap();
    log.replay(AbortTransactionRecord::default()).unwrap();
    let aborted = log.0.publish();
    assert!(aborted.changes.is_empty());
    assert_eq!(aborted.image, after.image);
    assert_eq!(aborted.image.provenance().unwrap().last_offset, Offset::new(7), "the log goes on");
}

#[test]
fn transactions_do_not_nest() {
    let mut log = Log::new();
    assert_eq!(log.replay(EndTransactionRecord::default()), Err(Misfit::TransactionMarkerOutOfPlace));
    assert_eq!(log.replay(AbortTransactionRecord::default()), Err(Misfit::TransactionMarkerOutOfPlace));
    log.replay(BeginTransactionRecord::default()).unwrap();
    assert_eq!(log.replay(BeginTransactionRecord::default()), Err(Misfit::TransactionMarkerOutOfPlace));
}

#[test]
fn a_record_that_does_not_fit_is_an_error_that_says_where() {
    let mut log = Log::new();
    log.topic();
    let position = RecordPosition { offset: Offset::new(7), epoch: LeaderEpoch::new(1), timestamp: Timestamp::new(0) };
    let again: MetadataRecord = TopicRecord { name: "t".to_owned(), ..Default::default() }.into();
    let error = log.0.replay(position, &again).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "TOPIC_RECORD at offset 7 of the metadata log cannot be applied: topic t exists already, with id {TOPIC}"
        )
    );
    let misfits: Vec<MetadataRecord> = vec![
        TopicRecord { name: "u".to_owned(), topic_id: TOPIC, ..Default::default() }.into(),
        TopicRecord { name: "a b".to_owned(), ..Default::default() }.into(),
        PartitionRecord::default().into(),
        PartitionRecord { topic_id: TOPIC, leader: -3, ..Default::default() }.into(),
        PartitionRecord { topic_id: TOPIC, leader_recovery_state: 2, ..Default::default() }.into(),
        PartitionChangeRecord { topic_id: TOPIC, partition_id: 5, ..Default::default() }.into(),
        RemoveTopicRecord::default().into(),
        UnfenceBrokerRecord::default().into(),
        FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: 31, ..Default::default() }.into(),
        FeatureLevelRecord { name: "group.version".to_owned(), feature_level: 2, ..Default::default() }.into(),
        FeatureLevelRecord { name: "no.such".to_owned(), feature_level: 1, ..Default::default() }.into(),
    ];
    let before = log.0.publish().image;
    for record in misfits {
        assert!(log.0.replay(position, &record).is_err(), "{record:?}");
        let after = log.0.publish();
        assert_eq!(after.image, before, "{record:?}");
        assert!(after.changes.is_empty(), "{record:?}");
    }
}

#[test]
fn keys_that_no_longer_mean_anything_are_left_behind() {
    let mut log = Log::new();
    log.topic();
    log.config("message.format.version", Some("2.8"));
    log.config("retention.ms", Some("5"));
    let published = log.0.publish();
    assert_eq!(published.image.configs().topic("t").keys().collect::<Vec<_>>(), ["retention.ms"]);
}
