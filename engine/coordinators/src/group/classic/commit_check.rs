//! Who may commit offsets for a group.

use super::ClassicGroups;
use super::Effects;
use crate::group::GroupError;
use crate::group::listing::GroupState;
use crate::group::offsets::Committer;
use ottla_model::Timestamp;

impl ClassicGroups {
    /// That the committer may commit now. A member's commit is a sign of life.
    pub(crate) fn check_commit(&mut self, committer: &Committer, now: Timestamp) -> Result<(), GroupError> {
        let mut effects = Effects::default();
        let Some(mut turn) = self.turn(&committer.group_id, now, &mut effects) else {
            // Somebody who belongs to no generation may commit for a group that does not exist: so it comes to exist.
            return if committer.generation < 0 { Ok(()) } else { Err(GroupError::GroupIdNotFound) };
        };
        let group = &*turn.group;
        let instance = committer.group_instance_id.as_deref();
        let claims_membership = committer.generation >= 0 || !committer.member_id.is_empty() || instance.is_some();
        if group.state == GroupState::Empty && committer.generation < 0 {
            return Ok(());
        }
        if !claims_membership {
            return Err(GroupError::UnknownMemberId);
        }
        group.check_member(&committer.member_id, instance)?;
        if committer.generation != group.generation {
            return Err(GroupError::IllegalGeneration);
        }
        match group.state {
            // The member has heard of the generation, but has nothing in it that it could have read.
            GroupState::CompletingRebalance => Err(GroupError::RebalanceInProgress),
            GroupState::Empty => Ok(()),
            GroupState::PreparingRebalance | GroupState::Stable => {
                turn.renew_session(&committer.member_id);
                Ok(())
            }
        }
    }
}
