//! OffsetForLeaderEpoch (key 23), versions 2–4 (KIP-101, KIP-320). Describe on topics.
//! v3 tells replicas from clients · v4 flexible
//! Rules: `replication::leader::epoch_end`.

use super::{Call, leader_epoch};
use crate::error_codes::ToErrorCode;
use crate::node::{Node, TopicLookup};
use ottla_model::{ErrorCode, LeaderEpoch, PartitionIndex, TopicIdPartition, Uuid};
use ottla_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use ottla_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use ottla_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};
use std::sync::Arc;

pub async fn handle(
    node: Arc<Node>,
    _call: Call,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let found = node.find_topic(false, &topic.topic, Uuid::ZERO);
        let partitions = topic.partitions.iter().map(|wanted| match &found {
            TopicLookup::Found { id, .. } => partition(&node, *id, wanted),
            TopicLookup::Unknown(error) => undefined(wanted.partition, *error),
        });
        OffsetForLeaderTopicResult { partitions: partitions.collect(), topic: topic.topic, ..Default::default() }
    });
    OffsetForLeaderEpochResponse { topics: topics.collect(), ..OffsetForLeaderEpochResponse::default() }
}

fn partition(node: &Node, topic_id: Uuid, wanted: &OffsetForLeaderPartition) -> EpochEndOffset {
    let id = TopicIdPartition { topic_id, partition: PartitionIndex::new(wanted.partition) };
    let Some(hosted) = node.partitions().get(id) else { return undefined(wanted.partition, node.why_not_here(id)) };
    let expected_epoch = leader_epoch(wanted.current_leader_epoch);
    match hosted.partition().epoch_end(expected_epoch, LeaderEpoch::new(wanted.leader_epoch)) {
        Ok(Some(end)) => EpochEndOffset {
            partition: wanted.partition,
            error_code: ErrorCode::None.code(),
            leader_epoch: end.leader_epoch.value(),
            end_offset: end.end_offset.value(),
            ..EpochEndOffset::default()
        },
        Ok(None) => undefined(wanted.partition, ErrorCode::None),
        Err(error) => undefined(wanted.partition, error.error_code()),
    }
}

/// No such epoch, or an error.
fn undefined(partition: i32, error: ErrorCode) -> EpochEndOffset {
    EpochEndOffset { partition, error_code: error.code(), leader_epoch: -1, end_offset: -1, ..Default::default() }
}
