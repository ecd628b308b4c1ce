//! Resigned: led this epoch, and leads it no more.
//!
//! A restarted leader begins here, for two reasons. It may not vote for somebody else in an epoch that it led. And it may
//! not go on in the epoch: what it wrote without a sync can be gone, and two different records would have stood at one
//! offset in one epoch. The next epoch is the only way on.

use crate::ElectionState;
use ottla_model::{BrokerId, LeaderEpoch};

#[derive(Debug)]
pub(in crate::quorum) struct Resigned {
    epoch: LeaderEpoch,
    local: BrokerId,
}

impl Resigned {
    pub(in crate::quorum) fn new(epoch: LeaderEpoch, local: BrokerId) -> Self {
        Self { epoch, local }
    }
    pub(super) fn election(&self) -> ElectionState {
        ElectionState { epoch: self.epoch, leader: Some(self.local), voted: None }
    }
}
