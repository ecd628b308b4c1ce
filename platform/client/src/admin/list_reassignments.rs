//! Which partitions are on the move.

use super::Admin;
use crate::ClientError;
use crate::cluster::broker_ids;
use ottla_model::{BrokerId, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::ListPartitionReassignmentsRequest;
use ottla_protocol::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;
use std::collections::{BTreeMap, HashMap};

/// A partition's move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// All replicas, coming and going ones included.
    pub replicas: Vec<BrokerId>,
    /// Those that are coming.
    pub adding_replicas: Vec<BrokerId>,
    /// Those that are going.
    pub removing_replicas: Vec<BrokerId>,
}

impl Admin {
    /// The moves among `partitions`, or of all partitions.
    ///
    /// # Errors
    /// No broker answers in time, or we may not ask.
    pub async fn list_partition_reassignments(
        &self,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<HashMap<TopicPartition, Reassignment>, ClientError> {
        let by_topic = partitions.map(|partitions| {
            let mut by_topic = BTreeMap::<&str, Vec<i32>>::new();
            for partition in partitions {
                by_topic.entry(partition.topic.as_str()).or_default().push(partition.partition.value());
            }
            by_topic
        });
        let topics = by_topic.map(|by_topic| {
            let topic = |(name, partition_indexes): (&str, Vec<i32>)| ListPartitionReassignmentsTopics {
                name: name.to_owned(),
                partition_indexes,
                ..ListPartitionReassignmentsTopics::default()
            };
            by_topic.into_iter().map(topic).collect()
        });
        let request = ListPartitionReassignmentsRequest {
            timeout_ms: self.timeout_ms(),
            topics,
            ..ListPartitionReassignmentsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            ClientError::check(answer.error_code, answer.error_message.clone())?;
            Ok(answer)
        };
        let answer = self.cluster.attempts("listPartitionReassignments").run(attempt).await?;
        let mut moves = HashMap::new();
        for topic in answer.topics {
            let Ok(name) = TopicName::new(&topic.name) else { continue };
            for partition in topic.partitions {
                let index = PartitionIndex::new(partition.partition_index);
                let reassignment = Reassignment {
                    replicas: broker_ids(&partition.replicas),
                    adding_replicas: broker_ids(&partition.adding_replicas),
                    removing_replicas: broker_ids(&partition.removing_replicas),
                };
                moves.insert(TopicPartition { topic: name.clone(), partition: index }, reassignment);
            }
        }
        Ok(moves)
    }
}
