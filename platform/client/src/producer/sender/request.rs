//! A Produce request, and what its answer says of each batch.

use super::super::Shared;
use super::super::batch::{Batch, Destination};
use crate::ClientError;
use crate::config::Acks;
use crate::connection::{Connection, PendingAnswer};
use ottla_model::{ErrorCode, Offset, Timestamp, TopicId};
use ottla_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use ottla_protocol::messages::{ProduceRequest, ProduceResponse};
use ottla_records::Records;
use std::collections::BTreeMap;

/// From this version on topics are named by id.
const FIRST_VERSION_WITH_IDS: i16 = 13;

/// Where a batch is, as far as the broker tells.
#[derive(Debug, Default)]
pub(super) struct Appended {
    pub(super) base_offset: Option<Offset>,
    pub(super) log_append_time: Option<Timestamp>,
}

/// The request for these batches, each for another partition.
pub(super) fn produce(shared: &Shared, batches: &[Batch]) -> ProduceRequest {
    let mut by_topic = BTreeMap::<&str, Vec<PartitionProduceData>>::new();
    for batch in batches {
        by_topic.entry(&batch.destination.topic).or_default().push(PartitionProduceData {
            index: batch.destination.partition.value(),
            records: Some(Records::from(batch.bytes.clone())),
            ..PartitionProduceData::default()
        });
    }
    let topic_data = by_topic.into_iter().map(|(name, partition_data)| TopicProduceData {
        name: name.to_owned(),
        partition_data,
        ..TopicProduceData::default()
    });
    ProduceRequest {
        acks: shared.config.acks.wire(),
        timeout_ms: i32::try_from(shared.config.connection.request_timeout.as_millis()).unwrap_or(i32::MAX),
        topic_data: topic_data.collect(),
        ..ProduceRequest::default()
    }
}

/// Sends it. `None` if there will be no answer.
pub(super) async fn submit(
    shared: &Shared,
    connection: &Connection,
    mut request: ProduceRequest,
) -> Result<Option<PendingAnswer<ProduceRequest>>, ClientError> {
    for topic in &mut request.topic_data {
        topic.topic_id = shared.cluster.remembered(&topic.name).map_or(TopicId::ZERO, |metadata| metadata.id);
    }
    let ids_are_known = request.topic_data.iter().all(|topic| !topic.topic_id.is_zero());
    let at_most = if ids_are_known { i16::MAX } else { FIRST_VERSION_WITH_IDS - 1 };
    let version = connection.version_at_most::<ProduceRequest>(at_most)?;
    // Each version has a place for one of the two.
    for topic in &mut request.topic_data {
        if version < FIRST_VERSION_WITH_IDS {
            topic.topic_id = TopicId::ZERO;
        } else {
            topic.name.clear();
        }
    }
    if shared.config.acks == Acks::None {
        connection.submit_unanswered(&request, version).await?;
        return Ok(None);
    }
    connection.submit(&request, version).await.map(Some)
}

/// What the answer says of a partition.
pub(super) fn outcome_of(
    shared: &Shared,
    answer: &ProduceResponse,
    destination: &Destination,
) -> Result<Appended, ClientError> {
    let name = &*destination.topic;
    let id = shared.cluster.remembered(name).map_or(TopicId::ZERO, |metadata| metadata.id);
    let topics = answer.responses.iter();
    let mut topics =
        topics.filter(|topic| if topic.name.is_empty() { topic.topic_id == id } else { topic.name == name });
    let index = destination.partition.value();
    let found = topics.find_map(|topic| topic.partition_responses.iter().find(|partition| partition.index == index));
    let Some(partition) = found else {
        // The topic has another id by now, so what the answer says of it cannot be found.
        return Err(ClientError::refused(ErrorCode::UnknownTopicId, None));
    };
    let first_record_error =
        || partition.record_errors.iter().find_map(|error| error.batch_index_error_message.clone());
    let message = partition.error_message.clone().or_else(first_record_error);
    ClientError::check(partition.error_code, message)?;
    Ok(Appended {
        base_offset: (partition.base_offset >= 0).then_some(Offset::new(partition.base_offset)),
        log_append_time: (partition.log_append_time_ms >= 0).then_some(Timestamp::new(partition.log_append_time_ms)),
    })
}
