//! Unattached: knows an epoch, perhaps who leads it and whom it voted for, but neither leads nor follows.
//!
//! The role of a replica that has never been in an election, and of one whose log is of a newer epoch than its
//! `quorum-state`. A voter leaves it when its election timeout ends; the only voter has nobody to wait for.

use crate::ElectionState;

#[derive(Debug)]
pub(in crate::quorum) struct Unattached {
    election: ElectionState,
}

impl Unattached {
    pub(in crate::quorum) fn new(election: ElectionState) -> Self {
        Self { election }
    }
    pub(super) fn election(&self) -> ElectionState {
        self.election
    }
}
