//! Heartbeat: still alive; is there news?

use super::messages::HeartbeatRequest;
use super::turn::Turn;
use super::{ClassicGroups, Effects};
use crate::Outcome;
use crate::group::GroupError;
use crate::group::listing::GroupState;
use ottla_model::Timestamp;

impl ClassicGroups {
    pub(crate) fn heartbeat(&mut self, request: &HeartbeatRequest, now: Timestamp) -> Outcome<Result<(), GroupError>> {
        if request.group_id.is_empty() {
            return Outcome::reply(Err(GroupError::InvalidGroupId));
        }
        let mut effects = Effects::default();
        let reply = match self.turn(&request.group_id, now, &mut effects) {
            Some(mut turn) => turn.heartbeat(request),
            None => Err(GroupError::UnknownMemberId),
        };
        effects.with_reply(reply)
    }
}

impl Turn<'_> {
    fn heartbeat(&mut self, request: &HeartbeatRequest) -> Result<(), GroupError> {
        self.group.check_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation != self.group.generation {
            return Err(GroupError::IllegalGeneration);
        }
        match self.group.state {
            GroupState::Empty => Err(GroupError::UnknownMemberId),
            GroupState::PreparingRebalance => {
                self.renew_session(&request.member_id);
                Err(GroupError::RebalanceInProgress)
            }
            // Members may send heartbeats before they have their assignment.
            GroupState::CompletingRebalance | GroupState::Stable => {
                self.renew_session(&request.member_id);
                Ok(())
            }
        }
    }
}
