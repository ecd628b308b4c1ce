//! Offsets that a group remembers: OffsetCommit and OffsetFetch, one try each.

use super::Shared;
use super::member::{Identity, Phase};
use crate::ClientError;
use crate::cluster::epoch_or_unknown;
use crate::group_coordinator::check;
use ottla_model::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use ottla_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use ottla_protocol::messages::offset_fetch_response::OffsetFetchResponsePartition;
use ottla_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse};
use std::collections::{BTreeMap, BTreeSet};

/// From the version after this on topics are named by id. What is consumed is known by name.
const LAST_VERSION_WITH_NAMES: i16 = 9;
/// From this version on offsets of several groups are asked for at once (KIP-709).
const FIRST_FETCH_VERSION_WITH_GROUPS: i16 = 8;
/// From this version on offsets of open transactions can be waited for (KIP-447).
const FIRST_FETCH_VERSION_WITH_STABLE: i16 = 7;

/// Where a group is to go on reading a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetAndMetadata {
    /// Of the next record to be read.
    pub offset: Offset,
    /// Under which leader the record before it was appended, if that is known. Tells a log that was cut.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Whatever the committer wants to be remembered with it.
    pub metadata: String,
}

/// Offsets by partition.
pub type Offsets = BTreeMap<TopicPartition, OffsetAndMetadata>;

/// Offsets by partition as the group remembers them; `None` where it remembers none.
pub type CommittedOffsets = BTreeMap<TopicPartition, Option<OffsetAndMetadata>>;

impl From<Offset> for OffsetAndMetadata {
    fn from(offset: Offset) -> Self {
        Self { offset, leader_epoch: None, metadata: String::new() }
    }
}

/// In whose name offsets are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::consumer) enum CommitAs {
    /// A member's, in its generation.
    Member,
    /// Nobody's: partitions were chosen by hand.
    Stranger,
}

/// Commits once.
///
/// # Errors
/// The refusal, in the words of Kafka's client. The member's standing is what it has to be after that.
pub(super) async fn commit(shared: &Shared, offsets: &Offsets, commit_as: CommitAs) -> Result<(), ClientError> {
    if offsets.is_empty() {
        return Ok(());
    }
    let connection = shared.coordinator.connection().await?;
    let identity = match commit_as {
        CommitAs::Member => own_identity(shared)?,
        CommitAs::Stranger => Identity::none(),
    };
    let instance_id = shared.config.instance_id.clone().filter(|_| commit_as == CommitAs::Member);
    let request = OffsetCommitRequest {
        group_id: shared.config.group_id.clone(),
        generation_id_or_member_epoch: identity.generation,
        member_id: identity.member_id.clone(),
        group_instance_id: instance_id,
        topics: topics_of(offsets),
        ..OffsetCommitRequest::default()
    };
    let version = connection.version_at_most::<OffsetCommitRequest>(LAST_VERSION_WITH_NAMES)?;
    let answer = async { connection.submit(&request, version).await?.wait().await };
    let answer = answer.await.inspect_err(|error| shared.coordinator.heed(error))?;
    read_commit(shared, &identity, &answer)
}

fn own_identity(shared: &Shared) -> Result<Identity, ClientError> {
    let standing = shared.member.standing();
    if let Some(identity) = standing.stable_identity() {
        return Ok(identity.clone());
    }
    if standing.is_rebalancing() {
        let message = "Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition \
                       assignment. You can try completing the rebalance by calling poll() and then retry the operation.";
        return Err(ClientError::refused(ErrorCode::RebalanceInProgress, Some(message.to_owned())));
    }
    Err(ClientError::CommitFailed(
        "Offset commit cannot be completed since the consumer is not part of an active group for auto partition \
         assignment; it is likely that the consumer was kicked out of the group."
            .to_owned(),
    ))
}

