//! The thread that loads shards, one after the other, and does other work that nobody waits for.

use super::HostedShard;
use super::load::load;
use ottla_coordinators::{Outcome, Shard};
use ottla_model::Timestamp;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

/// Something that shards are to decide, without anybody who asks.
pub(super) type Errand<S> = Box<dyn Fn(&mut S, Timestamp) -> Outcome<()> + Send>;

enum Job<S> {
    Load { shard: Arc<HostedShard<S>>, fresh: S },
    Errand { shards: Vec<Arc<HostedShard<S>>>, errand: Errand<S> },
}

/// Hands work to the thread, which does it in order: what shards are to decide that are still loading, they decide when
/// they have been loaded.
pub(super) struct Loader<S> {
    jobs: Mutex<Option<mpsc::Sender<Job<S>>>>,
    stopping: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<S: Shard + Send + 'static> Loader<S> {
    /// Starts the thread, which reads `buffer_bytes` at a time; [`Self::stop`] ends it.
    pub(super) fn start(buffer_bytes: u32) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = std::thread::Builder::new()
            .name("coordinator-loader".to_owned())
            .spawn(move || run(&waiting, buffer_bytes, &stop))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), stopping, thread: Mutex::new(Some(thread)) })
    }

    /// Has `shard` loaded: replays its log into `fresh`.
    pub(super) fn load(&self, shard: Arc<HostedShard<S>>, fresh: S) {
        self.send(Job::Load { shard, fresh });
    }

    /// Has each of `shards` decide.
    pub(super) fn errand(&self, shards: Vec<Arc<HostedShard<S>>>, errand: Errand<S>) {
        self.send(Job::Errand { shards, errand });
    }

    fn send(&self, job: Job<S>) {
        if let Some(jobs) = &*self.jobs.lock().unwrap_or_else(PoisonError::into_inner) {
            // Only a thread that has panicked is gone already, and has said so.
            let _ = jobs.send(job);
        }
    }

    /// Ends the thread, amid a load too, and waits for it.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A thread that panicked has said so.
        let _ = thread.map(JoinHandle::join);
    }
}

fn run<S: Shard + Send + 'static>(waiting: &mpsc::Receiver<Job<S>>, buffer_bytes: u32, stopping: &AtomicBool) {
    for job in waiting {
        if stopping.load(Ordering::Relaxed) {
            return;
        }
        match job {
            Job::Load { shard, fresh } => load(&shard, fresh, buffer_bytes, stopping),
            Job::Errand { shards, errand } => {
                for shard in shards {
                    if let Err(error) = shard.decide(|state, now| errand(state, now)) {
                        tracing::warn!("{}: {error}", shard.partition().name());
                    }
                }
            }
        }
    }
}
