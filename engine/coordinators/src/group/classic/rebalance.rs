//! How a generation comes about: members are told to join again, and when all have, or time is up, those who did are the
//! next generation.

use super::refusal::InFlight;
use super::turn::Turn;
use crate::group::GroupError;
use crate::group::listing::GroupState;
use bytes::Bytes;

impl Turn<'_> {
    /// Begins a rebalance, or, if one is going on, ends its first half if everybody is there.
    pub(super) fn rebalance_or_complete_join(&mut self) {
        if self.group.state == GroupState::PreparingRebalance {
            self.maybe_complete_join();
        } else {
            self.prepare_rebalance();
        }
    }

    /// Begins a rebalance: everybody is to join again.
    pub(super) fn prepare_rebalance(&mut self) {
        if self.group.state == GroupState::CompletingRebalance {
            self.void_assignments();
        }
        self.group.pending_sync.clear();
        self.deadlines.cancel(&self.sync_deadline());

        self.group.is_initial_rebalance = self.group.state == GroupState::Empty;
        self.group.enter(GroupState::PreparingRebalance, self.now);
        if self.group.is_initial_rebalance {
            // Members of an application start one after the other: a generation for each would be a waste.
            let delay = self.settings.initial_rebalance_delay;
            self.group.member_added = false;
            self.group.delay_remaining = self.group.rebalance_timeout().saturating_sub(delay).max(0);
            self.schedule(self.join_deadline(), delay);
        } else if self.group.all_have_joined() {
            self.complete_join();
        } else {
            self.schedule(self.join_deadline(), self.group.rebalance_timeout());
        }
    }

    /// Whoever waits for an assignment of the generation that will not be is sent to join again.
    fn void_assignments(&mut self) {
        let members: Vec<_> = self.group.members.keys().cloned().collect();
        for member_id in members {
            let Some(member) = self.group.members.get_mut(&member_id) else { continue };
            member.assignment = Bytes::new();
            if let Some(waiter) = member.awaiting_sync.take() {
                self.release_sync(waiter, Err(GroupError::RebalanceInProgress));
                self.renew_session(&member_id);
            }
        }
    }

    /// Ends the first half of a rebalance if everybody is there. An initial one takes its time all the same.
    pub(super) fn maybe_complete_join(&mut self) {
        let group = &*self.group;
        if group.state == GroupState::PreparingRebalance && !group.is_initial_rebalance && group.all_have_joined() {
            self.complete_join();
        }
    }

    /// As above, but whoever was waited for has gone: nobody else is expected, initial rebalance or not.
    pub(super) fn complete_join_if_nobody_is_missing(&mut self) {
        if self.group.state == GroupState::PreparingRebalance && self.group.all_have_joined() {
            self.complete_join();
        }
    }

    /// Time is up for joining: once more for an initial rebalance that has seen new members.
    pub(super) fn join_time_is_up(&mut self) {
        if self.group.state != GroupState::PreparingRebalance {
            return;
        }
        if self.group.is_initial_rebalance && self.group.member_added && self.group.delay_remaining > 0 {
            let delay = self.settings.initial_rebalance_delay.min(self.group.delay_remaining);
            self.group.member_added = false;
            self.group.delay_remaining -= delay;
            self.schedule(self.join_deadline(), delay);
        } else {
            self.complete_join();
        }
    }

    /// Those who have joined are the next generation. Static members keep their place without joining: their session
    /// says when they are gone.
    pub(super) fn complete_join(&mut self) {
        self.deadlines.cancel(&self.join_deadline());
        let late = self.group.members.values().filter(|member| member.awaiting_join.is_none() && !member.is_static());
        for member_id in late.map(|member| member.id.clone()).collect::<Vec<_>>() {
            self.remove_member(&member_id);
        }
        if self.group.members.is_empty() {
            self.record_emptiness();
        } else if self.elect_leader() {
            self.begin_generation();
        } else {
            // Only static members, and none has come: wait until one does, or their sessions end.
            self.schedule(self.join_deadline(), self.group.rebalance_timeout());
        }
    }

    /// Leaves the lead where it is if the leader has joined, gives it to somebody who has otherwise. `false` if nobody
    /// has.
    fn elect_leader(&mut self) -> bool {
        let has_joined = |id: &str| self.group.members.get(id).is_some_and(|member| member.awaiting_join.is_some());
        if self.group.leader.as_deref().is_some_and(has_joined) {
            return true;
        }
        let joined = self.group.members.values().find(|member| member.awaiting_join.is_some());
        let Some(leader) = joined.map(|member| member.id.clone()) else { return false };
        self.group.leader = Some(leader);
        true
    }

    /// Everybody learns about the new generation, and is to ask for its assignment.
    fn begin_generation(&mut self) {
        self.group.generation = self.group.generation.wrapping_add(1);
        self.group.protocol_name = self.group.vote();
        self.group.read_subscriptions();
        self.group.is_initial_rebalance = false;
        self.group.enter(GroupState::CompletingRebalance, self.now);

        let members: Vec<_> = self.group.members.keys().cloned().collect();
        for member_id in members {
            if let Some(waiter) = self.group.set_awaiting_join(&member_id, None) {
                let joined = self.joined(&member_id);
                self.release_join(waiter, Ok(joined));
            }
            if let Some(member) = self.group.members.get_mut(&member_id) {
                member.is_new = false;
            }
            self.renew_session(&member_id);
            self.group.pending_sync.insert(member_id);
        }
        self.schedule(self.sync_deadline(), self.group.rebalance_timeout());
    }

    /// Nobody is left: that is a generation too, and the log is to know it. The group is empty when it does.
    fn record_emptiness(&mut self) {
        let record = self.group.record_of_emptiness(self.now);
        self.effects.records.push(record);
        self.in_flight.push(InFlight::Emptied(self.group.id.clone()));
    }

    /// Whoever has not asked for its assignment in all the time of a rebalance is given up.
    pub(super) fn sync_time_is_up(&mut self) {
        self.deadlines.cancel(&self.sync_deadline());
        let late = std::mem::take(&mut self.group.pending_sync);
        if late.is_empty() || !matches!(self.group.state, GroupState::CompletingRebalance | GroupState::Stable) {
            return;
        }
        for member_id in late {
            self.remove_member(&member_id);
        }
        self.prepare_rebalance();
    }
}
