//! Fetch (key 1), versions 4–18. Read on topics.
//! v7 incremental sessions (KIP-227) · v9 leader epochs (KIP-320) · v12 diverging epochs (KIP-595) · v13 topic ids
//! (KIP-516) · v16 tells the leader (KIP-951) · v17, v18 replicas of the metadata log only
//! Waits until there are `min_bytes`, an error, or `max_wait_ms` are over. Records are slices of segment files.
//! Rules: `replication::leader::read`; sessions: `fetch_sessions`; waiting: `waiting::fetch_bytes`.

mod request;

use super::Call;
use crate::drivers::partitions::HostedPartition;
use crate::error_codes::ToErrorCode;
use crate::fetch_sessions::{FetchPlan, FetchSession, Interest, Outcome, SessionError, TopicRef, WantedPartition};
use crate::node::{LeaderHint, Node, TopicLookup};
use crate::random;
use crate::waiting::FetchWaiter;
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicIdPartition, Uuid};
use ottla_protocol::messages::fetch_response::{
    AbortedTransaction, EpochEndOffset, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use ottla_protocol::messages::{FetchRequest, FetchResponse};
use ottla_records::Records;
use ottla_replication::{FetchOutcome, FetchSpec, Isolation};
use request::{forgotten, once_each, wanted};
use std::sync::Arc;
use std::time::Duration;

pub async fn handle(node: Arc<Node>, call: Call, request: FetchRequest) -> FetchResponse {
    let uses_topic_ids = call.version >= 13;
    let plan = match node.fetch_sessions().plan(
        request.session_id,
        request.session_epoch,
        uses_topic_ids,
        wanted(&request, uses_topic_ids),
        forgotten(&request, uses_topic_ids),
        node.clock().elapsed(),
    ) {
        Ok(plan) => plan,
        Err(error) => return refused(error),
    };
    let isolation = match request.isolation_level {
        0 => Isolation::ReadUncommitted,
        1 => Isolation::ReadCommitted,
        // Kafka does not expect it, and says no more than that.
        _ => return refused_whole(request, call.version, ErrorCode::UnknownServerError),
    };
    let fetch = Fetch {
        call: &call,
        targets: targets(&node, plan, &request, uses_topic_ids),
        // Replicas are not served yet: whoever says it is one is told, partition by partition, that it is none.
        is_replica: request.replica_id >= 0 || request.replica_state.replica_id >= 0,
        isolation,
        max_bytes: request.max_bytes.min(i32::try_from(node.config().topics.fetch_bytes_max).unwrap_or(i32::MAX)),
    };
    let min_bytes = request.min_bytes.min(fetch.max_bytes);
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let read = fetch.read_enough(min_bytes, max_wait).await;
    respond(&node, plan, uses_topic_ids, read, &fetch)
}

fn refused(error: SessionError) -> FetchResponse {
    let code = match error {
        SessionError::UnknownId => ErrorCode::FetchSessionIdNotFound,
        SessionError::WrongEpoch => ErrorCode::InvalidFetchSessionEpoch,
        SessionError::MixedTopicRefs => ErrorCode::FetchSessionTopicIdError,
    };
    FetchResponse { error_code: code.code(), ..FetchResponse::default() }
}

/// Before version 13 the partitions are told, too.
fn refused_whole(request: FetchRequest, version: i16, error: ErrorCode) -> FetchResponse {
    let by_partition = request.topics.into_iter().filter(|_| version < 13);
    let topics = by_partition.map(|topic| FetchableTopicResponse {
        partitions: topic.partitions.iter().map(|partition| unknown_partition(partition.partition, error)).collect(),
        topic: topic.topic,
        ..FetchableTopicResponse::default()
    });
    FetchResponse {
        error_code: error.code(),
        session_id: request.session_id,
        responses: topics.collect(),
        ..FetchResponse::default()
    }
}

/// What is to be served, in serving order.
fn targets(node: &Node, plan: FetchPlan, request: &FetchRequest, ids: bool) -> Vec<Target> {
    let target = |(wanted, interest)| Target::find(node, wanted, interest);
    match plan {
        FetchPlan::Full { .. } => once_each(wanted(request, ids)).into_iter().map(target).collect(),
        FetchPlan::Incremental { session_id } => {
            let mut sessions = node.fetch_sessions();
            let session = sessions.session(session_id);
            let wanted = session.iter().flat_map(|session| session.wanted());
            wanted.map(|(wanted, interest)| target((wanted.clone(), interest))).collect()
        }
    }
}

/// One partition that is to be read.
struct Target {
    wanted: WantedPartition,
    interest: Interest,
    id: Option<TopicIdPartition>,
    partition: Result<Arc<HostedPartition>, ErrorCode>,
}

impl Target {
    fn find(node: &Node, wanted: WantedPartition, interest: Interest) -> Self {
        let found = match &wanted.topic {
            TopicRef::Id(id) => node.find_topic(true, "", *id),
            TopicRef::Name(name) => node.find_topic(false, name, Uuid::ZERO),
        };
        let (id, partition) = match found {
            TopicLookup::Unknown(error) => (None, Err(error)),
            TopicLookup::Found { id, .. } => {
                let id = TopicIdPartition { topic_id: id, partition: PartitionIndex::new(wanted.partition) };
                (Some(id), node.partitions().get(id).ok_or_else(|| node.why_not_here(id)))
            }
        };
        Self { wanted, interest, id, partition }
    }
}

/// One request's reading.
struct Fetch<'a> {
    call: &'a Call,
    targets: Vec<Target>,
    is_replica: bool,
    isolation: Isolation,
    max_bytes: i32,
}

