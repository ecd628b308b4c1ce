//! Leaving. Static members do not: they may come back to what they had before their session is over (KIP-345).

use super::Shared;
use super::join::cut;
use super::member::Phase;
use crate::ClientError;
use crate::group_coordinator::check;
use ottla_protocol::messages::LeaveGroupRequest;
use ottla_protocol::messages::leave_group_request::MemberIdentity;

/// From this version on several members can be named (KIP-345).
const FIRST_VERSION_WITH_MEMBERS: i16 = 3;

/// A member that has left for itself, and has to tell the coordinator.
#[derive(Debug)]
pub(in crate::consumer) struct Farewell {
    member_id: String,
}

/// Forgets who the consumer was in the group. The coordinator is to be told if there is anything to tell.
pub(in crate::consumer) fn resign(shared: &Shared) -> Option<Farewell> {
    let mut standing = shared.member.standing();
    let joined = standing.phase != Phase::Unjoined && !standing.identity.member_id.is_empty();
    let member_id = standing.identity.member_id.clone();
    standing.fall_out("consumer pro-actively leaving the group", true);
    (joined && shared.config.instance_id.is_none()).then_some(Farewell { member_id })
}

/// Tells the coordinator.
pub(in crate::consumer) async fn tell(shared: &Shared, farewell: Farewell, reason: &str) {
    let member_id = farewell.member_id;
    tracing::info!("{} Member {member_id} sending LeaveGroup request due to {reason}", shared.log_context());
    if let Err(error) = send(shared, member_id, reason).await {
        // Nothing hangs on it: the session runs out.
        tracing::info!("{} LeaveGroup failed: {error}", shared.log_context());
    }
}

async fn send(shared: &Shared, member_id: String, reason: &str) -> Result<(), ClientError> {
    let connection = shared.coordinator.connection().await?;
    let version = connection.version_of::<LeaveGroupRequest>()?;
    let group_id = shared.config.group_id.clone();
    let request = if version >= FIRST_VERSION_WITH_MEMBERS {
        let member = MemberIdentity { member_id, reason: Some(cut(reason)), ..MemberIdentity::default() };
        LeaveGroupRequest { group_id, members: vec![member], ..LeaveGroupRequest::default() }
    } else {
        LeaveGroupRequest { group_id, member_id, ..LeaveGroupRequest::default() }
    };
    let answer = connection.submit(&request, version).await?.wait().await?;
    check(answer.error_code, None, &shared.config.group_id)?;
    answer.members.iter().try_for_each(|member| ClientError::check(member.error_code, None))
}
