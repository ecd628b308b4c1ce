//! From names and ids in requests to topics, partitions and leaders.

use super::Node;
use ottla_metadata::image::Endpoint;
use ottla_model::{BrokerId, ErrorCode, LeaderEpoch, TopicId, TopicIdPartition, TopicName};

/// What a topic's name or id stands for.
#[derive(Debug, Clone)]
pub enum TopicLookup {
    /// A topic.
    Found {
        /// Its id.
        id: TopicId,
        /// Its name.
        name: TopicName,
    },
    /// No topic; the code is for the answer.
    Unknown(ErrorCode),
}

/// Who leads a partition.
#[derive(Debug, Clone)]
pub struct LeaderHint {
    /// The leader.
    pub id: BrokerId,
    /// Its epoch.
    pub epoch: LeaderEpoch,
    /// Where it is on the listener that was asked.
    pub endpoint: Option<Endpoint>,
    /// The rack it stands in.
    pub rack: Option<String>,
}

impl Node {
    /// The topic of that id (`by_id`), or of that name.
    pub fn find_topic(&self, by_id: bool, name: &str, id: TopicId) -> TopicLookup {
        let image = self.image();
        let (topic, unknown) = if by_id {
            (image.topics().by_id(id), ErrorCode::UnknownTopicId)
        } else {
            (image.topics().by_name(name), ErrorCode::UnknownTopicOrPartition)
        };
        match topic {
            Some(topic) => TopicLookup::Found { id: topic.id(), name: topic.name().clone() },
            None => TopicLookup::Unknown(unknown),
        }
    }

    /// Why a partition of a known topic is not hosted here: there is none of that number, or it is elsewhere.
    pub fn why_not_here(&self, id: TopicIdPartition) -> ErrorCode {
        match self.image().topics().partition(id.topic_id, id.partition) {
            None => ErrorCode::UnknownTopicOrPartition,
            Some(_) => ErrorCode::NotLeaderOrFollower,
        }
    }

    /// Who leads a partition, as a client of `listener` would reach it.
    pub fn leader_of(&self, id: TopicIdPartition, listener: &str) -> Option<LeaderHint> {
        let image = self.image();
        let partition = image.topics().partition(id.topic_id, id.partition)?;
        let leader = partition.leader?;
        let broker = image.cluster().broker(leader);
        Some(LeaderHint {
            id: leader,
            epoch: partition.leader_epoch,
            endpoint: broker.and_then(|broker| broker.endpoint(listener)).cloned(),
            rack: broker.and_then(|broker| broker.rack.clone()),
        })
    }
}
