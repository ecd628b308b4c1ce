//! LeaveGroup (key 13), versions 0–5. Read on the group.
//! v3 several members, static ones among them (KIP-345) · v5 may say why (KIP-800)
//! Rules: `coordinators::group::classic::leave`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::group::{LeaveRequest, LeavingMember, LeftMember};
use ottla_model::ErrorCode;
use ottla_protocol::messages::leave_group_request::MemberIdentity;
use ottla_protocol::messages::leave_group_response::MemberResponse;
use ottla_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
    if request.group_id.is_empty() {
        return refused(ErrorCode::InvalidGroupId);
    }
    let leave = leave_request(request, call.version);
    let answer = node.decide_group(&leave.group_id, |shard, now| shard.leave(&leave, now)).await;
    match answer.flatten() {
        Ok(members) if call.version >= 3 => LeaveGroupResponse {
            members: members.into_iter().map(member_response).collect(),
            ..LeaveGroupResponse::default()
        },
        // There is one, and no place for it but the answer's.
        Ok(members) => refused(members.first().map_or(ErrorCode::None, |member| error_of(&member.result))),
        Err(error) => refused(error.error_code()),
    }
}

fn leave_request(request: LeaveGroupRequest, version: i16) -> LeaveRequest {
    let leaving = |member: MemberIdentity| {
        if let Some(reason) = member.reason.as_deref().filter(|reason| !reason.is_empty()) {
            tracing::debug!("{} leaves its group: {reason}", member.member_id);
        }
        LeavingMember { member_id: member.member_id, group_instance_id: member.group_instance_id }
    };
    let members = if version >= 3 {
        request.members.into_iter().map(leaving).collect()
    } else {
        vec![LeavingMember { member_id: request.member_id, group_instance_id: None }]
    };
    LeaveRequest { group_id: request.group_id, members }
}

fn member_response(member: LeftMember) -> MemberResponse {
    MemberResponse {
        error_code: error_of(&member.result).code(),
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        ..MemberResponse::default()
    }
}

fn error_of(result: &Result<(), impl ToErrorCode>) -> ErrorCode {
    result.as_ref().map_or_else(ToErrorCode::error_code, |()| ErrorCode::None)
}

fn refused(error: ErrorCode) -> LeaveGroupResponse {
    LeaveGroupResponse { error_code: error.code(), ..LeaveGroupResponse::default() }
}
