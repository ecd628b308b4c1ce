//! DescribeTopicPartitions (key 75), version 0 (KIP-966). Needs Describe on the topics.
//! Topics in the order of their names, partition by partition, cut into pages: the cursor says where the next page
//! begins. At most `max.request.partition.size.limit` partitions a page.

use super::Call;
use super::metadata::offline_replicas;
use crate::authorization::ALL_TOPIC_OPERATIONS;
use crate::node::Node;
use ottla_metadata::MetadataImage;
use ottla_metadata::image::PartitionImage;
use ottla_model::{BrokerId, ErrorCode, PartitionIndex, TopicName, Uuid};
use ottla_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use ottla_protocol::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};
use std::collections::BTreeSet;
use std::sync::Arc;

pub async fn handle(
    node: Arc<Node>,
    call: Call,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let asked = u32::try_from(request.response_partition_limit).unwrap_or(0);
    let limit = node.config().topics.described_partitions_max.min(asked).max(1) as usize;
    let image = node.image();
    let listing = Listing { image: &image, listener: &call.connection.listener };
    let (first_topic, first_partition) = match &request.cursor {
        Some(cursor) => (cursor.topic_name.as_str(), cursor.partition_index),
        None => ("", 0),
    };
    let start = |name: &str| PartitionIndex::new(if name == first_topic { first_partition } else { 0 });
    if request.topics.is_empty() {
        if first_partition < 0 {
            return invalid_request(&request);
        }
        let names = image.topics().iter_from(first_topic).map(|topic| topic.name().as_str());
        return listing.page(names, start, limit);
    }
    let all: BTreeSet<&str> = request.topics.iter().map(|topic| topic.name.as_str()).collect();
    if first_partition < 0 || (request.cursor.is_some() && !all.contains(first_topic)) {
        return invalid_request(&request);
    }
    listing.page(all.range(first_topic..).copied(), start, limit)
}

fn invalid_request(request: &DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
    let refused = |name: &String| DescribeTopicPartitionsResponseTopic {
        name: Some(name.clone()),
        error_code: ErrorCode::InvalidRequest.code(),
        ..Default::default()
    };
    DescribeTopicPartitionsResponse {
        topics: request.topics.iter().map(|topic| refused(&topic.name)).collect(),
        ..DescribeTopicPartitionsResponse::default()
    }
}

struct Listing<'a> {
    image: &'a MetadataImage,
    listener: &'a str,
}

impl Listing<'_> {
    /// The topics of `names`, with `limit` partitions at most, each topic from the partition that `start` gives.
    fn page<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        start: impl Fn(&str) -> PartitionIndex,
        limit: usize,
    ) -> DescribeTopicPartitionsResponse {
        let mut response = DescribeTopicPartitionsResponse::default();
        let mut left = limit;
        for name in names {
            let cursor_at =
                |partition_index| Some(Cursor { topic_name: name.to_owned(), partition_index, ..Cursor::default() });
            if left == 0 {
                response.next_cursor = cursor_at(0);
                break;
            }
            let Some(topic) = self.image.topics().by_name(name) else {
                response.topics.push(missing_topic(name));
                continue;
            };
            let mut partitions = topic.partitions_from(start(name));
            let shown: Vec<_> =
                partitions.by_ref().take(left).map(|(index, partition)| self.partition(index, partition)).collect();
            left -= shown.len();
            response.topics.push(DescribeTopicPartitionsResponseTopic {
                error_code: ErrorCode::None.code(),
                name: Some(name.to_owned()),
                topic_id: topic.id(),
                is_internal: topic.name().is_internal(),
                partitions: shown,
                topic_authorized_operations: ALL_TOPIC_OPERATIONS,
                ..Default::default()
            });
            if let Some((next, _)) = partitions.next() {
                response.next_cursor = cursor_at(next.value());
                break;
            }
        }
        response
    }

    fn partition(&self, index: PartitionIndex, partition: &PartitionImage) -> DescribeTopicPartitionsResponsePartition {
        let ids = |ids: &[BrokerId]| ids.iter().map(|id| id.value()).collect::<Vec<_>>();
        let leader = partition.leader.filter(|leader| {
            let broker = self.image.cluster().broker(*leader);
            broker.is_some_and(|broker| !broker.fenced && broker.endpoint(self.listener).is_some())
        });
        let error = if leader.is_some() { ErrorCode::None } else { ErrorCode::LeaderNotAvailable };
        DescribeTopicPartitionsResponsePartition {
            error_code: error.code(),
            partition_index: index.value(),
            leader_id: leader.map_or(-1, BrokerId::value),
            leader_epoch: partition.leader_epoch.value(),
            replica_nodes: ids(&partition.replicas),
            isr_nodes: ids(&partition.in_sync_replicas),
            eligible_leader_replicas: Some(ids(&partition.eligible_leader_replicas)),
            last_known_elr: Some(ids(&partition.last_known_leaders)),
            offline_replicas: offline_replicas(self.image, partition),
            ..Default::default()
        }
    }
}

fn missing_topic(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match TopicName::new(name) {
        Ok(_) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::InvalidTopicException,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(name.to_owned()),
        topic_id: Uuid::ZERO,
        is_internal: TopicName::new(name).is_ok_and(|name| name.is_internal()),
        topic_authorized_operations: ALL_TOPIC_OPERATIONS,
        ..Default::default()
    }
}
