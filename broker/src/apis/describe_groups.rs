//! DescribeGroups (key 15), versions 0–6. Describe on each group.
//! v3 tells what the client may do (KIP-430) · v4 static members (KIP-345) · v6 tells a group that does not exist by an
//! error (KIP-1043); before, it is `Dead`
//! Rules: `coordinators::group::listing`.

use super::Call;
use crate::authorization::{ALL_GROUP_OPERATIONS, NOT_ASKED};
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::group::listing::{DescribedGroup as Description, DescribedMember};
use ottla_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use ottla_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};
use std::sync::Arc;

/// What Kafka says of a group that does not exist.
const DEAD: &str = "Dead";

pub async fn handle(node: Arc<Node>, call: Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut groups = Vec::with_capacity(request.groups.len());
    for group_id in request.groups {
        let answer = node.decide_group(&group_id, |shard, _| shard.describe(&group_id)).await;
        let mut group = described(group_id, answer.flatten(), call.version);
        if call.version >= 3 && request.include_authorized_operations && group.error_code == 0 {
            group.authorized_operations = ALL_GROUP_OPERATIONS;
        }
        groups.push(group);
    }
    DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() }
}

fn described(group_id: String, answer: Result<Description, GroupError>, version: i16) -> DescribedGroup {
    match answer {
        Ok(group) => DescribedGroup {
            group_id,
            group_state: group.state.name().to_owned(),
            protocol_type: group.protocol_type,
            protocol_data: group.protocol,
            members: group.members.into_iter().map(member).collect(),
            authorized_operations: NOT_ASKED,
            ..DescribedGroup::default()
        },
        Err(GroupError::GroupIdNotFound) => {
            let mut group = DescribedGroup { group_state: DEAD.to_owned(), group_id, ..DescribedGroup::default() };
            if version >= 6 {
                group.error_code = GroupError::GroupIdNotFound.error_code().code();
                group.error_message = Some(format!("Group {} not found.", group.group_id));
            }
            group
        }
        Err(error) => DescribedGroup { error_code: error.error_code().code(), group_id, ..DescribedGroup::default() },
    }
}

fn member(member: DescribedMember) -> DescribedGroupMember {
    DescribedGroupMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
        ..DescribedGroupMember::default()
    }
}
