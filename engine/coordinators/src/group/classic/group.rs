//! A classic group: its members and how far they are.

use super::member::{Member, MemberId};
use super::messages::JoinProtocol;
use super::subscription;
use crate::WaiterId;
use crate::group::listing::GroupState;
use crate::group::offsets::RetentionStart;
use crate::group::{GroupError, GroupId};
use ottla_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The protocol type of consumers: the only one whose members' metadata a coordinator looks into.
const CONSUMER: &str = "consumer";

/// A classic group.
///
/// Its last finished generation is in the log, and becomes [`Stable`](GroupState::Stable) or [`Empty`](GroupState::Empty)
/// by replay. What is between generations (who has joined again, what they said, the generation's number meanwhile) is
/// known to no log: after a restart the members find themselves in the last finished generation, and those of a newer one
/// are told to join again.
#[derive(Debug)]
pub(crate) struct ClassicGroup {
    pub(super) id: GroupId,
    pub(super) state: GroupState,
    /// When it came to its state; `None` if the log has a record of a time when that was not written.
    pub(super) state_since: Option<Timestamp>,
    /// The members' protocol type; `None` in a group that has never had members.
    pub(super) protocol_type: Option<String>,
    /// What the members of the generation have voted for.
    pub(super) protocol_name: Option<String>,
    pub(super) generation: i32,
    pub(super) leader: Option<MemberId>,
    pub(super) members: BTreeMap<MemberId, Member>,
    /// The members with an instance id, by that.
    pub(super) static_members: BTreeMap<Arc<str>, MemberId>,
    /// Ids that have been given to members that did not join with them yet (KIP-394).
    pub(super) pending_members: BTreeSet<MemberId>,
    /// Members of the generation that have not asked for their assignment yet.
    pub(super) pending_sync: BTreeSet<MemberId>,
    /// The topics that the members read, if they are consumers and can be understood.
    subscribed_topics: Option<BTreeSet<String>>,
    /// The rebalance began when there was nobody: more members may be about to come.
    pub(super) is_initial_rebalance: bool,
    /// Somebody has come during the initial rebalance since it was last put off.
    pub(super) member_added: bool,
    /// Milliseconds by which the initial rebalance may still be put off.
    pub(super) delay_remaining: i32,
    /// How many members wait for the others to join.
    awaiting_join: usize,
    /// How many members follow each protocol.
    followers: BTreeMap<String, usize>,
}

impl ClassicGroup {
    /// A group without members, of which the log may not even know.
    pub(super) fn new(id: GroupId, now: Timestamp) -> Self {
        Self {
            id,
            state: GroupState::Empty,
            state_since: Some(now),
            protocol_type: None,
            protocol_name: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_members: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            subscribed_topics: None,
            is_initial_rebalance: false,
            member_added: false,
            delay_remaining: 0,
            awaiting_join: 0,
            followers: BTreeMap::new(),
        }
    }

    pub(super) fn enter(&mut self, state: GroupState, now: Timestamp) {
        self.state = state;
        self.state_since = Some(now);
    }

    pub(super) fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    pub(super) fn leader_id(&self) -> String {
        self.leader.as_deref().unwrap_or_default().to_owned()
    }

    /// Whether everybody who is known waits for the next generation.
    pub(super) fn all_have_joined(&self) -> bool {
        self.members.len() == self.awaiting_join && self.pending_members.is_empty()
    }

    pub(super) fn awaiting_join(&self) -> usize {
        self.awaiting_join
    }

    /// Milliseconds to wait for the members to join or sync: as long as the slowest of them wants.
    pub(super) fn rebalance_timeout(&self) -> i32 {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or(0)
    }