fn topics_of(offsets: &Offsets) -> Vec<OffsetCommitRequestTopic> {
    let mut topics = BTreeMap::<&TopicName, Vec<OffsetCommitRequestPartition>>::new();
    for (partition, committed) in offsets {
        topics.entry(&partition.topic).or_default().push(OffsetCommitRequestPartition {
            partition_index: partition.partition.value(),
            committed_offset: committed.offset.value(),
            committed_leader_epoch: committed.leader_epoch.map_or(-1, LeaderEpoch::value),
            committed_metadata: Some(committed.metadata.clone()),
            ..OffsetCommitRequestPartition::default()
        });
    }
    let topic = |(name, partitions): (&TopicName, Vec<OffsetCommitRequestPartition>)| OffsetCommitRequestTopic {
        name: name.to_string(),
        partitions,
        ..OffsetCommitRequestTopic::default()
    };
    topics.into_iter().map(topic).collect()
}

fn read_commit(shared: &Shared, identity: &Identity, answer: &OffsetCommitResponse) -> Result<(), ClientError> {
    let mut unauthorized = BTreeSet::new();
    for topic in &answer.topics {
        for partition in &topic.partitions {
            let Err(error) = check(partition.error_code, None, &shared.config.group_id) else { continue };
            let (topic_name, index) = (&topic.name, partition.partition_index);
            if error.is_retriable() {
                tracing::warn!(
                    "{} Offset commit failed on partition {topic_name}-{index}: {error}",
                    shared.log_context()
                );
            } else {
                tracing::error!(
                    "{} Offset commit failed on partition {topic_name}-{index}: {error}",
                    shared.log_context()
                );
            }
            if error.code() == Some(ErrorCode::TopicAuthorizationFailed) {
                unauthorized.insert(topic.name.as_str());
                continue;
            }
            return Err(refused_commit(shared, identity, error));
        }
    }
    refuse_unauthorized(&unauthorized)
}

fn refuse_unauthorized(topics: &BTreeSet<&str>) -> Result<(), ClientError> {
    if topics.is_empty() {
        return Ok(());
    }
    let topics: Vec<_> = topics.iter().copied().collect();
    let message = format!("Not authorized to access topics: [{}]", topics.join(", "));
    Err(ClientError::refused(ErrorCode::TopicAuthorizationFailed, Some(message)))
}

fn refused_commit(shared: &Shared, identity: &Identity, error: ClientError) -> ClientError {
    let mut standing = shared.member.standing();
    let outdated = standing.identity != *identity && standing.phase == Phase::Joining;
    let rebalancing = |message: &str| ClientError::refused(ErrorCode::RebalanceInProgress, Some(message.to_owned()));
    match error.code() {
        Some(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable | ErrorCode::RequestTimedOut) => {
            shared.coordinator.lose(&error.to_string());
            error
        }
        Some(ErrorCode::RebalanceInProgress) => {
            standing.request_rejoin("offset commit failed since group is already rebalancing");
            rebalancing(
                "Offset commit cannot be completed since the consumer group is executing a rebalance at the moment. \
                 You can try completing the rebalance by calling poll() and then retry commit again",
            )
        }
        Some(ErrorCode::FencedInstanceId) if standing.identity != *identity => {
            if outdated {
                rebalancing(
                    "Offset commit cannot be completed since the consumer member's old generation is fenced by its group \
                     instance id, it is possible that this consumer has already participated another rebalance and got a \
                     new generation",
                )
            } else {
                commit_failed()
            }
        }
        Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) if outdated => rebalancing(
            "Offset commit cannot be completed since the consumer member's generation is already stale, meaning it has \
             already participated another rebalance and got a new generation. You can try completing the rebalance by \
             calling poll() and then retry commit again",
        ),
        Some(code @ (ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration)) => {
            let reason = format!("encountered {} from OFFSET_COMMIT response", code.name());
            standing.fall_out(&reason, code == ErrorCode::UnknownMemberId);
            commit_failed()
        }
        _ => error,
    }
}

