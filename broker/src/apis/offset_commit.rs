//! OffsetCommit (key 8), versions 2–10. Read on the group and on the topics.
//! v2–4 time to keep the offsets · v6 leader epochs (KIP-320) · v7 static members (KIP-345) · v9 members of consumer groups
//! (KIP-848) · v10 topic ids (KIP-848)
//! Rules: `coordinators::group::offsets`.

use super::{Call, leader_epoch};
use crate::error_codes::ToErrorCode;
use crate::node::{Node, TopicLookup};
use ottla_coordinators::group::GroupError;
use ottla_coordinators::group::offsets::{CommitPartition, CommitRequest, CommitTopic, Committer, TopicResult};
use ottla_metadata::MetadataImage;
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicId, TopicName, Uuid};
use ottla_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use ottla_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use ottla_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let by_id = call.version >= 10;
    let image = node.image();
    let mut answer = Answer { by_id, topics: Vec::new() };
    let mut topics = Vec::new();
    for topic in &request.topics {
        match node.find_topic(by_id, &topic.name, topic.topic_id) {
            TopicLookup::Unknown(error) => answer.refuse(topic, &topic.partitions, error),
            TopicLookup::Found { id, name } => topics.extend(known_partitions(&image, topic, id, name, &mut answer)),
        }
    }
    if topics.is_empty() {
        return answer.into_response();
    }
    let commit = CommitRequest {
        committer: Committer {
            group_id: request.group_id,
            generation: request.generation_id_or_member_epoch,
            member_id: request.member_id,
            group_instance_id: request.group_instance_id,
        },
        retention: Some(request.retention_time_ms).filter(|retention| *retention != -1),
        topics,
    };
    let reply = node.decide_group(&commit.committer.group_id, |shard, now| shard.commit_offsets(&commit, now)).await;
    let heard: Vec<Heard> = match reply.flatten() {
        Ok(results) => results.iter().map(heard).collect(),
        Err(error) => {
            let error = error_for(error, call.version);
            commit.topics.iter().map(|topic| refused_by_coordinator(topic, error)).collect()
        }
    };
    answer.merge(heard).into_response()
}

/// The partitions of a topic that there are; the others are refused.
fn known_partitions(
    image: &MetadataImage,
    asked: &OffsetCommitRequestTopic,
    id: TopicId,
    name: TopicName,
    answer: &mut Answer,
) -> Option<CommitTopic> {
    let exists = |partition: &&OffsetCommitRequestPartition| {
        image.topics().partition(id, PartitionIndex::new(partition.partition_index)).is_some()
    };
    let (known, unknown): (Vec<_>, Vec<_>) = asked.partitions.iter().partition(exists);
    if !unknown.is_empty() {
        answer.refuse(asked, unknown, ErrorCode::UnknownTopicOrPartition);
    }
    let partitions: Vec<_> = known.into_iter().map(commit_partition).collect();
    (!partitions.is_empty()).then_some(CommitTopic { topic: name, topic_id: id, partitions })
}

fn commit_partition(partition: &OffsetCommitRequestPartition) -> CommitPartition {
    CommitPartition {
        partition: PartitionIndex::new(partition.partition_index),
        offset: Offset::new(partition.committed_offset),
        leader_epoch: leader_epoch(partition.committed_leader_epoch),
        metadata: partition.committed_metadata.clone().unwrap_or_default(),
    }
}

/// Before version 9, a group that does not exist is one of another generation.
fn error_for(error: GroupError, version: i16) -> ErrorCode {
    match error {
        GroupError::GroupIdNotFound if version < 9 => ErrorCode::IllegalGeneration,
        error => error.error_code(),
    }
}

/// What the coordinator says of one topic.
struct Heard {
    name: String,
    topic_id: Uuid,
    partitions: Vec<OffsetCommitResponsePartition>,
}

fn heard(topic: &TopicResult) -> Heard {
    let partitions = topic.partitions.iter().map(|partition| {
        let error = partition.result.map_or_else(|error| error.error_code(), |()| ErrorCode::None);
        result(partition.partition.value(), error)
    });
    Heard { name: topic.topic.to_string(), topic_id: topic.topic_id, partitions: partitions.collect() }
}

fn refused_by_coordinator(topic: &CommitTopic, error: ErrorCode) -> Heard {
    let partitions = topic.partitions.iter().map(|partition| result(partition.partition.value(), error));
    Heard { name: topic.topic.to_string(), topic_id: topic.topic_id, partitions: partitions.collect() }
}

/// An answer that grows: refusals first, under one heading a topic, then what the coordinator says.
struct Answer {
    by_id: bool,
    topics: Vec<OffsetCommitResponseTopic>,
}

impl Answer {
    fn heading(&mut self, name: &str, topic_id: Uuid) -> Option<&mut OffsetCommitResponseTopic> {
        let by_id = self.by_id;
        self.topics.iter_mut().find(|topic| if by_id { topic.topic_id == topic_id } else { topic.name == name })
    }

    fn refuse<'a>(
        &mut self,
        topic: &OffsetCommitRequestTopic,
        partitions: impl IntoIterator<Item = &'a OffsetCommitRequestPartition>,
        error: ErrorCode,
    ) {
        let refused = partitions.into_iter().map(|partition| result(partition.partition_index, error));
        match self.heading(&topic.name, topic.topic_id) {
            Some(heading) => heading.partitions.extend(refused),
            None => self.topics.push(OffsetCommitResponseTopic {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                partitions: refused.collect(),
                ..OffsetCommitResponseTopic::default()
            }),
        }
    }

    /// Without refusals, a topic that was named twice is answered twice.
    fn merge(mut self, heard: Vec<Heard>) -> Self {
        let is_whole = self.topics.is_empty();
        for Heard { name, topic_id, partitions } in heard {
            let heading = if is_whole { None } else { self.heading(&name, topic_id) };
            match heading {
                Some(heading) => heading.partitions.extend(partitions),
                None => self.topics.push(OffsetCommitResponseTopic {
                    name,
                    topic_id,
                    partitions,
                    ..OffsetCommitResponseTopic::default()
                }),
            }
        }
        self
    }

    fn into_response(self) -> OffsetCommitResponse {
        OffsetCommitResponse { topics: self.topics, ..OffsetCommitResponse::default() }
    }
}

fn result(partition_index: i32, error: ErrorCode) -> OffsetCommitResponsePartition {
    OffsetCommitResponsePartition {
        partition_index,
        error_code: error.code(),
        ..OffsetCommitResponsePartition::default()
    }
}
