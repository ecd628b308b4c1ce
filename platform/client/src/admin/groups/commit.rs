//! Committing offsets for a group from outside.

use super::coordinator::{Coordinator, is_passing};
use crate::ClientError;
use crate::admin::Admin;
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use ottla_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};
use std::collections::BTreeMap;

/// From the version after this one on topics go by their ids, which a commit from outside does not know.
const LAST_VERSION_WITH_NAMES: i16 = 9;

/// An outcome for each partition.
type Outcomes = Vec<(TopicPartition, Result<(), ClientError>)>;

/// Up to where a group has read a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next record to be read.
    pub offset: Offset,
    /// The leader epoch of the last record that was read, if the member that committed knew it.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Whatever the committer wanted to remember.
    pub metadata: String,
}

impl CommittedOffset {
    /// An offset and nothing else.
    pub fn at(offset: Offset) -> Self {
        Self { offset, leader_epoch: None, metadata: String::new() }
    }
}

impl Admin {
    /// Commits offsets for a group that has no members; a group that does not exist comes to be. Gives an outcome for
    /// each partition.
    ///
    /// # Errors
    /// The group's coordinator cannot be had in time.
    pub async fn alter_consumer_group_offsets(
        &self,
        group: &str,
        offsets: &[(TopicPartition, CommittedOffset)],
    ) -> Result<Vec<(TopicPartition, Result<(), ClientError>)>, ClientError> {
        let request = question(group, offsets);
        let ask = async |coordinator: &Coordinator| {
            let connection = &coordinator.connection;
            let version = connection.version_at_most::<OffsetCommitRequest>(LAST_VERSION_WITH_NAMES)?;
            read_answer(connection.submit(&request, version).await?.wait().await?)
        };
        self.at_coordinator("offsetCommit", group, ask).await
    }
}

fn question(group: &str, offsets: &[(TopicPartition, CommittedOffset)]) -> OffsetCommitRequest {
    let mut by_topic = BTreeMap::<&str, Vec<OffsetCommitRequestPartition>>::new();
    for (partition, committed) in offsets {
        by_topic.entry(partition.topic.as_str()).or_default().push(OffsetCommitRequestPartition {
            partition_index: partition.partition.value(),
            committed_offset: committed.offset.value(),
            committed_leader_epoch: committed.leader_epoch.map_or(-1, LeaderEpoch::value),
            committed_metadata: Some(committed.metadata.clone()),
            ..OffsetCommitRequestPartition::default()
        });
    }
    let topics = by_topic.into_iter().map(|(name, partitions)| OffsetCommitRequestTopic {
        name: name.to_owned(),
        partitions,
        ..OffsetCommitRequestTopic::default()
    });
    // No generation and no member: whoever commits so is no member of the group.
    OffsetCommitRequest { group_id: group.to_owned(), topics: topics.collect(), ..OffsetCommitRequest::default() }
}

/// What the answer says of each partition; an error of the whole if the coordinator is to be asked again.
fn read_answer(answer: OffsetCommitResponse) -> Result<Outcomes, ClientError> {
    let mut outcomes = Vec::new();
    for topic in answer.topics {
        let name = TopicName::new(&topic.name).map_err(|error| ClientError::Malformed(error.to_string()))?;
        for partition in topic.partitions {
            let outcome = ClientError::check(partition.error_code, None);
            if outcome.as_ref().is_err_and(is_passing) {
                return outcome.map(|()| Vec::new());
            }
            let index = PartitionIndex::new(partition.partition_index);
            outcomes.push((TopicPartition { topic: name.clone(), partition: index }, outcome));
        }
    }
    Ok(outcomes)
}