    /// That the member is in the group, and still has its place if it is a static one.
    pub(super) fn check_member(&self, member_id: &str, group_instance_id: Option<&str>) -> Result<(), GroupError> {
        if let Some(instance) = group_instance_id {
            let holder = self.static_members.get(instance).ok_or(GroupError::UnknownMemberId)?;
            if **holder != *member_id {
                return Err(GroupError::FencedInstanceId);
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(GroupError::UnknownMemberId) }
    }

    /// Adds a member; the first one decides the group's protocol type, and leads.
    pub(super) fn add(&mut self, member: Member, protocol_type: &str) {
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.to_owned());
        }
        self.leader.get_or_insert_with(|| member.id.clone());
        self.pending_members.remove(&member.id);
        self.enlist(member);
    }

    /// Takes a member away; if it was the leader, another one leads. Its requests that wait are the caller's to answer.
    pub(super) fn remove(&mut self, member_id: &str) -> Option<Member> {
        self.pending_members.remove(member_id);
        self.pending_sync.remove(member_id);
        let member = self.strike(member_id);
        if self.is_leader(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
        member
    }

    /// Puts `new_id` where the static member `old_id` has been, with all that it had but its waiting requests, which
    /// come back in the old member (KIP-345).
    pub(super) fn replace(&mut self, old_id: &str, new_id: MemberId) -> Option<Member> {
        let old = self.strike(old_id)?;
        if self.is_leader(old_id) {
            self.leader = Some(new_id.clone());
        }
        if self.pending_sync.remove(old_id) {
            self.pending_sync.insert(new_id.clone());
        }
        self.enlist(Member { id: new_id, awaiting_join: None, awaiting_sync: None, is_new: false, ..old.clone() });
        Some(old)
    }

    /// Lets the member wait for the others to join, or no longer. Returns the request that waited before.
    pub(super) fn set_awaiting_join(&mut self, member_id: &str, waiter: Option<WaiterId>) -> Option<WaiterId> {
        let member = self.members.get_mut(member_id)?;
        let before = std::mem::replace(&mut member.awaiting_join, waiter);
        self.awaiting_join += usize::from(waiter.is_some());
        self.awaiting_join -= usize::from(before.is_some());
        before
    }

    /// Takes over what a member says anew about itself.
    pub(super) fn update(&mut self, member_id: &str, protocols: Vec<JoinProtocol>, rebalance: i32, session: i32) {
        let Some(mut member) = self.strike(member_id) else { return };
        member.protocols = protocols;
        member.rebalance_timeout = rebalance;
        member.session_timeout = session;
        self.enlist(member);
    }

    /// Puts a member into all lists that have it.
    pub(super) fn enlist(&mut self, member: Member) {
        if let Some(instance) = &member.group_instance_id {
            self.static_members.insert(instance.clone(), member.id.clone());
        }
        for name in protocol_names(&member.protocols) {
            *self.followers.entry(name.to_owned()).or_default() += 1;
        }
        self.awaiting_join += usize::from(member.awaiting_join.is_some());
        self.members.insert(member.id.clone(), member);
    }

    /// Takes a member out of all lists that have it.
    pub(super) fn strike(&mut self, member_id: &str) -> Option<Member> {
        let member = self.members.remove(member_id)?;
        if let Some(instance) = &member.group_instance_id {
            self.static_members.remove(instance);
        }
        for name in protocol_names(&member.protocols) {
            if let Some(count) = self.followers.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.followers.remove(name);
                }
            }
        }
        self.awaiting_join -= usize::from(member.awaiting_join.is_some());
        Some(member)
    }

    /// Protocols that every member follows.
    pub(super) fn common_protocols(&self) -> BTreeSet<&str> {
        let all = self.members.len();
        self.followers.iter().filter(|(_, count)| **count == all).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether somebody who follows these protocols fits in: an empty group takes everybody who follows anything.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[JoinProtocol]) -> bool {
        if self.state == GroupState::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        let all = self.members.len();
        let is_common = |name: &str| self.followers.get(name).copied().unwrap_or(0) == all;
        self.protocol_type.as_deref() == Some(protocol_type) && protocols.iter().any(|known| is_common(&known.name))
    }

    /// Reads from the members which topics they are subscribed to.
    pub(super) fn read_subscriptions(&mut self) {
        self.subscribed_topics = match (self.is_of_consumers(), &self.protocol_name) {
            (false, _) => None,
            (true, _) if self.members.is_empty() => Some(BTreeSet::new()),
            (true, None) => None,
            (true, protocol) => subscription::topics(self.members.values().map(|m| m.metadata(protocol.as_deref()))),
        };
    }

    fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Whether the group's offsets of the topic are in use. Consumers that cannot be understood may read anything.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        self.subscribed_topics.as_ref().map_or(self.is_of_consumers(), |topics| topics.contains(topic))
    }

    /// From when on offsets grow old that no member's subscription keeps; `None` if they do not.
    pub(crate) fn retention_start(&self) -> Option<RetentionStart> {
        match (&self.protocol_type, self.state) {
            // Offsets of somebody who assigns partitions to himself, or of a tool.
            (None, _) => Some(RetentionStart::Commit),
            (Some(_), GroupState::Empty) => {
                Some(self.state_since.map_or(RetentionStart::Commit, RetentionStart::Empty))
            }
            (Some(_), GroupState::Stable) if self.is_of_consumers() && self.subscribed_topics.is_some() => {
                Some(RetentionStart::Commit)
            }
            (Some(_), _) => None,
        }
    }

    /// Whether offsets of topics that nobody reads may be deleted by hand. Only of consumers is known what they read.
    pub(crate) fn check_delete_offsets(&self) -> Result<(), GroupError> {
        if self.state == GroupState::Empty || self.is_of_consumers() { Ok(()) } else { Err(GroupError::NonEmptyGroup) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state == GroupState::Empty
    }
}

/// Each name once, whatever the member lists twice.
fn protocol_names(protocols: &[JoinProtocol]) -> BTreeSet<&str> {
    protocols.iter().map(|protocol| protocol.name.as_str()).collect()
}
