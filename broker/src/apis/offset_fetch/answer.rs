//! What is said of a group's offsets.

use crate::error_codes::ToErrorCode;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::group::offsets::{FetchReply, FetchTopic, FetchedPartition, FetchedTopic};
use ottla_metadata::MetadataImage;
use ottla_model::{ErrorCode, LeaderEpoch, Uuid};
use ottla_protocol::messages::OffsetFetchResponse;
use ottla_protocol::messages::offset_fetch_request::OffsetFetchRequestTopics;
use ottla_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};

/// A topic that is asked about.
pub enum Asked {
    /// The coordinator may know of it.
    Known(FetchTopic),
    /// No topic can be called that: nothing was ever committed.
    Unknown(OffsetFetchRequestTopics),
    /// There is no topic of that id.
    UnknownId(OffsetFetchRequestTopics),
}

/// One group's answer, before the coordinator has said anything.
pub struct GroupAnswer {
    pub group_id: String,
    /// `None`: everything is asked for.
    pub topics: Option<Vec<Asked>>,
    pub version: i16,
}

impl GroupAnswer {
    /// What the coordinator says, and what it was not asked for.
    pub fn with(self, reply: FetchReply, image: &MetadataImage) -> OffsetFetchResponseGroup {
        match reply {
            Ok(fetched) => {
                let by_id = self.version >= 10;
                let topics = match self.topics {
                    None => fetched.into_iter().filter_map(|topic| of_everything(topic, by_id, image)).collect(),
                    Some(asked) => in_order(asked, fetched),
                };
                OffsetFetchResponseGroup { group_id: self.group_id, topics, ..OffsetFetchResponseGroup::default() }
            }
            Err(error) => self.refused(error_for(error)),
        }
    }

    /// Before version 2, only partitions have errors.
    fn refused(self, error: ErrorCode) -> OffsetFetchResponseGroup {
        let group_id = self.group_id;
        if self.version >= 2 {
            return OffsetFetchResponseGroup { group_id, error_code: error.code(), ..Default::default() };
        }
        let refused = |topic: Asked| match topic {
            Asked::Known(topic) => {
                let partitions = topic.partitions.iter().map(|partition| nothing(partition.value(), error));
                response_topic(topic.topic.to_string(), topic.topic_id, partitions.collect())
            }
            Asked::Unknown(topic) | Asked::UnknownId(topic) => unanswered(topic, error),
        };
        let topics = self.topics.into_iter().flatten().map(refused).collect();
        OffsetFetchResponseGroup { group_id, topics, ..OffsetFetchResponseGroup::default() }
    }
}

/// Old consumers do not know that a coordinator may be unavailable: they are sent to look for another one.
fn error_for(error: GroupError) -> ErrorCode {
    match error {
        GroupError::CoordinatorNotAvailable => ErrorCode::NotCoordinator,
        error => error.error_code(),
    }
}

/// The coordinator's answers in the order of the request, then the ids that nobody knows.
fn in_order(asked: Vec<Asked>, fetched: Vec<FetchedTopic>) -> Vec<OffsetFetchResponseTopics> {
    let mut fetched = fetched.into_iter();
    let (mut topics, mut unknown_ids) = (Vec::with_capacity(asked.len()), Vec::new());
    for topic in asked {
        match topic {
            Asked::Known(_) => topics.extend(fetched.next().map(response_of)),
            Asked::Unknown(topic) => topics.push(unanswered(topic, ErrorCode::None)),
            Asked::UnknownId(topic) => unknown_ids.push(unanswered(topic, ErrorCode::UnknownTopicId)),
        }
    }
    topics.append(&mut unknown_ids);
    topics
}

/// From version 10 on a topic cannot be told of that has no id any more.
fn of_everything(topic: FetchedTopic, by_id: bool, image: &MetadataImage) -> Option<OffsetFetchResponseTopics> {
    let mut topic = response_of(topic);
    if by_id && topic.topic_id.is_zero() {
        topic.topic_id = image.topics().id_of(&topic.name)?;
    }
    Some(topic)
}

fn response_of(topic: FetchedTopic) -> OffsetFetchResponseTopics {
    let partitions = topic.partitions.into_iter().map(partition).collect();
    response_topic(topic.topic.to_string(), topic.topic_id, partitions)
}

fn partition(fetched: FetchedPartition) -> OffsetFetchResponsePartitions {
    let partition_index = fetched.partition.value();
    match fetched.committed {
        Ok(Some(committed)) => OffsetFetchResponsePartitions {
            partition_index,
            committed_offset: committed.offset.value(),
            committed_leader_epoch: committed.leader_epoch.map_or(-1, LeaderEpoch::value),
            metadata: Some(committed.metadata.to_string()),
            ..OffsetFetchResponsePartitions::default()
        },
        Ok(None) => nothing(partition_index, ErrorCode::None),
        Err(error) => nothing(partition_index, error.error_code()),
    }
}

fn unanswered(topic: OffsetFetchRequestTopics, error: ErrorCode) -> OffsetFetchResponseTopics {
    let partitions = topic.partition_indexes.into_iter().map(|index| nothing(index, error)).collect();
    response_topic(topic.name, topic.topic_id, partitions)
}

fn nothing(partition_index: i32, error: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(String::new()),
        error_code: error.code(),
        ..OffsetFetchResponsePartitions::default()
    }
}

fn response_topic(
    name: String,
    topic_id: Uuid,
    partitions: Vec<OffsetFetchResponsePartitions>,
) -> OffsetFetchResponseTopics {
    OffsetFetchResponseTopics { name, topic_id, partitions, ..OffsetFetchResponseTopics::default() }
}

/// The one group of a request before version 8.
pub fn single(groups: Vec<OffsetFetchResponseGroup>) -> OffsetFetchResponse {
    let Some(group) = groups.into_iter().next() else { return OffsetFetchResponse::default() };
    let topics = group.topics.into_iter().map(|topic| OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(single_partition).collect(),
        ..OffsetFetchResponseTopic::default()
    });
    OffsetFetchResponse { topics: topics.collect(), error_code: group.error_code, ..OffsetFetchResponse::default() }
}

fn single_partition(partition: OffsetFetchResponsePartitions) -> OffsetFetchResponsePartition {
    OffsetFetchResponsePartition {
        partition_index: partition.partition_index,
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.metadata,
        error_code: partition.error_code,
        ..OffsetFetchResponsePartition::default()
    }
}
