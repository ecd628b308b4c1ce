//! Joining: JoinGroup, the leader's assignment, SyncGroup. One try; whoever asks for it tries again.

use super::Shared;
use super::assignors::{Assignor, PartitionCounts, ReplicaRacks};
use super::member::Identity;
use super::protocol::{self, PROTOCOL_TYPE};
use crate::ClientError;
use crate::cluster::Attempts;
use crate::connection::Connection;
use crate::group_coordinator::check;
use ottla_model::{ErrorCode, TopicName, TopicPartition};
use ottla_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use ottla_protocol::messages::join_group_response::JoinGroupResponseMember;
use ottla_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use ottla_protocol::messages::{JoinGroupRequest, JoinGroupResponse, SyncGroupRequest, SyncGroupResponse};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// A rebalance takes as long as its slowest member may; the answer needs a moment more.
const JOIN_GRACE: Duration = Duration::from_secs(5);
/// Reasons are cut to so many characters.
const REASON_LENGTH_MAX: usize = 255;

/// What came of a rebalance.
#[derive(Debug)]
pub(in crate::consumer) struct Joined {
    /// Whom it was for: a member may have fallen out since.
    pub(in crate::consumer) identity: Identity,
    pub(in crate::consumer) assigned: Vec<TopicPartition>,
    /// What the assignment rests on, if this is the leader: when it changes, the group has to rebalance.
    pub(in crate::consumer) basis: Option<Basis>,
}

/// The topics of a whole group, and how many partitions they had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::consumer) struct Basis {
    pub(in crate::consumer) topics: BTreeSet<TopicName>,
    pub(in crate::consumer) counts: PartitionCounts,
}

/// As much of a reason as is sent.
pub(super) fn cut(reason: &str) -> String {
    reason.chars().take(REASON_LENGTH_MAX).collect()
}

/// Joins with these subscriptions, one for each assignor.
///
/// # Errors
/// What went wrong. The member's standing is what it has to be after that.
pub(in crate::consumer) async fn join(
    shared: &Shared,
    protocols: Vec<JoinGroupRequestProtocol>,
) -> Result<Joined, ClientError> {
    let connection = shared.coordinator.connection().await?;
    let (sent_as, reason) = shared.member.standing().begin_joining();
    let config = &shared.config;
    let request = JoinGroupRequest {
        group_id: config.group_id.clone(),
        session_timeout_ms: milliseconds(config.session_timeout),
        rebalance_timeout_ms: milliseconds(config.poll_interval_max),
        member_id: sent_as.member_id.clone(),
        group_instance_id: config.instance_id.clone(),
        protocol_type: PROTOCOL_TYPE.to_owned(),
        protocols,
        reason: Some(cut(&reason)),
        ..JoinGroupRequest::default()
    };
    let patience = config.poll_interval_max.saturating_add(JOIN_GRACE);
    let patience = patience.max(shared.coordinator.cluster.config.request_timeout);
    let answer = ask_to_join(&connection, &request, patience).await;
    let answer = answer.inspect_err(|error| shared.coordinator.heed(error))?;
    if let Err(error) = check(answer.error_code, None, &config.group_id) {
        return Err(refused_to_join(shared, &sent_as, &answer, error));
    }
    is_ours(answer.protocol_type.as_deref())?;
    let identity = Identity {
        generation: answer.generation_id,
        member_id: answer.member_id.clone(),
        protocol: answer.protocol_name.clone(),
    };
    if !shared.member.standing().joined(identity.clone()) {
        return Err(ClientError::refused(ErrorCode::IllegalGeneration, None));
    }
    shared.member.changed.notify_one();
    tracing::info!("{} Successfully joined group with generation {identity:?}", shared.log_context());
    let (assignments, basis) = lead(shared, &identity, answer).await?;
    let assigned = sync(shared, &connection, &identity, assignments).await?;
    Ok(Joined { identity, assigned, basis })
}

async fn ask_to_join(
    connection: &Connection,
    request: &JoinGroupRequest,
    patience: Duration,
) -> Result<JoinGroupResponse, ClientError> {
    let version = connection.version_of::<JoinGroupRequest>()?;
    connection.submit(request, version).await?.within(patience).wait().await
}

fn refused_to_join(shared: &Shared, sent_as: &Identity, answer: &JoinGroupResponse, error: ClientError) -> ClientError {
    shared.coordinator.heed(&error);
    let mut standing = shared.member.standing();
    match error.code() {
        Some(ErrorCode::UnknownMemberId) if standing.identity == *sent_as => {
            standing.fall_out("encountered UNKNOWN_MEMBER_ID from JOIN_GROUP response", true);
        }
        Some(ErrorCode::MemberIdRequired) => {
            standing.identity = Identity { member_id: answer.member_id.clone(), ..Identity::none() };
            standing.rejoin = Some(format!("need to re-join with the given member-id: {}", answer.member_id));
        }
        Some(ErrorCode::GroupMaxSizeReached) => {
            let group_id = &shared.config.group_id;
            let message = format!("Consumer group {group_id} already has the configured maximum number of members.");
            return ClientError::refused(ErrorCode::GroupMaxSizeReached, Some(message));
        }
        _ => {}
    }
    error
}

/// The coordinator's groups are of many types; an answer about another one is not for us.
fn is_ours(protocol_type: Option<&str>) -> Result<(), ClientError> {
    match protocol_type {
        Some(other) if other != PROTOCOL_TYPE => Err(ClientError::refused(ErrorCode::InconsistentGroupProtocol, None)),
        _ => Ok(()),
    }
}

