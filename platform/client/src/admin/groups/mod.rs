//! Groups and what they have committed. All but listing is asked of a group's coordinator.

mod commit;
mod coordinator;
mod delete;
mod delete_offsets;
mod describe;
mod fetch_offsets;
mod list;

pub use commit::CommittedOffset;
pub use describe::{GroupDescription, GroupMember};
pub use list::{GroupFilter, GroupListing};

use std::fmt;

/// What a group is doing. Which states there are depends on its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    /// Something newer than this client.
    Unknown,
    /// Its members are joining anew.
    PreparingRebalance,
    /// Its members wait for their assignments.
    CompletingRebalance,
    /// Everybody has an assignment.
    Stable,
    /// It does not exist, or not any more.
    Dead,
    /// It has no members.
    Empty,
    /// The coordinator works out assignments (KIP-848).
    Assigning,
    /// Members are giving up what is no longer theirs (KIP-848).
    Reconciling,
    /// What it needs is not there yet (streams groups, KIP-1071).
    NotReady,
}

impl GroupState {
    /// All of them.
    const ALL: [Self; 9] = [
        Self::Unknown,
        Self::PreparingRebalance,
        Self::CompletingRebalance,
        Self::Stable,
        Self::Dead,
        Self::Empty,
        Self::Assigning,
        Self::Reconciling,
        Self::NotReady,
    ];

    /// The state of that name, whatever its case; names that mean nothing are [`Self::Unknown`].
    pub fn parse(name: &str) -> Self {
        let named = |state: &&Self| state.name().eq_ignore_ascii_case(name);
        Self::ALL.iter().find(named).copied().unwrap_or(Self::Unknown)
    }

    /// As it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
            Self::Empty => "Empty",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::NotReady => "NotReady",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// By which protocol a group's members work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupType {
    /// Something newer than this client.
    Unknown,
    /// The coordinator assigns (KIP-848).
    Consumer,
    /// A member assigns: JoinGroup and SyncGroup.
    Classic,
    /// Records are shared out one by one (KIP-932).
    Share,
    /// Kafka Streams (KIP-1071).
    Streams,
}

impl GroupType {
    /// All of them.
    const ALL: [Self; 5] = [Self::Unknown, Self::Consumer, Self::Classic, Self::Share, Self::Streams];

    /// The type of that name, whatever its case; names that mean nothing are [`Self::Unknown`].
    pub fn parse(name: &str) -> Self {
        let named = |group_type: &&Self| group_type.name().eq_ignore_ascii_case(name);
        Self::ALL.iter().find(named).copied().unwrap_or(Self::Unknown)
    }

    /// As it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Consumer => "Consumer",
            Self::Classic => "Classic",
            Self::Share => "Share",
            Self::Streams => "Streams",
        }
    }
}

impl fmt::Display for GroupType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupState, GroupType};

    #[test]
    fn names_are_read_in_any_case() {
        for state in GroupState::ALL {
            assert_eq!(GroupState::parse(&state.name().to_uppercase()), state);
        }
        for group_type in GroupType::ALL {
            assert_eq!(GroupType::parse(&group_type.name().to_lowercase()), group_type);
        }
        assert_eq!(GroupState::parse("Sleeping"), GroupState::Unknown);
        assert_eq!(GroupType::parse(""), GroupType::Unknown);
    }
}
