//! What the log says of a classic group, and what is written there.
//!
//! A group's record is its last finished generation, as a whole: it replaces whatever an earlier one said.

use super::ClassicGroups;
use super::group::ClassicGroup;
use super::member::{Member, MemberId};
use super::messages::JoinProtocol;
use super::timers::Deadline;
use crate::group::GroupId;
use crate::group::listing::GroupState;
use crate::group::records::{GroupMember, GroupMetadata};
use crate::{CoordinatorRecord, ReplayError};
use bytes::Bytes;
use ottla_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Names come in by the protocol, whose texts are as short as the records' have to be; ids that are made here are checked
/// when they are made.
const FITS: &str = "texts of the protocol fit into records";

impl ClassicGroup {
    /// The first thing that the log hears of a group, before it has had any generation.
    pub(super) fn record_of_creation(&self) -> CoordinatorRecord {
        let metadata = GroupMetadata {
            protocol_type: None,
            generation: 0,
            protocol: None,
            leader: None,
            current_state_timestamp: self.state_since,
            members: Vec::new(),
        };
        metadata.record(&self.id).expect(FITS)
    }

    /// The next generation has no members.
    pub(super) fn record_of_emptiness(&self, now: Timestamp) -> CoordinatorRecord {
        let metadata = GroupMetadata {
            protocol_type: self.protocol_type.clone(),
            generation: self.generation.wrapping_add(1),
            protocol: None,
            leader: None,
            current_state_timestamp: Some(now),
            members: Vec::new(),
        };
        metadata.record(&self.id).expect(FITS)
    }

    /// This generation, with these assignments; nothing for those that are not named.
    pub(super) fn record_of_generation(
        &self,
        since: Option<Timestamp>,
        assignments: &BTreeMap<MemberId, Bytes>,
    ) -> CoordinatorRecord {
        let protocol = self.protocol_name.as_deref();
        let write = |member: &Member| GroupMember {
            member_id: member.id.to_string(),
            group_instance_id: member.group_instance_id.as_deref().map(str::to_owned),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: member.rebalance_timeout,
            session_timeout: member.session_timeout,
            subscription: member.metadata(protocol),
            assignment: assignments.get(&member.id).cloned().unwrap_or_default(),
        };
        let metadata = GroupMetadata {
            protocol_type: self.protocol_type.clone(),
            generation: self.generation,
            protocol: self.protocol_name.clone(),
            leader: self.leader.as_deref().map(str::to_owned),
            current_state_timestamp: since,
            members: self.members.values().map(write).collect(),
        };
        metadata.record(&self.id).expect(FITS)
    }

    /// Becomes what the record says. Of members that are known already remains what no log knows: all the protocols that
    /// they could follow, say.
    fn take_over(&mut self, metadata: GroupMetadata) {
        if self.state == GroupState::PreparingRebalance && metadata.generation == self.generation {
            // It is of the generation that the group is leaving (that it exists, if it is new): nothing that is not known.
            return;
        }
        self.state = if metadata.members.is_empty() { GroupState::Empty } else { GroupState::Stable };
        self.state_since = metadata.current_state_timestamp;
        self.protocol_type = metadata.protocol_type;
        self.protocol_name = metadata.protocol;
        self.generation = metadata.generation;
        self.is_initial_rebalance = false;

        let mut known = BTreeMap::new();
        while let Some(member_id) = self.members.keys().next().cloned() {
            known.extend(self.strike(&member_id).map(|member| (member_id, member)));
        }
        for written in metadata.members {
            let member = self.member_as_written(known.remove(written.member_id.as_str()), written);
            self.enlist(member);
        }
        self.leader =
            metadata.leader.and_then(|leader| self.members.get_key_value(leader.as_str()).map(|(id, _)| id.clone()));
        if self.leader.is_none() {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending_sync.retain(|member_id| self.members.contains_key(member_id));
        self.read_subscriptions();
    }

    fn member_as_written(&self, known: Option<Member>, written: GroupMember) -> Member {
        // Slices of a record would keep all that was read from the log with it.
        let subscription = Bytes::copy_from_slice(&written.subscription);
        let voted_for = self.protocol_name.as_deref();
        let known = known.filter(|known| known.metadata(voted_for) == subscription);
        let only_what_is_written =
            || vec![JoinProtocol { name: voted_for.unwrap_or_default().to_owned(), metadata: subscription.clone() }];
        let (protocols, awaiting_sync) = match known {
            Some(known) => (known.protocols, known.awaiting_sync),
            None => (only_what_is_written(), None),
        };
        Member {
            id: written.member_id.into(),
            group_instance_id: written.group_instance_id.map(Into::into),
            client_id: written.client_id,
            client_host: written.client_host,
            rebalance_timeout: written.rebalance_timeout,
            session_timeout: written.session_timeout,
            protocols,
            assignment: Bytes::copy_from_slice(&written.assignment),
            awaiting_join: None,
            awaiting_sync,
            is_new: false,
        }
    }
}

impl ClassicGroups {
    /// Takes a record of the log over: what a group is now, or that it is no more.
    pub(crate) fn replay(&mut self, group_id: &str, metadata: Option<GroupMetadata>) -> Result<(), ReplayError> {
        let Some(metadata) = metadata else {
            self.forget(group_id);
            return Ok(());
        };
        check(group_id, &metadata)?;
        self.get_or_create(group_id, metadata.current_state_timestamp).take_over(metadata);
        Ok(())
    }

    /// Somebody has committed an offset for the group: there is one, if only by that.
    pub(crate) fn replay_existence(&mut self, group_id: &str, since: Timestamp) {
        if !self.is_of_another_kind(group_id) {
            self.get_or_create(group_id, Some(since));
        }
    }

    fn get_or_create(&mut self, group_id: &str, since: Option<Timestamp>) -> &mut ClassicGroup {
        if !self.groups.contains_key(group_id) {
            let id = GroupId::from(group_id);
            let since = since.unwrap_or_default();
            self.groups.insert(id.clone(), ClassicGroup::new(id, since));
        }
        self.groups.get_mut(group_id).expect("it was there, or has just come")
    }

    /// Removes a group with all its deadlines.
    pub(super) fn forget(&mut self, group_id: &str) {
        let Some(group) = self.groups.remove(group_id) else { return };
        for member_id in group.members.keys().chain(&group.pending_members) {
            self.deadlines.cancel(&Deadline::Session(group.id.clone(), member_id.clone()));
        }
        self.deadlines.cancel(&Deadline::Join(group.id.clone()));
        self.deadlines.cancel(&Deadline::Sync(group.id));
    }
}

/// Refuses what no coordinator writes: the rules could not go on from there.
fn check(group_id: &str, metadata: &GroupMetadata) -> Result<(), ReplayError> {
    let impossible = |reason| Err(ReplayError::ImpossibleGroup { group: group_id.to_owned(), reason });
    if metadata.members.is_empty() {
        return Ok(());
    }
    if metadata.protocol_type.is_none() || metadata.protocol.is_none() {
        return impossible("there are members, but no protocol that they follow");
    }
    let mut members = BTreeSet::new();
    let mut instances = BTreeSet::new();
    for member in &metadata.members {
        if !members.insert(&member.member_id) {
            return impossible("two members have the same id");
        }
        if member.group_instance_id.as_ref().is_some_and(|instance| !instances.insert(instance)) {
            return impossible("two members have the same instance id");
        }
    }
    Ok(())
}
