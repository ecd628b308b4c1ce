//! The controller's thread: decides one request after the other, makes what was decided durable for many at once, and
//! shows the rest of the node what has changed before anybody is answered.
//!
//! Whoever is told "created" finds it created: the broker has followed by then.

use crate::clock::Clock;
use crate::drivers::quorum::{MetadataLog, QuorumError};
use ottla_metadata::Published;
use ottla_metadata::controller::{Controller, ControllerResult, Random};
use ottla_model::{Offset, Timestamp};
use std::convert::Infallible;
use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Requests that one sync of the disk is shared by, at most: a bound on how long the first of them waits.
const REQUESTS_PER_COMMIT_MAX: usize = 256;

/// What a decision may use besides the controller's state.
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// The offset that the first record decided now will have.
    pub next_offset: Offset,
    /// Random numbers.
    pub random: &'a mut dyn Random,
}

/// The controller does not answer any more: the node is stopping, or the metadata log has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the controller has stopped")]
pub struct ControllerStopped;

type SendReply = Box<dyn FnOnce() + Send>;
type Job = Box<dyn FnOnce(&mut MetadataLog, Timestamp) -> Result<SendReply, QuorumError> + Send>;

/// Sends requests to the controller.
#[derive(Debug, Clone)]
pub struct ControllerHandle {
    jobs: mpsc::Sender<Job>,
}

impl ControllerHandle {
    /// Has the controller decide; answers when what was decided is durable and the broker has followed.
    ///
    /// # Errors
    /// The controller has stopped. What was asked for may or may not have been done.
    pub async fn decide<T, F>(&self, operation: F) -> Result<T, ControllerStopped>
    where
        T: Send + 'static,
        F: FnOnce(&mut Controller, &mut Moment<'_>) -> ControllerResult<T> + Send + 'static,
    {
        let infallible = |controller: &mut Controller, moment: &mut Moment<'_>| Ok(operation(controller, moment));
        let outcome: Result<T, Infallible> = self.decide_fallibly(infallible).await?;
        outcome.map_err(|never| match never {})
    }

    /// As [`Self::decide`], for operations that may refuse the whole request.
    ///
    /// # Errors
    /// The controller has stopped; the inner error is the operation's.
    pub async fn decide_fallibly<T, E, F>(&self, operation: F) -> Result<Result<T, E>, ControllerStopped>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut Controller, &mut Moment<'_>) -> Result<ControllerResult<T>, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |log, now| {
            let mut moment = Moment { now, next_offset: log.next_offset(), random: &mut SystemRandom };
            let outcome = match operation(log.controller(), &mut moment) {
                Ok(decided) => Ok(log.carry_out(decided, now)?),
                Err(refused) => Err(refused),
            };
            Ok(Box::new(move || {
                // Whoever asked may have gone; it has happened all the same.
                let _ = reply.send(outcome);
            }))
        });
        self.jobs.send(job).map_err(|_| ControllerStopped)?;
        answer.await.map_err(|_| ControllerStopped)
    }
}

/// Random numbers of the operating system.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Starts the controller's thread over a log that has been opened and activated.
///
/// `publish` is called with every change, in order, before the requests that led to it are answered; `failed` at most
/// once, when the log cannot be written any more. The thread ends, closing the log, when the last handle is gone.
///
/// # Errors
/// The thread could not be made.
pub fn start(
    log: MetadataLog,
    clock: Clock,
    publish: impl Fn(&Published) + Send + 'static,
    failed: impl FnOnce(QuorumError) + Send + 'static,
) -> io::Result<(ControllerHandle, JoinHandle<()>)> {
    let (jobs, waiting) = mpsc::channel();
    let thread = std::thread::Builder::new().name("controller".to_owned()).spawn(move || {
        if let Err(error) = run(log, &waiting, clock, publish) {
            failed(error);
        }
    })?;
    Ok((ControllerHandle { jobs }, thread))
}

fn run(
    mut log: MetadataLog,
    waiting: &mpsc::Receiver<Job>,
    clock: Clock,
    publish: impl Fn(&Published),
) -> Result<(), QuorumError> {
    loop {
        let Some(first) = next_job(&mut log, waiting, clock)? else {
            return log.close(clock.now());
        };
        let now = clock.now();
        let mut replies = Vec::new();
        for job in std::iter::once(first).chain(waiting.try_iter()).take(REQUESTS_PER_COMMIT_MAX) {
            replies.push(job(&mut log, now)?);
        }
        let published = log.commit(clock.now())?;
        if !published.changes.is_empty() {
            publish(&published);
        }
        for send in replies {
            send();
        }
        log.snapshot_if_due(clock.now())?;
    }
}

/// Waits for a request; makes snapshots meanwhile. `None` when nobody is left to ask.
fn next_job(log: &mut MetadataLog, waiting: &mpsc::Receiver<Job>, clock: Clock) -> Result<Option<Job>, QuorumError> {
    loop {
        let received = match log.snapshot_due_at() {
            None => waiting.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(due) => {
                let wait = due.milliseconds_since(clock.now()).max(1).unsigned_abs();
                waiting.recv_timeout(Duration::from_millis(wait))
            }
        };
        match received {
            Ok(job) => return Ok(Some(job)),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                log.snapshot_if_due(clock.now())?;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}
