//! Deadlines: sessions, and the two halves of a rebalance.

use super::member::MemberId;
use super::turn::Turn;
use super::{ClassicGroups, Effects};
use crate::group::GroupId;
use crate::group::listing::GroupState;
use ottla_model::Timestamp;

/// What comes due for a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// Members have had their time to join again.
    Join(GroupId),
    /// Members have had their time to ask for their assignment.
    Sync(GroupId),
    /// Nothing was heard of a member, be it one that is about to join, for as long as it has asked for.
    Session(GroupId, MemberId),
}

impl Deadline {
    fn group(&self) -> &GroupId {
        match self {
            Self::Join(group) | Self::Sync(group) | Self::Session(group, _) => group,
        }
    }
}

/// Deadlines that are met in one go, so that a coordinator that has lost ten thousand members at once still answers the
/// others.
const DEADLINES_A_WAKE: usize = 200;

impl ClassicGroups {
    /// Everything is replayed: sessions begin.
    pub(crate) fn loaded(&mut self, now: Timestamp, effects: &mut Effects) {
        for group_id in self.groups.keys().cloned().collect::<Vec<_>>() {
            let mut turn = self.turn(&group_id, now, effects).expect("its name was just read");
            for member_id in turn.group.members.keys().cloned().collect::<Vec<_>>() {
                turn.renew_session(&member_id);
            }
            if turn.group.members.len() > turn.settings.size_max {
                // The bound is lower than it was. The members can commit before some of them lose their place.
                turn.prepare_rebalance();
            }
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Does what is due, but not all at once.
    pub(crate) fn wake(&mut self, now: Timestamp, effects: &mut Effects) {
        for _ in 0..DEADLINES_A_WAKE {
            let Some(deadline) = self.deadlines.due(now) else { return };
            if self.in_flight.iter().any(|flying| flying.group() == deadline.group()) {
                // The group's next step begins with what is in the log by then.
                return;
            }
            self.deadlines.cancel(&deadline);
            let Some(mut turn) = self.turn(deadline.group(), now, effects) else { continue };
            match &deadline {
                Deadline::Join(_) => turn.join_time_is_up(),
                Deadline::Sync(_) => turn.sync_time_is_up(),
                Deadline::Session(_, member_id) => turn.session_is_over(member_id),
            }
        }
    }
}

impl Turn<'_> {
    fn session_is_over(&mut self, member_id: &MemberId) {
        if self.group.pending_members.contains(member_id) {
            self.remove_member(member_id);
            self.complete_join_if_nobody_is_missing();
            return;
        }
        match self.group.members.get(member_id) {
            // Its next sign of life is expected when it has its answer.
            Some(member) if member.need_not_heartbeat() => {}
            None => {}
            Some(_) => {
                self.remove_member(member_id);
                if self.group.state == GroupState::PreparingRebalance {
                    self.complete_join_if_nobody_is_missing();
                } else {
                    self.prepare_rebalance();
                }
            }
        }
    }
}
