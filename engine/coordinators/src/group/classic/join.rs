//! JoinGroup: be part of the next generation.
//!
//! v4 sends members without an id back with one (KIP-394) · v5 static members (KIP-345): `join_static` · v9 skips the
//! assignment (KIP-814).

use super::member::{Member, MemberId};
use super::messages::{JoinProtocol, JoinRefused, JoinReply, JoinRequest};
use super::refusal::InFlight;
use super::turn::Turn;
use super::{ClassicGroup, ClassicGroups, Effects};
use crate::group::listing::GroupState;
use crate::group::{GroupError, GroupId, GroupSettings, MemberIds};
use crate::{Answer, Outcome, WaiterId};
use bytes::Bytes;
use ottla_model::Timestamp;

/// Milliseconds after which a member that has never been part of a generation is given up although its request waits. It
/// has no session that it could keep by heartbeats, and members that went away must not pile up in a long rebalance.
const NEW_MEMBER_TIMEOUT: i32 = 5 * 60 * 1_000;

/// Bytes of the longest text that a record can hold.
const TEXT_MAX: usize = i16::MAX as usize;

impl JoinRequest {
    /// What is wrong with the request whatever the group: Kafka says so even while the coordinator is loading.
    ///
    /// # Errors
    /// Says what.
    pub fn check(&self, settings: &GroupSettings) -> Result<(), GroupError> {
        let session_timeouts = settings.session_timeout_min..=settings.session_timeout_max;
        if self.group_id.is_empty() {
            Err(GroupError::InvalidGroupId)
        } else if !session_timeouts.contains(&self.session_timeout) {
            Err(GroupError::InvalidSessionTimeout)
        } else {
            Ok(())
        }
    }
}

impl ClassicGroups {
    pub(crate) fn join(
        &mut self,
        mut request: JoinRequest,
        waiter: WaiterId,
        now: Timestamp,
        member_ids: &mut dyn MemberIds,
    ) -> Outcome<Answer<JoinReply>> {
        if let Err(error) = request.check(&self.settings) {
            return Outcome::reply(refused(error, &request.member_id));
        }
        if !self.may_become_classic(&request.group_id) {
            return Outcome::reply(refused(GroupError::InconsistentGroupProtocol, ""));
        }
        detach(&mut request.protocols);
        let is_new_group = !self.groups.contains_key(request.group_id.as_str());
        if is_new_group && !request.member_id.is_empty() {
            return Outcome::reply(refused(GroupError::UnknownMemberId, &request.member_id));
        }
        if is_new_group {
            let id = GroupId::from(request.group_id.as_str());
            self.groups.insert(id.clone(), ClassicGroup::new(id, now));
        }
        let mut effects = Effects::default();
        effects.records.extend(self.tombstones_of_another_kind(&request.group_id).into_iter().flatten());
        let group_id = request.group_id.clone();
        let mut turn = self.turn(&group_id, now, &mut effects).expect("it was there, or has just come");
        let answer = turn.join(request, waiter, member_ids);
        if is_new_group {
            // Whatever came of the request: the log knows the group from now on.
            turn.record_creation();
        }
        effects.with_reply(answer)
    }
}

pub(super) fn refused(error: GroupError, member_id: &str) -> Answer<JoinReply> {
    Answer::Now(Err(JoinRefused { error, member_id: member_id.to_owned() }))
}

/// What members say is kept for long: it must not keep the request's whole buffer.
fn detach(protocols: &mut [JoinProtocol]) {
    for protocol in protocols {
        protocol.metadata = Bytes::copy_from_slice(&protocol.metadata);
    }
}

