//! What the client knows of a cluster.

use crate::ClientError;
use crate::config::Address;
use ottla_model::{BrokerId, ErrorCode, LeaderEpoch, PartitionIndex, TopicId};
use ottla_protocol::messages::MetadataResponse;
use ottla_protocol::messages::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use std::collections::BTreeMap;

/// A broker that clients can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where it listens for clients.
    pub address: Address,
    /// `broker.rack`.
    pub rack: Option<String>,
}

/// A topic as Metadata tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMetadata {
    /// Its name.
    pub name: String,
    /// Its id; zero from brokers that have none.
    pub id: TopicId,
    /// Whether Kafka keeps its own state in it.
    pub is_internal: bool,
    /// Its partitions, by index.
    pub partitions: Vec<PartitionMetadata>,
}

/// A partition as Metadata tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// Which of the topic's.
    pub index: PartitionIndex,
    /// Who leads it, if anybody does.
    pub leader: Option<BrokerId>,
    /// Since which election, if the broker tells.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Its replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// Those in sync with the leader.
    pub in_sync_replicas: Vec<BrokerId>,
    /// Those that are down.
    pub offline_replicas: Vec<BrokerId>,
}

/// Whoever it is on the wire; -1 is nobody.
pub(crate) fn broker_or_nobody(id: i32) -> Option<BrokerId> {
    (id >= 0).then_some(BrokerId::new(id))
}

/// Since which election; -1 is unknown.
pub(crate) fn epoch_or_unknown(epoch: i32) -> Option<LeaderEpoch> {
    (epoch >= 0).then_some(LeaderEpoch::new(epoch))
}

/// Broker ids from the wire.
pub(crate) fn broker_ids(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId::new).collect()
}

/// The brokers that an answer names.
pub(super) fn brokers_of(answer: &MetadataResponse) -> BTreeMap<BrokerId, Broker> {
    let broker = |node: &ottla_protocol::messages::metadata_response::MetadataResponseBroker| {
        let port = u16::try_from(node.port).ok()?;
        let id = BrokerId::new(node.node_id);
        let address = Address { host: node.host.clone(), port };
        Some((id, Broker { id, address, rack: node.rack.clone() }))
    };
    answer.brokers.iter().filter_map(broker).collect()
}

/// The topic in an answer, or why the broker does not tell of it.
pub(super) fn topic_of(topic: MetadataResponseTopic) -> Result<TopicMetadata, ClientError> {
    let name = topic.name.unwrap_or_default();
    let message = match ErrorCode::try_from(topic.error_code) {
        Ok(ErrorCode::InvalidTopicException) => Some(format!("Invalid topics: [{name}]")),
        Ok(ErrorCode::TopicAuthorizationFailed) => Some(format!("Not authorized to access topics: [{name}]")),
        _ => None,
    };
    ClientError::check(topic.error_code, message)?;
    let mut partitions: Vec<_> = topic.partitions.into_iter().map(partition_of).collect();
    partitions.sort_by_key(|partition| partition.index);
    Ok(TopicMetadata { name, id: topic.topic_id, is_internal: topic.is_internal, partitions })
}

fn partition_of(partition: MetadataResponsePartition) -> PartitionMetadata {
    PartitionMetadata {
        index: PartitionIndex::new(partition.partition_index),
        leader: broker_or_nobody(partition.leader_id),
        leader_epoch: epoch_or_unknown(partition.leader_epoch),
        replicas: broker_ids(&partition.replica_nodes),
        in_sync_replicas: broker_ids(&partition.isr_nodes),
        offline_replicas: broker_ids(&partition.offline_replicas),
    }
}

impl TopicMetadata {
    /// The partition of that index.
    pub fn partition(&self, index: PartitionIndex) -> Option<&PartitionMetadata> {
        self.partitions.iter().find(|partition| partition.index == index)
    }
}
