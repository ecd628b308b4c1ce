//! Waiting until what an answer says cannot be lost any more.

use super::HostedShard;
use crate::drivers::partitions::{Flusher, HostedPartition};
use crate::waiting::FetchWaiter;
use ottla_config::broker::AckDurability;
use ottla_coordinators::group::GroupError;
use ottla_model::Offset;
use std::sync::Arc;
use std::time::Duration;

/// An answer that may be given once the log is committed up to an offset: it says, or may have seen, what is there.
#[derive(Debug)]
#[must_use = "the answer has to wait for what it says to be committed"]
pub struct Uncommitted<R> {
    pub(super) answer: R,
    /// Exclusive. `None`: it says nothing of the log.
    pub(super) up_to: Option<Offset>,
}

/// What counts as committed on this broker.
#[derive(Debug)]
pub struct CommitPolicy<'a> {
    /// Syncs, for those who wait for the disk.
    pub flusher: &'a Flusher,
    /// `ottla.ack.durability`
    pub durability: AckDurability,
    /// `offsets.commit.timeout.ms`: who has waited so long is told that it may or may not have happened.
    pub timeout: Duration,
}

impl<S> HostedShard<S> {
    /// The answer, when everything that it says is committed.
    ///
    /// # Errors
    /// It took too long, the partition has gone elsewhere, or the disk has failed. It may be committed later all the same.
    pub async fn committed<R>(&self, answer: Uncommitted<R>, policy: &CommitPolicy<'_>) -> Result<R, GroupError> {
        if let Some(up_to) = answer.up_to {
            match tokio::time::timeout(policy.timeout, self.commit(up_to, policy)).await {
                Ok(outcome) => outcome?,
                Err(_) => return Err(GroupError::CoordinatorNotAvailable),
            }
        }
        Ok(answer.answer)
    }

    async fn commit(&self, up_to: Offset, policy: &CommitPolicy<'_>) -> Result<(), GroupError> {
        let partition = self.partition();
        if self.take_rolled() {
            policy.flusher.flush_inactive_segments(Arc::clone(partition));
        }
        self.replicated(partition, up_to).await?;
        let reader = partition.partition().reader();
        if reader.durable_offset() < up_to && partition.must_be_durable(policy.durability) {
            let failed = policy.flusher.flush(vec![Arc::clone(partition)]).await;
            if !failed.is_empty() {
                return Err(GroupError::NotCoordinator);
            }
        }
        Ok(())
    }

    /// Waits until all replicas in sync have it: alone, at once.
    async fn replicated(&self, partition: &Arc<HostedPartition>, up_to: Offset) -> Result<(), GroupError> {
        let reader = partition.partition().reader();
        if reader.high_watermark() >= up_to {
            return Ok(());
        }
        let waiter = FetchWaiter::register(vec![Arc::clone(partition)]);
        while reader.high_watermark() < up_to {
            if partition.partition().leading_epoch() != Some(self.epoch()) {
                return Err(GroupError::NotCoordinator);
            }
            waiter.woken().await;
        }
        Ok(())
    }
}
