//! What a group has committed.

use super::commit::CommittedOffset;
use super::coordinator::Coordinator;
use crate::ClientError;
use crate::admin::Admin;
use crate::cluster::epoch_or_unknown;
use ottla_model::{Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use ottla_protocol::messages::offset_fetch_response::{OffsetFetchResponsePartition, OffsetFetchResponseTopic};
use ottla_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};
use std::collections::BTreeMap;

/// From the version after this one on topics go by their ids, which an answer about all topics would have to be looked
/// up by.
const LAST_VERSION_WITH_NAMES: i16 = 9;
/// From this version on a request is about several groups (KIP-709).
const FIRST_VERSION_WITH_GROUPS: i16 = 8;

impl Admin {
    /// Up to where a group has read partitions: those given, or all for which it has committed something. `None`
    /// where no offset can be read from what was committed: some clients commit "from the end" as -1. Partitions that the
    /// broker does not tell of are left out.
    ///
    /// # Errors
    /// The group's coordinator refuses, or cannot be had in time.
    pub async fn list_consumer_group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, Option<CommittedOffset>>, ClientError> {
        let ask = async |coordinator: &Coordinator| {
            let connection = &coordinator.connection;
            let version = connection.version_at_most::<OffsetFetchRequest>(LAST_VERSION_WITH_NAMES)?;
            let request = question(group, partitions, version);
            let answer = connection.submit(&request, version).await?.wait().await?;
            self.read_offsets(group, answer)
        };
        self.at_coordinator("offsetFetch", group, ask).await
    }

    fn read_offsets(
        &self,
        group: &str,
        answer: OffsetFetchResponse,
    ) -> Result<BTreeMap<TopicPartition, Option<CommittedOffset>>, ClientError> {
        let mut committed = BTreeMap::new();
        for topic in topics_of(group, answer)? {
            let name = TopicName::new(&topic.name).map_err(|error| ClientError::Malformed(error.to_string()))?;
            for found in topic.partitions {
                let partition =
                    TopicPartition { topic: name.clone(), partition: PartitionIndex::new(found.partition_index) };
                if let Err(error) = ClientError::check(found.error_code, None) {
                    let context = &self.cluster.log_context;
                    tracing::warn!("{context} Skipping return offset for {partition} due to error {error}.");
                } else {
                    let offset = CommittedOffset {
                        offset: Offset::new(found.committed_offset),
                        leader_epoch: epoch_or_unknown(found.committed_leader_epoch),
                        metadata: found.metadata.unwrap_or_default(),
                    };
                    committed.insert(partition, (found.committed_offset >= 0).then_some(offset));
                }
            }
        }
        Ok(committed)
    }
}

fn question(group: &str, partitions: Option<&[TopicPartition]>, version: i16) -> OffsetFetchRequest {
    let by_topic = partitions.map(|partitions| {
        let mut by_topic = BTreeMap::<&str, Vec<i32>>::new();
        for partition in partitions {
            by_topic.entry(partition.topic.as_str()).or_default().push(partition.partition.value());
        }
        by_topic
    });
    if version < FIRST_VERSION_WITH_GROUPS {
        let topic = |(name, partition_indexes): (&str, Vec<i32>)| OffsetFetchRequestTopic {
            name: name.to_owned(),
            partition_indexes,
            ..OffsetFetchRequestTopic::default()
        };
        return OffsetFetchRequest {
            group_id: group.to_owned(),
            topics: by_topic.map(|topics| topics.into_iter().map(topic).collect()),
            ..OffsetFetchRequest::default()
        };
    }
    let topic = |(name, partition_indexes): (&str, Vec<i32>)| OffsetFetchRequestTopics {
        name: name.to_owned(),
        partition_indexes,
        ..OffsetFetchRequestTopics::default()
    };
    let of_group = OffsetFetchRequestGroup {
        group_id: group.to_owned(),
        topics: by_topic.map(|topics| topics.into_iter().map(topic).collect()),
        ..OffsetFetchRequestGroup::default()
    };
    OffsetFetchRequest { groups: vec![of_group], ..OffsetFetchRequest::default() }
}

/// The topics that an answer tells of, in the older form, whichever it came in.
fn topics_of(group: &str, answer: OffsetFetchResponse) -> Result<Vec<OffsetFetchResponseTopic>, ClientError> {
    ClientError::check(answer.error_code, None)?;
    let mut topics = answer.topics;
    for of_group in answer.groups.into_iter().filter(|of_group| of_group.group_id == group) {
        ClientError::check(of_group.error_code, None)?;
        topics.extend(of_group.topics.into_iter().map(|topic| {
            OffsetFetchResponseTopic {
                name: topic.name,
                partitions: topic
                    .partitions
                    .into_iter()
                    .map(|partition| OffsetFetchResponsePartition {
                        partition_index: partition.partition_index,
                        committed_offset: partition.committed_offset,
                        committed_leader_epoch: partition.committed_leader_epoch,
                        metadata: partition.metadata,
                        error_code: partition.error_code,
                        ..OffsetFetchResponsePartition::default()
                    })
                    .collect(),
                ..OffsetFetchResponseTopic::default()
            }
        }));
    }
    Ok(topics)
}
