//! SyncGroup: pick up the assignment; the leader hands in everybody's.

use super::member::MemberId;
use super::messages::{SyncReply, SyncRequest, Synced};
use super::refusal::InFlight;
use super::turn::Turn;
use super::{ClassicGroups, Effects};
use crate::group::GroupError;
use crate::group::listing::GroupState;
use crate::{Answer, Outcome, WaiterId};
use bytes::Bytes;
use ottla_model::Timestamp;
use std::collections::BTreeMap;

impl ClassicGroups {
    pub(crate) fn sync(
        &mut self,
        request: SyncRequest,
        waiter: WaiterId,
        now: Timestamp,
    ) -> Outcome<Answer<SyncReply>> {
        if request.group_id.is_empty() {
            return Outcome::reply(Answer::Now(Err(GroupError::InvalidGroupId)));
        }
        let mut effects = Effects::default();
        let answer = match self.turn(&request.group_id, now, &mut effects) {
            Some(mut turn) => turn.sync(&request, waiter),
            None => Err(GroupError::UnknownMemberId),
        };
        effects.with_reply(answer.unwrap_or_else(|error| Answer::Now(Err(error))))
    }
}

impl Turn<'_> {
    fn sync(&mut self, request: &SyncRequest, waiter: WaiterId) -> Result<Answer<SyncReply>, GroupError> {
        self.check_sync(request)?;
        match self.group.state {
            GroupState::Empty => Err(GroupError::UnknownMemberId),
            GroupState::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            GroupState::CompletingRebalance => {
                self.has_synced(&request.member_id);
                if self.group.is_leader(&request.member_id) {
                    Ok(Answer::Now(Ok(self.assign(request))))
                } else {
                    self.await_sync(&request.member_id, waiter);
                    Ok(Answer::Later)
                }
            }
            GroupState::Stable => {
                self.has_synced(&request.member_id);
                let assignment = self.group.members[request.member_id.as_str()].assignment.clone();
                Ok(Answer::Now(Ok(self.synced(assignment))))
            }
        }
    }

    fn check_sync(&self, request: &SyncRequest) -> Result<(), GroupError> {
        let group = &*self.group;
        if group.state == GroupState::Empty {
            return Err(GroupError::UnknownMemberId);
        }
        group.check_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation != group.generation {
            return Err(GroupError::IllegalGeneration);
        }
        let differ = |said: &Option<String>, known: &Option<String>| said.is_some() && known.is_some() && said != known;
        if differ(&request.protocol_type, &group.protocol_type) || differ(&request.protocol_name, &group.protocol_name)
        {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn has_synced(&mut self, member_id: &str) {
        self.group.pending_sync.remove(member_id);
        if self.group.pending_sync.is_empty() {
            self.deadlines.cancel(&self.sync_deadline());
        }
    }

    fn await_sync(&mut self, member_id: &str, waiter: WaiterId) {
        let member = self.group.members.get_mut(member_id).expect("the request was checked");
        if let Some(superseded) = member.awaiting_sync.replace(waiter) {
            self.release_sync(superseded, Err(GroupError::RebalanceInProgress));
        }
    }

    /// Takes the leader's assignments: the generation is complete when the log has them. Returns the leader's own.
    fn assign(&mut self, request: &SyncRequest) -> Synced {
        let given: BTreeMap<&str, &Bytes> =
            request.assignments.iter().map(|given| (given.member_id.as_str(), &given.assignment)).collect();
        let of = |member_id: &MemberId| given.get(&**member_id).map(|bytes| (*bytes).clone()).unwrap_or_default();
        let assignments: BTreeMap<MemberId, Bytes> =
            self.group.members.keys().map(|member_id| (member_id.clone(), of(member_id))).collect();

        let record = self.group.record_of_generation(Some(self.now), &assignments);
        self.effects.records.push(record);
        self.in_flight.push(InFlight::Assigned(self.group.id.clone()));

        for (member_id, assignment) in &assignments {
            let member = self.group.members.get_mut(member_id).expect("assignments are for members");
            if let Some(waiter) = member.awaiting_sync.take() {
                let synced = self.synced(assignment.clone());
                self.release_sync(waiter, Ok(synced));
                // Nothing was heard of it while it waited.
                self.renew_session(member_id);
            }
        }
        self.renew_session(&request.member_id);
        self.synced(of(&request.member_id.as_str().into()))
    }

    fn synced(&self, assignment: Bytes) -> Synced {
        Synced {
            protocol_type: self.group.protocol_type.clone(),
            protocol_name: self.group.protocol_name.clone(),
            assignment,
        }
    }
}
