//! Where a leader epoch ended in the leader's log (KIP-101, KIP-320).

use crate::leadership::NotLeader;
use crate::partition::Partition;
use ottla_model::LeaderEpoch;
use ottla_storage::EpochEndOffset;

/// The answer: the largest epoch not above the one asked for, and its end (exclusive). `None` if the log knows of none.
pub type EpochEnd = Option<EpochEndOffset>;

impl Partition {
    /// Where `epoch` ended in this log.
    ///
    /// # Errors
    /// This broker does not lead the partition, or not in `current_leader_epoch`.
    pub fn epoch_end(
        &self,
        current_leader_epoch: Option<LeaderEpoch>,
        epoch: LeaderEpoch,
    ) -> Result<EpochEnd, NotLeader> {
        let role = self.read_role();
        role.as_leader(current_leader_epoch)?;
        Ok(self.reader().end_offset_for_epoch(epoch))
    }
}
