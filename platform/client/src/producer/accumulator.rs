//! Records that wait to be sent, in batches by partition.

use super::batch::{Destination, NewRecord, OpenBatch};
use ottla_records::Compressor;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// When a batch is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// `batch.size`.
    pub(super) batch_size: usize,
    /// `linger.ms`.
    pub(super) linger: Duration,
    /// `delivery.timeout.ms`.
    pub(super) delivery_timeout: Duration,
}

/// Batches that have not been taken yet, and which ones are not done yet.
#[derive(Debug, Default)]
pub(super) struct Accumulator {
    queues: HashMap<Destination, VecDeque<OpenBatch>>,
    next_number: u64,
    /// Batches by number that somebody may still wait for, taken ones included; a batch that was split counts twice.
    unfinished: BTreeMap<u64, usize>,
    /// How many callers wait in `flush`.
    pub(super) flushing: usize,
    /// How many callers wait for memory: nothing lingers then.
    pub(super) starving: usize,
    /// No record comes in any more.
    pub(super) closed: bool,
}

/// When the oldest batch for a partition can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Now,
    At(Instant),
}

impl Accumulator {
    /// Adds a record to the partition's newest batch, or to a new one. Says whether the sender should look.
    pub(super) fn append(
        &mut self,
        destination: &Destination,
        record: NewRecord<'_>,
        limits: Limits,
        compressor: Compressor,
        now: Instant,
    ) -> bool {
        if !self.queues.contains_key(destination) {
            self.queues.insert(destination.clone(), VecDeque::new());
        }
        let Some(queue) = self.queues.get_mut(destination) else { return false };
        let fits = queue.back().is_some_and(|batch| batch.has_room_for(&record, limits.batch_size));
        if !fits {
            queue.push_back(OpenBatch::new(self.next_number, now, compressor));
            self.unfinished.insert(self.next_number, 1);
            self.next_number += 1;
        }
        if let Some(batch) = queue.back_mut() {
            batch.append(record);
        }
        !fits || queue.back().is_some_and(|batch| batch.size() >= limits.batch_size)
    }

