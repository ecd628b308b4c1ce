//! What happens when the log does not take a decision's records.

use super::member::{Member, MemberId};
use super::turn::Turn;
use super::{ClassicGroups, Effects};
use crate::group::GroupId;
use crate::group::listing::GroupState;
use crate::{AppendRefusal, Released, WaitedReply};
use ottla_model::Timestamp;
use std::sync::Arc;

/// What records of the last outcome stand for, and what has been presumed until they are in the log.
#[derive(Debug)]
pub(super) enum InFlight {
    /// A group exists.
    Created(GroupId),
    /// Everybody in the group has an assignment.
    Assigned(GroupId),
    /// Nobody is left in the group.
    Emptied(GroupId),
    /// A static member has been replaced.
    Replaced {
        group: GroupId,
        /// Who has taken the place.
        by: MemberId,
        /// Who had it, as it was; without waiting requests, which have been answered.
        before: Box<Member>,
    },
}

impl InFlight {
    pub(super) fn group(&self) -> &GroupId {
        match self {
            Self::Created(group) | Self::Assigned(group) | Self::Emptied(group) | Self::Replaced { group, .. } => group,
        }
    }
}

impl ClassicGroups {
    /// Takes back what the last decision has presumed. Returns what those who were to be released are told instead.
    pub(crate) fn append_refused(
        &mut self,
        released: Vec<Released>,
        refusal: AppendRefusal,
        now: Timestamp,
    ) -> Vec<Released> {
        let mut effects = Effects::default();
        for flying in std::mem::take(&mut self.in_flight) {
            let group_id = flying.group().clone();
            if let InFlight::Created(group) = &flying {
                // Whoever waits there is the one whose request this was, and is told the refusal.
                self.forget(group);
                continue;
            }
            let Some(mut turn) = self.turn(&group_id, now, &mut effects) else { continue };
            match flying {
                InFlight::Created(_) => {}
                InFlight::Assigned(_) => turn.prepare_rebalance(),
                InFlight::Emptied(_) => turn.be_empty_all_the_same(),
                InFlight::Replaced { by, before, .. } => turn.put_back(&by, *before),
            }
        }
        // Nothing that is decided here may need the log: it was just found not to take anything.
        effects.records.clear();
        self.in_flight.clear();
        // An assignment is an assignment when it is in the log. All else that was to be said is as true as before.
        let told_instead = released.into_iter().map(|released| match released.reply {
            WaitedReply::Sync(Ok(_)) => Released { reply: WaitedReply::Sync(Err(refusal.error())), ..released },
            _ => released,
        });
        told_instead.chain(effects.released).collect()
    }
}

impl Turn<'_> {
    /// If the broker fails before the next generation is in the log, the last one there comes back to life, without
    /// members that would keep it up.
    fn be_empty_all_the_same(&mut self) {
        self.group.generation = self.group.generation.wrapping_add(1);
        self.group.protocol_name = None;
        self.group.leader = None;
        self.group.is_initial_rebalance = false;
        self.group.read_subscriptions();
        self.group.enter(GroupState::Empty, self.now);
    }

    /// The static member that was to be replaced is there as before.
    fn put_back(&mut self, replacement: &str, before: Member) {
        self.end_session(replacement);
        let _ = self.group.strike(replacement);
        if self.group.is_leader(replacement) {
            self.group.leader = Some(Arc::clone(&before.id));
        }
        if self.group.pending_sync.remove(replacement) {
            self.group.pending_sync.insert(Arc::clone(&before.id));
        }
        let member_id = before.id.clone();
        self.group.enlist(before);
        self.renew_session(&member_id);
    }
}
