//! Appending what the controller decided.

use super::role::Role;
use super::{Action, Quorum};
use crate::batch::{DataBatch, TooLarge};
use bytes::Bytes;
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp};

/// Where a proposal stands in the log. It is committed once the high watermark is beyond `last_offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// The offset of the first record.
    pub base_offset: Offset,
    /// The offset of the last record, inclusive.
    pub last_offset: Offset,
}

/// Why records were not appended. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// This node does not lead in the epoch that the proposer believes in.
    #[error("not the leader of epoch {proposed}; the epoch is {epoch}")]
    NotLeader {
        /// The epoch that the proposer named.
        proposed: LeaderEpoch,
        /// The epoch that this node knows.
        epoch: LeaderEpoch,
        /// Who leads in it, if that is known.
        leader: Option<BrokerId>,
    },
    /// No records: there would be no offset to wait for.
    #[error("a proposal must have at least one record")]
    Empty,
    /// More than fits one batch.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl Quorum {
    /// Appends `frames` as one batch: after a crash either all of them are there or none.
    ///
    /// `epoch` is the one of [`Action::BecomeLeader`]: a controller that was replaced without noticing is turned away.
    /// Proposals may follow one another without waiting for commits; they commit in order. What is too large for one batch
    /// and yet must happen as a whole is several proposals between BeginTransactionRecord and EndTransactionRecord (KIP-868).
    ///
    /// # Errors
    /// Not the leader of that epoch, nothing to append, or more than [`crate::batch::SIZE_MAX`] bytes.
    pub fn propose(
        &mut self,
        epoch: LeaderEpoch,
        frames: &[Bytes],
        now: Timestamp,
    ) -> Result<(Proposal, [Action; 2]), ProposeError> {
        match &self.role {
            Role::Leader(leader) if leader.epoch() == epoch => {}
            _ => {
                return Err(ProposeError::NotLeader { proposed: epoch, epoch: self.epoch(), leader: self.leader() });
            }
        }
        if frames.is_empty() {
            return Err(ProposeError::Empty);
        }
        let base_offset = self.log_end.offset;
        let batch = DataBatch { base_offset, epoch, append_time: now, frames }.to_bytes()?;
        let actions = self.append(batch, frames.len(), now);
        Ok((Proposal { base_offset, last_offset: self.log_end.offset - 1 }, actions))
    }
}
