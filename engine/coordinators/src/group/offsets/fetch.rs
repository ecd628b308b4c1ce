//! OffsetFetch: how far a group is.

use super::stored::StoredOffset;
use super::{FetchRequest, FetchTopic, FetchedPartition, FetchedTopic, OffsetStore};
use crate::group::GroupError;
use ottla_model::{PartitionIndex, TopicName, Uuid};

impl OffsetStore {
    /// What the group has committed, in the order of the request; ordered by name and partition if all is asked for.
    /// Nothing is committed by a group that does not exist.
    pub(crate) fn fetch(&self, request: &FetchRequest) -> Vec<FetchedTopic> {
        match &request.topics {
            Some(topics) => topics.iter().map(|topic| self.fetch_topic(request, topic)).collect(),
            None => self.fetch_all(request),
        }
    }

    fn fetch_topic(&self, request: &FetchRequest, topic: &FetchTopic) -> FetchedTopic {
        let stored = self.offsets.get(&request.group_id, topic.topic.as_str());
        let partitions = topic.partitions.iter().map(|&partition| {
            // A commit of a topic that had this name before is not one of this topic.
            let stored =
                stored.and_then(|stored| stored.get(partition)).filter(|stored| stored.may_be_of(topic.topic_id));
            self.fetch_partition(request, &topic.topic, partition, stored)
        });
        FetchedTopic { topic: topic.topic.clone(), topic_id: topic.topic_id, partitions: partitions.collect() }
    }

    /// Partitions that only open transactions have committed are not among them.
    fn fetch_all(&self, request: &FetchRequest) -> Vec<FetchedTopic> {
        let topics = self.offsets.group(&request.group_id).into_iter().flatten();
        topics
            .map(|(topic, stored)| FetchedTopic {
                topic: topic.clone(),
                topic_id: Uuid::ZERO,
                partitions: (stored.iter())
                    .map(|(partition, stored)| self.fetch_partition(request, topic, partition, Some(stored)))
                    .collect(),
            })
            .collect()
    }

    fn fetch_partition(
        &self,
        request: &FetchRequest,
        topic: &TopicName,
        partition: PartitionIndex,
        stored: Option<&StoredOffset>,
    ) -> FetchedPartition {
        let is_unstable = request.require_stable && self.pending.contains(&request.group_id, topic.as_str(), partition);
        let committed =
            if is_unstable { Err(GroupError::UnstableOffsetCommit) } else { Ok(stored.map(StoredOffset::committed)) };
        FetchedPartition { partition, committed }
    }
}
