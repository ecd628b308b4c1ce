//! Produce (key 0), versions 3–13; 0–2 are advertised for librdkafka's sake (KAFKA-18659), and refused. Write on topics.
//! v5 log start offset · v7 zstd · v8 which records were refused (KIP-467) · v10 tells the leader (KIP-951) · v13 topic ids
//! acks=0 has no answer; with an error the connection is closed, so that the producer looks again.
//! What cannot be read as batches at all spoils the whole request, as in Kafka: see `check`.
//! Rules: `replication::leader::append`, `storage::log::validate`.

mod check;

use super::{Call, Reply};
use crate::drivers::partitions::HostedPartition;
use crate::error_codes::ToErrorCode;
use crate::node::{Node, TopicLookup};
use ottla_model::{ErrorCode, PartitionIndex, Timestamp, TopicIdPartition, Uuid};
use ottla_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use ottla_protocol::messages::produce_response::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, TopicProduceResponse,
};
use ottla_protocol::messages::{ProduceRequest, ProduceResponse};
use ottla_replication::{AppendRefused, RequiredAcks};
use ottla_storage::{AppendError, Appended, RejectedRecord};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// The client id by which administrative tools may write into the coordinators' topics.
const ADMIN_CLIENT_ID: &str = "__admin_client";

pub async fn handle(node: Arc<Node>, call: Call, request: ProduceRequest) -> Reply<ProduceResponse> {
    let acks = RequiredAcks::from_wire(request.acks);
    if let Err(refusal) = check::whole_request(&request) {
        return match acks {
            Some(RequiredAcks::None) => Reply::Close(format!("Produce with acks=0 failed: {}", refusal.error)),
            _ => refuse_all(request, &refusal).into(),
        };
    }
    let mut produce =
        Produce { node: &node, call: &call, acks, now: node.clock().now(), appended: Vec::new(), nodes: Vec::new() };
    let mut responses = by_topic(request.topic_data.into_iter().map(|topic| produce.topic(topic)));
    let Produce { appended, nodes, .. } = produce;

    if acks == Some(RequiredAcks::None) {
        return match first_error(&responses) {
            None => Reply::Nothing,
            Some(error) => Reply::Close(format!("Produce with acks=0 failed: {error}")),
        };
    }
    if acks == Some(RequiredAcks::All) {
        let durability = node.config().ottla.ack_durability;
        let unsafe_yet: Vec<_> =
            appended.into_iter().filter(|partition| partition.must_be_durable(durability)).collect();
        if !unsafe_yet.is_empty() {
            for partition in node.flusher().flush(unsafe_yet).await {
                refuse(&mut responses, &partition, ErrorCode::KafkaStorageError);
            }
        }
    }
    ProduceResponse { responses, node_endpoints: nodes, ..ProduceResponse::default() }.into()
}

/// One request's way through its partitions.
struct Produce<'a> {
    node: &'a Node,
    call: &'a Call,
    /// `None` if the request asks for acks that there are not.
    acks: Option<RequiredAcks>,
    now: Timestamp,
    /// Where something is in the log now, or was already: what a promise is made about.
    appended: Vec<Arc<HostedPartition>>,
    nodes: Vec<NodeEndpoint>,
}

