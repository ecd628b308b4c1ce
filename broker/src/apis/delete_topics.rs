//! DeleteTopics (key 20), versions 1–6. Delete on the topics.
//! v4 flexible · v5 error messages (KIP-599) · v6 topic ids (KIP-516)
//! Rules: `metadata::controller::delete_topics`.

use super::Call;
use crate::node::Node;
use ottla_metadata::controller::{DeleteTopicError, DeletedTopic, TopicReference};
use ottla_model::{ErrorCode, Uuid};
use ottla_protocol::messages::delete_topics_response::DeletableTopicResult;
use ottla_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let mut topics: Vec<TopicReference> = request.topic_names.into_iter().map(TopicReference::Name).collect();
    if call.version >= 6 {
        topics = request.topics.into_iter().map(reference).collect();
    }
    let asked = topics.clone();
    let responses =
        match node.controller().decide_fallibly(move |controller, _| controller.delete_topics(&topics)).await {
            Ok(Ok(replies)) => replies.into_iter().map(|(topic, reply)| result(topic, reply)).collect(),
            Ok(Err(disabled)) => {
                let code = if call.version < 3 { ErrorCode::InvalidRequest } else { disabled.code() };
                asked.into_iter().map(|topic| refused(topic, code, disabled.to_string())).collect()
            }
            Err(stopped) => {
                asked.into_iter().map(|topic| refused(topic, ErrorCode::NotController, stopped.to_string())).collect()
            }
        };
    DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() }
}

fn reference(topic: ottla_protocol::messages::delete_topics_request::DeleteTopicState) -> TopicReference {
    match topic.name {
        Some(name) => TopicReference::Name(name),
        None => TopicReference::Id(topic.topic_id),
    }
}

fn result(topic: TopicReference, reply: Result<DeletedTopic, DeleteTopicError>) -> DeletableTopicResult {
    match reply {
        Ok(deleted) => DeletableTopicResult {
            name: Some(deleted.name.to_string()),
            topic_id: deleted.id,
            ..DeletableTopicResult::default()
        },
        Err(error) => refused(topic, error.code(), error.to_string()),
    }
}

fn refused(topic: TopicReference, error: ErrorCode, message: String) -> DeletableTopicResult {
    let (name, topic_id) = match topic {
        TopicReference::Name(name) => (Some(name), Uuid::ZERO),
        TopicReference::Id(id) => (None, id),
    };
    DeletableTopicResult {
        name,
        topic_id,
        error_code: error.code(),
        error_message: Some(message),
        ..DeletableTopicResult::default()
    }
}
