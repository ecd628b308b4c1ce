//! What consumer groups look like: ConsumerGroupDescribe for those of KIP-848, DescribeGroups for classic ones.

use super::coordinator::{Coordinator, Outcomes};
use super::{GroupState, GroupType};
use crate::ClientError;
use crate::admin::Admin;
use crate::cluster::Broker;
use bytes::Bytes;
use ottla_model::{ErrorCode, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::consumer_group_describe_response::{self as by_consumer, Assignment};
use ottla_protocol::messages::describe_groups_response as by_classic;
use ottla_protocol::messages::{ConsumerGroupDescribeRequest, ConsumerProtocolAssignment, DescribeGroupsRequest};
use ottla_protocol::{Message as _, Reader};
use std::collections::HashMap;

/// What consumers' classic groups call their protocol.
const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// A consumer group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub group_id: String,
    /// Its type.
    pub group_type: GroupType,
    /// Its state.
    pub state: GroupState,
    /// How partitions are assigned; empty while nothing is.
    pub assignor: String,
    /// Its members, as the coordinator lists them.
    pub members: Vec<GroupMember>,
    /// Who coordinates it.
    pub coordinator: Broker,
    /// Its epoch; classic groups have none.
    pub group_epoch: Option<i32>,
    /// The epoch that the target assignment was made for; classic groups have none.
    pub target_assignment_epoch: Option<i32>,
}

/// A group's member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id, given by the coordinator or chosen by itself.
    pub member_id: String,
    /// Its `group.instance.id` (KIP-345).
    pub instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// Where it is, as the coordinator sees it.
    pub client_host: String,
    /// The partitions it has, in order.
    pub assignment: Vec<TopicPartition>,
    /// The partitions it is to have, in order; classic groups do not tell.
    pub target_assignment: Option<Vec<TopicPartition>>,
    /// The epoch it has reached; classic groups have none.
    pub member_epoch: Option<i32>,
    /// Whether it speaks the newer protocol; `None` where nobody tells.
    pub speaks_consumer_protocol: Option<bool>,
}

impl Admin {
    /// Describes consumer groups of either protocol.
    pub async fn describe_consumer_groups(
        &self,
        groups: &[String],
    ) -> Vec<(String, Result<GroupDescription, ClientError>)> {
        // What was said of groups that ConsumerGroupDescribe does not know: it is more to the point than what
        // DescribeGroups says of those that do not exist at all.
        let mut not_found = HashMap::<String, ClientError>::new();
        let ask = async |coordinator: &Coordinator, groups: &[String]| -> Result<Outcomes<_>, ClientError> {
            let (classic, newer): (Vec<_>, Vec<_>) =
                groups.iter().cloned().partition(|group| not_found.contains_key(group));
            let mut outcomes = Vec::new();
            let mut ask_as_classic = classic;
            for (group, outcome) in describe_newer(coordinator, &newer).await? {
                match outcome {
                    Err(error) if may_be_classic(&error) => {
                        not_found.insert(group.clone(), error);
                        ask_as_classic.push(group);
                    }
                    outcome => outcomes.push((group, outcome)),
                }
            }
            for (group, outcome) in describe_classic(coordinator, &ask_as_classic).await? {
                let outcome = match outcome {
                    Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => {
                        Err(not_found.get(&group).filter(|said| said.code() == error.code()).cloned().unwrap_or(error))
                    }
                    outcome => outcome,
                };
                outcomes.push((group, outcome));
            }
            Ok(outcomes)
        };
        self.per_coordinator("describeConsumerGroups", groups, ask).await
    }
}

fn may_be_classic(error: &ClientError) -> bool {
    matches!(error.code(), Some(ErrorCode::GroupIdNotFound | ErrorCode::UnsupportedVersion))
        || matches!(error, ClientError::UnsupportedVersion(_))
}

async fn describe_newer(
    coordinator: &Coordinator,
    groups: &[String],
) -> Result<Outcomes<GroupDescription>, ClientError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let request =
        ConsumerGroupDescribeRequest { group_ids: groups.to_vec(), ..ConsumerGroupDescribeRequest::default() };
    let answer = match coordinator.connection.call(&request).await {
        Err(error @ ClientError::UnsupportedVersion(_)) => {
            return Ok(groups.iter().map(|group| (group.clone(), Err(error.clone()))).collect());
        }
        answer => answer?,
    };
    let described = |mut group: by_consumer::DescribedGroup| {
        let said = ClientError::check(group.error_code, group.error_message.take());
        let group_id = group.group_id.clone();
        (group_id, said.and_then(|()| newer_group(group, &coordinator.broker)))
    };
    Ok(answer.groups.into_iter().map(described).collect())
}