/// What was read of all targets, in their order.
struct ReadAll {
    partitions: Vec<PartitionData>,
    bytes: u64,
    /// Something that the client should know at once: an error, or that its log is not this one.
    urgent: bool,
}

impl Fetch<'_> {
    async fn read_enough(&self, min_bytes: i32, max_wait: Duration) -> ReadAll {
        let min_bytes = u64::try_from(min_bytes).unwrap_or(0);
        let is_enough = |read: &ReadAll| read.urgent || read.bytes >= min_bytes || self.targets.is_empty();
        let read = self.read_all();
        if is_enough(&read) || max_wait.is_zero() {
            return read;
        }
        let deadline = tokio::time::Instant::now() + max_wait;
        let partitions = self.targets.iter().filter_map(|target| target.partition.as_ref().ok().cloned());
        let waiter = FetchWaiter::register(partitions.collect());
        loop {
            // Looked at only after the registration, so that nothing comes unseen in between.
            let read = self.read_all();
            if is_enough(&read) || tokio::time::timeout_at(deadline, waiter.woken()).await.is_err() {
                return read;
            }
        }
    }

    fn read_all(&self) -> ReadAll {
        let mut all = ReadAll { partitions: Vec::with_capacity(self.targets.len()), bytes: 0, urgent: false };
        let mut left = self.max_bytes;
        for target in &self.targets {
            let data = self.read(target, left, all.bytes == 0);
            let size = data.records.as_ref().map_or(0, Records::len);
            left = left.saturating_sub(i32::try_from(size).unwrap_or(i32::MAX)).max(0);
            all.bytes += size as u64;
            all.urgent |= data.error_code != 0 || data.diverging_epoch.epoch >= 0;
            all.partitions.push(data);
        }
        all
    }

    /// Reads one partition: `left` bytes at most, unless nothing was read before; then a first batch comes whole.
    fn read(&self, target: &Target, left: i32, is_first: bool) -> PartitionData {
        let index = target.wanted.partition;
        let hosted = match &target.partition {
            Ok(_) if self.is_replica => return refused_partition(index, ErrorCode::NotLeaderOrFollower),
            Ok(hosted) => hosted,
            Err(error @ (ErrorCode::UnknownTopicId | ErrorCode::UnknownTopicOrPartition)) => {
                return unknown_partition(index, *error);
            }
            Err(error) => return refused_partition(index, *error),
        };
        let Ok(max_bytes) = u32::try_from(target.interest.partition_max_bytes.min(left)) else {
            // Kafka does not expect a negative size, and says no more than that.
            return refused_partition(index, ErrorCode::UnknownServerError);
        };
        let fetched = hosted.partition().fetch(&FetchSpec {
            fetch_offset: Offset::new(target.interest.fetch_offset),
            max_bytes,
            whole_first_batch: is_first,
            isolation: self.isolation,
            current_leader_epoch: target.interest.current_leader_epoch,
            last_fetched_epoch: target.interest.last_fetched_epoch,
        });
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) => {
                let code = error.error_code();
                if code == ErrorCode::KafkaStorageError {
                    tracing::error!("cannot read {}: {error}", hosted.name());
                }
                // Clients of that time know no code for a broken disk, but look for another leader (KIP-112).
                let code = if code == ErrorCode::KafkaStorageError && self.call.version <= 5 {
                    ErrorCode::NotLeaderOrFollower
                } else {
                    code
                };
                return refused_partition(index, code);
            }
        };
        let mut data = PartitionData {
            partition_index: index,
            error_code: ErrorCode::None.code(),
            high_watermark: fetched.high_watermark.value(),
            last_stable_offset: fetched.last_stable_offset.value(),
            log_start_offset: fetched.log_start_offset.value(),
            ..no_records()
        };
        match fetched.outcome {
            FetchOutcome::Records { records, aborted_transactions } => {
                data.records = Some(records);
                data.aborted_transactions = aborted_transactions.map(|aborted| {
                    let aborted = aborted.into_iter().map(|transaction| AbortedTransaction {
                        producer_id: transaction.producer_id.value(),
                        first_offset: transaction.first_offset.value(),
                        ..AbortedTransaction::default()
                    });
                    aborted.collect()
                });
            }
            FetchOutcome::Diverging(end) => {
                data.diverging_epoch = EpochEndOffset {
                    epoch: end.leader_epoch.value(),
                    end_offset: end.end_offset.value(),
                    ..EpochEndOffset::default()
                };
            }
        }
        data
    }
}

fn no_records() -> PartitionData {
    PartitionData { records: Some(Records::empty()), aborted_transactions: None, ..PartitionData::default() }
}

