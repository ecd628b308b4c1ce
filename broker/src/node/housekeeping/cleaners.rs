//! Compaction: a few threads of low priority that look for logs that are worth it, the dirtiest first.

use super::candidates::Candidates;
use super::pace::{Budget, Stop};
use crate::clock::Clock;
use crate::drivers::partitions::HostedPartition;
use crate::node::Followed;
use ottla_config::BrokerConfig;
use ottla_config::broker::CleanerConfig;
use ottla_model::TopicIdPartition;
use ottla_storage::{Compacted, CompactionError, Compactor, CompactorSettings, Pace};
use std::hash::RandomState;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// What is added to the threads' nice value: whoever serves a request goes first.
const NICENESS: i32 = 10;
/// Less than this is not read or written at a time, whatever `log.cleaner.io.buffer.size` says.
const BUFFER_MIN: usize = 4096;

/// The threads.
#[derive(Debug)]
pub(super) struct Cleaners {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    followed: Arc<Followed>,
    clock: Clock,
    thread_count: usize,
    candidates: Mutex<Candidates>,
    budget: Budget,
    stop: Stop,
}

impl Cleaners {
    /// Starts `log.cleaner.threads` of them, or none if `log.cleaner.enable` says so.
    pub(super) fn start(followed: Arc<Followed>, clock: Clock, config: &BrokerConfig) -> io::Result<Self> {
        let thread_count = if config.cleaner.enabled { config.cleaner.threads as usize } else { 0 };
        let shared = Arc::new(Shared {
            followed,
            clock,
            thread_count,
            candidates: Mutex::default(),
            budget: Budget::default(),
            stop: Stop::default(),
        });
        let start = |number: usize| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(format!("cleaner-{number}")).spawn(move || shared.run())
        };
        let threads = (0..thread_count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { shared, threads })
    }

    /// Ends the threads, amid a compaction if need be, and waits for them.
    pub(super) fn stop(self) {
        self.shared.stop.stop();
        for thread in self.threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        // Elsewhere than on Linux the whole process has one. What cannot be had is done without.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICENESS);
        while !self.stop.is_stopped() {
            match self.take_dirtiest() {
                Some(partition) => self.compact(&partition),
                None => drop(self.stop.wait(self.followed.config.load().cleaner.pacing.backoff)),
            }
        }
    }

    fn candidates(&self) -> MutexGuard<'_, Candidates> {
        self.candidates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the log that it is most worth to compact, if there is one.
    fn take_dirtiest(&self) -> Option<Arc<HostedPartition>> {
        let now = self.clock.now();
        let partitions = &self.followed.partitions;
        let mut candidates = self.candidates();
        for partition in partitions.take_changed_since_compaction() {
            candidates.look_at(partition.id());
        }
        for id in candidates.take_to_be_looked_at(now) {
            let Some(partition) = partitions.get(id) else {
                candidates.forget(id);
                continue;
            };
            let log = partition.partition().lock_log();
            if !log.config().compact {
                candidates.forget(id);
                continue;
            }
            match log.cleanable(now) {
                Ok(cleanable) => candidates.assessed(id, &cleanable),
                Err(error) => {
                    drop(log);
                    Self::give_up(&mut candidates, &partition, &error);
                }
            }
        }
        while let Some(id) = candidates.take_dirtiest() {
            if let Some(partition) = partitions.get(id) {
                return Some(partition);
            }
            candidates.forget(id);
        }
        None
    }

    fn compact(&self, partition: &Arc<HostedPartition>) {
        let config = self.followed.config.load();
        let compactor = Compactor::new(settings(&config.cleaner, self.thread_count));
        let mut pace = PartitionPace { shared: self, id: partition.id() };
        let outcome = compactor.compact(&**partition, self.clock.now(), &mut pace);
        let outcome = outcome.and_then(|compacted| {
            self.followed.partitions.checkpoint_compaction(partition.directory())?;
            Ok(compacted)
        });
        let mut candidates = self.candidates();
        candidates.done(partition.id());
        match outcome {
            Ok(Some(compacted)) => report(partition, &compacted),
            Ok(None) | Err(CompactionError::Interrupted) => {}
            Err(CompactionError::Storage(error)) if error.is_out_of_space() => {
                tracing::warn!("cannot compact {} for now: {error}", partition.name());
                let again = self
                    .clock
                    .now()
                    .plus_milliseconds(config.cleaner.pacing.backoff.as_millis().try_into().unwrap_or(i64::MAX));
                candidates.look_at_later(partition.id(), again);
            }
            Err(error) => Self::give_up(&mut candidates, partition, &error),
        }
    }

    fn give_up(candidates: &mut Candidates, partition: &HostedPartition, error: &dyn std::error::Error) {
        tracing::error!(
            "cannot compact {}: {error}. It is uncleanable, and left alone until the next start",
            partition.name()
        );
        candidates.mark_uncleanable(partition.id());
    }
}

/// Holds a compaction back, and ends it when the node stops or the partition is gone.
struct PartitionPace<'a> {
    shared: &'a Shared,
    id: TopicIdPartition,
}

impl Pace for PartitionPace<'_> {
    fn moved(&mut self, bytes: u64) -> ControlFlow<()> {
        let Shared { followed, clock, budget, stop, .. } = self.shared;
        let per_second = followed.config.load().cleaner.pacing.bytes_per_second_max;
        let wait = budget.spend(bytes, per_second, clock.elapsed());
        let stopped = if wait.is_zero() { stop.is_stopped() } else { stop.wait(wait) };
        if stopped || followed.partitions.get(self.id).is_none() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn settings(config: &CleanerConfig, thread_count: usize) -> CompactorSettings {
    let threads = thread_count.max(1);
    let table_bytes = usize::try_from(config.dedupe_buffer_bytes).unwrap_or(usize::MAX) / threads;
    CompactorSettings {
        table_bytes,
        table_load_factor: config.dedupe_load_factor,
        // One half to read, one to write.
        buffer_bytes: (config.io_buffer_bytes as usize / threads / 2).max(BUFFER_MIN),
        hashers: [RandomState::new(), RandomState::new()],
    }
}

fn report(partition: &HostedPartition, compacted: &Compacted) {
    let Compacted { from, to, segments, bytes, records, without_key, keys } = compacted;
    tracing::info!(
        "compacted {} from offset {from} to {to}: {} segments became {}, {} bytes {}, {} records {}; {keys} keys",
        partition.name(),
        segments.0,
        segments.1,
        bytes.0,
        bytes.1,
        records.0,
        records.1,
    );
    if *without_key > 0 {
        tracing::warn!(
            "{without_key} records without a key left {}: a compacted topic has no place for them",
            partition.name()
        );
    }
}
