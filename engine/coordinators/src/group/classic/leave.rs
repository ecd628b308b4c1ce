//! LeaveGroup: members are gone, or somebody removes them.

use super::messages::{LeaveRequest, LeavingMember, LeftMember};
use super::turn::Turn;
use super::{ClassicGroups, Effects};
use crate::Outcome;
use crate::group::GroupError;
use ottla_model::Timestamp;

impl ClassicGroups {
    pub(crate) fn leave(
        &mut self,
        request: &LeaveRequest,
        now: Timestamp,
    ) -> Outcome<Result<Vec<LeftMember>, GroupError>> {
        if request.group_id.is_empty() {
            return Outcome::reply(Err(GroupError::InvalidGroupId));
        }
        let mut effects = Effects::default();
        let mut turn = self.turn(&request.group_id, now, &mut effects);
        let mut left = Vec::with_capacity(request.members.len());
        for member in &request.members {
            left.push(LeftMember {
                member_id: member.member_id.clone(),
                group_instance_id: member.group_instance_id.clone(),
                result: turn.as_mut().map_or(Err(GroupError::UnknownMemberId), |turn| turn.leave(member)),
            });
        }
        if let Some(turn) = &mut turn
            && left.iter().any(|member| member.result.is_ok())
        {
            turn.go_on_without_those_who_left();
        }
        effects.with_reply(Ok(left))
    }
}

impl Turn<'_> {
    fn leave(&mut self, leaving: &LeavingMember) -> Result<(), GroupError> {
        let instance = leaving.group_instance_id.as_deref();
        let member_id = if leaving.member_id.is_empty() {
            // Somebody removes whoever has the place.
            let holder = instance.and_then(|instance| self.group.static_members.get(instance));
            holder.cloned().ok_or(GroupError::UnknownMemberId)?
        } else {
            leaving.member_id.as_str().into()
        };
        if !self.group.pending_members.contains(&member_id) {
            self.group.check_member(&member_id, instance)?;
        }
        self.remove_member(&member_id);
        Ok(())
    }

    fn go_on_without_those_who_left(&mut self) {
        if !self.group.is_empty() {
            self.rebalance_or_complete_join();
        }
    }
}