fn newer_group(group: by_consumer::DescribedGroup, coordinator: &Broker) -> Result<GroupDescription, ClientError> {
    let member = |member: by_consumer::Member| {
        Ok(GroupMember {
            member_id: member.member_id,
            instance_id: member.instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            assignment: assigned(&member.assignment)?,
            target_assignment: Some(assigned(&member.target_assignment)?),
            member_epoch: Some(member.member_epoch),
            speaks_consumer_protocol: (member.member_type != -1).then_some(member.member_type == 1),
        })
    };
    Ok(GroupDescription {
        group_id: group.group_id,
        group_type: GroupType::Consumer,
        state: GroupState::parse(&group.group_state),
        assignor: group.assignor_name,
        members: group.members.into_iter().map(member).collect::<Result<_, ClientError>>()?,
        coordinator: coordinator.clone(),
        group_epoch: Some(group.group_epoch),
        target_assignment_epoch: Some(group.assignment_epoch),
    })
}

fn assigned(assignment: &Assignment) -> Result<Vec<TopicPartition>, ClientError> {
    in_order(assignment.topic_partitions.iter().map(|topic| (topic.topic_name.as_str(), topic.partitions.as_slice())))
}

async fn describe_classic(
    coordinator: &Coordinator,
    groups: &[String],
) -> Result<Outcomes<GroupDescription>, ClientError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let request = DescribeGroupsRequest { groups: groups.to_vec(), ..DescribeGroupsRequest::default() };
    let answer = coordinator.connection.call(&request).await?;
    let described = |mut group: by_classic::DescribedGroup| {
        let said = ClientError::check(group.error_code, group.error_message.take());
        let group_id = group.group_id.clone();
        (group_id, said.and_then(|()| classic_group(group, &coordinator.broker)))
    };
    Ok(answer.groups.into_iter().map(described).collect())
}

fn classic_group(group: by_classic::DescribedGroup, coordinator: &Broker) -> Result<GroupDescription, ClientError> {
    if !group.protocol_type.is_empty() && group.protocol_type != CONSUMER_PROTOCOL_TYPE {
        let (group, protocol) = (group.group_id, group.protocol_type);
        return Err(ClientError::IllegalArgument(format!("GroupId {group} is not a consumer group ({protocol}).")));
    }
    let member = |member: by_classic::DescribedGroupMember| {
        Ok(GroupMember {
            member_id: member.member_id,
            instance_id: member.group_instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            assignment: read_assignment(member.member_assignment)?,
            target_assignment: None,
            member_epoch: None,
            speaks_consumer_protocol: None,
        })
    };
    Ok(GroupDescription {
        group_id: group.group_id,
        group_type: GroupType::Classic,
        state: GroupState::parse(&group.group_state),
        assignor: group.protocol_data,
        members: group.members.into_iter().map(member).collect::<Result<_, ClientError>>()?,
        coordinator: coordinator.clone(),
        group_epoch: None,
        target_assignment_epoch: None,
    })
}

/// Reads what a classic consumer was assigned: a version, and an assignment in that version. A later version than ours
/// begins as ours does.
fn read_assignment(bytes: Bytes) -> Result<Vec<TopicPartition>, ClientError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let malformed = |error| ClientError::Malformed(format!("a member's assignment cannot be read: {error}"));
    let mut reader = Reader::new(bytes);
    let version = reader.int16().map_err(malformed)?;
    if version < 0 {
        return Err(ClientError::Malformed(format!("a member's assignment has version {version}")));
    }
    let version = version.min(ConsumerProtocolAssignment::HIGHEST_VERSION);
    let assignment = ConsumerProtocolAssignment::decode(&mut reader, version).map_err(malformed)?;
    in_order(assignment.assigned_partitions.iter().map(|topic| (topic.topic.as_str(), topic.partitions.as_slice())))
}

fn in_order<'a>(topics: impl Iterator<Item = (&'a str, &'a [i32])>) -> Result<Vec<TopicPartition>, ClientError> {
    let mut partitions = Vec::new();
    for (name, indexes) in topics {
        let topic = TopicName::new(name).map_err(|error| ClientError::Malformed(error.to_string()))?;
        let of_topic = indexes.iter().copied().map(PartitionIndex::new);
        partitions.extend(of_topic.map(|partition| TopicPartition { topic: topic.clone(), partition }));
    }
    partitions.sort();
    partitions.dedup();
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::read_assignment;
    use bytes::Bytes;

    #[test]
    fn assignments_are_read_in_order_whatever_their_version() {
        // Version, one topic "b" with partitions 2 and 0, no user data.
        let bytes = |version: u8| {
            let mut bytes = vec![0, version, 0, 0, 0, 1, 0, 1, b'b', 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0];
            bytes.extend([255; 4]);
            Bytes::from(bytes)
        };
        for version in [0, 1, 3, 9] {
            let shown: Vec<_> = read_assignment(bytes(version)).unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(shown, ["b-0", "b-2"], "version {version}");
        }
        assert_eq!(read_assignment(Bytes::new()).unwrap(), []);
    }

    #[test]
    fn broken_assignments_are_refused() {
        let negative_version = Bytes::from_static(&[255, 255, 0, 0, 0, 0]);
        let cut = Bytes::from_static(&[0, 0, 0, 0, 0, 9, 0]);
        assert!(read_assignment(negative_version).is_err());
        assert!(read_assignment(cut).is_err());
    }
}
