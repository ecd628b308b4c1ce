//! Metadata (key 3), versions 0–13. Describe on topics; Create on missing ones if they are to be created.
//! v0 asks for all topics with an empty list, later versions with null · v1 internal topics, racks · v4 may forbid
//! auto-creation · v5 offline replicas · v6 tells a missing listener from a missing leader · v10 topic ids · v12 asks by
//! topic id · v13 may tell a client to begin anew.

use super::Call;
use crate::authorization::{ALL_CLUSTER_OPERATIONS, ALL_TOPIC_OPERATIONS, NOT_ASKED};
use crate::node::Node;
use ottla_metadata::MetadataImage;
use ottla_metadata::image::{PartitionImage, TopicImage};
use ottla_model::{BrokerId, ErrorCode, PartitionIndex, TopicName, Uuid};
use ottla_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use ottla_protocol::messages::{MetadataRequest, MetadataResponse};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which topics a request asks for.
enum Wanted {
    All,
    ById(BTreeSet<Uuid>),
    ByName(BTreeSet<String>),
}

pub async fn handle(node: Arc<Node>, call: Call, request: MetadataRequest) -> MetadataResponse {
    let wanted = match wanted(&request, call.version) {
        Ok(wanted) => wanted,
        Err(error) => return refused(request, call.version, error),
    };
    if let Wanted::ByName(names) = &wanted
        && request.allow_auto_topic_creation
        && node.config().topics.auto_create
    {
        let image = node.image();
        let missing: Vec<_> = names
            .iter()
            .filter(|name| image.topics().by_name(name).is_none())
            .filter_map(|name| TopicName::new(name).ok())
            .collect();
        if !missing.is_empty() {
            // Whatever comes of it is seen below: a topic that is there, or one that is not.
            node.create_topics_automatically(missing).await;
        }
    }

    let image = node.image();
    let view = View { image: &image, listener: &call.connection.listener, version: call.version };
    let mut topics: Vec<_> = match wanted {
        Wanted::All => image.topics().iter().map(|topic| view.topic(topic)).collect(),
        Wanted::ById(ids) => ids
            .into_iter()
            .map(|id| match image.topics().by_id(id) {
                Some(topic) => view.topic(topic),
                None => missing_topic(None, id, ErrorCode::UnknownTopicId),
            })
            .collect(),
        Wanted::ByName(names) => names
            .into_iter()
            .map(|name| match (image.topics().by_name(&name), TopicName::new(&name)) {
                (Some(topic), _) => view.topic(topic),
                (None, Ok(topic)) => MetadataResponseTopic {
                    is_internal: topic.is_internal(),
                    ..missing_topic(Some(name), Uuid::ZERO, ErrorCode::UnknownTopicOrPartition)
                },
                (None, Err(_)) => missing_topic(Some(name), Uuid::ZERO, ErrorCode::InvalidTopicException),
            })
            .collect(),
    };
    if call.version >= 8 && request.include_topic_authorized_operations {
        for topic in &mut topics {
            topic.topic_authorized_operations = ALL_TOPIC_OPERATIONS;
        }
    }
    let asks_for_cluster = (8..=10).contains(&call.version) && request.include_cluster_authorized_operations;
    let brokers = view.brokers();
    MetadataResponse {
        cluster_id: Some(node.cluster_id().to_owned()),
        // Whoever it is passes on what the controller has to decide (KIP-590).
        controller_id: brokers.first().map_or(-1, |broker| broker.node_id),
        brokers,
        topics,
        cluster_authorized_operations: if asks_for_cluster { ALL_CLUSTER_OPERATIONS } else { NOT_ASKED },
        ..MetadataResponse::default()
    }
}

/// # Errors
/// The request names topics in a way that its version does not know, or not at all.
fn wanted(request: &MetadataRequest, version: i16) -> Result<Wanted, ErrorCode> {
    let Some(topics) = &request.topics else { return Ok(Wanted::All) };
    if topics.is_empty() && version == 0 {
        return Ok(Wanted::All);
    }
    let mut has_neither = false;
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for topic in topics {
        match (&topic.name, topic.topic_id.is_zero()) {
            (None, _) | (_, false) if version < 12 => return Err(ErrorCode::InvalidRequest),
            (_, false) => drop(ids.insert(topic.topic_id)),
            (Some(name), true) => drop(names.insert(name.clone())),
            (None, true) => has_neither = true,
        }
    }
    // One id makes it a request by ids.
    match (ids.is_empty(), has_neither) {
        (false, _) => Ok(Wanted::ById(ids)),
        (true, false) => Ok(Wanted::ByName(names)),
        // Kafka does not expect it, and says no more than that.
        (true, true) => Err(ErrorCode::UnknownServerError),
    }
}

fn refused(request: MetadataRequest, version: i16, error: ErrorCode) -> MetadataResponse {
    let topics = request.topics.into_iter().flatten();
    let refused = topics.map(|topic| missing_topic(topic.name.or_else(|| Some(String::new())), topic.topic_id, error));
    MetadataResponse {
        topics: refused.collect(),
        error_code: if version >= 13 { error.code() } else { ErrorCode::None.code() },
        ..MetadataResponse::default()
    }
}

fn missing_topic(name: Option<String>, topic_id: Uuid, error: ErrorCode) -> MetadataResponseTopic {
    MetadataResponseTopic { name, topic_id, error_code: error.code(), ..MetadataResponseTopic::default() }
}

