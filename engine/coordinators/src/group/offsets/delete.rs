//! Forgetting offsets because somebody says so: OffsetDelete, DeleteGroups, and topics that are gone.

use super::{DeleteOffsetsRequest, OffsetStore, PartitionResult, TopicResult, is_full, push_tombstone};
use crate::CoordinatorRecord;
use crate::group::{GroupError, GroupId};
use ottla_model::{PartitionIndex, TopicName, Uuid};
use std::collections::BTreeSet;

impl OffsetStore {
    /// Decides a deletion: pushes tombstones. Partitions of topics that the group reads are refused with
    /// [`GroupError::GroupSubscribedToTopic`]; where nothing is committed, nothing needs to be done.
    pub(crate) fn delete(
        &self,
        request: &DeleteOffsetsRequest,
        is_subscribed: &dyn Fn(&str) -> bool,
        records: &mut Vec<CoordinatorRecord>,
    ) -> Vec<TopicResult> {
        let group = &request.group_id;
        let mut results = Vec::with_capacity(request.topics.len());
        for topic in &request.topics {
            let name = topic.topic.as_str();
            let is_subscribed = is_subscribed(name);
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for &partition in &topic.partitions {
                let result = if is_subscribed { Err(GroupError::GroupSubscribedToTopic) } else { Ok(()) };
                if result.is_ok() && self.knows(group, name, partition) {
                    push_tombstone(group, name, partition, records);
                }
                partitions.push(PartitionResult { partition, result });
            }
            results.push(TopicResult { topic: topic.topic.clone(), topic_id: topic.topic_id, partitions });
        }
        results
    }

    /// Pushes tombstones for everything that the group has committed, in open transactions too.
    pub(crate) fn delete_all(&self, group_id: &str, records: &mut Vec<CoordinatorRecord>) {
        let mut doomed: BTreeSet<(&TopicName, PartitionIndex)> = BTreeSet::new();
        for (topic, stored) in self.offsets.group(group_id).into_iter().flatten() {
            doomed.extend(stored.iter().map(|(partition, _)| (topic, partition)));
        }
        for (topic, pending) in self.pending.group(group_id).into_iter().flatten() {
            doomed.extend(pending.keys().map(|(partition, _)| (topic, *partition)));
        }
        for (topic, partition) in doomed {
            push_tombstone(group_id, topic.as_str(), partition, records);
        }
    }

    /// Pushes tombstones for what any group has committed for topics that no longer exist, in open transactions too: by
    /// id, or by name where the commit has no id. `false` if that was too much for one batch; then again after the replay.
    #[must_use]
    pub(crate) fn topics_deleted(&self, topics: &[(Uuid, String)], records: &mut Vec<CoordinatorRecord>) -> bool {
        for (id, name) in topics {
            let mut doomed: BTreeSet<(&GroupId, PartitionIndex)> = BTreeSet::new();
            for (group, topics) in self.offsets.groups() {
                for (partition, stored) in topics.get(name.as_str()).into_iter().flat_map(|stored| stored.iter()) {
                    if stored.may_be_of(*id) {
                        doomed.insert((group, partition));
                    }
                }
            }
            for (group, topics) in self.pending.groups() {
                for ((partition, _), stored) in topics.get(name.as_str()).into_iter().flatten() {
                    if stored.may_be_of(*id) {
                        doomed.insert((group, *partition));
                    }
                }
            }
            for (group, partition) in doomed {
                if is_full(records) {
                    return false;
                }
                push_tombstone(group, name, partition, records);
            }
        }
        true
    }
}