impl Produce<'_> {
    fn topic(&mut self, topic: TopicProduceData) -> TopicProduceResponse {
        let found = self.node.find_topic(self.call.version >= 13, &topic.name, topic.topic_id);
        let partition_responses = topic.partition_data.into_iter().map(|data| self.partition(&found, data)).collect();
        TopicProduceResponse {
            name: topic.name,
            topic_id: topic.topic_id,
            partition_responses,
            ..TopicProduceResponse::default()
        }
    }

    fn partition(&mut self, topic: &TopicLookup, data: PartitionProduceData) -> PartitionProduceResponse {
        let index = data.index;
        let (topic_id, name) = match topic {
            TopicLookup::Found { id, name } => (*id, name),
            TopicLookup::Unknown(error) => return refused(index, *error),
        };
        let id = TopicIdPartition { topic_id, partition: PartitionIndex::new(index) };
        if self.node.image().topics().partition(topic_id, id.partition).is_none() {
            return refused(index, ErrorCode::UnknownTopicOrPartition);
        }
        let records = match check::only_batch(data.records, self.call.version) {
            Ok(records) => records,
            Err(error) => return refused(index, error),
        };
        let Some(acks) = self.acks else { return refused(index, ErrorCode::InvalidRequiredAcks) };
        if name.is_internal() && self.call.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
            return refused(index, ErrorCode::InvalidTopicException);
        }
        let Some(partition) = self.node.partitions().get(id) else {
            return self.tell_leader(id, refused(index, ErrorCode::NotLeaderOrFollower));
        };
        match partition.append(records, acks, self.now) {
            Ok(outcome) => {
                let response = accepted(index, &outcome);
                if outcome.rolled {
                    self.node.flusher().flush_inactive_segments(Arc::clone(&partition));
                }
                self.appended.push(partition);
                response
            }
            Err(AppendRefused::NotLeader(reason)) => self.tell_leader(id, refused(index, reason.error_code())),
            Err(error) => {
                if let AppendRefused::Log(AppendError::Storage(error)) = &error {
                    tracing::error!("cannot append to {}: {error}", partition.name());
                }
                let log_start_offset = partition.partition().reader().log_start_offset().value();
                append_refused(index, error, log_start_offset)
            }
        }
    }

    /// Says who leads, so that the producer need not ask (KIP-951).
    fn tell_leader(
        &mut self,
        id: TopicIdPartition,
        mut response: PartitionProduceResponse,
    ) -> PartitionProduceResponse {
        if self.call.version >= 10
            && let Some(leader) = self.node.leader_of(id, &self.call.connection.listener)
        {
            response.current_leader = LeaderIdAndEpoch {
                leader_id: leader.id.value(),
                leader_epoch: leader.epoch.value(),
                ..LeaderIdAndEpoch::default()
            };
            if let Some(endpoint) = leader.endpoint
                && !self.nodes.iter().any(|node| node.node_id == leader.id.value())
            {
                self.nodes.push(NodeEndpoint {
                    node_id: leader.id.value(),
                    host: endpoint.host,
                    port: i32::from(endpoint.port),
                    rack: leader.rack,
                    ..NodeEndpoint::default()
                });
            }
        }
        response
    }
}

/// Puts the answers for a topic that the request has more than once under one heading, and leaves out topics of which it
/// wants nothing.
fn by_topic(answers: impl Iterator<Item = TopicProduceResponse>) -> Vec<TopicProduceResponse> {
    let mut topics: Vec<TopicProduceResponse> = Vec::new();
    let mut places: HashMap<(String, Uuid), usize> = HashMap::new();
    for answer in answers.filter(|answer| !answer.partition_responses.is_empty()) {
        match places.entry((answer.name.clone(), answer.topic_id)) {
            Entry::Occupied(place) => topics[*place.get()].partition_responses.extend(answer.partition_responses),
            Entry::Vacant(place) => {
                place.insert(topics.len());
                topics.push(answer);
            }
        }
    }
    topics
}

fn refuse_all(request: ProduceRequest, refusal: &check::Refusal) -> ProduceResponse {
    let topics = request.topic_data.into_iter().map(|topic| {
        let partitions = topic.partition_data.iter().map(|data| PartitionProduceResponse {
            error_message: refusal.message.clone(),
            ..refused(data.index, refusal.error)
        });
        TopicProduceResponse {
            partition_responses: partitions.collect(),
            name: topic.name,
            topic_id: topic.topic_id,
            ..TopicProduceResponse::default()
        }
    });
    ProduceResponse { responses: by_topic(topics), ..ProduceResponse::default() }
}

fn accepted(index: i32, appended: &Appended) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: ErrorCode::None.code(),
        base_offset: appended.base_offset.value(),
        log_append_time_ms: appended.log_append_time.map_or(-1, Timestamp::value),
        log_start_offset: appended.log_start_offset.value(),
        ..PartitionProduceResponse::default()
    }
}

fn refused(index: i32, error: ErrorCode) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: error.code(),
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        ..PartitionProduceResponse::default()
    }
}