fn commit_failed() -> ClientError {
    ClientError::CommitFailed(
        "Commit cannot be completed since the group has already rebalanced and assigned the partitions to another member. \
         This means that the time between subsequent calls to poll() was longer than the configured \
         max.poll.interval.ms, which typically implies that the poll loop is spending too much time message processing. \
         You can address this either by increasing max.poll.interval.ms or by reducing the maximum size of batches \
         returned in poll() with max.poll.records."
            .to_owned(),
    )
}

/// Asks once what the group remembers of these partitions.
///
/// # Errors
/// The refusal, in the words of Kafka's client.
pub(in crate::consumer) async fn committed(
    shared: &Shared,
    partitions: &BTreeSet<TopicPartition>,
) -> Result<CommittedOffsets, ClientError> {
    if partitions.is_empty() {
        return Ok(CommittedOffsets::new());
    }
    let connection = shared.coordinator.connection().await?;
    let version = connection.version_at_most::<OffsetFetchRequest>(LAST_VERSION_WITH_NAMES)?;
    let request = question(&shared.config.group_id, partitions, version);
    let answer = async { connection.submit(&request, version).await?.wait().await };
    let answer = answer.await.and_then(|answer| read_committed(&shared.config.group_id, answer));
    answer.inspect_err(|error| shared.coordinator.heed(error))
}

fn question(group_id: &str, partitions: &BTreeSet<TopicPartition>, version: i16) -> OffsetFetchRequest {
    let mut topics = BTreeMap::<String, Vec<i32>>::new();
    for partition in partitions {
        topics.entry(partition.topic.to_string()).or_default().push(partition.partition.value());
    }
    let topics = topics.into_iter();
    let request = if version >= FIRST_FETCH_VERSION_WITH_GROUPS {
        let topics = topics.map(|(name, partition_indexes)| OffsetFetchRequestTopics {
            name,
            partition_indexes,
            ..OffsetFetchRequestTopics::default()
        });
        let topics = Some(topics.collect());
        let group = OffsetFetchRequestGroup { group_id: group_id.to_owned(), topics, ..Default::default() };
        OffsetFetchRequest { groups: vec![group], ..OffsetFetchRequest::default() }
    } else {
        let topics = topics.map(|(name, partition_indexes)| OffsetFetchRequestTopic {
            name,
            partition_indexes,
            ..OffsetFetchRequestTopic::default()
        });
        let topics = Some(topics.collect());
        OffsetFetchRequest { group_id: group_id.to_owned(), topics, ..OffsetFetchRequest::default() }
    };
    OffsetFetchRequest { require_stable: version >= FIRST_FETCH_VERSION_WITH_STABLE, ..request }
}

/// Old answers are about one group, new ones about several: topics of either, laid out as the old ones are.
fn read_committed(group_id: &str, answer: OffsetFetchResponse) -> Result<CommittedOffsets, ClientError> {
    let mut topics: Vec<(String, Vec<OffsetFetchResponsePartition>)> =
        answer.topics.into_iter().map(|topic| (topic.name, topic.partitions)).collect();
    let mut error_code = answer.error_code;
    for group in answer.groups.into_iter().filter(|group| group.group_id == group_id) {
        error_code = group.error_code;
        for topic in group.topics {
            let partitions = topic.partitions.into_iter().map(|partition| OffsetFetchResponsePartition {
                partition_index: partition.partition_index,
                committed_offset: partition.committed_offset,
                committed_leader_epoch: partition.committed_leader_epoch,
                metadata: partition.metadata,
                error_code: partition.error_code,
                unknown_tagged_fields: partition.unknown_tagged_fields,
            });
            topics.push((topic.name, partitions.collect()));
        }
    }
    check(error_code, None, group_id)?;
    let mut committed = CommittedOffsets::new();
    let mut unauthorized = BTreeSet::new();
    for (topic, partitions) in &topics {
        let name = TopicName::new(topic).map_err(|error| ClientError::Malformed(error.to_string()))?;
        for partition in partitions {
            match check(partition.error_code, None, group_id) {
                Ok(()) => {}
                Err(error) if error.code() == Some(ErrorCode::TopicAuthorizationFailed) => {
                    unauthorized.insert(topic.as_str());
                    continue;
                }
                Err(error) => return Err(error),
            }
            let known = (partition.committed_offset >= 0).then(|| OffsetAndMetadata {
                offset: Offset::new(partition.committed_offset),
                leader_epoch: epoch_or_unknown(partition.committed_leader_epoch),
                metadata: partition.metadata.clone().unwrap_or_default(),
            });
            let index = PartitionIndex::new(partition.partition_index);
            committed.insert(TopicPartition { topic: name.clone(), partition: index }, known);
        }
    }
    refuse_unauthorized(&unauthorized)?;
    Ok(committed)
}

