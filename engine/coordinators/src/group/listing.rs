//! What is said of groups to those who look on: DescribeGroups, ListGroups, DeleteGroups.

use bytes::Bytes;
use std::fmt;

/// How far a classic group is. (`Dead` is what DescribeGroups says of a group that does not exist: there is none here.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupState {
    /// No members. The group is kept for its offsets, or somebody is about to join.
    Empty,
    /// Members have been told to join again; those who have wait for the rest.
    PreparingRebalance,
    /// All have joined; the leader's assignment is awaited.
    CompletingRebalance,
    /// Everybody has an assignment, or can have it.
    Stable,
}

impl GroupState {
    /// The name that the protocol has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What DescribeGroups tells of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedGroup {
    /// The group.
    pub group_id: String,
    /// How far it is.
    pub state: GroupState,
    /// `consumer`, `connect`, …; empty for a group that has never had members.
    pub protocol_type: String,
    /// The protocol that the members have voted for; empty unless [`GroupState::Stable`].
    pub protocol: String,
    /// The members, ordered by id.
    pub members: Vec<DescribedMember>,
}

/// What DescribeGroups tells of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    /// The member.
    pub member_id: String,
    /// Its instance id, if it is static (KIP-345).
    pub group_instance_id: Option<String>,
    /// The client id that it joined with.
    pub client_id: String,
    /// Where it joined from, as Kafka writes it: `/127.0.0.1`.
    pub client_host: String,
    /// What it said for the group's protocol; empty unless [`GroupState::Stable`].
    pub metadata: Bytes,
    /// What the leader has assigned to it last.
    pub assignment: Bytes,
}

/// Which groups ListGroups asks for. What is empty filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Names of states, in any case, with or without blanks around them. Unknown names match nothing.
    pub states: Vec<String>,
    /// Names of group types, in any case: `classic`, `consumer`, `share`, `streams`. Unknown names match nothing.
    pub types: Vec<String>,
}

/// What ListGroups tells of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// The group.
    pub group_id: String,
    /// `consumer`, `connect`, …; empty for a group that has never had members.
    pub protocol_type: String,
    /// The state's name.
    pub state: &'static str,
    /// The type's name: `classic`.
    pub group_type: &'static str,
}

impl GroupFilter {
    /// Whether a group of this type in this state is asked for.
    pub(crate) fn matches(&self, group_type: &str, state: &str) -> bool {
        let type_matches = |name: &String| name.eq_ignore_ascii_case(group_type);
        let state_matches = |name: &String| name.trim().eq_ignore_ascii_case(state);
        (self.types.is_empty() || self.types.iter().any(type_matches))
            && (self.states.is_empty() || self.states.iter().any(state_matches))
    }
}
