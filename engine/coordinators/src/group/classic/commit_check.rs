//! Who may commit offsets for a group.

use super::ClassicGroups;
use super::Effects;
use crate::group::GroupError;
use crate::group::listing::GroupState;
use crate::group::offsets::Committer;
use ottla_model::Timestamp;

impl ClassicGroups {
    /// That the committer may commit as part of a transaction (KIP-447). Somebody who claims nothing always may, as before
    /// there was a way to claim something; how far a rebalance is does not matter; and it is no sign of life.
    pub(crate) fn check_transactional_commit(&self, committer: &Committer) -> Result<(), GroupError> {
        let Some(group) = self.get(&committer.group_id) else {
            return if committer.generation < 0 { Ok(()) } else { Err(GroupError::IllegalGeneration) };
        };
        let instance = committer.group_instance_id.as_deref();
        if (group.state == GroupState::Empty && committer.generation < 0) || !claims_membership(committer) {
            return Ok(());
        }
        group.check_member(&committer.member_id, instance)?;
        if committer.generation == group.generation { Ok(()) } else { Err(GroupError::IllegalGeneration) }
    }

    /// That the committer may commit now. A member's commit is a sign of life.
    pub(crate) fn check_commit(&mut self, committer: &Committer, now: Timestamp) -> Result<(), GroupError> {
        let mut effects = Effects::default();
        let Some(mut turn) = self.turn(&committer.group_id, now, &mut effects) else {
            // Somebody who belongs to no generation may commit for a group that does not exist: so it comes to exist.
            return if committer.generation < 0 { Ok(()) } else { Err(GroupError::GroupIdNotFound) };
        };
        let group = &*turn.group;
        let instance = committer.group_instance_id.as_deref();
        if group.state == GroupState::Empty && committer.generation < 0 {
            return Ok(());
        }
        if !claims_membership(committer) {
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

/// Whether the committer says that it is a member.
fn claims_membership(committer: &Committer) -> bool {
    committer.generation >= 0 || !committer.member_id.is_empty() || committer.group_instance_id.is_some()
}