fn refused_partition(partition_index: i32, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index,
        error_code: error.code(),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        ..no_records()
    }
}

/// A partition that was not even looked at, which Kafka tells with an empty list instead of none.
fn unknown_partition(partition_index: i32, error: ErrorCode) -> PartitionData {
    PartitionData { aborted_transactions: Some(Vec::new()), ..refused_partition(partition_index, error) }
}

/// Makes the answer: of all partitions, or of those with news; with a session for the next time, if one is wanted.
fn respond(node: &Node, plan: FetchPlan, ids: bool, read: ReadAll, fetch: &Fetch<'_>) -> FetchResponse {
    let mut response = FetchResponse::default();
    let mut partitions = Vec::with_capacity(read.partitions.len());
    for (target, mut data) in fetch.targets.iter().zip(read.partitions) {
        if fetch.call.version >= 16 {
            tell_leader(node, fetch.call, target, &mut data, &mut response.node_endpoints);
        }
        partitions.push((&target.wanted, data));
    }
    match plan {
        FetchPlan::Full { open: false } => {}
        FetchPlan::Full { open: true } => {
            let mut session = FetchSession::default();
            for (target, (wanted, data)) in fetch.targets.iter().zip(&partitions) {
                session.want((*wanted).clone(), target.interest);
                session.must_tell(wanted, outcome(data));
            }
            response.session_id = node.fetch_sessions().open(session, ids, node.clock().elapsed(), random::number);
        }
        FetchPlan::Incremental { session_id } => {
            response.session_id = session_id;
            if let Some(session) = node.fetch_sessions().session(session_id) {
                partitions.retain(|(wanted, data)| session.must_tell(wanted, outcome(data)));
            } else {
                // Evicted while this request waited. What was read is right nevertheless; the next request will learn.
                response.session_id = 0;
            }
        }
    }
    response.responses = by_topic(partitions);
    if fetch.is_replica {
        response.node_endpoints.clear(); // replicas know where the brokers are
    }
    response
}

fn outcome(data: &PartitionData) -> Outcome {
    Outcome {
        high_watermark: data.high_watermark,
        log_start_offset: data.log_start_offset,
        has_news: data.records.as_ref().is_some_and(|records| !records.is_empty()) || data.diverging_epoch.epoch >= 0,
        is_error: data.error_code != 0,
    }
}

/// Puts partitions of one topic that follow each other under one heading.
fn by_topic(partitions: Vec<(&WantedPartition, PartitionData)>) -> Vec<FetchableTopicResponse> {
    let mut topics: Vec<FetchableTopicResponse> = Vec::new();
    let mut last: Option<&TopicRef> = None;
    for (wanted, data) in partitions {
        if last != Some(&wanted.topic) {
            let (topic, topic_id) = match &wanted.topic {
                TopicRef::Id(id) => (String::new(), *id),
                TopicRef::Name(name) => (name.to_string(), Uuid::ZERO),
            };
            topics.push(FetchableTopicResponse { topic, topic_id, ..FetchableTopicResponse::default() });
            last = Some(&wanted.topic);
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(data);
        }
    }
    topics
}

/// Says who leads, so that the client need not ask (KIP-951).
fn tell_leader(node: &Node, call: &Call, target: &Target, data: &mut PartitionData, nodes: &mut Vec<NodeEndpoint>) {
    let is_elsewhere = [ErrorCode::NotLeaderOrFollower, ErrorCode::FencedLeaderEpoch].map(ErrorCode::code);
    if !is_elsewhere.contains(&data.error_code) {
        return;
    }
    let Some(LeaderHint { id, epoch, endpoint, rack }) =
        target.id.and_then(|id| node.leader_of(id, &call.connection.listener))
    else {
        return;
    };
    data.current_leader =
        LeaderIdAndEpoch { leader_id: id.value(), leader_epoch: epoch.value(), ..LeaderIdAndEpoch::default() };
    if let Some(endpoint) = endpoint
        && !nodes.iter().any(|node| node.node_id == id.value())
    {
        let port = i32::from(endpoint.port);
        nodes.push(NodeEndpoint { node_id: id.value(), host: endpoint.host, port, rack, ..NodeEndpoint::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchRequest, refused_whole};
    use ottla_model::ErrorCode;
    use ottla_protocol::messages::fetch_request::{FetchPartition, FetchTopic};

    #[test]
    fn partitions_are_told_why_the_request_is_refused_as_long_as_they_have_names() {
        let topic = FetchTopic { partitions: vec![FetchPartition::default(); 2], ..FetchTopic::default() };
        let request = FetchRequest { topics: vec![topic], session_id: 5, ..FetchRequest::default() };
        let refused = |version| refused_whole(request.clone(), version, ErrorCode::UnknownServerError);
        assert_eq!((refused(12).error_code, refused(12).session_id), (-1, 5));
        let told: Vec<_> = refused(12).responses[0].partitions.iter().map(|one| one.error_code).collect();
        assert_eq!(told, [-1, -1]);
        assert_eq!(refused(13).responses, []);
    }
}
