//! Commits, one after the other: what was asked for first is committed first, whoever waits for it.

use super::Shared;
use super::offsets::{self, CommitAs, Offsets};
use crate::ClientError;
use crate::backoff::Backoff;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

/// A commit to be done.
pub(in crate::consumer) struct Commit {
    pub(in crate::consumer) offsets: Offsets,
    pub(in crate::consumer) commit_as: CommitAs,
    /// Until when it is tried again; `None` for one try.
    pub(in crate::consumer) until: Option<Instant>,
    /// Is told what came of it.
    pub(in crate::consumer) done: Box<dyn FnOnce(Result<(), ClientError>) + Send>,
}

/// The task that commits. Dropping this ends it, and what it has not done is not done.
#[derive(Debug)]
pub(in crate::consumer) struct Committer {
    commits: mpsc::UnboundedSender<Commit>,
    task: AbortHandle,
}

impl Committer {
    pub(in crate::consumer) fn start(shared: Arc<Shared>) -> Self {
        let (commits, mut queue) = mpsc::unbounded_channel::<Commit>();
        let task = tokio::spawn(async move {
            while let Some(Commit { offsets, commit_as, until, done }) = queue.recv().await {
                done(carry_out(&shared, &offsets, commit_as, until).await);
            }
        });
        Self { commits, task: task.abort_handle() }
    }

    /// Puts a commit behind those that are waiting.
    pub(in crate::consumer) fn submit(&self, commit: Commit) {
        // The task only ends with this.
        let _ = self.commits.send(commit);
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry_out(
    shared: &Shared,
    offsets: &Offsets,
    commit_as: CommitAs,
    until: Option<Instant>,
) -> Result<(), ClientError> {
    let once = || offsets::commit(shared, offsets, commit_as);
    let Some(deadline) = until else { return once().await };
    let cluster = &shared.coordinator.cluster;
    let backoff = Backoff { first: cluster.config.retry_backoff, longest: cluster.config.retry_backoff_max };
    let mut failures = 0;
    loop {
        let Ok(outcome) = timeout_at(deadline, once()).await else { return Err(late(offsets)) };
        match outcome {
            Err(error) if error.is_retriable() => {
                failures += 1;
                let next = Instant::now() + backoff.pause(failures, &cluster.random);
                if next >= deadline {
                    return Err(late(offsets));
                }
                sleep_until(next).await;
            }
            final_outcome => return final_outcome,
        }
    }
}

fn late(offsets: &Offsets) -> ClientError {
    let offsets: Vec<_> =
        offsets.iter().map(|(partition, committed)| format!("{partition}={}", committed.offset)).collect();
    ClientError::Timeout(format!("Timeout expired before successfully committing offsets {{{}}}", offsets.join(", ")))
}
