//! Offsets of the group: committing them, and going on from them.

use super::group::committer::Commit;
use super::group::offsets::{self, CommitAs, CommittedOffsets, Offsets};
use super::group::{Group, Stage};
use super::{Consumer, Event};
use crate::ClientError;
use crate::cluster::Attempts;
use ottla_model::{ErrorCode, TopicPartition};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What becomes of offsets that are committed in the background: wait for it, or drop it if that does not matter.
#[derive(Debug)]
pub struct PendingCommit {
    outcome: oneshot::Receiver<Result<(), ClientError>>,
}

impl Future for PendingCommit {
    type Output = Result<(), ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let closed = || Err(ClientError::Closed("This consumer has already been closed.".to_owned()));
        Pin::new(&mut self.outcome).poll(context).map(|outcome| outcome.unwrap_or_else(|_| closed()))
    }
}

/// What the coordinator says of partitions that are to be read on where the group left off.
pub(super) struct Answer {
    asked: Vec<(TopicPartition, u64)>,
    outcome: Result<CommittedOffsets, ClientError>,
}

pub(super) fn no_group() -> ClientError {
    let message = "To use the group management or offset commit APIs, you must provide a valid group.id in the consumer \
                   configuration.";
    ClientError::refused(ErrorCode::InvalidGroupId, Some(message.to_owned()))
}

impl Consumer {
    /// How far every partition has been read: what [`Self::commit`] commits.
    pub fn consumed(&self) -> Offsets {
        let positions = self.partitions.iter();
        positions.filter_map(|(partition, assigned)| Some((partition.clone(), assigned.consumed()?))).collect()
    }

    /// Commits everything that `poll` has given out. Tries again for as long as that may help, up to
    /// `default.api.timeout.ms`.
    ///
    /// # Errors
    /// Nothing was committed, or nobody knows. `CommitFailed` says that others have the partitions by now;
    /// REBALANCE_IN_PROGRESS, that the next `poll` has to finish a rebalance first.
    pub async fn commit(&mut self) -> Result<(), ClientError> {
        self.commit_offsets(self.consumed()).await
    }

