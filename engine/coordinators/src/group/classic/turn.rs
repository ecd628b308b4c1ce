//! One group's reaction to one request or deadline.

use super::Effects;
use super::group::ClassicGroup;
use super::member::{Member, MemberId};
use super::messages::{JoinRefused, Joined, JoinedMember};
use super::refusal::InFlight;
use super::timers::Deadline;
use crate::deadlines::Deadlines;
use crate::group::{GroupError, GroupSettings, SyncReply};
use crate::{Released, WaitedReply, WaiterId};
use ottla_model::Timestamp;

/// A group, everything that its reaction may look at, and everything that may come of it.
pub(super) struct Turn<'a> {
    pub(super) group: &'a mut ClassicGroup,
    pub(super) settings: &'a GroupSettings,
    pub(super) deadlines: &'a mut Deadlines<Deadline>,
    pub(super) in_flight: &'a mut Vec<InFlight>,
    pub(super) effects: &'a mut Effects,
    pub(super) now: Timestamp,
}

impl Turn<'_> {
    pub(super) fn release_join(&mut self, waiter: WaiterId, reply: Result<Joined, JoinRefused>) {
        self.effects.released.push(Released { waiter, reply: WaitedReply::Join(reply) });
    }

    pub(super) fn refuse_join(&mut self, waiter: WaiterId, error: GroupError, member_id: &str) {
        self.release_join(waiter, Err(JoinRefused { error, member_id: member_id.to_owned() }));
    }

    pub(super) fn release_sync(&mut self, waiter: WaiterId, reply: SyncReply) {
        self.effects.released.push(Released { waiter, reply: WaitedReply::Sync(reply) });
    }

    /// The member's join request waits from now on. One that waited before is answered so that it would be sent again:
    /// its sender must have given it up.
    pub(super) fn await_join(&mut self, member_id: &str, waiter: WaiterId) {
        if let Some(superseded) = self.group.set_awaiting_join(member_id, Some(waiter)) {
            self.refuse_join(superseded, GroupError::RebalanceInProgress, member_id);
        }
    }

    /// What a member of the generation is told.
    pub(super) fn joined(&self, member_id: &str) -> Joined {
        let members = if self.group.is_leader(member_id) { self.members_for_leader() } else { Vec::new() };
        Joined {
            generation: self.group.generation,
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: self.group.protocol_name.clone(),
            leader: self.group.leader_id(),
            skip_assignment: false,
            member_id: member_id.to_owned(),
            members,
        }
    }

    fn members_for_leader(&self) -> Vec<JoinedMember> {
        let protocol = self.group.protocol_name.as_deref();
        let tell = |member: &Member| JoinedMember {
            member_id: member.id.to_string(),
            group_instance_id: member.group_instance_id.as_deref().map(str::to_owned),
            metadata: member.metadata(protocol),
        };
        self.group.members.values().map(tell).collect()
    }

    /// Takes a member away, with its session; requests of it that wait are told that nobody knows it any more, so that
    /// it joins anew if it is still there.
    pub(super) fn remove_member(&mut self, member_id: &str) {
        self.end_session(member_id);
        let Some(member) = self.group.remove(member_id) else { return };
        if let Some(waiter) = member.awaiting_join {
            self.refuse_join(waiter, GroupError::UnknownMemberId, "");
        }
        if let Some(waiter) = member.awaiting_sync {
            self.release_sync(waiter, Err(GroupError::UnknownMemberId));
        }
    }

    /// Whoever waits is told that this is the wrong place by now.
    pub(super) fn send_everybody_elsewhere(&mut self) {
        for member_id in self.group.members.keys().cloned().collect::<Vec<_>>() {
            if let Some(waiter) = self.group.set_awaiting_join(&member_id, None) {
                self.refuse_join(waiter, GroupError::NotCoordinator, &member_id);
            }
            if let Some(waiter) = self.group.members.get_mut(&member_id).and_then(|member| member.awaiting_sync.take())
            {
                self.release_sync(waiter, Err(GroupError::NotCoordinator));
            }
        }
    }

    /// The member has shown that it is alive: its session begins anew.
    pub(super) fn renew_session(&mut self, member_id: &str) {
        let Some(member) = self.group.members.get(member_id) else { return };
        let timeout = member.session_timeout;
        self.expect_sign_of_life(member.id.clone(), timeout);
    }

    /// Gives the member up if nothing is heard of it for so many milliseconds.
    pub(super) fn expect_sign_of_life(&mut self, member_id: MemberId, timeout: i32) {
        let due = self.now.plus_milliseconds(timeout.into());
        self.deadlines.set(Deadline::Session(self.group.id.clone(), member_id), due);
    }

    pub(super) fn end_session(&mut self, member_id: &str) {
        self.deadlines.cancel(&Deadline::Session(self.group.id.clone(), member_id.into()));
    }

    pub(super) fn schedule(&mut self, deadline: Deadline, timeout: i32) {
        self.deadlines.set(deadline, self.now.plus_milliseconds(timeout.into()));
    }

    pub(super) fn join_deadline(&self) -> Deadline {
        Deadline::Join(self.group.id.clone())
    }

    pub(super) fn sync_deadline(&self) -> Deadline {
        Deadline::Sync(self.group.id.clone())
    }
}
