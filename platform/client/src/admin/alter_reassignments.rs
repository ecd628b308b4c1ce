//! Moving partitions between brokers (KIP-455).

use super::{Admin, outcome};
use crate::ClientError;
use ottla_model::{BrokerId, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::AlterPartitionReassignmentsRequest;
use ottla_protocol::messages::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use std::collections::BTreeMap;

impl Admin {
    /// Gives partitions these replicas, the preferred leader first; `None` stops a move.
    ///
    /// # Errors
    /// No broker answers in time, or we may not.
    pub async fn alter_partition_reassignments(
        &self,
        changes: &[(TopicPartition, Option<Vec<BrokerId>>)],
    ) -> Result<Vec<(TopicPartition, Result<(), ClientError>)>, ClientError> {
        let mut by_topic = BTreeMap::<&str, Vec<ReassignablePartition>>::new();
        for (partition, replicas) in changes {
            by_topic.entry(partition.topic.as_str()).or_default().push(ReassignablePartition {
                partition_index: partition.partition.value(),
                replicas: replicas.as_ref().map(|ids| ids.iter().map(|id| id.value()).collect()),
                ..ReassignablePartition::default()
            });
        }
        let topics = by_topic.into_iter().map(|(name, partitions)| ReassignableTopic {
            name: name.to_owned(),
            partitions,
            ..ReassignableTopic::default()
        });
        let request = AlterPartitionReassignmentsRequest {
            timeout_ms: self.timeout_ms(),
            topics: topics.collect(),
            ..AlterPartitionReassignmentsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            ClientError::check(answer.error_code, answer.error_message.clone())?;
            let mut outcomes = Vec::new();
            for topic in answer.responses {
                let Ok(name) = TopicName::new(&topic.name) else { continue };
                for partition in topic.partitions {
                    let index = PartitionIndex::new(partition.partition_index);
                    let outcome = outcome(partition.error_code, partition.error_message)?;
                    outcomes.push((TopicPartition { topic: name.clone(), partition: index }, outcome));
                }
            }
            Ok(outcomes)
        };
        self.cluster.attempts("alterPartitionReassignments").run(attempt).await
    }
}
