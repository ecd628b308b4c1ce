//! Heartbeat (key 12), versions 0–4. Read on the group.
//! v3 static members (KIP-345)
//! Rules: `coordinators::group::classic::heartbeat`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::group::{GroupError, HeartbeatRequest as Heartbeat};
use ottla_model::ErrorCode;
use ottla_protocol::messages::{HeartbeatRequest, HeartbeatResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: HeartbeatRequest) -> HeartbeatResponse {
    if request.group_id.is_empty() {
        return response(ErrorCode::InvalidGroupId);
    }
    let heartbeat = Heartbeat {
        group_id: request.group_id,
        generation: request.generation_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
    };
    let answer = node.decide_group(&heartbeat.group_id, |shard, now| shard.heartbeat(&heartbeat, now)).await;
    match answer.flatten() {
        // While nobody knows who the members are, nobody is sent away; sessions begin anew when the group is loaded.
        Ok(()) | Err(GroupError::CoordinatorLoadInProgress) => response(ErrorCode::None),
        Err(error) => response(error.error_code()),
    }
}

fn response(error: ErrorCode) -> HeartbeatResponse {
    HeartbeatResponse { error_code: error.code(), ..HeartbeatResponse::default() }
}