/// What Kafka tells of a refusal besides its code: which records are to blame, and where the log begins, but the latter
/// not with the refusals that it expects to see.
fn append_refused(index: i32, error: AppendRefused, log_start_offset: i64) -> PartitionProduceResponse {
    let code = error.error_code();
    let message = error.to_string();
    match error {
        AppendRefused::Log(AppendError::InvalidRecord { records, .. } | AppendError::InvalidTimestamp { records })
            if !records.is_empty() =>
        {
            PartitionProduceResponse {
                record_errors: records.into_iter().map(record_error).collect(),
                error_message: Some(message),
                log_start_offset,
                ..refused(index, code)
            }
        }
        AppendRefused::NotLeader(_)
        | AppendRefused::Log(
            AppendError::Corrupt { .. }
            | AppendError::BatchTooLarge { .. }
            | AppendError::LargerThanSegment { .. }
            | AppendError::Storage(_),
        ) => refused(index, code),
        AppendRefused::NotEnoughReplicas { .. }
        | AppendRefused::Log(
            AppendError::InvalidRecord { .. }
            | AppendError::InvalidTimestamp { .. }
            | AppendError::Unreadable { .. }
            | AppendError::UnsupportedCompression { .. }
            | AppendError::OutOfOrderSequence { .. }
            | AppendError::InvalidProducerEpoch { .. }
            | AppendError::InvalidTransactionState { .. }
            | AppendError::CoordinatorFenced { .. }
            | AppendError::UnexpectedOffset { .. },
        ) => PartitionProduceResponse { log_start_offset, ..refused(index, code) },
    }
}

fn record_error(rejected: RejectedRecord) -> BatchIndexAndErrorMessage {
    BatchIndexAndErrorMessage {
        batch_index: rejected.batch_index,
        batch_index_error_message: Some(rejected.message),
        ..BatchIndexAndErrorMessage::default()
    }
}

fn first_error(responses: &[TopicProduceResponse]) -> Option<ErrorCode> {
    let partitions = responses.iter().flat_map(|topic| &topic.partition_responses);
    let code = partitions.map(|partition| partition.error_code).find(|code| *code != 0)?;
    ErrorCode::try_from(code).ok()
}

fn refuse(responses: &mut [TopicProduceResponse], partition: &HostedPartition, error: ErrorCode) {
    for topic in responses {
        if topic.topic_id == partition.id().topic_id || topic.name == partition.name().topic.as_str() {
            for response in &mut topic.partition_responses {
                if response.index == partition.id().partition.value() && response.error_code == 0 {
                    *response = refused(response.index, error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PartitionProduceResponse, TopicProduceResponse, append_refused, by_topic};
    use ottla_replication::AppendRefused;
    use ottla_storage::{AppendError, RejectedRecord};

    #[test]
    fn answers_come_under_one_heading_a_topic() {
        let answer = |name: &str, partitions: &[i32]| TopicProduceResponse {
            name: name.to_owned(),
            partition_responses: partitions
                .iter()
                .map(|&index| PartitionProduceResponse { index, ..PartitionProduceResponse::default() })
                .collect(),
            ..TopicProduceResponse::default()
        };
        let merged = by_topic([answer("a", &[0]), answer("b", &[]), answer("c", &[1]), answer("a", &[2])].into_iter());
        assert_eq!(merged, [answer("a", &[0, 2]), answer("c", &[1])]);
    }

    #[test]
    fn only_records_that_are_to_blame_bring_a_message() {
        let refused = |error: AppendError| {
            let answer = append_refused(0, AppendRefused::Log(error), 7);
            (answer.error_code, answer.log_start_offset, answer.record_errors.len(), answer.error_message.is_some())
        };
        let rejected = || vec![RejectedRecord { batch_index: 3, message: "why".to_owned() }];
        let text = || "what".to_owned();
        assert_eq!(refused(AppendError::InvalidTimestamp { records: rejected() }), (32, 7, 1, true));
        assert_eq!(refused(AppendError::InvalidRecord { message: text(), records: rejected() }), (87, 7, 1, true));
        assert_eq!(refused(AppendError::InvalidRecord { message: text(), records: Vec::new() }), (87, 7, 0, false));
        assert_eq!(refused(AppendError::OutOfOrderSequence { message: text() }), (45, 7, 0, false));
        assert_eq!(refused(AppendError::Unreadable { message: text() }), (-1, 7, 0, false));
        // Where the log begins is not told with what Kafka expects to see.
        assert_eq!(refused(AppendError::Corrupt { message: text() }), (2, -1, 0, false));
    }
}
