//! DeleteTopics (key 20), versions 1–6. Delete on the topics.
//! v4 flexible · v5 error messages (KIP-599) · v6 topic ids (KIP-516)
//! Rules: `metadata::controller::delete_topics`.

use super::{Call, is_over};
use crate::node::Node;
use ottla_metadata::controller::{DeleteTopicError, DeletedTopic, TopicReference};
use ottla_model::{ErrorCode, Uuid};
use ottla_protocol::messages::delete_topics_request::DeleteTopicState;
use ottla_protocol::messages::delete_topics_response::DeletableTopicResult;
use ottla_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let mut responses = Vec::new();
    let mut topics: Vec<TopicReference> = request.topic_names.into_iter().map(TopicReference::Name).collect();
    if call.version >= 6 {
        let (called_twice, called_once): (Vec<_>, Vec<_>) =
            request.topics.into_iter().partition(|topic| topic.name.is_some() && !topic.topic_id.is_zero());
        responses.extend(called_twice.into_iter().map(|topic| {
            let message = "You may not specify both topic name and topic id.".to_owned();
            refused((topic.name, topic.topic_id), ErrorCode::InvalidRequest, Some(message))
        }));
        topics = called_once.into_iter().map(reference).collect();
    }
    let asked = topics.clone();
    let refuse_all = |error: ErrorCode, message: Option<String>| -> Vec<DeletableTopicResult> {
        asked.into_iter().map(|topic| refused(name_and_id(topic), error, message.clone())).collect()
    };
    responses.extend(if is_over(request.timeout_ms) {
        refuse_all(ErrorCode::RequestTimedOut, None)
    } else {
        match node.controller().decide_fallibly(move |controller, _| controller.delete_topics(&topics)).await {
            Ok(Ok(replies)) => replies.into_iter().map(|(topic, reply)| result(topic, reply)).collect(),
            Ok(Err(disabled)) => {
                let code = if call.version < 3 { ErrorCode::InvalidRequest } else { disabled.code() };
                refuse_all(code, Some(disabled.to_string()))
            }
            Err(stopped) => refuse_all(ErrorCode::NotController, Some(stopped.to_string())),
        }
    });
    DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() }
}

fn reference(topic: DeleteTopicState) -> TopicReference {
    match topic.name {
        Some(name) => TopicReference::Name(name),
        None => TopicReference::Id(topic.topic_id),
    }
}

fn name_and_id(topic: TopicReference) -> (Option<String>, Uuid) {
    match topic {
        TopicReference::Name(name) => (Some(name), Uuid::ZERO),
        TopicReference::Id(id) => (None, id),
    }
}

fn result(topic: TopicReference, reply: Result<DeletedTopic, DeleteTopicError>) -> DeletableTopicResult {
    match reply {
        Ok(deleted) => DeletableTopicResult {
            name: Some(deleted.name.to_string()),
            topic_id: deleted.id,
            ..DeletableTopicResult::default()
        },
        Err(error) => {
            let (name, mut topic_id) = name_and_id(topic);
            if let DeleteTopicError::NameAndId(id) = error {
                topic_id = id;
            }
            refused((name, topic_id), error.code(), Some(error.to_string()))
        }
    }
}

fn refused(
    (name, topic_id): (Option<String>, Uuid),
    error: ErrorCode,
    error_message: Option<String>,
) -> DeletableTopicResult {
    DeletableTopicResult { name, topic_id, error_code: error.code(), error_message, ..DeletableTopicResult::default() }
}
