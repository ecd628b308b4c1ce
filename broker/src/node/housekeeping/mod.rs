//! What has to be done every now and then: retention, checkpoints, flushes, forgetting.
//!
//! One thread, asleep until the next thing is due. A node on which nothing happens wakes up once in the shortest of its
//! intervals, and finds nothing to do. Compaction, which takes its time, has [threads of its own](cleaners).

mod candidates;
mod cleaners;
mod pace;

use super::Followed;
use crate::clock::Clock;
use cleaners::Cleaners;
use ottla_config::BrokerConfig;
use ottla_storage::CheckpointKind;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often files and directories are looked at that are to be removed.
const REMOVAL_INTERVAL: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy)]
enum Chore {
    Retention,
    Removal,
    Flush,
    HighWatermarks,
    RecoveryPoints,
    StartOffsets,
    Producers,
}

/// The threads.
#[derive(Debug)]
pub struct Housekeeping {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
    cleaners: Cleaners,
}

impl Housekeeping {
    /// Starts the threads.
    ///
    /// # Errors
    /// One could not be made.
    pub fn start(followed: Arc<Followed>, clock: Clock, config: &BrokerConfig) -> io::Result<Self> {
        let chores = [
            (Chore::Retention, config.logs.retention_check_interval),
            (Chore::Removal, REMOVAL_INTERVAL),
            // `log.flush.scheduler.interval.ms` is "never" unless somebody wants flushes by time.
            (Chore::Flush, config.logs.flush_check_interval),
            (Chore::HighWatermarks, config.replication.high_watermark_checkpoint_interval),
            (Chore::RecoveryPoints, config.logs.recovery_point_checkpoint_interval),
            (Chore::StartOffsets, config.logs.start_offset_checkpoint_interval),
            (Chore::Producers, config.producer_state.expiration_check_interval),
        ];
        let (stop, stopped) = mpsc::channel();
        let cleaners = Cleaners::start(Arc::clone(&followed), clock, config)?;
        let thread = std::thread::Builder::new()
            .name("housekeeping".to_owned())
            .spawn(move || run(&followed, clock, &chores, &stopped))?;
        Ok(Self { stop, thread, cleaners })
    }

    /// Ends the threads and waits for them.
    pub fn stop(self) {
        drop(self.stop);
        self.cleaners.stop();
        // A thread that panicked has said so.
        let _ = self.thread.join();
    }
}

fn run(followed: &Followed, clock: Clock, chores: &[(Chore, Duration)], stopped: &mpsc::Receiver<()>) {
    let mut due: Vec<Duration> = chores.iter().map(|(_, interval)| clock.elapsed().saturating_add(*interval)).collect();
    loop {
        let Some(next) = due.iter().min() else { return };
        let wait = next.saturating_sub(clock.elapsed());
        if stopped.recv_timeout(wait) != Err(mpsc::RecvTimeoutError::Timeout) {
            return;
        }
        for ((chore, interval), due) in chores.iter().zip(&mut due) {
            if *due <= clock.elapsed() {
                chore.perform(followed);
                *due = clock.elapsed().saturating_add(*interval);
            }
        }
    }
}

impl Chore {
    fn perform(self, followed: &Followed) {
        let partitions = &followed.partitions;
        let checkpoint = |kind| {
            if let Err(error) = partitions.checkpoint(kind) {
                tracing::error!("cannot write a checkpoint: {error}");
            }
        };
        match self {
            Self::Retention => partitions.apply_retention(),
            Self::Removal => {
                partitions.remove_due_files();
                partitions.remove_due_directories();
            }
            Self::Flush => partitions.flush_what_is_old(),
            Self::HighWatermarks => checkpoint(CheckpointKind::HighWatermark),
            Self::RecoveryPoints => checkpoint(CheckpointKind::RecoveryPoint),
            Self::StartOffsets => checkpoint(CheckpointKind::LogStartOffset),
            Self::Producers => partitions.expire_producers(),
        }
    }
}
