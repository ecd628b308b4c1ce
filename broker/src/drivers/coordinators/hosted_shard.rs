//! One shard with what this broker does around its rules: its partition's log, those who wait, its alarm.

use super::alarms::{AlarmId, Alarms, Sleeper};
use super::batch::batch_of;
use super::commit::Uncommitted;
use crate::clock::Clock;
use crate::drivers::partitions::HostedPartition;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::{
    Answer, AppendRefusal, CoordinatorRecord, Outcome, Released, ReplayedRecord, Shard, WaitedReply, WaiterId,
};
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::Compression;
use ottla_replication::AppendRefused;
use ottla_storage::AppendError;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::oneshot;

/// How long a shard is left alone whose timers could not write: the log may take it then.
const PAUSE_AFTER_REFUSAL_MS: i64 = 500;

/// The shard of one partition, under one leadership.
pub struct HostedShard<S> {
    partition: Arc<HostedPartition>,
    /// The leadership that it was made for. Under another one, the log takes nothing from it.
    epoch: LeaderEpoch,
    compression: Compression,
    clock: Clock,
    alarms: Arc<Alarms>,
    itself: Weak<Self>,
    /// A segment was done with, and has not been handed to the flusher yet.
    has_rolled: AtomicBool,
    phase: Mutex<Phase<S>>,
}

enum Phase<S> {
    /// Somebody is reading the log.
    Loading,
    Serving(Box<Serving<S>>),
    /// The partition is led elsewhere.
    Gone,
}

struct Serving<S> {
    shard: S,
    /// The end of what the state is made of, exclusive.
    replayed_up_to: Offset,
    waiting: HashMap<WaiterId, oneshot::Sender<Uncommitted<WaitedReply>>>,
    next_waiter: u64,
    alarm: Option<(Timestamp, AlarmId)>,
}

/// What became of a request that may have to wait.
pub enum Asked<R> {
    /// It has its answer.
    Now(Uncommitted<R>),
    /// It waits for others. Nothing comes if the shard is dropped.
    Later(oneshot::Receiver<Uncommitted<WaitedReply>>),
}

