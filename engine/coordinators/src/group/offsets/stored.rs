//! A committed offset as it is kept in memory, and a topic's partitions with theirs.
//!
//! A shard may hold millions: 64 bytes each with the partition's number, in one allocation for a group's topic. What few
//! commits have (a text, an expiry of their own) is in an allocation apart.

use crate::group::records::CommittedOffset;
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};

/// A committed offset, and where the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredOffset {
    offset: Offset,
    /// Where the commit stands in the log: of a transaction's commit and one that came while it was open, the later counts.
    pub(super) record_offset: Offset,
    pub(super) commit_timestamp: Timestamp,
    leader_epoch: Option<LeaderEpoch>,
    pub(super) topic_id: Uuid,
    extras: Option<Box<Extras>>,
}

/// What most commits do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Extras {
    metadata: Box<str>,
    expire_timestamp: Option<Timestamp>,
}

impl StoredOffset {
    pub(super) fn new(committed: CommittedOffset, record_offset: Offset) -> Self {
        let CommittedOffset { offset, leader_epoch, metadata, commit_timestamp, expire_timestamp, topic_id } =
            committed;
        let extras = (!metadata.is_empty() || expire_timestamp.is_some())
            .then(|| Box::new(Extras { metadata: metadata.into_boxed_str(), expire_timestamp }));
        Self { offset, record_offset, commit_timestamp, leader_epoch, topic_id, extras }
    }

    /// What was committed, as it was.
    pub(super) fn committed(&self) -> CommittedOffset {
        CommittedOffset {
            offset: self.offset,
            leader_epoch: self.leader_epoch,
            metadata: self.extras.as_ref().map_or_else(String::new, |extras| extras.metadata.to_string()),
            commit_timestamp: self.commit_timestamp,
            expire_timestamp: self.expire_timestamp(),
            topic_id: self.topic_id,
        }
    }

    /// When the commit itself said that it expires.
    pub(super) fn expire_timestamp(&self) -> Option<Timestamp> {
        self.extras.as_ref().and_then(|extras| extras.expire_timestamp)
    }

    /// Whether the commit may be of the topic with this id. Unknown on either side speaks for it: commits by older clients,
    /// and by older brokers, are by name alone.
    pub(super) fn may_be_of(&self, topic_id: Uuid) -> bool {
        self.topic_id.is_zero() || topic_id.is_zero() || self.topic_id == topic_id
    }
}

/// A topic's partitions in ascending order, each with its offset. Found by bisection; appended to, mostly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StoredPartitions(Vec<(PartitionIndex, StoredOffset)>);

impl StoredPartitions {
    pub(super) fn get(&self, partition: PartitionIndex) -> Option<&StoredOffset> {
        self.find(partition).ok().map(|index| &self.0[index].1)
    }

    pub(super) fn insert(&mut self, partition: PartitionIndex, stored: StoredOffset) {
        match self.find(partition) {
            Ok(index) => self.0[index].1 = stored,
            Err(index) => {
                if self.0.is_empty() {
                    // Most topics that groups read have few partitions; growing would begin with room for four.
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, (partition, stored));
            }
        }
    }

    pub(super) fn remove(&mut self, partition: PartitionIndex) {
        if let Ok(index) = self.find(partition) {
            self.0.remove(index);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PartitionIndex, &StoredOffset)> {
        self.0.iter().map(|(partition, stored)| (*partition, stored))
    }

    fn find(&self, partition: PartitionIndex) -> Result<usize, usize> {
        self.0.binary_search_by_key(&partition, |(partition, _)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_a_cache_line() {
        assert_eq!(size_of::<(PartitionIndex, StoredOffset)>(), 64);
    }

    #[test]
    fn what_is_stored_comes_back() {
        for (metadata, expire_timestamp) in [("", None), ("x", None), ("", Some(Timestamp::new(9)))] {
            let committed = CommittedOffset {
                offset: Offset::new(5),
                leader_epoch: Some(LeaderEpoch::new(2)),
                metadata: metadata.to_owned(),
                commit_timestamp: Timestamp::new(7),
                expire_timestamp,
                topic_id: Uuid::ONE,
            };
            assert_eq!(StoredOffset::new(committed.clone(), Offset::ZERO).committed(), committed);
        }
    }
}
