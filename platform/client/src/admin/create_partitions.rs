//! Giving topics more partitions.

use super::{Admin, outcome};
use crate::ClientError;
use ottla_model::BrokerId;
use ottla_protocol::messages::CreatePartitionsRequest;
use ottla_protocol::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};

/// What a topic is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MorePartitions {
    /// The topic's name.
    pub topic: String,
    /// How many partitions it is to have in all.
    pub total: i32,
    /// Which brokers hold each new partition's replicas; `None` to let the controller choose.
    pub assignment: Option<Vec<Vec<BrokerId>>>,
}

impl Admin {
    /// Adds partitions.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn create_partitions(
        &self,
        topics: &[MorePartitions],
    ) -> Result<Vec<(String, Result<(), ClientError>)>, ClientError> {
        let request = CreatePartitionsRequest {
            topics: topics.iter().map(wanted).collect(),
            timeout_ms: self.timeout_ms(),
            validate_only: false,
            ..CreatePartitionsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            let of_topic =
                |topic: ottla_protocol::messages::create_partitions_response::CreatePartitionsTopicResult| {
                    Ok((topic.name, outcome(topic.error_code, topic.error_message)?))
                };
            answer.results.into_iter().map(of_topic).collect()
        };
        self.cluster.attempts("createPartitions").run(attempt).await
    }
}

fn wanted(topic: &MorePartitions) -> CreatePartitionsTopic {
    let replicas = |brokers: &Vec<BrokerId>| CreatePartitionsAssignment {
        broker_ids: brokers.iter().map(|broker| broker.value()).collect(),
        ..CreatePartitionsAssignment::default()
    };
    CreatePartitionsTopic {
        name: topic.topic.clone(),
        count: topic.total,
        assignments: topic.assignment.as_ref().map(|partitions| partitions.iter().map(replicas).collect()),
        ..CreatePartitionsTopic::default()
    }
}
