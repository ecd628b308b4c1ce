//! What open transactions have committed (KIP-447): it counts when the transaction's marker says so.

use super::stored::StoredOffset;
use super::topic_map::{TopicMap, TopicNames};
use crate::group::GroupId;
use ottla_model::{PartitionIndex, ProducerId, TopicName};
use std::collections::{BTreeMap, BTreeSet};

/// A topic's partitions, each with what the open transactions have last committed for it.
type PendingPartitions = BTreeMap<(PartitionIndex, ProducerId), StoredOffset>;

/// Commits of transactions that have not ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PendingOffsets {
    by_group: TopicMap<PendingPartitions>,
    /// The same, to be found when the producer's transaction ends.
    by_producer: BTreeMap<ProducerId, BTreeSet<(GroupId, TopicName, PartitionIndex)>>,
}

impl PendingOffsets {
    /// Takes a commit; one of the same transaction before it does not count any more.
    pub(super) fn insert(
        &mut self,
        names: &mut TopicNames,
        producer: ProducerId,
        group: &str,
        topic: &str,
        partition: PartitionIndex,
        stored: StoredOffset,
    ) {
        let Some(partitions) = self.by_group.entry(names, group, topic) else { return };
        partitions.insert((partition, producer), stored);
        if let Some((group, topic)) = self.by_group.key(group, topic) {
            self.by_producer.entry(producer).or_default().insert((group.clone(), topic.clone(), partition));
        }
    }

    /// Forgets what transactions have committed for the partition: it has been deleted since.
    pub(super) fn remove(&mut self, names: &mut TopicNames, group: &str, topic: &str, partition: PartitionIndex) {
        let Some((group, topic)) = self.by_group.key(group, topic) else { return };
        let key = (group.clone(), topic.clone(), partition);
        let producers: Vec<ProducerId> = self.producers(&key.0, key.1.as_str(), partition).collect();
        for producer in producers {
            if let Some(keys) = self.by_producer.get_mut(&producer) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.by_producer.remove(&producer);
                }
            }
            self.by_group.remove(names, &key.0, key.1.as_str(), |partitions| {
                partitions.remove(&(partition, producer));
                partitions.is_empty()
            });
        }
    }

    /// Takes out what the producer's transaction has committed.
    pub(super) fn end(&mut self, names: &mut TopicNames, producer: ProducerId) -> Vec<EndedCommit> {
        let mut ended = Vec::new();
        for (group, topic, partition) in self.by_producer.remove(&producer).unwrap_or_default() {
            let mut found = None;
            self.by_group.remove(names, &group, topic.as_str(), |partitions| {
                found = partitions.remove(&(partition, producer));
                partitions.is_empty()
            });
            ended.extend(found.map(|stored| EndedCommit { group, topic, partition, stored }));
        }
        ended
    }

    /// Whether any transaction has committed something for the partition.
    pub(super) fn contains(&self, group: &str, topic: &str, partition: PartitionIndex) -> bool {
        self.producers(group, topic, partition).next().is_some()
    }

    /// Whether any transaction has committed something for the group.
    pub(super) fn contains_group(&self, group: &str) -> bool {
        self.by_group.contains_group(group)
    }

    /// A group's topics with their pending commits.
    pub(super) fn group(&self, group: &str) -> Option<&BTreeMap<TopicName, PendingPartitions>> {
        self.by_group.group(group)
    }

    /// All groups with pending commits.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&GroupId, &BTreeMap<TopicName, PendingPartitions>)> {
        self.by_group.groups()
    }

    fn producers(&self, group: &str, topic: &str, partition: PartitionIndex) -> impl Iterator<Item = ProducerId> {
        const FIRST: ProducerId = ProducerId::new(i64::MIN);
        const LAST: ProducerId = ProducerId::new(i64::MAX);
        let partitions = self.by_group.get(group, topic).into_iter();
        partitions
            .flat_map(move |partitions| partitions.range((partition, FIRST)..=(partition, LAST)))
            .map(|((_, producer), _)| *producer)
    }
}

/// A commit of a transaction that has ended.
#[derive(Debug)]
pub(super) struct EndedCommit {
    pub(super) group: GroupId,
    pub(super) topic: TopicName,
    pub(super) partition: PartitionIndex,
    pub(super) stored: StoredOffset,
}
