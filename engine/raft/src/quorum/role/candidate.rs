//! Candidate: has voted for itself and counts votes.

use crate::{ElectionState, ReplicaKey, VoterSet};
use ottla_model::{BrokerId, LeaderEpoch};
use std::collections::BTreeSet;

#[derive(Debug)]
pub(in crate::quorum) struct Candidate {
    epoch: LeaderEpoch,
    local: ReplicaKey,
    granted_by: BTreeSet<BrokerId>,
}

impl Candidate {
    /// A candidate has its own vote from the start.
    pub(in crate::quorum) fn new(epoch: LeaderEpoch, local: ReplicaKey) -> Self {
        Self { epoch, local, granted_by: BTreeSet::from([local.id]) }
    }
    /// Who voted for it, ascending, if they are a majority of `voters`.
    pub(in crate::quorum) fn elected_by(&self, voters: &VoterSet) -> Option<Vec<BrokerId>> {
        let granting: Vec<_> = voters.ids().filter(|id| self.granted_by.contains(id)).collect();
        (granting.len() >= voters.majority()).then_some(granting)
    }
    pub(in crate::quorum) fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }
    pub(super) fn election(&self) -> ElectionState {
        ElectionState { epoch: self.epoch, leader: None, voted: Some(self.local) }
    }
}
