//! Group commit: those who wait for the disk wait together.
//!
//! A few threads, the *lanes*; a partition always goes by the same one. A lane takes everybody who is waiting, syncs each
//! partition once, and answers all. Who comes meanwhile is in the next round: the busier the disk, the more answers one
//! sync is worth. Lanes sync side by side, which disks are good at.

use super::HostedPartition;
use crate::clock::Clock;
use ottla_storage::FlushScope;
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Syncs that are under way at a time. More do not make a disk faster; each is a thread.
const LANES: usize = 8;

enum Job {
    /// Everybody's records up to now. Answered with whether each partition's are on the disk, in the order given.
    Records { partitions: Vec<Arc<HostedPartition>>, reply: oneshot::Sender<Vec<bool>> },
    /// The segments that a partition has done with. Nobody waits for it.
    InactiveSegments(Arc<HostedPartition>),
}

/// Hands partitions to the threads that sync them.
#[derive(Debug, Clone)]
pub struct Flusher {
    lanes: Vec<mpsc::Sender<Job>>,
}

impl Flusher {
    /// Starts the threads. They end when the last [`Flusher`] is gone.
    ///
    /// # Errors
    /// A thread could not be made.
    pub fn start(clock: Clock) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (mut lanes, mut threads) = (Vec::with_capacity(LANES), Vec::with_capacity(LANES));
        for lane in 0..LANES {
            let (jobs, waiting) = mpsc::channel();
            let thread = std::thread::Builder::new().name(format!("flusher-{lane}"));
            threads.push(thread.spawn(move || run(&waiting, clock))?);
            lanes.push(jobs);
        }
        Ok((Self { lanes }, threads))
    }

    /// Waits until everything that has been appended to `partitions` is on the disk; gives those that could not be
    /// synced.
    pub async fn flush(&self, partitions: Vec<Arc<HostedPartition>>) -> Vec<Arc<HostedPartition>> {
        let mut by_lane: BTreeMap<usize, Vec<Arc<HostedPartition>>> = BTreeMap::new();
        for partition in partitions {
            by_lane.entry(self.lane_of(&partition)).or_default().push(partition);
        }
        let mut waiting = Vec::with_capacity(by_lane.len());
        let mut failed = Vec::new();
        for (lane, partitions) in by_lane {
            let (reply, flushed) = oneshot::channel();
            match self.lanes[lane].send(Job::Records { partitions: partitions.clone(), reply }) {
                Ok(()) => waiting.push((partitions, flushed)),
                Err(_) => failed.extend(partitions),
            }
        }
        for (partitions, flushed) in waiting {
            match flushed.await {
                Ok(flushed) => {
                    let outcomes = partitions.into_iter().zip(flushed);
                    failed.extend(outcomes.filter(|(_, flushed)| !flushed).map(|(partition, _)| partition));
                }
                Err(_) => failed.extend(partitions),
            }
        }
        failed
    }

    /// Has the segments flushed that a partition has just done with, so that a crash does not find much to scan.
    pub fn flush_inactive_segments(&self, partition: Arc<HostedPartition>) {
        // If the thread is gone, the node is stopping and flushes everything.
        let _ = self.lanes[self.lane_of(&partition)].send(Job::InactiveSegments(partition));
    }

    fn lane_of(&self, partition: &HostedPartition) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(partition.id());
        (hash % self.lanes.len() as u64) as usize
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