#[cfg(test)]
mod tests {
    use super::{OffsetAndMetadata, question, read_committed};
    use ottla_model::{LeaderEpoch, Offset, PartitionIndex, TopicName, TopicPartition};
    use ottla_protocol::messages::offset_fetch_response::{
        OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
        OffsetFetchResponseTopic, OffsetFetchResponseTopics,
    };
    use ottla_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};
    use ottla_protocol::{Message as _, Writer};

    fn partition(index: i32) -> TopicPartition {
        TopicPartition { topic: TopicName::new("t").unwrap(), partition: PartitionIndex::new(index) }
    }

    #[test]
    fn every_version_can_be_asked_in() {
        for version in OffsetFetchRequest::LOWEST_VERSION..=9 {
            let request = question("g", &[partition(0), partition(1)].into(), version);
            request.encode(&mut Writer::new(), version).unwrap();
        }
    }

    #[test]
    fn old_and_new_answers_say_the_same() {
        let old = OffsetFetchResponse {
            topics: vec![OffsetFetchResponseTopic {
                name: "t".to_owned(),
                partitions: vec![
                    OffsetFetchResponsePartition {
                        committed_offset: 7,
                        committed_leader_epoch: 2,
                        metadata: Some("note".to_owned()),
                        ..Default::default()
                    },
                    OffsetFetchResponsePartition { partition_index: 1, committed_offset: -1, ..Default::default() },
                ],
                ..Default::default()
            }],
            ..Default::default()
        };
        let new = OffsetFetchResponse {
            groups: vec![OffsetFetchResponseGroup {
                group_id: "g".to_owned(),
                topics: vec![OffsetFetchResponseTopics {
                    name: "t".to_owned(),
                    partitions: vec![
                        OffsetFetchResponsePartitions {
                            committed_offset: 7,
                            committed_leader_epoch: 2,
                            metadata: Some("note".to_owned()),
                            ..Default::default()
                        },
                        OffsetFetchResponsePartitions {
                            partition_index: 1,
                            committed_offset: -1,
                            ..Default::default()
                        },
                    ],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let known = OffsetAndMetadata {
            offset: Offset::new(7),
            leader_epoch: Some(LeaderEpoch::new(2)),
            metadata: "note".to_owned(),
        };
        let expected = [(partition(0), Some(known)), (partition(1), None)].into();
        assert_eq!(read_committed("g", old), Ok(expected));
        let again = read_committed("g", new).unwrap();
        assert_eq!(again.len(), 2);
        assert_eq!(again[&partition(1)], None);
    }

    #[test]
    fn a_groups_refusal_is_told() {
        let group = OffsetFetchResponseGroup { group_id: "g".to_owned(), error_code: 16, ..Default::default() };
        let answer = OffsetFetchResponse { groups: vec![group], ..Default::default() };
        assert!(read_committed("g", answer).unwrap_err().is_retriable());
    }
}
