//! Deleting what a group has committed for some partitions (KIP-496).

use super::coordinator::Coordinator;
use crate::ClientError;
use crate::admin::Admin;
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::OffsetDeleteRequest;
use ottla_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use std::collections::BTreeMap;

impl Admin {
    /// Deletes a group's offsets for partitions of topics that no member subscribes to. Gives an outcome for each.
    ///
    /// # Errors
    /// The group does not exist or is not to be touched, or its coordinator cannot be had in time.
    pub async fn delete_consumer_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<(TopicPartition, Result<(), ClientError>)>, ClientError> {
        let request = question(group, partitions);
        let ask = async |coordinator: &Coordinator| {
            let answer = coordinator.connection.call(&request).await?;
            ClientError::check(answer.error_code, None)?;
            Ok(answer)
        };
        let answer = self.at_coordinator("offsetDelete", group, ask).await?;
        let mut outcomes = Vec::new();
        for topic in answer.topics {
            let name = TopicName::new(&topic.name).map_err(|error| ClientError::Malformed(error.to_string()))?;
            for partition in topic.partitions {
                let index = PartitionIndex::new(partition.partition_index);
                let outcome = ClientError::check(partition.error_code, None);
                outcomes.push((TopicPartition { topic: name.clone(), partition: index }, outcome));
            }
        }
        Ok(outcomes)
    }
}

fn question(group: &str, partitions: &[TopicPartition]) -> OffsetDeleteRequest {
    let mut by_topic = BTreeMap::<&str, Vec<OffsetDeleteRequestPartition>>::new();
    for partition in partitions {
        by_topic
            .entry(partition.topic.as_str())
            .or_default()
            .push(OffsetDeleteRequestPartition { partition_index: partition.partition.value() });
    }
    let topics =
        by_topic.into_iter().map(|(name, partitions)| OffsetDeleteRequestTopic { name: name.to_owned(), partitions });
    OffsetDeleteRequest { group_id: group.to_owned(), topics: topics.collect() }
}