    /// The partitions that something waits for.
    pub(super) fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.queues.keys()
    }

    /// When the partition's oldest batch can be taken; `None` if there is none.
    pub(super) fn due(&self, destination: &Destination, limits: Limits, now: Instant) -> Option<Due> {
        let queue = self.queues.get(destination)?;
        let oldest = queue.front()?;
        let lingered_at = oldest.created_at + limits.linger;
        let full = queue.len() > 1 || oldest.size() >= limits.batch_size;
        let hurry = self.flushing > 0 || self.starving > 0 || self.closed;
        Some(if full || hurry || lingered_at <= now { Due::Now } else { Due::At(lingered_at) })
    }

    /// The size of the partition's oldest batch, before compression.
    pub(super) fn oldest_size(&self, destination: &Destination) -> Option<usize> {
        self.queues.get(destination)?.front().map(OpenBatch::size)
    }

    /// Takes the partition's oldest batch.
    pub(super) fn take(&mut self, destination: &Destination) -> Option<OpenBatch> {
        let queue = self.queues.get_mut(destination)?;
        let oldest = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(destination);
        }
        oldest
    }

    /// Takes the batches that have waited for longer than a record may.
    pub(super) fn take_expired(&mut self, limits: Limits, now: Instant) -> Vec<(Destination, OpenBatch)> {
        let is_expired = |batch: &OpenBatch| batch.created_at + limits.delivery_timeout <= now;
        let mut expired = Vec::new();
        for (destination, queue) in &mut self.queues {
            while queue.front().is_some_and(is_expired) {
                expired.extend(queue.pop_front().map(|batch| (destination.clone(), batch)));
            }
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        expired
    }

    /// When the next batch will have waited for too long.
    pub(super) fn next_expiry(&self, limits: Limits) -> Option<Instant> {
        self.queues.values().filter_map(VecDeque::front).map(|batch| batch.created_at + limits.delivery_timeout).min()
    }

    /// A batch has been split: it is finished when both parts are.
    pub(super) fn split(&mut self, number: u64) {
        *self.unfinished.entry(number).or_default() += 1;
    }

    /// Nobody waits for this batch any more.
    pub(super) fn finished(&mut self, number: u64) {
        if let Some(parts) = self.unfinished.get_mut(&number) {
            *parts -= 1;
            if *parts == 0 {
                self.unfinished.remove(&number);
            }
        }
    }

    /// The number of the next batch: what has been appended so far is in batches before it.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Whether every batch before that one is finished.
    pub(super) fn all_finished_before(&self, number: u64) -> bool {
        self.unfinished.keys().next().is_none_or(|oldest| *oldest >= number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Accumulator, Due, Limits};
    use crate::producer::batch::NewRecord;
    use crate::producer::batch::testing::destination;
    use crate::producer::record::Delivery;
    use ottla_model::Timestamp;
    use ottla_records::Compressor;
    use std::sync::{Arc, LazyLock};
    use std::time::Duration;
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    const LIMITS: Limits =
        Limits { batch_size: 100, linger: Duration::from_millis(5), delivery_timeout: Duration::from_millis(1_000) };

    fn append(accumulator: &mut Accumulator, value: &[u8], now: Instant) -> bool {
        static MEMORY: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(100)));
        let memory = Arc::clone(&MEMORY).try_acquire_owned().unwrap();
        let (delivery, _) = Delivery::pair();
        let timestamp = Timestamp::new(0);
        let record = NewRecord { timestamp, key: None, value: Some(value), headers: &[], delivery, memory };
        accumulator.append(&destination(), record, LIMITS, Compressor::default(), now)
    }

    #[test]
    fn a_batch_is_due_when_it_is_full_or_has_lingered() {
        let start = Instant::now();
        let mut accumulator = Accumulator::default();
        assert!(append(&mut accumulator, b"a", start), "the sender has to know when the first batch is due");
        assert!(!append(&mut accumulator, b"b", start));
        let linger_end = start + LIMITS.linger;
        assert_eq!(accumulator.due(&destination(), LIMITS, start), Some(Due::At(linger_end)));
        assert_eq!(accumulator.due(&destination(), LIMITS, linger_end), Some(Due::Now));

        assert!(append(&mut accumulator, &[0; 90], start), "another batch");
        assert_eq!(accumulator.due(&destination(), LIMITS, start), Some(Due::Now));
        assert_eq!(accumulator.take(&destination()).unwrap().record_count(), 2);
        assert_eq!(accumulator.take(&destination()).unwrap().record_count(), 1);
        assert!(accumulator.take(&destination()).is_none());
        assert_eq!(accumulator.destinations().count(), 0);
    }

    #[test]
    fn nothing_lingers_while_somebody_waits() {
        let start = Instant::now();
        let mut accumulator = Accumulator::default();
        append(&mut accumulator, b"a", start);
        accumulator.flushing = 1;
        assert_eq!(accumulator.due(&destination(), LIMITS, start), Some(Due::Now));
    }

    #[test]
    fn old_batches_expire() {
        let start = Instant::now();
        let mut accumulator = Accumulator::default();
        append(&mut accumulator, b"a", start);
        let expiry = start + LIMITS.delivery_timeout;
        assert_eq!(accumulator.next_expiry(LIMITS), Some(expiry));
        assert!(accumulator.take_expired(LIMITS, start).is_empty());
        assert_eq!(accumulator.take_expired(LIMITS, expiry).len(), 1);
        assert_eq!(accumulator.next_expiry(LIMITS), None);
    }

    #[test]
    fn a_flush_waits_for_what_was_there_before_it_and_for_both_halves() {
        let start = Instant::now();
        let mut accumulator = Accumulator::default();
        append(&mut accumulator, &[0; 200], start);
        let flushed = accumulator.next_number();
        append(&mut accumulator, &[0; 200], start);
        assert!(!accumulator.all_finished_before(flushed));
        accumulator.split(0);
        accumulator.finished(0);
        assert!(!accumulator.all_finished_before(flushed));
        accumulator.finished(0);
        assert!(accumulator.all_finished_before(flushed));
        assert!(!accumulator.all_finished_before(accumulator.next_number()));
    }
}
