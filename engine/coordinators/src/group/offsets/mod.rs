//! What groups have committed.
//!
//! * `commit`, `fetch`, `delete`, `expire`: decisions. They look at the state and push records.
//! * `OffsetStore::replay`: the only way in which the state changes.
//! * `pending`: commits of transactions that are still open.
//! * `stored`, `topic_map`: how little memory that takes.

mod commit;
mod delete;
mod expire;
mod fetch;
mod messages;
mod pending;
mod stored;
#[cfg(test)]
mod tests;
mod topic_map;

pub(crate) use expire::RetentionStart;
pub use messages::*;

use crate::group::records::{CommittedOffset, OffsetKey};
use crate::{CoordinatorRecord, ReplayedRecord};
use ottla_model::{PartitionIndex, ProducerId};
use pending::PendingOffsets;
use stored::{StoredOffset, StoredPartitions};
use topic_map::{TopicMap, TopicNames};

/// Tombstones that are written together, at most, when nothing says that they must be one batch: with the longest topic
/// names and usual groups' names a third of what the topic takes in a batch (`max.message.bytes`, 1 MiB).
const TOMBSTONES_MAX: usize = 1_000;

/// Everything that the groups of a shard have committed. Knows nothing about groups but their names: who may commit, and
/// which topics a group reads, is decided before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OffsetStore {
    names: TopicNames,
    offsets: TopicMap<StoredPartitions>,
    pending: PendingOffsets,
}

impl OffsetStore {
    /// Takes a record of the log into the state. A topic that no broker could have is passed over.
    pub(crate) fn replay(&mut self, key: OffsetKey, committed: Option<CommittedOffset>, record: &ReplayedRecord) {
        let OffsetKey { group, topic, partition } = key;
        let names = &mut self.names;
        match (committed.map(|committed| StoredOffset::new(committed, record.offset)), record.transaction) {
            (Some(stored), None) => self.put(&group, &topic, partition, stored),
            (Some(stored), Some((producer, _))) => {
                self.pending.insert(names, producer, &group, &topic, partition, stored)
            }
            // Deleted is deleted, whoever says so: also what open transactions have committed before.
            (None, _) => {
                self.offsets.remove(names, &group, &topic, |partitions| {
                    partitions.remove(partition);
                    partitions.is_empty()
                });
                self.pending.remove(names, &group, &topic, partition);
            }
        }
    }

    /// What the producer wrote in the transaction that ends now counts, or never will.
    pub(crate) fn replay_end_of_transaction(&mut self, producer_id: ProducerId, committed: bool) {
        let ended = self.pending.end(&mut self.names, producer_id);
        if !committed {
            return;
        }
        for commit in ended {
            let (group, topic) = (&*commit.group, commit.topic.as_str());
            let present = self.offsets.get(group, topic).and_then(|partitions| partitions.get(commit.partition));
            // The last record in the log counts, not the last marker: only that outlives compaction.
            if present.is_none_or(|present| present.record_offset < commit.stored.record_offset) {
                self.put(group, topic, commit.partition, commit.stored);
            }
        }
    }

    fn put(&mut self, group: &str, topic: &str, partition: PartitionIndex, stored: StoredOffset) {
        if let Some(partitions) = self.offsets.entry(&mut self.names, group, topic) {
            partitions.insert(partition, stored);
        }
    }

    /// Whether anything is committed, or about to be.
    fn knows(&self, group: &str, topic: &str, partition: PartitionIndex) -> bool {
        self.offsets.get(group, topic).is_some_and(|partitions| partitions.get(partition).is_some())
            || self.pending.contains(group, topic, partition)
    }
}

pub(crate) fn is_full(records: &[CoordinatorRecord]) -> bool {
    records.len() >= TOMBSTONES_MAX
}

/// Says that the group has nothing committed for the partition any more.
fn push_tombstone(group: &str, topic: &str, partition: PartitionIndex, records: &mut Vec<CoordinatorRecord>) {
    let key = OffsetKey { group: group.to_owned(), topic: topic.to_owned(), partition };
    // The names come from the log, so a record can hold them.
    records.extend(key.tombstone());
}
