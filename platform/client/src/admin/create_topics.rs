//! Making topics.

use super::{Admin, outcome};
use crate::ClientError;
use ottla_model::{BrokerId, ErrorCode, TopicId};
use ottla_protocol::messages::CreateTopicsRequest;
use ottla_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};

/// A topic that is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name; the broker judges it.
    pub name: String,
    /// How many partitions; `None` for the cluster's default. Must be `None` where `assignment` is given.
    pub partitions: Option<i32>,
    /// How many replicas of each; `None` for the cluster's default. Must be `None` where `assignment` is given.
    pub replication_factor: Option<i16>,
    /// Which brokers hold each partition's replicas, the preferred leader first; empty to let the controller choose.
    pub assignment: Vec<Vec<BrokerId>>,
    /// What differs from the cluster's defaults.
    pub configs: Vec<(String, String)>,
}

/// A topic that now is, as far as the broker tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id.
    pub id: TopicId,
    /// How many partitions; `None` if we may not know.
    pub partitions: Option<i32>,
    /// How many replicas of each; `None` if we may not know.
    pub replication_factor: Option<i16>,
}

impl Admin {
    /// Creates topics, or only says whether that would work.
    ///
    /// # Errors
    /// No broker answers in time, or a topic has no name.
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Vec<(String, Result<CreatedTopic, ClientError>)>, ClientError> {
        // As Kafka's client: it knows the answer.
        if topics.iter().any(|topic| topic.name.is_empty()) {
            let message = "The given topic name '' cannot be represented in a request.".to_owned();
            return Err(ClientError::refused(ErrorCode::InvalidTopicException, Some(message)));
        }
        let request = CreateTopicsRequest {
            topics: topics.iter().map(creatable).collect(),
            timeout_ms: self.timeout_ms(),
            validate_only,
            ..CreateTopicsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            let of_topic = |topic: ottla_protocol::messages::create_topics_response::CreatableTopicResult| {
                let created = CreatedTopic {
                    id: topic.topic_id,
                    partitions: (topic.num_partitions >= 0).then_some(topic.num_partitions),
                    replication_factor: (topic.replication_factor >= 0).then_some(topic.replication_factor),
                };
                let outcome = outcome(topic.error_code, topic.error_message)?;
                Ok((topic.name, outcome.map(|()| created)))
            };
            answer.topics.into_iter().map(of_topic).collect()
        };
        self.cluster.attempts("createTopics").run(attempt).await
    }
}

fn creatable(topic: &NewTopic) -> CreatableTopic {
    let assignments = topic.assignment.iter().zip(0..).map(|(brokers, partition_index)| CreatableReplicaAssignment {
        partition_index,
        broker_ids: brokers.iter().map(|broker| broker.value()).collect(),
        ..CreatableReplicaAssignment::default()
    });
    let configs = topic.configs.iter().map(|(name, value)| CreatableTopicConfig {
        name: name.clone(),
        value: Some(value.clone()),
        ..CreatableTopicConfig::default()
    });
    CreatableTopic {
        name: topic.name.clone(),
        num_partitions: topic.partitions.unwrap_or(-1),
        replication_factor: topic.replication_factor.unwrap_or(-1),
        assignments: assignments.collect(),
        configs: configs.collect(),
        ..CreatableTopic::default()
    }
}
