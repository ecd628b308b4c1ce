//! OffsetDelete (key 47), version 0 (KIP-496). Delete on the group, Read on the topics.
//! Rules: `coordinators::group::offsets`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::group::offsets::{DeleteOffsetsRequest, FetchTopic, TopicResult};
use ottla_metadata::image::TopicImage;
use ottla_model::{ErrorCode, PartitionIndex};
use ottla_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use ottla_protocol::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use ottla_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    if request.group_id.is_empty() {
        return refuse_all(ErrorCode::InvalidGroupId);
    }
    let image = node.image();
    let mut answer = Answer::default();
    let mut topics = Vec::new();
    for topic in request.topics {
        match image.topics().by_name(&topic.name) {
            Some(known) => topics.extend(known_partitions(known, &topic, &mut answer)),
            None => answer.refuse(&topic.name, &topic.partitions),
        }
    }
    let delete = DeleteOffsetsRequest { group_id: request.group_id, topics };
    let reply = node.decide_group(&delete.group_id, |shard, _| shard.delete_offsets(&delete)).await;
    match reply.flatten() {
        Ok(results) => answer.merge(results),
        Err(error) => refuse_all(error.error_code()),
    }
}

/// The partitions of a topic that there are; the others are refused.
fn known_partitions(topic: &TopicImage, asked: &OffsetDeleteRequestTopic, answer: &mut Answer) -> Option<FetchTopic> {
    let exists = |partition: &&OffsetDeleteRequestPartition| {
        topic.partition(PartitionIndex::new(partition.partition_index)).is_some()
    };
    let (known, unknown): (Vec<_>, Vec<_>) = asked.partitions.iter().partition(exists);
    if !unknown.is_empty() {
        answer.refuse(&asked.name, unknown);
    }
    let partitions: Vec<_> =
        known.into_iter().map(|partition| PartitionIndex::new(partition.partition_index)).collect();
    let delete = FetchTopic { topic: topic.name().clone(), topic_id: topic.id(), partitions };
    (!delete.partitions.is_empty()).then_some(delete)
}

/// An answer that grows: what there is not, then what the coordinator says, under one heading a topic.
#[derive(Default)]
struct Answer {
    topics: Vec<OffsetDeleteResponseTopic>,
}

impl Answer {
    fn heading(&mut self, name: &str) -> &mut OffsetDeleteResponseTopic {
        let place = self.topics.iter().position(|topic| topic.name == name).unwrap_or_else(|| {
            self.topics.push(OffsetDeleteResponseTopic { name: name.to_owned(), ..Default::default() });
            self.topics.len() - 1
        });
        &mut self.topics[place]
    }

    fn refuse<'a>(&mut self, name: &str, partitions: impl IntoIterator<Item = &'a OffsetDeleteRequestPartition>) {
        let refused = partitions
            .into_iter()
            .map(|partition| result(partition.partition_index, ErrorCode::UnknownTopicOrPartition));
        self.heading(name).partitions.extend(refused);
    }

    /// Without refusals, a topic that was named twice is answered twice.
    fn merge(mut self, results: Vec<TopicResult>) -> OffsetDeleteResponse {
        let is_whole = self.topics.is_empty();
        for topic in results {
            let name = topic.topic.as_str();
            let partitions = topic.partitions.iter().map(|partition| {
                let error = partition.result.map_or_else(|error| error.error_code(), |()| ErrorCode::None);
                result(partition.partition.value(), error)
            });
            if is_whole {
                let (name, partitions) = (name.to_owned(), partitions.collect());
                self.topics.push(OffsetDeleteResponseTopic { name, partitions });
            } else {
                self.heading(name).partitions.extend(partitions);
            }
        }
        OffsetDeleteResponse { topics: self.topics, ..OffsetDeleteResponse::default() }
    }
}

fn result(partition_index: i32, error: ErrorCode) -> OffsetDeleteResponsePartition {
    OffsetDeleteResponsePartition { partition_index, error_code: error.code() }
}

fn refuse_all(error: ErrorCode) -> OffsetDeleteResponse {
    OffsetDeleteResponse { error_code: error.code(), ..OffsetDeleteResponse::default() }
}
