//! JoinGroup (key 11), versions 0–9. Read on the group.
//! v1 rebalance time-out (KIP-62) · v4 sends unknown members back with an id (KIP-394) · v5 static members (KIP-345) ·
//! v7 tells the protocol's type (KIP-559) · v8 may say why (KIP-800) · v9 may skip the assignment (KIP-814)
//! Waits until the group has gathered. Rules: `coordinators::group::classic::join`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use crate::random;
use ottla_coordinators::WaitedReply;
use ottla_coordinators::group::{GroupError, JoinProtocol, JoinRefused, JoinReply, JoinRequest, Joined, JoinedMember};
use ottla_model::ErrorCode;
use ottla_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use ottla_protocol::messages::join_group_response::JoinGroupResponseMember;
use ottla_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: JoinGroupRequest) -> JoinGroupResponse {
    if request.group_id.is_empty() {
        return refused(ErrorCode::InvalidGroupId, request.member_id, call.version);
    }
    if let Some(reason) = request.reason.as_deref().filter(|reason| !reason.is_empty()) {
        tracing::debug!("{} joins group {}: {reason}", request.member_id, request.group_id);
    }
    let join = join_request(request, &call);
    let group_id = join.group_id.clone();
    let mut member_ids = random::uuid_text;
    let answer = node
        .ask_group(
            &group_id,
            |shard, waiter, now| shard.join(join, waiter, now, &mut member_ids),
            |waited| match waited {
                WaitedReply::Join(reply) => Some(reply),
                WaitedReply::Sync(_) => None,
            },
        )
        .await;
    response(answer, call.version)
}

fn join_request(request: JoinGroupRequest, call: &Call) -> JoinRequest {
    let protocol =
        |protocol: JoinGroupRequestProtocol| JoinProtocol { name: protocol.name, metadata: protocol.metadata };
    JoinRequest {
        group_id: request.group_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        client_id: call.client_id.clone().unwrap_or_default(),
        client_host: client_host(call.connection.peer),
        session_timeout: request.session_timeout_ms,
        rebalance_timeout: if call.version == 0 { request.session_timeout_ms } else { request.rebalance_timeout_ms },
        protocol_type: request.protocol_type,
        protocols: request.protocols.into_iter().map(protocol).collect(),
        requires_known_member_id: call.version >= 4,
        supports_skipping_assignment: call.version >= 9,
    }
}

/// The client's address as Java writes it: `/127.0.0.1`, `/0:0:0:0:0:0:0:1`.
fn client_host(peer: SocketAddr) -> String {
    match peer.ip().to_canonical() {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            let groups: Vec<String> = address.segments().iter().map(|segment| format!("{segment:x}")).collect();
            format!("/{}", groups.join(":"))
        }
    }
}

fn response(answer: Result<JoinReply, GroupError>, version: i16) -> JoinGroupResponse {
    match answer {
        Ok(Ok(joined)) => joined_response(joined, version),
        Ok(Err(JoinRefused { error, member_id })) => refused(error.error_code(), member_id, version),
        Err(error) => refused(error.error_code(), String::new(), version),
    }
}

fn joined_response(joined: Joined, version: i16) -> JoinGroupResponse {
    let member = |member: JoinedMember| JoinGroupResponseMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        metadata: member.metadata,
        ..JoinGroupResponseMember::default()
    };
    JoinGroupResponse {
        generation_id: joined.generation,
        protocol_type: joined.protocol_type,
        protocol_name: protocol_name(joined.protocol_name, version),
        leader: joined.leader,
        skip_assignment: joined.skip_assignment,
        member_id: joined.member_id,
        members: joined.members.into_iter().map(member).collect(),
        ..JoinGroupResponse::default()
    }
}

fn refused(error: ErrorCode, member_id: String, version: i16) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: error.code(),
        protocol_name: protocol_name(None, version),
        member_id,
        ..JoinGroupResponse::default()
    }
}

/// No protocol is an empty name before version 7, and no name from then on.
fn protocol_name(name: Option<String>, version: i16) -> Option<String> {
    if version < 7 { Some(name.unwrap_or_default()) } else { name.filter(|name| !name.is_empty()) }
}

#[cfg(test)]
mod tests {
    use super::{client_host, protocol_name};

    #[test]
    fn addresses_are_written_as_in_java() {
        let host = |address: &str| client_host(address.parse().expect("an address"));
        assert_eq!(host("127.0.0.1:1234"), "/127.0.0.1");
        assert_eq!(host("[::ffff:10.0.0.7]:1234"), "/10.0.0.7");
        assert_eq!(host("[::1]:1234"), "/0:0:0:0:0:0:0:1");
        assert_eq!(host("[2001:db8::a0b]:1234"), "/2001:db8:0:0:0:0:0:a0b");
    }

    #[test]
    fn no_protocol_is_said_by_version() {
        assert_eq!(protocol_name(None, 6), Some(String::new()));
        assert_eq!(protocol_name(None, 7), None);
        assert_eq!(protocol_name(Some(String::new()), 7), None);
        assert_eq!(protocol_name(Some("range".to_owned()), 5).as_deref(), Some("range"));
    }
}
