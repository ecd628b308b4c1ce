//! What the sender knows of one partition: how many batches are on their way, which have to be sent again, and how far
//! the sequence numbers have come.

use super::identity::Granted;
use crate::producer::batch::{Batch, Stamp};
use ottla_records::increment_sequence;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// State of one partition.
#[derive(Debug, Default)]
pub(super) struct PartitionState {
    /// Batches that have been sent and not been answered.
    pub(super) in_flight: usize,
    /// Batches to be sent again, in order.
    retries: VecDeque<Batch>,
    /// The sequence number of the next record.
    next_sequence: i32,
    /// The sequence number that the broker expects next, by what it has acknowledged.
    next_acknowledged: i32,
    /// Whether the broker has acknowledged anything under the present producer id.
    established: bool,
}

impl PartitionState {
    /// Whether nothing is on its way or to be sent again.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.retries.is_empty()
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_forgettable(&self) -> bool {
        self.is_idle() && self.next_sequence == 0 && self.next_acknowledged == 0
    }

    /// Whether the first batch under a producer id is on its way, so that nothing may follow it yet. A broker that has
    /// seen nothing of a producer takes its first batch with any sequence number: if it refused the first and took the
    /// second, the first could never be appended, and the order would be lost.
    pub(super) fn is_beginning(&self) -> bool {
        self.in_flight > 0 && !self.established
    }

    pub(super) fn has_retries(&self) -> bool {
        !self.retries.is_empty()
    }

    /// When the next batch may be sent again; `None` if there is none, or if others have to come back first.
    pub(super) fn retry_due(&self, in_order: bool) -> Option<Instant> {
        if in_order && self.in_flight > 0 {
            return None;
        }
        self.retries.front().map(|batch| batch.not_before)
    }

    /// Takes the next batch to be sent again, if it is time and it `fits`.
    pub(super) fn take_retry(&mut self, now: Instant, fits: impl Fn(usize) -> bool) -> Option<Batch> {
        let next = self.retries.front()?;
        if next.not_before > now || !fits(next.bytes.len()) {
            return None;
        }
        self.retries.pop_front()
    }

    /// A batch is to be sent again, at its place in the order.
    pub(super) fn put_back(&mut self, batch: Batch) {
        let place = |batch: &Batch| (batch.number, batch.first_record);
        let at = self.retries.partition_point(|other| place(other) <= place(&batch));
        self.retries.insert(at, batch);
    }

    /// The mark for the next batch of so many records.
    pub(super) fn next_stamp(&mut self, granted: Granted, records: usize) -> Stamp {
        let base_sequence = self.next_sequence;
        // A batch is bounded by a request, and that by an i32.
        self.next_sequence = increment_sequence(base_sequence, records as i32);
        Stamp { producer_id: granted.producer_id, producer_epoch: granted.producer_epoch, base_sequence }
    }

    /// The mark was not used, and it was the last.
    pub(super) fn give_back(&mut self, stamp: Stamp) {
        self.next_sequence = stamp.base_sequence;
    }

    /// The broker has the batch of that mark.
    pub(super) fn acknowledge(&mut self, stamp: Option<Stamp>, records: usize) {
        if let Some(stamp) = stamp {
            self.next_acknowledged = increment_sequence(stamp.base_sequence, records as i32);
            self.established = true;
        }
    }

    /// Whether something before the batch of that mark is still to be acknowledged.
    pub(super) fn has_gap_before(&self, stamp: Stamp) -> bool {
        // Sequence numbers go from 0 to i32::MAX and round again; what is less than half the way round is ahead.
        let ahead = stamp.base_sequence.wrapping_sub(self.next_acknowledged) & i32::MAX;
        ahead > 0 && ahead < i32::MAX / 2
    }

    /// A new producer id starts from 0.
    pub(super) fn forget_sequences(&mut self) {
        self.next_sequence = 0;
        self.next_acknowledged = 0;
        self.established = false;
    }

    pub(super) fn take_expired(&mut self, now: Instant, timeout: Duration) -> Vec<Batch> {
        let (expired, kept): (Vec<_>, Vec<_>) =
            self.retries.drain(..).partition(|batch| batch.created_at + timeout <= now);
        self.retries = kept.into();
        expired
    }

    pub(super) fn next_expiry(&self, timeout: Duration) -> Option<Instant> {
        self.retries.iter().map(|batch| batch.created_at + timeout).min()
    }

    pub(super) fn take_all_retries(&mut self) -> Vec<Batch> {
        self.retries.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::PartitionState;
    use crate::producer::batch::testing::batch;
    use crate::producer::sender::identity::Granted;
    use ottla_model::{ProducerEpoch, ProducerId};
    use tokio::time::Instant;

    const GRANTED: Granted = Granted { producer_id: ProducerId::new(7), producer_epoch: ProducerEpoch::new(0) };

    #[tokio::test]
    async fn batches_come_back_in_any_order_and_leave_in_theirs() {
        let mut state = PartitionState::default();
        let stamps: Vec<_> = (0..3).map(|_| state.next_stamp(GRANTED, 2)).collect();
        assert_eq!(stamps.iter().map(|stamp| stamp.base_sequence).collect::<Vec<_>>(), [0, 2, 4]);
        state.in_flight = 1;
        for number in [2, 0, 1] {
            state.put_back(batch(number, 2, Some(stamps[number as usize])).0);
        }
        assert_eq!(state.retry_due(true), None, "one is still on its way");
        assert!(state.retry_due(false).is_some());
        state.in_flight = 0;
        let now = Instant::now();
        assert!(state.retry_due(true).is_some());
        let order: Vec<_> = std::iter::from_fn(|| state.take_retry(now, |_| true)).map(|batch| batch.number).collect();
        assert_eq!(order, [0, 1, 2]);
        assert!(state.is_idle());
    }

    #[tokio::test]
    async fn halves_of_a_batch_keep_their_order() {
        let mut state = PartitionState::default();
        let stamp = state.next_stamp(GRANTED, 4);
        for stamp in [Some(stamp), None] {
            let [first, second] = batch(5, 4, stamp).0.split(Default::default(), 1_000).unwrap();
            let quarters = first.split(Default::default(), 1_000).unwrap();
            state.put_back(second);
            quarters.into_iter().for_each(|quarter| state.put_back(quarter));
            let next = || state.take_retry(Instant::now(), |_| true).map(|batch| batch.first_record);
            assert_eq!(std::iter::from_fn(next).collect::<Vec<_>>(), [0, 1, 2], "{stamp:?}");
        }
    }

    #[test]
    fn a_gap_is_what_has_not_been_acknowledged() {
        let mut state = PartitionState::default();
        let first = state.next_stamp(GRANTED, 3);
        let second = state.next_stamp(GRANTED, 1);
        assert!(!state.has_gap_before(first) && state.has_gap_before(second));
        state.in_flight = 1;
        assert!(state.is_beginning());
        state.acknowledge(Some(first), 3);
        assert!(!state.is_beginning());
        state.in_flight = 0;
        assert!(!state.has_gap_before(second));
        state.acknowledge(Some(second), 1);
        assert!(!state.has_gap_before(first), "the broker is past it");
        assert!(!state.is_forgettable());
        state.forget_sequences();
        assert!(state.is_forgettable());
        assert_eq!(state.next_stamp(GRANTED, 1).base_sequence, 0);
    }
}
