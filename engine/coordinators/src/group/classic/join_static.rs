//! A static member comes back: somebody joins with an instance id that is taken, and takes the place (KIP-345).

use super::member::MemberId;
use super::messages::{JoinReply, JoinRequest, Joined};
use super::refusal::InFlight;
use super::turn::Turn;
use crate::group::GroupError;
use crate::group::listing::GroupState;
use crate::{Answer, WaiterId};
use std::collections::BTreeMap;

impl Turn<'_> {
    /// Lets `member_id` take the place of `holder`, who is fenced from now on. A stable group stays so, if its protocol
    /// would: the restart of a static member is what nobody is to notice.
    pub(super) fn join_in_place_of(
        &mut self,
        holder: &str,
        member_id: MemberId,
        request: JoinRequest,
        waiter: WaiterId,
    ) -> Answer<JoinReply> {
        let leader_before = self.group.leader_id();
        let mut before = self.group.replace(holder, member_id.clone()).expect("the holder of a place is a member");
        self.end_session(holder);
        if let Some(waiter) = before.awaiting_join.take() {
            self.refuse_join(waiter, GroupError::FencedInstanceId, holder);
        }
        if let Some(waiter) = before.awaiting_sync.take() {
            self.release_sync(waiter, Err(GroupError::FencedInstanceId));
        }
        self.group.update(&member_id, request.protocols, request.rebalance_timeout, request.session_timeout);
        self.renew_session(&member_id);

        match self.group.state {
            GroupState::Stable if self.group.vote() == self.group.protocol_name => {
                let joined = self.joined_in_place(&member_id, leader_before, request.supports_skipping_assignment);
                let assignments: BTreeMap<_, _> =
                    self.group.members.values().map(|member| (member.id.clone(), member.assignment.clone())).collect();
                let record = self.group.record_of_generation(self.group.state_since, &assignments);
                self.effects.records.push(record);
                let group = self.group.id.clone();
                self.in_flight.push(InFlight::Replaced { group, by: member_id, before: Box::new(before) });
                Answer::Now(Ok(joined))
            }
            // The leader may have the old id in the assignment that it is about to hand in: the new one would get
            // nothing. And a protocol that is no longer the best one is to be voted for anew.
            GroupState::Stable | GroupState::CompletingRebalance => {
                self.await_join(&member_id, waiter);
                self.prepare_rebalance();
                Answer::Later
            }
            GroupState::PreparingRebalance | GroupState::Empty => {
                self.await_join(&member_id, waiter);
                self.maybe_complete_join();
                Answer::Later
            }
        }
    }

    /// What somebody is told who steps into a running generation. A leader need not assign again; one that cannot be told
    /// so (before version 9) hears the old leader's id, and does not take itself for the leader.
    fn joined_in_place(&self, member_id: &str, leader_before: String, can_skip: bool) -> Joined {
        let joined = self.joined(member_id);
        if can_skip {
            Joined { skip_assignment: self.group.is_leader(member_id), ..joined }
        } else {
            Joined { leader: leader_before, members: Vec::new(), ..joined }
        }
    }
}
