//! CreateTopics (key 19), versions 2–7. Create on the cluster or on the topics.
//! v4 default counts (KIP-464) · v5 counts and configuration in the answer (KIP-525) · v7 topic ids (KIP-516)
//! Rules: `metadata::controller::create_topics`.

use super::{Call, is_over};
use crate::node::Node;
use ottla_config::BrokerConfig;
use ottla_config::describe;
use ottla_metadata::controller::{CreatedTopic, NewTopic, ReplicaAssignment};
use ottla_model::{BrokerId, ErrorCode, PartitionIndex};
use ottla_protocol::messages::create_topics_request::CreatableTopic;
use ottla_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use ottla_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    if is_over(request.timeout_ms) {
        return CreateTopicsResponse {
            topics: refuse_all(names, ErrorCode::RequestTimedOut, None),
            ..Default::default()
        };
    }
    let topics: Vec<NewTopic> = request.topics.into_iter().map(new_topic).collect();
    let answered = node.create_topics(topics, request.validate_only).await;
    let topics = match answered {
        Ok(Ok(replies)) => {
            let config = node.config();
            replies
                .into_iter()
                .map(|(name, reply)| match reply {
                    Ok(created) => created_topic(name, created, &config),
                    Err(error) => refused(name, error.code(), Some(error.to_string())),
                })
                .collect()
        }
        Ok(Err(too_many)) => refuse_all(names, too_many.code(), Some(&too_many.to_string())),
        Err(stopped) => refuse_all(names, ErrorCode::NotController, Some(&stopped.to_string())),
    };
    CreateTopicsResponse { topics, ..CreateTopicsResponse::default() }
}

fn new_topic(topic: CreatableTopic) -> NewTopic {
    let assignments = topic.assignments.into_iter().map(|assignment| ReplicaAssignment {
        partition: PartitionIndex::new(assignment.partition_index),
        brokers: assignment.broker_ids.into_iter().map(BrokerId::new).collect(),
    });
    NewTopic {
        name: topic.name,
        partitions: Some(topic.num_partitions).filter(|count| *count != -1),
        replication_factor: Some(topic.replication_factor).filter(|factor| *factor != -1),
        assignments: assignments.collect(),
        configs: topic.configs.into_iter().map(|config| (config.name, config.value)).collect(),
    }
}

fn created_topic(name: String, created: CreatedTopic, config: &BrokerConfig) -> CreatableTopicResult {
    // What was just accepted can be described.
    let described = describe::topic(config, &created.configs).unwrap_or_default();
    let configs = described.into_iter().map(|key| CreatableTopicConfigs {
        // As it was given, not as it was understood: that is what will be stored.
        value: created.configs.get(&key.name).cloned().or(key.value),
        name: key.name,
        read_only: key.is_read_only,
        config_source: key.source.code(),
        is_sensitive: key.is_sensitive,
        ..CreatableTopicConfigs::default()
    });
    CreatableTopicResult {
        name,
        error_message: None,
        topic_id: created.id,
        num_partitions: created.partitions,
        replication_factor: created.replication_factor,
        configs: Some(configs.collect()),
        ..CreatableTopicResult::default()
    }
}

fn refused(name: String, error: ErrorCode, error_message: Option<String>) -> CreatableTopicResult {
    CreatableTopicResult { name, error_code: error.code(), error_message, ..CreatableTopicResult::default() }
}

fn refuse_all(names: Vec<String>, error: ErrorCode, why: Option<&str>) -> Vec<CreatableTopicResult> {
    names.into_iter().map(|name| refused(name, error, why.map(str::to_owned))).collect()
}
