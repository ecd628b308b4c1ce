//! What is remembered of one producer.

use super::ActiveProducer;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{BatchHeader, decrement_sequence};

/// How many of a producer's last batches are remembered: an idempotent producer has at most this many requests under way,
/// so what it sends again is one of these.
pub(crate) const BATCHES_MAX: usize = 5;

/// A batch that a producer has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BatchMemory {
    /// Of its last record; -1 without sequence numbers.
    pub(crate) last_sequence: i32,
    pub(crate) last_offset: Offset,
    /// Last offset less first offset.
    pub(crate) offset_delta: i32,
    /// The largest of its timestamps.
    pub(crate) timestamp: Timestamp,
}

impl BatchMemory {
    pub(crate) fn first_offset(&self) -> Offset {
        self.last_offset - i64::from(self.offset_delta)
    }
    fn first_sequence(&self) -> i32 {
        decrement_sequence(self.last_sequence, self.offset_delta)
    }
}

/// One producer. Nothing has been seen of it while the epoch is -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProducerEntry {
    pub(crate) epoch: ProducerEpoch,
    /// Of the coordinator that wrote the last marker; -1 before the first.
    pub(crate) coordinator_epoch: i32,
    pub(crate) last_timestamp: Timestamp,
    /// First offset of the open transaction.
    pub(crate) transaction_start: Option<Offset>,
    batches: [BatchMemory; BATCHES_MAX],
    batch_count: u8,
}

impl ProducerEntry {
    pub(crate) const fn new(
        epoch: ProducerEpoch,
        coordinator_epoch: i32,
        last_timestamp: Timestamp,
        transaction_start: Option<Offset>,
    ) -> Self {
        const NONE: BatchMemory = BatchMemory {
            last_sequence: -1,
            last_offset: Offset::new(-1),
            offset_delta: 0,
            timestamp: Timestamp::new(-1),
        };
        let batches = [NONE; BATCHES_MAX];
        Self { epoch, coordinator_epoch, last_timestamp, transaction_start, batches, batch_count: 0 }
    }
    /// A producer of which nothing has been seen.
    pub(crate) const fn unknown() -> Self {
        Self::new(BatchHeader::NO_PRODUCER_EPOCH, -1, BatchHeader::NO_TIMESTAMP, None)
    }

    /// The remembered batches, oldest first.
    pub(crate) fn batches(&self) -> &[BatchMemory] {
        &self.batches[..usize::from(self.batch_count)]
    }
    pub(crate) fn last_batch(&self) -> Option<&BatchMemory> {
        self.batches().last()
    }
    /// -1 if no batch is remembered, or it had no sequence numbers.
    pub(crate) fn last_sequence(&self) -> i32 {
        self.last_batch().map_or(BatchHeader::NO_SEQUENCE, |batch| batch.last_sequence)
    }

    /// A later epoch makes what was written before it forgotten.
    fn enter_epoch(&mut self, epoch: ProducerEpoch) {
        if self.epoch != epoch {
            self.batch_count = 0;
            self.epoch = epoch;
        }
    }
    pub(crate) fn add_batch(&mut self, epoch: ProducerEpoch, batch: BatchMemory) {
        self.enter_epoch(epoch);
        if usize::from(self.batch_count) == BATCHES_MAX {
            self.batches.rotate_left(1);
            self.batches[BATCHES_MAX - 1] = batch;
        } else {
            self.batches[usize::from(self.batch_count)] = batch;
            self.batch_count += 1;
        }
        self.last_timestamp = batch.timestamp;
    }
    /// Takes note of a marker. Returns where the transaction that it ends begins, if there was one.
    pub(crate) fn end_transaction(
        &mut self,
        epoch: ProducerEpoch,
        coordinator_epoch: i32,
        timestamp: Timestamp,
    ) -> Option<Offset> {
        self.enter_epoch(epoch);
        self.coordinator_epoch = coordinator_epoch;
        self.last_timestamp = timestamp;
        self.transaction_start.take()
    }

    /// The remembered batch with exactly these sequence numbers, if this one has the producer's present epoch.
    pub(crate) fn find_duplicate(&self, header: &BatchHeader) -> Option<BatchMemory> {
        if header.producer_epoch != self.epoch {
            return None;
        }
        let last_sequence = header.last_sequence()?;
        let same = |batch: &&BatchMemory| {
            batch.last_sequence == last_sequence && batch.first_sequence() == header.base_sequence
        };
        self.batches().iter().find(same).copied()
    }

    pub(crate) fn to_active(self, producer_id: ProducerId) -> ActiveProducer {
        let last_sequence = self.last_sequence();
        ActiveProducer {
            producer_id,
            producer_epoch: self.epoch,
            last_sequence: (last_sequence >= 0).then_some(last_sequence),
            last_offset: self.last_batch().map(|batch| batch.last_offset),
            last_timestamp: self.last_timestamp,
            coordinator_epoch: (self.coordinator_epoch >= 0).then_some(self.coordinator_epoch),
            current_transaction_start: self.transaction_start,
        }
    }
}
