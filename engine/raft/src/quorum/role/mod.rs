//! The roles that a replica plays, one file each.

mod candidate;
mod leader;
mod resigned;
mod unattached;

pub(super) use candidate::Candidate;
pub(super) use leader::Leader;
pub(super) use resigned::Resigned;
pub(super) use unattached::Unattached;

use crate::ElectionState;

/// The role now played, with what only that role knows.
#[derive(Debug)]
pub(super) enum Role {
    Unattached(Unattached),
    Resigned(Resigned),
    Candidate(Candidate),
    Leader(Leader),
}

/// A role by name, to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleName {
    /// Knows an epoch, follows nobody.
    Unattached,
    /// Led this epoch, leads it no more, and cannot vote in it.
    Resigned,
    /// Asks for votes.
    Candidate,
    /// Leads.
    Leader,
}

impl Role {
    pub(super) fn election(&self) -> ElectionState {
        match self {
            Self::Unattached(role) => role.election(),
            Self::Resigned(role) => role.election(),
            Self::Candidate(role) => role.election(),
            Self::Leader(role) => role.election(),
        }
    }
    pub(super) fn name(&self) -> RoleName {
        match self {
            Self::Unattached(_) => RoleName::Unattached,
            Self::Resigned(_) => RoleName::Resigned,
            Self::Candidate(_) => RoleName::Candidate,
            Self::Leader(_) => RoleName::Leader,
        }
    }
}