/// What the leader has to do; nothing for the others.
async fn lead(
    shared: &Shared,
    identity: &Identity,
    answer: JoinGroupResponse,
) -> Result<(Vec<SyncGroupRequestAssignment>, Option<Basis>), ClientError> {
    if answer.leader != identity.member_id {
        return Ok((Vec::new(), None));
    }
    let chosen = identity.protocol.as_deref().unwrap_or_default();
    let assignor = assignor_named(shared, chosen)?;
    let read = |member: JoinGroupResponseMember| {
        protocol::decode_subscription(member.member_id, member.group_instance_id, member.metadata)
    };
    let members = answer.members.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let topics: BTreeSet<TopicName> = members.iter().flat_map(|member| member.topics.iter().cloned()).collect();
    let (counts, racks) = look_at(shared, &topics).await?;
    if answer.skip_assignment {
        // A static leader that comes back: the group goes on as it was (KIP-814).
        return Ok((Vec::new(), Some(Basis { topics, counts })));
    }
    let assignment = assignor.assign_near(&counts, &racks, &members);
    tracing::info!(
        "{} Finished assignment for group at generation {}: {assignment:?}",
        shared.log_context(),
        identity.generation
    );
    let mut assignments = Vec::new();
    for (member_id, assigned) in assignment {
        let assignment = protocol::encode_assignment(&assigned)?;
        assignments.push(SyncGroupRequestAssignment { member_id, assignment, ..Default::default() });
    }
    Ok((assignments, Some(Basis { topics, counts })))
}

/// The assignor that the group has agreed on, if it is one of ours.
pub(in crate::consumer) fn assignor_named(shared: &Shared, name: &str) -> Result<Assignor, ClientError> {
    let chosen = shared.config.assignors.iter().find(|assignor| assignor.name() == name);
    chosen
        .copied()
        .ok_or_else(|| ClientError::Malformed(format!("Coordinator selected invalid assignment protocol: {name}")))
}

/// How many partitions these topics have now, and where they are. Others wait for the assignment meanwhile, but not for
/// ever.
async fn look_at(
    shared: &Shared,
    topics: &BTreeSet<TopicName>,
) -> Result<(PartitionCounts, ReplicaRacks), ClientError> {
    let cluster = &shared.coordinator.cluster;
    let names: Vec<&str> = topics.iter().map(TopicName::as_str).collect();
    let mut attempts = Attempts::until(cluster, "metadata", Instant::now() + shared.config.poll_interval_max);
    let answers = loop {
        match cluster.refresh(Some(&names), shared.allow_auto_create_topics).await {
            Ok(answers) => break answers,
            Err(error) => attempts.pause_after(error).await?,
        }
    };
    let brokers = cluster.brokers().into_iter();
    let rack_of: BTreeMap<_, _> = brokers.filter_map(|broker| Some((broker.id, broker.rack?))).collect();
    let mut counts = PartitionCounts::new();
    let mut racks = ReplicaRacks::new();
    for (name, outcome) in answers {
        let (Ok(topic), Ok(metadata)) = (TopicName::new(&name), outcome) else { continue };
        counts.insert(topic.clone(), metadata.partitions.len());
        for partition in &metadata.partitions {
            let of_replicas = partition.replicas.iter().filter_map(|replica| rack_of.get(replica).cloned());
            let partition = TopicPartition { topic: topic.clone(), partition: partition.index };
            racks.insert(partition, of_replicas.collect());
        }
    }
    Ok((counts, racks))
}

async fn sync(
    shared: &Shared,
    connection: &Connection,
    identity: &Identity,
    assignments: Vec<SyncGroupRequestAssignment>,
) -> Result<Vec<TopicPartition>, ClientError> {
    let request = SyncGroupRequest {
        group_id: shared.config.group_id.clone(),
        generation_id: identity.generation,
        member_id: identity.member_id.clone(),
        group_instance_id: shared.config.instance_id.clone(),
        protocol_type: Some(PROTOCOL_TYPE.to_owned()),
        protocol_name: identity.protocol.clone(),
        assignments,
        ..SyncGroupRequest::default()
    };
    let answer = connection.call(&request).await.inspect_err(|error| shared.coordinator.heed(error))?;
    if let Err(error) = check(answer.error_code, None, &shared.config.group_id) {
        shared.coordinator.heed(&error);
        let mut standing = shared.member.standing();
        if standing.identity == *identity {
            match error.code() {
                Some(ErrorCode::UnknownMemberId) => {
                    standing.fall_out("encountered UNKNOWN_MEMBER_ID from SYNC_GROUP response", true);
                }
                Some(ErrorCode::IllegalGeneration) => {
                    standing.fall_out("encountered ILLEGAL_GENERATION from SYNC_GROUP response", false);
                }
                _ => {}
            }
        }
        return Err(error);
    }
    take_assignment(shared, identity, answer)
}

fn take_assignment(
    shared: &Shared,
    identity: &Identity,
    answer: SyncGroupResponse,
) -> Result<Vec<TopicPartition>, ClientError> {
    is_ours(answer.protocol_type.as_deref())?;
    if answer.protocol_name.is_some() && answer.protocol_name != identity.protocol {
        return Err(ClientError::refused(ErrorCode::InconsistentGroupProtocol, None));
    }
    let assigned = protocol::decode_assignment(answer.assignment)?;
    if !shared.member.standing().synced(identity.generation) {
        return Err(ClientError::refused(ErrorCode::IllegalGeneration, None));
    }
    Ok(assigned)
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