impl<S: Shard + Send + 'static> HostedShard<S> {
    /// A shard about which nothing has been read yet.
    pub(super) fn loading(
        partition: Arc<HostedPartition>,
        epoch: LeaderEpoch,
        compression: Compression,
        clock: Clock,
        alarms: &Arc<Alarms>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            partition,
            epoch,
            compression,
            clock,
            alarms: Arc::clone(alarms),
            itself: Weak::clone(itself),
            has_rolled: AtomicBool::new(false),
            phase: Mutex::new(Phase::Loading),
        })
    }

    /// Has the shard decide, and carries out what it decides. The answer is given when it is
    /// [committed](Self::committed).
    ///
    /// # Errors
    /// The shard is loading or gone, or the log did not take what was decided: nothing has happened then.
    pub fn decide<R>(
        &self,
        decide: impl FnOnce(&mut S, Timestamp) -> Outcome<R>,
    ) -> Result<Uncommitted<R>, GroupError> {
        let mut phase = self.lock();
        let serving = phase.serving()?;
        let now = self.clock.steady_now();
        let outcome = decide(&mut serving.shard, now);
        let answer = self.carry_out(serving, outcome, now);
        self.set_alarm(serving, None);
        Ok(serving.uncommitted(answer.map_err(AppendRefusal::error)?))
    }

    /// As [`Self::decide`], for requests that may have to wait for others: `decide` is told under which name.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn ask<R>(
        &self,
        decide: impl FnOnce(&mut S, WaiterId, Timestamp) -> Outcome<Answer<R>>,
    ) -> Result<Asked<R>, GroupError> {
        let mut phase = self.lock();
        let serving = phase.serving()?;
        let now = self.clock.steady_now();
        let waiter = WaiterId(serving.next_waiter);
        serving.next_waiter += 1;
        let outcome = decide(&mut serving.shard, waiter, now);
        // Before anybody is released: that may be the one who has just come.
        let released = matches!(outcome.reply, Answer::Later).then(|| {
            let (sender, released) = oneshot::channel();
            serving.waiting.insert(waiter, sender);
            released
        });
        let answer = self.carry_out(serving, outcome, now);
        self.set_alarm(serving, None);
        if let Err(refusal) = answer {
            serving.waiting.remove(&waiter);
            return Err(refusal.error());
        }
        match (answer, released) {
            (Ok(Answer::Now(reply)), _) => Ok(Asked::Now(serving.uncommitted(reply))),
            (Ok(Answer::Later), Some(released)) => Ok(Asked::Later(released)),
            (Ok(Answer::Later), None) | (Err(_), _) => Err(GroupError::CoordinatorNotAvailable),
        }
    }

    /// Begins to serve: `shard` is what the log says up to `replayed_up_to` (exclusive). Does nothing if the leadership
    /// has gone meanwhile.
    pub(super) fn serve(&self, mut shard: S, replayed_up_to: Offset) {
        let mut phase = self.lock();
        if !matches!(*phase, Phase::Loading) {
            return;
        }
        let now = self.clock.steady_now();
        let outcome = shard.loaded(now);
        let mut serving =
            Box::new(Serving { shard, replayed_up_to, waiting: HashMap::new(), next_waiter: 0, alarm: None });
        let refused = self.carry_out(&mut serving, outcome, now).is_err();
        self.set_alarm(&mut serving, refused.then_some(now));
        *phase = Phase::Serving(serving);
    }

    /// Stops serving: whoever waits is told so at once.
    pub(super) fn unload(&self) {
        let before = std::mem::replace(&mut *self.lock(), Phase::Gone);
        if let Phase::Serving(mut serving) = before {
            if let Some((time, id)) = serving.alarm.take() {
                self.alarms.clear(time, id);
            }
            let released = serving.shard.unload();
            serving.release(released, None);
        }
    }

    /// Whether the log still has to be read.
    pub(super) fn is_loading(&self) -> bool {
        matches!(*self.lock(), Phase::Loading)
    }

    fn carry_out<R>(&self, serving: &mut Serving<S>, outcome: Outcome<R>, now: Timestamp) -> Result<R, AppendRefusal> {
        let Outcome { records, reply, released } = outcome;
        match self.append(serving, records, now) {
            Ok(()) => {
                serving.release(released, Some(serving.replayed_up_to));
                Ok(reply)
            }
            Err(refusal) => {
                let released = serving.shard.append_refused(released, refusal, now);
                serving.release(released, Some(serving.replayed_up_to));
                Err(refusal)
            }
        }
    }

    /// Appends records as one batch, and replays them.
    fn append(
        &self,
        serving: &mut Serving<S>,
        records: Vec<CoordinatorRecord>,
        now: Timestamp,
    ) -> Result<(), AppendRefusal> {
        if records.is_empty() {
            return Ok(());
        }
        let batch = batch_of(&records, self.compression, now).ok_or(AppendRefusal::TooLarge)?;
        let appended = self.partition.append_from_coordinator(batch, self.epoch, now).map_err(|error| {
            tracing::warn!("{} does not take what its coordinator has decided: {error}", self.partition.name());
            refusal(&error)
        })?;
        for (record, offset) in records.into_iter().zip(appended.base_offset.value()..) {
            let CoordinatorRecord { key, value } = record;
            let record = ReplayedRecord { key, value, offset: Offset::new(offset), timestamp: now, transaction: None };
            if let Err(error) = serving.shard.replay(record) {
                tracing::error!("{}: its own record at offset {offset}: {error}", self.partition.name());
            }
        }
        serving.replayed_up_to = appended.last_offset.next();
        if appended.rolled {
            self.has_rolled.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sees to it that the shard is woken when it wants to be; not before some time has passed since `refused_at`.
    fn set_alarm(&self, serving: &mut Serving<S>, refused_at: Option<Timestamp>) {
        let Some(wanted) = serving.shard.next_wake() else { return };
        let wanted = match refused_at {
            Some(now) => wanted.max(now.plus_milliseconds(PAUSE_AFTER_REFUSAL_MS)),
            None => wanted,
        };
        match serving.alarm {
            // An alarm that is too early finds nothing to do and sets the next. Most deadlines are put off long before
            // they come: to follow each would be more work.
            Some((set, _)) if set <= wanted => return,
            Some((set, id)) => self.alarms.clear(set, id),
            None => {}
        }
        let itself: Weak<dyn Sleeper> = self.itself.clone();
        serving.alarm = Some((wanted, self.alarms.set(wanted, itself)));
    }
}

impl<S> HostedShard<S> {
    /// The partition that keeps its state.
    pub fn partition(&self) -> &Arc<HostedPartition> {
        &self.partition
    }

    /// The leadership that it was made for.
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// Whether a segment has been done with since this was last asked.
    pub(super) fn take_rolled(&self) -> bool {
        self.has_rolled.load(Ordering::Relaxed) && self.has_rolled.swap(false, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Phase<S>> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Shard + Send + 'static> Sleeper for HostedShard<S> {
    fn wake(&self) {
        let mut phase = self.lock();
        let Ok(serving) = phase.serving() else { return };
        serving.alarm = None;
        let now = self.clock.steady_now();
        let outcome = serving.shard.wake(now);
        let refused = self.carry_out(serving, outcome, now).is_err();
        self.set_alarm(serving, refused.then_some(now));
    }
}

impl<S> Phase<S> {
    fn serving(&mut self) -> Result<&mut Serving<S>, GroupError> {
        match self {
            Self::Loading => Err(GroupError::CoordinatorLoadInProgress),
            Self::Serving(serving) => Ok(serving),
            Self::Gone => Err(GroupError::NotCoordinator),
        }
    }
}

impl<S> Serving<S> {
    fn uncommitted<R>(&self, answer: R) -> Uncommitted<R> {
        Uncommitted { answer, up_to: Some(self.replayed_up_to) }
    }

    /// Hands answers to those who have been waiting. Each waits for what it says to be committed by itself.
    fn release(&mut self, released: Vec<Released>, up_to: Option<Offset>) {
        for Released { waiter, reply } in released {
            if let Some(sender) = self.waiting.remove(&waiter) {
                // Whoever asked may have gone.
                let _ = sender.send(Uncommitted { answer: reply, up_to });
            }
        }
    }
}

/// Why the log refused, as far as it concerns a coordinator.
fn refusal(error: &AppendRefused) -> AppendRefusal {
    match error {
        AppendRefused::NotLeader(_) | AppendRefused::Log(AppendError::Storage(_)) => AppendRefusal::NotLeader,
        AppendRefused::NotEnoughReplicas { .. } => AppendRefusal::NotEnoughReplicas,
        AppendRefused::Log(
            AppendError::BatchTooLarge { .. }
            | AppendError::LargerThanSegment { .. }
            // Not to be met by what a coordinator writes; trying again would not help.
            | AppendError::Corrupt { .. }
            | AppendError::Unreadable { .. }
            | AppendError::InvalidRecord { .. }
            | AppendError::InvalidTimestamp { .. }
            | AppendError::UnsupportedCompression { .. }
            | AppendError::OutOfOrderSequence { .. }
            | AppendError::InvalidProducerEpoch { .. }
            | AppendError::InvalidTransactionState { .. }
            | AppendError::CoordinatorFenced { .. }
            | AppendError::UnexpectedOffset { .. },
        ) => AppendRefusal::TooLarge,
    }
}

impl<S> std::fmt::Debug for HostedShard<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostedShard")
            .field("partition", &self.partition.name())
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}
