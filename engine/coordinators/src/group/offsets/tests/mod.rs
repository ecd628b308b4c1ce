//! A store with its log.

mod random_operations;
mod rules;
mod transactions;

use super::*;
use crate::group::GroupSettings;
use crate::group::records::GroupRecord;
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, Timestamp, TopicName, Uuid};

/// What can stand in the log.
#[derive(Debug, Clone)]
enum Entry {
    Record(ReplayedRecord),
    EndOfTransaction { producer: ProducerId, committed: bool },
}

/// A store that changes as in a broker: what it decides is appended and then replayed.
#[derive(Debug, Default)]
struct Logged {
    store: OffsetStore,
    log: Vec<Entry>,
    settings: GroupSettings,
    now: Timestamp,
}

impl Logged {
    fn append(&mut self, records: Vec<CoordinatorRecord>, producer: Option<ProducerId>) {
        for record in records {
            let offset = Offset::new(self.log.len() as i64);
            let transaction = producer.map(|producer| (producer, ProducerEpoch::new(0)));
            let CoordinatorRecord { key, value } = record;
            self.push(Entry::Record(ReplayedRecord { key, value, offset, timestamp: self.now, transaction }));
        }
    }

    fn end_transaction(&mut self, producer: ProducerId, committed: bool) {
        self.push(Entry::EndOfTransaction { producer, committed });
    }

    fn push(&mut self, entry: Entry) {
        replay(&mut self.store, &entry);
        self.log.push(entry);
    }

    fn commit(&mut self, request: &CommitRequest) -> Vec<TopicResult> {
        let mut records = Vec::new();
        let results = self.store.commit(request, false, &self.settings, self.now, &mut records);
        self.append(records, None);
        results
    }

    fn commit_in_transaction(&mut self, producer: ProducerId, request: &CommitRequest) {
        let mut records = Vec::new();
        let _results = self.store.commit(request, true, &self.settings, self.now, &mut records);
        self.append(records, Some(producer));
    }

    fn fetch(&self, group: &str, topic: &str, partition: i32) -> Option<CommittedOffset> {
        let fetched = self.fetch_result(group, topic, partition, false);
        fetched.expect("only who asks for stable offsets is refused")
    }

    fn fetch_stable(&self, group: &str, topic: &str, partition: i32) -> Result<Option<i64>, crate::GroupError> {
        let fetched = self.fetch_result(group, topic, partition, true);
        fetched.map(|committed| committed.map(|committed| committed.offset.value()))
    }

    fn fetch_result(
        &self,
        group: &str,
        topic: &str,
        partition: i32,
        require_stable: bool,
    ) -> Result<Option<CommittedOffset>, crate::GroupError> {
        let topics = Some(vec![partitions(topic, &[partition])]);
        let mut fetched = self.store.fetch(&FetchRequest { group_id: group.to_owned(), topics, require_stable });
        fetched.remove(0).partitions.remove(0).committed
    }

    fn fetch_all(&self, group: &str, require_stable: bool) -> Vec<FetchedTopic> {
        self.store.fetch(&FetchRequest { group_id: group.to_owned(), topics: None, require_stable })
    }

    /// The offsets of everything that the group has committed.
    fn offsets(&self, group: &str) -> Vec<(String, i32, i64)> {
        let topics = self.fetch_all(group, false);
        let offset = |topic: &FetchedTopic, partition: &FetchedPartition| {
            let committed = partition.committed.clone().unwrap().unwrap();
            (topic.topic.to_string(), partition.partition.value(), committed.offset.value())
        };
        topics.iter().flat_map(|topic| topic.partitions.iter().map(move |partition| offset(topic, partition))).collect()
    }
}

/// Takes an entry of the log into the state, as the shard does.
fn replay(store: &mut OffsetStore, entry: &Entry) {
    match entry {
        Entry::Record(record) => match GroupRecord::read(record.key.clone(), record.value.clone()).unwrap() {
            GroupRecord::Offset { key, committed } => store.replay(key, committed, record),
            GroupRecord::Group { .. } | GroupRecord::Other(_) | GroupRecord::Unknown { .. } => {}
        },
        Entry::EndOfTransaction { producer, committed } => store.replay_end_of_transaction(*producer, *committed),
    }
}

fn reloaded<'a>(log: impl IntoIterator<Item = &'a Entry>) -> OffsetStore {
    let mut store = OffsetStore::default();
    log.into_iter().for_each(|entry| replay(&mut store, entry));
    store
}

fn name(topic: &str) -> TopicName {
    TopicName::new(topic).unwrap()
}

fn partitions(topic: &str, partitions: &[i32]) -> FetchTopic {
    let partitions = partitions.iter().copied().map(PartitionIndex::new).collect();
    FetchTopic { topic: name(topic), topic_id: Uuid::ZERO, partitions }
}

/// A commit of somebody who is not a member of any group, without an id of the topic.
fn commit(group: &str, topic: &str, offsets: &[(i32, i64)]) -> CommitRequest {
    let partitions = offsets.iter().map(|&(partition, offset)| CommitPartition {
        partition: PartitionIndex::new(partition),
        offset: Offset::new(offset),
        leader_epoch: Some(LeaderEpoch::new(3)),
        metadata: String::new(),
    });
    CommitRequest {
        committer: Committer {
            group_id: group.to_owned(),
            generation: -1,
            member_id: String::new(),
            group_instance_id: None,
        },
        retention: None,
        topics: vec![CommitTopic { topic: name(topic), topic_id: Uuid::ZERO, partitions: partitions.collect() }],
    }
}
