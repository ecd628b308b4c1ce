//! Group commit: those who wait for the disk wait together.
//!
//! One thread takes everybody who is waiting, syncs each partition once, and answers all. Who comes meanwhile is in the
//! next round: the busier the disk, the more answers one sync is worth.

use super::HostedPartition;
use crate::clock::Clock;
use ottla_storage::FlushScope;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Whether the partition's records are on the disk, in the order in which partitions were given.
pub type Flushed = Vec<bool>;

struct Job {
    partitions: Vec<Arc<HostedPartition>>,
    reply: oneshot::Sender<Flushed>,
}

/// Hands partitions to the thread that syncs them.
#[derive(Debug, Clone)]
pub struct Flusher {
    jobs: mpsc::Sender<Job>,
}

impl Flusher {
    /// Starts the thread. It ends when the last [`Flusher`] is gone.
    ///
    /// # Errors
    /// The thread could not be made.
    pub fn start(clock: Clock) -> io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("flusher".to_owned()).spawn(move || run(&waiting, clock))?;
        Ok((Self { jobs }, thread))
    }

    /// Waits until everything that has been appended to `partitions` is on the disk.
    pub async fn flush(&self, partitions: Vec<Arc<HostedPartition>>) -> Flushed {
        let count = partitions.len();
        let (reply, flushed) = oneshot::channel();
        if self.jobs.send(Job { partitions, reply }).is_err() {
            return vec![false; count];
        }
        flushed.await.unwrap_or_else(|_| vec![false; count])
    }
}

fn run(waiting: &mpsc::Receiver<Job>, clock: Clock) {
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let mut partitions: Vec<&Arc<HostedPartition>> = jobs.iter().flat_map(|job| &job.partitions).collect();
        partitions.sort_unstable_by_key(|partition| partition.id());
        partitions.dedup_by_key(|partition| partition.id());
        let failed: Vec<_> = partitions
            .into_iter()
            .filter(|partition| match partition.flush(FlushScope::Records, clock.now()) {
                Ok(()) => false,
                Err(error) => {
                    tracing::error!("cannot flush {}: {error}", partition.name());
                    true
                }
            })
            .map(|partition| partition.id())
            .collect();
        for job in jobs {
            let flushed = job.partitions.iter().map(|partition| !failed.contains(&partition.id())).collect();
            // Whoever asked may have gone; the records are on the disk all the same.
            let _ = job.reply.send(flushed);
        }
    }
}