    /// Commits these offsets, as [`Self::commit`] does.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub async fn commit_offsets(&mut self, offsets: Offsets) -> Result<(), ClientError> {
        let deadline = Instant::now() + self.config.connection.api_timeout;
        self.submit_commit(offsets, Some(deadline))?.await
    }

    /// Commits these offsets in the background, in one try, after what has been asked to be committed before.
    ///
    /// # Errors
    /// There is no group, or an offset makes no sense.
    pub fn commit_in_background(&mut self, offsets: Offsets) -> Result<PendingCommit, ClientError> {
        self.submit_commit(offsets, None)
    }

    fn submit_commit(&mut self, offsets: Offsets, until: Option<Instant>) -> Result<PendingCommit, ClientError> {
        let commit_as = self.commit_as();
        let group = self.group.as_ref().ok_or_else(no_group)?;
        if let Some(committed) = offsets.values().find(|committed| committed.offset.value() < 0) {
            return Err(ClientError::IllegalArgument(format!("Invalid offset: {}", committed.offset)));
        }
        Ok(submit(group, offsets, commit_as, until))
    }

    /// What the group remembers of these partitions; `None` for those of which it remembers nothing.
    ///
    /// # Errors
    /// There is no group, or its coordinator does not say.
    pub async fn committed(
        &self,
        partitions: impl IntoIterator<Item = TopicPartition>,
    ) -> Result<CommittedOffsets, ClientError> {
        let shared = &self.group.as_ref().ok_or_else(no_group)?.shared;
        let partitions: BTreeSet<_> = partitions.into_iter().collect();
        let deadline = Instant::now() + self.config.connection.api_timeout;
        let attempts = Attempts::until(&self.cluster, "offsetFetch", deadline);
        attempts.run(async || offsets::committed(shared, &partitions).await).await
    }

    pub(super) fn commit_as(&self) -> CommitAs {
        if self.subscription.is_shared() { CommitAs::Member } else { CommitAs::Stranger }
    }

    /// What `enable.auto.commit` would commit now; nothing without it.
    pub(super) fn offsets_to_auto_commit(&self) -> Offsets {
        let interval = self.group.as_ref().and_then(|group| group.shared.config.auto_commit_interval);
        if interval.is_some() { self.consumed() } else { Offsets::new() }
    }

    /// Commits what has been read if it is time. Whoever calls `poll` has done with what it was given before.
    pub(super) fn auto_commit(&mut self, now: Instant) {
        let shared = self.subscription.is_shared();
        let Some(group) = &mut self.group else { return };
        let Some(interval) = group.shared.config.auto_commit_interval else { return };
        let speaks = !shared || group.standing().stable_identity().is_some();
        if !speaks || !matches!(group.stage, Stage::Settled) {
            return;
        }
        let due = *group.next_auto_commit.get_or_insert(now + interval);
        if due > now {
            return self.wake_by(due);
        }
        group.next_auto_commit = Some(now + interval);
        self.wake_by(now + interval);
        let offsets = self.consumed();
        let commit_as = self.commit_as();
        let reports = self.reports.clone();
        let Some(group) = &self.group else { return };
        if !offsets.is_empty() {
            group.committer.submit(Commit {
                offsets,
                commit_as,
                until: None,
                done: Box::new(move |outcome| {
                    // The consumer has gone if this fails.
                    let _ = reports.send(Event::AutoCommitted(outcome));
                }),
            });
        }
    }

    /// What has come of an automatic commit.
    ///
    /// # Errors
    /// Somebody else has our instance id.
    pub(super) fn auto_committed(&mut self, outcome: Result<(), ClientError>) -> Result<(), ClientError> {
        let Err(error) = outcome else { return Ok(()) };
        if error.code() == Some(ErrorCode::FencedInstanceId) {
            return Err(error);
        }
        if error.is_retriable() {
            let soon = Instant::now() + self.backoff().pause(1, &self.cluster.random);
            if let Some(group) = &mut self.group {
                group.next_auto_commit = Some(soon);
            }
        } else {
            tracing::warn!("{} Asynchronous auto-commit of offsets failed: {error}", self.cluster.log_context);
        }
        Ok(())
    }

    /// Asks the coordinator where the group left off, for partitions that have just come.
    pub(super) fn look_up_committed(&mut self, now: Instant) {
        let Some(group) = &self.group else { return };
        // In the middle of a rebalance the answer would have to wait for its end.
        let speaks = group.standing().stable_identity().is_some() && matches!(group.stage, Stage::Settled);
        if self.subscription.is_shared() && !speaks {
            return;
        }
        let shared = Arc::clone(&group.shared);
        let mut asked = Vec::new();
        let mut wake = None::<Instant>;
        for (partition, assigned) in &mut self.partitions {
            if assigned.looking_up || !assigned.awaits_committed() {
                continue;
            }
            if let Some(later) = assigned.not_before.filter(|later| *later > now) {
                wake = Some(wake.map_or(later, |earlier| earlier.min(later)));
                continue;
            }
            assigned.looking_up = true;
            asked.push((partition.clone(), assigned.seek));
        }
        if let Some(when) = wake {
            self.wake_by(when);
        }
        if asked.is_empty() {
            return;
        }
        let reports = self.reports.clone();
        tokio::spawn(async move {
            let partitions = asked.iter().map(|(partition, _)| partition.clone()).collect();
            let outcome = offsets::committed(&shared, &partitions).await;
            let _ = reports.send(Event::Committed(Answer { asked, outcome }));
        });
    }

    /// Takes over where the group left off.
    ///
    /// # Errors
    /// One that will not go away.
    pub(super) fn committed_answered(&mut self, answer: Answer) -> Result<(), ClientError> {
        let pause = self.backoff().pause(1, &self.cluster.random);
        for (partition, seek) in answer.asked {
            let Some(assigned) = self.partitions.get_mut(&partition) else { continue };
            if assigned.seek != seek {
                continue;
            }
            assigned.looking_up = false;
            match answer.outcome.as_ref().map(|committed| committed.get(&partition)) {
                Ok(Some(Some(committed))) => assigned.found(committed.offset, committed.leader_epoch),
                Ok(_) => {
                    tracing::info!("{} Found no committed offset for partition {partition}", self.cluster.log_context);
                    assigned.lose_position();
                }
                Err(_) => assigned.not_before = Some(Instant::now() + pause),
            }
        }
        match answer.outcome {
            Err(error) if !error.is_retriable() => Err(error),
            _ => Ok(()),
        }
    }
}

/// Hands a commit to the task that commits.
pub(super) fn submit(group: &Group, offsets: Offsets, commit_as: CommitAs, until: Option<Instant>) -> PendingCommit {
    let (told, outcome) = oneshot::channel();
    let done = Box::new(move |outcome| {
        // Nobody need wait.
        let _ = told.send(outcome);
    });
    group.committer.submit(Commit { offsets, commit_as, until, done });
    PendingCommit { outcome }
}
