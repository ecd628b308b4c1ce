//! CreatePartitions (key 37), versions 0–3 (KIP-195). Alter on the topics.
//! Rules: `metadata::controller::create_partitions`.

use super::{Call, is_over};
use crate::node::Node;
use ottla_metadata::controller::{CreatePartitionsError, NewPartitions};
use ottla_model::{BrokerId, ErrorCode};
use ottla_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use ottla_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use ottla_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    if is_over(request.timeout_ms) {
        let results = names.into_iter().map(|name| refused(name, ErrorCode::RequestTimedOut, None)).collect();
        return CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() };
    }
    let wanted: Vec<NewPartitions> = request.topics.into_iter().map(new_partitions).collect();
    let validate_only = request.validate_only;
    let answered = node
        .controller()
        .decide_fallibly(move |controller, moment| controller.create_partitions(&wanted, validate_only, moment.random))
        .await;
    let results = match answered {
        Ok(Ok(replies)) => replies
            .into_iter()
            .map(|(name, reply)| match reply {
                Ok(()) => CreatePartitionsTopicResult { name, ..CreatePartitionsTopicResult::default() },
                // A code that says it all.
                Err(CreatePartitionsError::UnknownTopic) => refused(name, ErrorCode::UnknownTopicOrPartition, None),
                Err(error) => refused(name, error.code(), Some(error.to_string())),
            })
            .collect(),
        Ok(Err(error)) => names.into_iter().map(|name| refused(name, error.code(), Some(error.to_string()))).collect(),
        Err(stopped) => {
            names.into_iter().map(|name| refused(name, ErrorCode::NotController, Some(stopped.to_string()))).collect()
        }
    };
    CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() }
}

fn new_partitions(topic: CreatePartitionsTopic) -> NewPartitions {
    let assignments = topic.assignments.map(|assignments| {
        let brokers = |ids: Vec<i32>| ids.into_iter().map(BrokerId::new).collect();
        assignments.into_iter().map(|assignment| brokers(assignment.broker_ids)).collect()
    });
    NewPartitions { topic: topic.name, total: topic.count, assignments }
}

fn refused(name: String, error: ErrorCode, error_message: Option<String>) -> CreatePartitionsTopicResult {
    CreatePartitionsTopicResult {
        name,
        error_code: error.code(),
        error_message,
        ..CreatePartitionsTopicResult::default()
    }
}
