//! ListOffsets (key 2), versions 1–11. Describe on topics.
//! v2 isolation level · v4 leader epochs (KIP-320) · v7 max timestamp (KIP-734) · v8 earliest local (KIP-405) · v9 latest
//! tiered (KIP-1005) · v11 earliest not yet uploaded (KIP-1023)
//! Rules: `replication::leader::offsets`.

use super::{Call, leader_epoch};
use crate::error_codes::ToErrorCode;
use crate::node::{Node, TopicLookup};
use ottla_model::{ErrorCode, LeaderEpoch, PartitionIndex, Timestamp, TopicIdPartition, Uuid};
use ottla_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use ottla_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use ottla_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};
use ottla_replication::{Isolation, OffsetSpec};
use std::collections::HashSet;
use std::sync::Arc;

/// `replica_id` of a client that is no replica.
const CONSUMER: i32 = -1;

pub async fn handle(node: Arc<Node>, call: Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let isolation = match (request.replica_id, request.isolation_level) {
        (CONSUMER, 0) => Ok(Isolation::ReadUncommitted),
        (CONSUMER, 1) => Ok(Isolation::ReadCommitted),
        (_, 0 | 1) => Ok(Isolation::LogEnd),
        // Kafka does not expect it, and says no more than that.
        _ => Err(ErrorCode::UnknownServerError),
    };
    let mut topics = request.topics;
    let repeated = take_repetitions(&mut topics);
    let lookup = Lookup { node: &node, version: call.version, isolation, repeated };
    let topics = topics.into_iter().map(|topic| lookup.topic(topic)).collect();
    ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }
}

/// Leaves the first of several requests for a partition. Gives those partitions: none of the requests is allowed.
fn take_repetitions(topics: &mut [ListOffsetsTopic]) -> HashSet<(String, i32)> {
    let mut seen = HashSet::new();
    let mut repeated = HashSet::new();
    for ListOffsetsTopic { name, partitions, .. } in topics {
        let name = name.as_str();
        partitions.retain(|partition| {
            let is_first = seen.insert((name, partition.partition_index));
            if !is_first {
                repeated.insert((name.to_owned(), partition.partition_index));
            }
            is_first
        });
    }
    repeated
}

struct Lookup<'a> {
    node: &'a Node,
    version: i16,
    /// An error if there is no such isolation.
    isolation: Result<Isolation, ErrorCode>,
    repeated: HashSet<(String, i32)>,
}

impl Lookup<'_> {
    fn topic(&self, topic: ListOffsetsTopic) -> ListOffsetsTopicResponse {
        let found = self.node.find_topic(false, &topic.name, Uuid::ZERO);
        let answer = |partition: &ListOffsetsPartition| {
            let index = partition.partition_index;
            if !self.repeated.is_empty() && self.repeated.contains(&(topic.name.clone(), index)) {
                return refused(index, ErrorCode::InvalidRequest);
            }
            match &found {
                TopicLookup::Found { id, .. } => self.partition(*id, partition),
                TopicLookup::Unknown(error) => refused(index, *error),
            }
        };
        let partitions = topic.partitions.iter().map(answer).collect();
        ListOffsetsTopicResponse { name: topic.name, partitions, ..ListOffsetsTopicResponse::default() }
    }

    fn partition(&self, topic_id: Uuid, wanted: &ListOffsetsPartition) -> ListOffsetsPartitionResponse {
        let index = wanted.partition_index;
        let isolation = match self.isolation {
            Ok(isolation) => isolation,
            Err(error) => return refused(index, error),
        };
        let Some(spec) = offset_spec(wanted.timestamp, self.version) else {
            return refused(index, ErrorCode::UnsupportedVersion);
        };
        let id = TopicIdPartition { topic_id, partition: PartitionIndex::new(index) };
        let Some(partition) = self.node.partitions().get(id) else {
            return refused(index, self.node.why_not_here(id));
        };
        let expected_epoch = leader_epoch(wanted.current_leader_epoch);
        match partition.partition().find_offset(spec, isolation, expected_epoch) {
            Ok(Some(found)) => ListOffsetsPartitionResponse {
                partition_index: index,
                error_code: ErrorCode::None.code(),
                timestamp: found.timestamp.map_or(-1, Timestamp::value),
                offset: found.offset.value(),
                leader_epoch: self.epoch_shown(found.leader_epoch),
                ..ListOffsetsPartitionResponse::default()
            },
            Ok(None) => refused(index, ErrorCode::None),
            Err(error) => match error.error_code() {
                // Older clients do not know that code, but know to ask again for this one.
                ErrorCode::OffsetNotAvailable if self.version < 5 => refused(index, ErrorCode::LeaderNotAvailable),
                code => refused(index, code),
            },
        }
    }

    /// Versions before 4 have no place for it.
    fn epoch_shown(&self, leader_epoch: Option<LeaderEpoch>) -> i32 {
        leader_epoch.filter(|_| self.version >= 4).map_or(-1, LeaderEpoch::value)
    }
}

/// Negative timestamps have meanings, each from some version on.
fn offset_spec(timestamp: i64, version: i16) -> Option<OffsetSpec> {
    match timestamp {
        -1 => Some(OffsetSpec::Latest),
        -2 => Some(OffsetSpec::Earliest),
        -3 => (version >= 7).then_some(OffsetSpec::MaxTimestamp),
        -4 => (version >= 8).then_some(OffsetSpec::EarliestLocal),
        -5 => (version >= 9).then_some(OffsetSpec::LatestTiered),
        -6 => (version >= 11).then_some(OffsetSpec::EarliestPendingUpload),
        _ if timestamp < 0 => None,
        _ => Some(OffsetSpec::At(Timestamp::new(timestamp))),
    }
}

/// An answer without an offset: an error, or nothing found.
fn refused(partition_index: i32, error: ErrorCode) -> ListOffsetsPartitionResponse {
    ListOffsetsPartitionResponse {
        partition_index,
        error_code: error.code(),
        timestamp: -1,
        offset: -1,
        leader_epoch: -1,
        ..ListOffsetsPartitionResponse::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{ListOffsetsPartition, ListOffsetsTopic, take_repetitions};

    fn topic(name: &str, partitions: &[i32]) -> ListOffsetsTopic {
        let partition =
            |&index: &i32| ListOffsetsPartition { partition_index: index, ..ListOffsetsPartition::default() };
        let partitions = partitions.iter().map(partition).collect();
        ListOffsetsTopic { name: name.to_owned(), partitions, ..ListOffsetsTopic::default() }
    }

    #[test]
    fn repeated_partitions_are_answered_once() {
        let mut topics = [topic("a", &[0, 1, 0, 0]), topic("b", &[0]), topic("a", &[1, 2])];
        let mut repeated: Vec<_> = take_repetitions(&mut topics).into_iter().collect();
        repeated.sort();
        assert_eq!(repeated, [("a".to_owned(), 0), ("a".to_owned(), 1)]);
        assert_eq!(topics, [topic("a", &[0, 1]), topic("b", &[0]), topic("a", &[2])]);
    }
}