impl Turn<'_> {
    fn join(&mut self, request: JoinRequest, waiter: WaiterId, ids: &mut dyn MemberIds) -> Answer<JoinReply> {
        if !self.has_room_for(&request.member_id) {
            // It may be a member that was too late to keep its place in a group that has to shrink.
            self.remove_member(&request.member_id);
            return refused(GroupError::GroupMaxSizeReached, "");
        }
        if !self.group.supports(&request.protocol_type, &request.protocols) {
            return refused(GroupError::InconsistentGroupProtocol, &request.member_id);
        }
        if request.member_id.is_empty() {
            self.join_without_id(request, waiter, ids)
        } else if self.group.pending_members.contains(request.member_id.as_str()) {
            self.join_with_given_id(request, waiter)
        } else {
            self.join_again(request, waiter)
        }
    }

    /// Whether the group may have one more member, or has this one already.
    fn has_room_for(&self, member_id: &str) -> bool {
        let group = &*self.group;
        let member = group.members.get(member_id);
        match group.state {
            GroupState::Empty => true,
            // Only those who have joined for the next generation count: when the group has to shrink, the last ones to
            // join again lose their place.
            GroupState::PreparingRebalance => {
                member.is_some_and(|member| member.awaiting_join.is_some())
                    || group.awaiting_join() < self.settings.size_max
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                member.is_some() || group.members.len() < self.settings.size_max
            }
        }
    }

    fn join_without_id(
        &mut self,
        request: JoinRequest,
        waiter: WaiterId,
        ids: &mut dyn MemberIds,
    ) -> Answer<JoinReply> {
        let name = request.group_instance_id.as_deref().unwrap_or(&request.client_id);
        let member_id = MemberId::from(format!("{name}-{}", ids.random_part()));
        if member_id.len() > TEXT_MAX {
            return refused(GroupError::RecordsTooLarge, "");
        }
        if let Some(instance) = &request.group_instance_id {
            return match self.group.static_members.get(instance.as_str()).cloned() {
                Some(holder) => self.join_in_place_of(&holder, member_id, request, waiter),
                None => self.add_member(member_id, request, waiter),
            };
        }
        if !request.requires_known_member_id {
            return self.add_member(member_id, request, waiter);
        }
        self.group.pending_members.insert(member_id.clone());
        self.expect_sign_of_life(member_id.clone(), request.session_timeout);
        refused(GroupError::MemberIdRequired, &member_id)
    }

    fn join_with_given_id(&mut self, request: JoinRequest, waiter: WaiterId) -> Answer<JoinReply> {
        if request.group_instance_id.is_some() {
            // Static members are never sent back with an id: this one must be somebody else's.
            return refused(GroupError::ContradictoryRequest, "");
        }
        let member_id = MemberId::from(request.member_id.as_str());
        self.add_member(member_id, request, waiter)
    }

    fn add_member(&mut self, member_id: MemberId, request: JoinRequest, waiter: WaiterId) -> Answer<JoinReply> {
        if self.group.state == GroupState::PreparingRebalance && self.group.is_initial_rebalance {
            self.group.member_added = true;
        }
        let member = Member {
            id: member_id.clone(),
            group_instance_id: request.group_instance_id.map(Into::into),
            client_id: request.client_id,
            client_host: request.client_host,
            rebalance_timeout: request.rebalance_timeout,
            session_timeout: request.session_timeout,
            protocols: request.protocols,
            assignment: Bytes::new(),
            awaiting_join: Some(waiter),
            awaiting_sync: None,
            is_new: true,
        };
        self.group.add(member, &request.protocol_type);
        self.expect_sign_of_life(member_id, NEW_MEMBER_TIMEOUT);
        self.rebalance_or_complete_join();
        Answer::Later
    }

    /// A member that the group knows joins again.
    fn join_again(&mut self, request: JoinRequest, waiter: WaiterId) -> Answer<JoinReply> {
        let member_id = request.member_id.as_str();
        if let Err(error) = self.group.check_member(member_id, request.group_instance_id.as_deref()) {
            return refused(error, member_id);
        }
        let says_the_same = self.group.members[member_id].protocols == request.protocols;
        let must_rebalance = match self.group.state {
            // Members are not Empty's: somebody is mistaken.
            GroupState::Empty => return refused(GroupError::UnknownMemberId, member_id),
            GroupState::PreparingRebalance => true,
            // It may have missed the answer.
            GroupState::CompletingRebalance => !says_the_same,
            // By joining, a leader asks for a new assignment: of topics that have got more partitions, say.
            GroupState::Stable => !says_the_same || self.group.is_leader(member_id),
        };
        if !must_rebalance {
            return Answer::Now(Ok(self.joined(member_id)));
        }
        self.group.update(member_id, request.protocols, request.rebalance_timeout, request.session_timeout);
        self.await_join(member_id, waiter);
        self.rebalance_or_complete_join();
        Answer::Later
    }

    /// Makes the log know a group that is new.
    fn record_creation(&mut self) {
        self.in_flight.push(InFlight::Created(self.group.id.clone()));
        let record = self.group.record_of_creation();
        self.effects.records.push(record);
    }
}
