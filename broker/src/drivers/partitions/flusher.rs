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

enum Job {
    /// Everybody's records up to now.
    Records { partitions: Vec<Arc<HostedPartition>>, reply: oneshot::Sender<Flushed> },
    /// The segments that a partition has done with. Nobody waits for it.
    InactiveSegments(Arc<HostedPartition>),
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
        if self.jobs.send(Job::Records { partitions, reply }).is_err() {
            return vec![false; count];
        }
        flushed.await.unwrap_or_else(|_| vec![false; count])
    }

    /// Has the segments flushed that a partition has just done with, so that a crash does not find much to scan.
    pub fn flush_inactive_segments(&self, partition: Arc<HostedPartition>) {
        // If the thread is gone, the node is stopping and flushes everything.
        let _ = self.jobs.send(Job::InactiveSegments(partition));
    }
}

fn run(waiting: &mpsc::Receiver<Job>, clock: Clock) {
    while let Ok(first) = waiting.recv() {
        let mut asked = Vec::new();
        let mut rolled = Vec::new();
        for job in std::iter::once(first).chain(waiting.try_iter()) {
            match job {
                Job::Records { partitions, reply } => asked.push((partitions, reply)),
                Job::InactiveSegments(partition) => rolled.push(partition),
            }
        }
        let mut partitions: Vec<&Arc<HostedPartition>> = asked.iter().flat_map(|(partitions, _)| partitions).collect();
        partitions.sort_unstable_by_key(|partition| partition.id());
        partitions.dedup_by_key(|partition| partition.id());
        let failed: Vec<_> = partitions
            .into_iter()
            .filter(|partition| !flush(partition, FlushScope::Records, clock))
            .map(|partition| partition.id())
            .collect();
        for (partitions, reply) in asked {
            let flushed = partitions.iter().map(|partition| !failed.contains(&partition.id())).collect();
            // Whoever asked may have gone; the records are on the disk all the same.
            let _ = reply.send(flushed);
        }
        for partition in rolled {
            flush(&partition, FlushScope::InactiveSegments, clock);
        }
    }
}

/// Says whether it succeeded; a failure has been reported then.
fn flush(partition: &HostedPartition, scope: FlushScope, clock: Clock) -> bool {
    let flushed = partition.flush(scope, clock.now());
    if let Err(error) = &flushed {
        tracing::error!("cannot flush {}: {error}", partition.name());
    }
    flushed.is_ok()
}
