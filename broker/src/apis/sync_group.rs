//! SyncGroup (key 14), versions 0–5. Read on the group.
//! v3 static members (KIP-345) · v5 names the protocol, both ways (KIP-559)
//! Waits for the leader's assignment. Rules: `coordinators::group::classic::sync`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::WaitedReply;
use ottla_coordinators::group::{SyncAssignment, SyncRequest};
use ottla_model::ErrorCode;
use ottla_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use ottla_protocol::messages::{SyncGroupRequest, SyncGroupResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: SyncGroupRequest) -> SyncGroupResponse {
    if call.version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
        return refused(ErrorCode::InconsistentGroupProtocol);
    }
    if request.group_id.is_empty() {
        return refused(ErrorCode::InvalidGroupId);
    }
    let sync = sync_request(request);
    let group_id = sync.group_id.clone();
    let answer = node
        .ask_group(
            &group_id,
            |shard, waiter, now| shard.sync(sync, waiter, now),
            |waited| match waited {
                WaitedReply::Sync(reply) => Some(reply),
                WaitedReply::Join(_) => None,
            },
        )
        .await;
    match answer.flatten() {
        Ok(synced) => SyncGroupResponse {
            protocol_type: synced.protocol_type,
            protocol_name: synced.protocol_name,
            assignment: synced.assignment,
            ..SyncGroupResponse::default()
        },
        Err(error) => refused(error.error_code()),
    }
}

fn sync_request(request: SyncGroupRequest) -> SyncRequest {
    let assignment = |assignment: SyncGroupRequestAssignment| SyncAssignment {
        member_id: assignment.member_id,
        assignment: assignment.assignment,
    };
    SyncRequest {
        group_id: request.group_id,
        generation: request.generation_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        protocol_type: request.protocol_type,
        protocol_name: request.protocol_name,
        assignments: request.assignments.into_iter().map(assignment).collect(),
    }
}

fn refused(error: ErrorCode) -> SyncGroupResponse {
    SyncGroupResponse { error_code: error.code(), ..SyncGroupResponse::default() }
}
