//! DeleteRecords (key 21), versions 0–2 (KIP-107). Delete on topics.
//! Rules: `replication::leader::delete_records`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::{Node, TopicLookup};
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicIdPartition, Uuid};
use ottla_protocol::messages::delete_records_request::DeleteRecordsPartition;
use ottla_protocol::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use ottla_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};
use std::sync::Arc;

/// "Everything that is committed" instead of an offset.
const HIGH_WATERMARK: i64 = -1;

pub async fn handle(node: Arc<Node>, _call: Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let found = node.find_topic(false, &topic.name, Uuid::ZERO);
        let partitions = topic.partitions.iter().map(|wanted| match &found {
            TopicLookup::Found { name, .. } if name.is_internal() => {
                refused(wanted.partition_index, ErrorCode::InvalidTopicException)
            }
            TopicLookup::Found { id, .. } => partition(&node, *id, wanted),
            TopicLookup::Unknown(error) => refused(wanted.partition_index, *error),
        });
        DeleteRecordsTopicResult { partitions: partitions.collect(), name: topic.name, ..Default::default() }
    });
    DeleteRecordsResponse { topics: topics.collect(), ..DeleteRecordsResponse::default() }
}

fn partition(node: &Node, topic_id: Uuid, wanted: &DeleteRecordsPartition) -> DeleteRecordsPartitionResult {
    let index = wanted.partition_index;
    let id = TopicIdPartition { topic_id, partition: PartitionIndex::new(index) };
    let Some(hosted) = node.partitions().get(id) else { return refused(index, node.why_not_here(id)) };
    let before = (wanted.offset != HIGH_WATERMARK).then(|| Offset::new(wanted.offset));
    match hosted.partition().delete_records_before(before) {
        Ok(low_watermark) => {
            hosted.note_change();
            DeleteRecordsPartitionResult {
                partition_index: index,
                low_watermark: low_watermark.value(),
                error_code: ErrorCode::None.code(),
                ..DeleteRecordsPartitionResult::default()
            }
        }
        Err(error) => refused(index, error.error_code()),
    }
}

fn refused(partition_index: i32, error: ErrorCode) -> DeleteRecordsPartitionResult {
    DeleteRecordsPartitionResult { partition_index, low_watermark: -1, error_code: error.code(), ..Default::default() }
}
