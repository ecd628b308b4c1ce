//! FindCoordinator (key 10), versions 0–6. Describe on the group (or on what else is coordinated).
//! v1 transactions · v2 throttling after the answer · v4 many keys at once (KIP-699) · v6 share groups (KIP-932)
//! The coordinator's topic is created when it is first asked for. Rules: `coordinators::partition_for`.

use super::Call;
use crate::node::{Node, OFFSETS_TOPIC};
use ottla_metadata::image::Endpoint;
use ottla_model::{BrokerId, ErrorCode, TopicIdPartition, TopicName, Uuid};
use ottla_protocol::messages::find_coordinator_response::Coordinator;
use ottla_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use std::sync::Arc;

/// What is coordinated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Group,
    Transaction,
    Share,
}

impl KeyType {
    fn from_wire(number: i8) -> Option<Self> {
        match number {
            0 => Some(Self::Group),
            1 => Some(Self::Transaction),
            2 => Some(Self::Share),
            _ => None,
        }
    }
}

pub async fn handle(node: Arc<Node>, call: Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let is_batched = call.version >= 4;
    let Some(key_type) = KeyType::from_wire(request.key_type) else {
        return refuse_all(request, is_batched, ErrorCode::InvalidRequest);
    };
    if !is_batched {
        let found = find(&node, &call, key_type, &request.key).await;
        return single(&found);
    }
    let mut coordinators = Vec::with_capacity(request.coordinator_keys.len());
    for key in request.coordinator_keys {
        let found = find(&node, &call, key_type, &key).await;
        coordinators.push(one_of_many(key, found));
    }
    FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() }
}

type Found = Result<(BrokerId, Endpoint), ErrorCode>;

async fn find(node: &Node, call: &Call, key_type: KeyType, key: &str) -> Found {
    match key_type {
        KeyType::Group => find_group(node, call, key).await,
        KeyType::Share if call.version < 6 || !is_share_key(key) => Err(ErrorCode::InvalidRequest),
        // Nobody coordinates them yet.
        KeyType::Transaction | KeyType::Share => Err(ErrorCode::CoordinatorNotAvailable),
    }
}

async fn find_group(node: &Node, call: &Call, group_id: &str) -> Found {
    if node.image().topics().by_name(OFFSETS_TOPIC).is_none() {
        let name = TopicName::new(OFFSETS_TOPIC).expect("a legal name");
        // Whatever comes of it is seen below: there is a topic, or there is none.
        node.create_topics_automatically([name]).await;
    }
    let image = node.image();
    let partition = node.groups().partition_of(group_id);
    let topic = image.topics().by_name(OFFSETS_TOPIC);
    let (Some(topic), Some(partition)) = (topic, partition) else { return Err(ErrorCode::CoordinatorNotAvailable) };
    let leader = node.leader_of(TopicIdPartition { topic_id: topic.id(), partition }, &call.connection.listener);
    leader
        .and_then(|leader| leader.endpoint.map(|endpoint| (leader.id, endpoint)))
        .ok_or(ErrorCode::CoordinatorNotAvailable)
}

/// Whether it is `group:topic-id:partition`; the group may have colons of its own.
fn is_share_key(key: &str) -> bool {
    let mut parts = key.rsplitn(3, ':');
    let (partition, topic_id, group) = (parts.next(), parts.next(), parts.next());
    partition.is_some_and(|partition| partition.parse::<i32>().is_ok())
        && topic_id.is_some_and(|id| id.parse::<Uuid>().is_ok())
        && group.is_some_and(|group| !group.trim().is_empty())
}

fn single(found: &Found) -> FindCoordinatorResponse {
    match found {
        Ok((id, endpoint)) => FindCoordinatorResponse {
            error_message: Some(ErrorCode::None.message().to_owned()),
            node_id: id.value(),
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            ..FindCoordinatorResponse::default()
        },
        Err(error) => FindCoordinatorResponse {
            error_code: error.code(),
            error_message: Some(error.message().to_owned()),
            node_id: -1,
            port: -1,
            ..FindCoordinatorResponse::default()
        },
    }
}

fn one_of_many(key: String, found: Found) -> Coordinator {
    match found {
        Ok((id, endpoint)) => Coordinator {
            key,
            node_id: id.value(),
            host: endpoint.host,
            port: i32::from(endpoint.port),
            ..Coordinator::default()
        },
        Err(error) => Coordinator { key, node_id: -1, port: -1, error_code: error.code(), ..Coordinator::default() },
    }
}

fn refuse_all(request: FindCoordinatorRequest, is_batched: bool, error: ErrorCode) -> FindCoordinatorResponse {
    if !is_batched {
        return single(&Err(error));
    }
    let coordinators = request
        .coordinator_keys
        .into_iter()
        .map(|key| Coordinator { error_message: Some(error.message().to_owned()), ..one_of_many(key, Err(error)) });
    FindCoordinatorResponse { coordinators: coordinators.collect(), ..FindCoordinatorResponse::default() }
}

#[cfg(test)]
mod tests {
    use super::is_share_key;

    #[test]
    fn share_keys_are_read_from_the_right() {
        let id = "AAAAAAAAAAAAAAAAAAAAAQ";
        assert!(is_share_key(&format!("group:{id}:0")));
        assert!(is_share_key(&format!("a:b:{id}:17")));
        for wrong in ["", "group", "group:0", &format!(" :{id}:0"), &format!("group:{id}:x"), "group:no id:0"] {
            assert!(!is_share_key(wrong), "{wrong}");
        }
    }
}
