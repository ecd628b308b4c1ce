//! Leader: appends, and knows what a majority has made durable.

use crate::{ElectionState, VoterSet};
use ottla_model::{BrokerId, LeaderEpoch, Offset};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(in crate::quorum) struct Leader {
    epoch: LeaderEpoch,
    local: BrokerId,
    /// Offset of the LEADER_CHANGE record, the first of the epoch.
    epoch_start_offset: Offset,
    /// How far (exclusive) each voter's log is known to be durable.
    durable_up_to: BTreeMap<BrokerId, Offset>,
    /// Whether the driver has been told, which waits for the first commit of the epoch.
    pub(in crate::quorum) announced: bool,
}

impl Leader {
    pub(in crate::quorum) fn new(epoch: LeaderEpoch, local: BrokerId, epoch_start_offset: Offset) -> Self {
        Self { epoch, local, epoch_start_offset, durable_up_to: BTreeMap::new(), announced: false }
    }
    pub(in crate::quorum) fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }
    /// A voter's log is durable up to that offset. Never takes back.
    pub(in crate::quorum) fn is_durable(&mut self, voter: BrokerId, up_to: Offset) {
        let known = self.durable_up_to.entry(voter).or_default();
        *known = up_to.max(*known);
    }
    /// The leader's own log is durable up to that offset.
    pub(in crate::quorum) fn is_durable_here(&mut self, up_to: Offset) {
        self.is_durable(self.local, up_to);
    }
    /// The highest offset that a majority of `voters` has made durable, if it lies beyond the first record of this
    /// epoch: a majority alone does not commit what an earlier leader wrote (Raft §5.4.2).
    pub(in crate::quorum) fn high_watermark(&self, voters: &VoterSet) -> Option<Offset> {
        let mut ends: Vec<_> =
            voters.ids().map(|id| self.durable_up_to.get(&id).copied().unwrap_or_default()).collect();
        ends.sort_unstable_by(|left, right| right.cmp(left));
        ends.get(voters.majority() - 1).copied().filter(|end| *end > self.epoch_start_offset)
    }
    pub(super) fn election(&self) -> ElectionState {
        ElectionState { epoch: self.epoch, leader: Some(self.local), voted: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReplicaKey, Voter};

    fn voters(ids: &[i32]) -> VoterSet {
        let key = |id| ReplicaKey { id: BrokerId::new(id), directory: None };
        ids.iter().map(|&id| Voter::local(key(id), Vec::new())).collect()
    }
    fn leader_with(ends: &[(i32, i64)]) -> Leader {
        let mut leader = Leader::new(LeaderEpoch::new(3), BrokerId::new(1), Offset::new(10));
        for &(id, end) in ends {
            leader.is_durable(BrokerId::new(id), Offset::new(end));
        }
        leader
    }

    #[test]
    fn a_majority_decides() {
        let three = voters(&[1, 2, 3]);
        assert_eq!(leader_with(&[(1, 20), (2, 15), (3, 12)]).high_watermark(&three), Some(Offset::new(15)));
        assert_eq!(leader_with(&[(1, 20), (2, 15)]).high_watermark(&three), Some(Offset::new(15)));
        assert_eq!(leader_with(&[(1, 20)]).high_watermark(&three), None);
        assert_eq!(leader_with(&[(1, 20), (2, 15)]).high_watermark(&voters(&[1, 2])), Some(Offset::new(15)));
    }

    #[test]
    fn an_earlier_epoch_is_not_committed_by_counting() {
        let three = voters(&[1, 2, 3]);
        assert_eq!(leader_with(&[(1, 20), (2, 10), (3, 10)]).high_watermark(&three), None);
        assert_eq!(leader_with(&[(1, 20), (2, 11), (3, 10)]).high_watermark(&three), Some(Offset::new(11)));
    }

    #[test]
    fn who_does_not_vote_does_not_count() {
        assert_eq!(leader_with(&[(1, 20), (9, 20)]).high_watermark(&voters(&[1, 2, 3])), None);
        // A leader that has been removed from the voters leads until the removal is committed, without its own vote.
        assert_eq!(leader_with(&[(1, 20), (2, 12)]).high_watermark(&voters(&[2])), Some(Offset::new(12)));
    }
}