/// The cluster as a client of one listener sees it.
struct View<'a> {
    image: &'a MetadataImage,
    listener: &'a str,
    version: i16,
}

impl View<'_> {
    fn brokers(&self) -> Vec<MetadataResponseBroker> {
        let alive = self.image.cluster().brokers().filter(|broker| !broker.fenced);
        alive
            .filter_map(|broker| {
                let endpoint = broker.endpoint(self.listener)?;
                Some(MetadataResponseBroker {
                    node_id: broker.id.value(),
                    host: endpoint.host.clone(),
                    port: i32::from(endpoint.port),
                    rack: broker.rack.clone(),
                    ..MetadataResponseBroker::default()
                })
            })
            .collect()
    }

    fn topic(&self, topic: &TopicImage) -> MetadataResponseTopic {
        MetadataResponseTopic {
            error_code: ErrorCode::None.code(),
            name: Some(topic.name().to_string()),
            topic_id: topic.id(),
            is_internal: topic.name().is_internal(),
            partitions: topic.partitions().map(|(index, partition)| self.partition(index, partition)).collect(),
            ..MetadataResponseTopic::default()
        }
    }

    fn partition(&self, index: PartitionIndex, partition: &PartitionImage) -> MetadataResponsePartition {
        // Version 0 leaves out replicas that are not alive, and says so; later ones list them as offline.
        let shown = |ids: &[BrokerId]| -> Vec<i32> {
            let alive = ids.iter().filter(|id| self.version > 0 || self.is_reachable(**id));
            alive.map(|id| id.value()).collect()
        };
        let replicas = shown(&partition.replicas);
        let in_sync = shown(&partition.in_sync_replicas);
        let leader = partition.leader.filter(|leader| self.is_alive(*leader));
        let error = match leader {
            None => ErrorCode::LeaderNotAvailable,
            Some(leader) if !self.is_reachable(leader) && self.version >= 6 => ErrorCode::ListenerNotFound,
            Some(leader) if !self.is_reachable(leader) => ErrorCode::LeaderNotAvailable,
            Some(_) if replicas.len() < partition.replicas.len() => ErrorCode::ReplicaNotAvailable,
            Some(_) if in_sync.len() < partition.in_sync_replicas.len() => ErrorCode::ReplicaNotAvailable,
            Some(_) => ErrorCode::None,
        };
        let leader_shown = leader.filter(|leader| self.is_reachable(*leader));
        MetadataResponsePartition {
            error_code: error.code(),
            partition_index: index.value(),
            leader_id: leader_shown.map_or(-1, BrokerId::value),
            leader_epoch: partition.leader_epoch.value(),
            replica_nodes: replicas,
            isr_nodes: in_sync,
            offline_replicas: offline_replicas(self.image, partition),
            ..MetadataResponsePartition::default()
        }
    }

    fn is_alive(&self, id: BrokerId) -> bool {
        self.image.cluster().broker(id).is_some_and(|broker| !broker.fenced)
    }

    fn is_reachable(&self, id: BrokerId) -> bool {
        self.image.cluster().broker(id).is_some_and(|broker| !broker.fenced && broker.endpoint(self.listener).is_some())
    }
}

/// Replicas that cannot be read: on brokers that are gone or fenced, or in directories that are offline.
pub(super) fn offline_replicas(image: &MetadataImage, partition: &PartitionImage) -> Vec<i32> {
    let is_online = |id: &BrokerId| {
        image.cluster().broker(*id).is_some_and(|broker| {
            !broker.fenced && partition.directory_of(*id).is_none_or(|directory| broker.has_online_directory(directory))
        })
    };
    partition.replicas.iter().filter(|id| !is_online(id)).map(|id| id.value()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};
    use ottla_model::{ErrorCode, Uuid};
    use ottla_protocol::messages::MetadataRequest;
    use ottla_protocol::messages::metadata_request::MetadataRequestTopic;

    const ID: Uuid = Uuid::from_bytes([7; 16]);

    fn asked(topics: &[(Option<&str>, Uuid)], version: i16) -> Result<Wanted, ErrorCode> {
        let topic = |&(name, topic_id): &(Option<&str>, Uuid)| MetadataRequestTopic {
            name: name.map(str::to_owned),
            topic_id,
            ..MetadataRequestTopic::default()
        };
        let topics = Some(topics.iter().map(topic).collect());
        wanted(&MetadataRequest { topics, ..MetadataRequest::default() }, version)
    }

    #[test]
    fn topics_are_named_or_numbered() {
        let refused = |topics: &[(Option<&str>, Uuid)], version| asked(topics, version).err();
        assert!(matches!(asked(&[], 0), Ok(Wanted::All)));
        assert!(matches!(asked(&[], 1), Ok(Wanted::ByName(names)) if names.is_empty()));
        assert!(matches!(asked(&[(Some("a"), Uuid::ZERO), (None, ID)], 12), Ok(Wanted::ById(ids)) if ids.len() == 1));
        assert!(matches!(asked(&[(None, Uuid::ZERO), (None, ID)], 12), Ok(Wanted::ById(ids)) if ids.len() == 1));
        assert_eq!(refused(&[(None, ID)], 11), Some(ErrorCode::InvalidRequest));
        assert_eq!(refused(&[(Some("a"), ID)], 11), Some(ErrorCode::InvalidRequest));
        assert_eq!(refused(&[(None, Uuid::ZERO), (Some("a"), Uuid::ZERO)], 12), Some(ErrorCode::UnknownServerError));
    }
}
