//! Records for one partition that travel together.

use super::record::{Delivered, DeliverySender};
use crate::ClientError;
use bytes::{Bytes, BytesMut};
use ottla_model::{Offset, PartitionIndex, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{
    Batch as RecordBatch, BatchBuilder, BatchHeader, Compressor, Record, RecordHeader, increment_sequence,
};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// A partition that records are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Destination {
    pub(super) topic: Arc<str>,
    pub(super) partition: PartitionIndex,
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// What an idempotent producer marks a batch with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) producer_id: ProducerId,
    pub(super) producer_epoch: ProducerEpoch,
    /// The sequence number of the first record.
    pub(super) base_sequence: i32,
}

/// One record's place in a batch.
#[derive(Debug)]
struct Slot {
    timestamp: Timestamp,
    delivery: DeliverySender,
}

/// A batch that still takes records. Its memory is given back when the batch it becomes is dropped.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// Ascending in the order in which batches were begun.
    pub(super) number: u64,
    pub(super) created_at: Instant,
    builder: BatchBuilder,
    slots: Vec<Slot>,
    memory: Option<OwnedSemaphorePermit>,
}

/// What a record is made of, and who waits for it.
pub(super) struct NewRecord<'a> {
    pub(super) timestamp: Timestamp,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: &'a [RecordHeader],
    pub(super) delivery: DeliverySender,
    pub(super) memory: OwnedSemaphorePermit,
}

impl OpenBatch {
    pub(super) fn new(number: u64, created_at: Instant, compressor: Compressor) -> Self {
        let builder = BatchBuilder::new(Offset::ZERO, compressor);
        Self { number, created_at, builder, slots: Vec::new(), memory: None }
    }

    /// Bytes so far, before compression.
    pub(super) fn size(&self) -> usize {
        self.builder.uncompressed_size()
    }

    /// Whether the batch stays within `size_max` bytes with this record. The first record always fits.
    pub(super) fn has_room_for(&self, record: &NewRecord<'_>, size_max: usize) -> bool {
        self.builder.is_empty()
            || self.builder.uncompressed_size_with(record.timestamp, record.key, record.value, record.headers)
                <= size_max
    }

    /// Appends a record; whoever waits for it is told if that cannot be.
    pub(super) fn append(&mut self, record: NewRecord<'_>) {
        match self.builder.append(record.timestamp, record.key, record.value, record.headers) {
            Ok(()) => {
                self.slots.push(Slot { timestamp: record.timestamp, delivery: record.delivery });
                match &mut self.memory {
                    Some(memory) => memory.merge(record.memory),
                    memory @ None => *memory = Some(record.memory),
                }
            }
            Err(error) => {
                // The caller has gone if this fails.
                let _ = record.delivery.send(Err(ClientError::IllegalArgument(error.to_string())));
            }
        }
    }

    /// How many records there are.
    pub(super) fn record_count(&self) -> usize {
        self.slots.len()
    }

    /// The batch as it will be sent, marked if the producer is idempotent. `None` if it holds nothing, or cannot be
    /// compressed: whoever waits is told.
    pub(super) fn seal(mut self, destination: Destination, stamp: Option<Stamp>) -> Option<Batch> {
        if self.builder.is_empty() {
            return None;
        }
        if let Some(stamp) = stamp {
            self.builder.set_producer(stamp.producer_id, stamp.producer_epoch, stamp.base_sequence);
        }
        match self.builder.build() {
            Ok(bytes) => Some(Batch {
                number: self.number,
                first_record: 0,
                destination,
                created_at: self.created_at,
                attempts: 0,
                not_before: self.created_at,
                stamp,
                bytes,
                slots: self.slots,
                memory: self.memory,
            }),
            Err(error) => {
                let error = ClientError::IllegalArgument(error.to_string());
                for slot in self.slots {
                    let _ = slot.delivery.send(Err(error.clone()));
                }
                None
            }
        }
    }
}

/// A batch that is complete.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u64,
    /// Where in the batch of that number this begins: more than 0 for later parts of one that was taken apart.
    pub(super) first_record: usize,
    pub(super) destination: Destination,
    pub(super) created_at: Instant,
    /// How often it has been sent.
    pub(super) attempts: u32,
    /// It is not to be sent again before this.
    pub(super) not_before: Instant,
    /// What it was marked with when it was last sent.
    pub(super) stamp: Option<Stamp>,
    pub(super) bytes: Bytes,
    slots: Vec<Slot>,
    memory: Option<OwnedSemaphorePermit>,
}

impl Batch {
    /// How many records there are.
    pub(super) fn record_count(&self) -> usize {
        self.slots.len()
    }

    /// Marks the batch anew.
    pub(super) fn mark(&mut self, stamp: Stamp) {
        if self.stamp == Some(stamp) {
            return;
        }
        // We built it, so it parses.
        if let Ok(mut header) = BatchHeader::parse(&self.bytes) {
            header.producer_id = stamp.producer_id;
            header.producer_epoch = stamp.producer_epoch;
            header.base_sequence = stamp.base_sequence;
            let payload = self.bytes.slice(BatchHeader::SIZE..);
            header.crc = header.compute_crc(&payload);
            let mut marked = BytesMut::with_capacity(self.bytes.len());
            marked.extend_from_slice(&header.to_bytes());
            marked.extend_from_slice(&payload);
            self.bytes = marked.freeze();
        }
        self.stamp = Some(stamp);
    }

    /// All records are in the log from `base_offset` on, if that is known.
    pub(super) fn succeed(self, base_offset: Option<Offset>, log_append_time: Option<Timestamp>) {
        for (slot, index) in self.slots.into_iter().zip(0..) {
            let delivered = Delivered {
                partition: self.destination.partition,
                offset: base_offset.map(|base| base + index),
                timestamp: log_append_time.unwrap_or(slot.timestamp),
            };
            // Nobody need wait.
            let _ = slot.delivery.send(Ok(delivered));
        }
    }

    /// No record will be in the log, or nobody knows.
    pub(super) fn fail(self, error: &ClientError) {
        for slot in self.slots {
            let _ = slot.delivery.send(Err(error.clone()));
        }
    }

    /// Two batches of half as many records each, for a broker that found the whole too large. The halves follow each
    /// other in sequence. `None` if it is a single record, or cannot be taken apart: whoever waits is told then.
    pub(super) fn split(self, compressor: Compressor, decompressed_max: usize) -> Option<[Self; 2]> {
        let half = self.slots.len() / 2;
        let parsed = RecordBatch::parse(self.bytes.clone()).ok();
        let records =
            parsed.and_then(|batch| batch.records(decompressed_max).ok()?.collect::<Result<Vec<_>, _>>().ok());
        let parts = records.filter(|records| half > 0 && records.len() == self.slots.len()).and_then(|records| {
            let (first, second) = records.split_at(half);
            Some([rebuild(first, compressor)?, rebuild(second, compressor)?])
        });
        let Some([first, second]) = parts else {
            self.fail(&ClientError::refused(ottla_model::ErrorCode::MessageTooLarge, None));
            return None;
        };
        let mut slots = self.slots;
        let later_slots = slots.split_off(half);
        let stamp = self.stamp;
        let part = |first_record, bytes, slots, memory| Self {
            number: self.number,
            first_record,
            destination: self.destination.clone(),
            created_at: self.created_at,
            attempts: 0,
            not_before: self.created_at,
            stamp: None,
            bytes,
            slots,
            memory,
        };
        let at = self.first_record;
        let mut parts = [part(at, first, slots, self.memory), part(at + half, second, later_slots, None)];
        if let Some(stamp) = stamp {
            // Together the halves take the sequence numbers that the whole had: what comes behind keeps its own.
            let base_sequence = increment_sequence(stamp.base_sequence, parts[0].record_count() as i32);
            parts[0].mark(stamp);
            parts[1].mark(Stamp { base_sequence, ..stamp });
        }
        Some(parts)
    }
}

fn rebuild(records: &[Record], compressor: Compressor) -> Option<Bytes> {
    let mut builder = BatchBuilder::new(Offset::ZERO, compressor);
    for record in records {
        builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers).ok()?;
    }
    builder.build().ok()
}

#[cfg(test)]
pub(super) mod testing {
    //! Batches to try things on.

    use super::{Batch, Destination, NewRecord, OpenBatch, Stamp};
    use crate::producer::record::Delivery;
    use ottla_model::{PartitionIndex, Timestamp};
    use ottla_records::Compressor;
    use std::sync::Arc;
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    /// Where these batches go.
    pub fn destination() -> Destination {
        Destination { topic: "orders".into(), partition: PartitionIndex::new(3) }
    }

    /// A batch of so many records, and what becomes of them. Needs a runtime for its time.
    pub fn batch(number: u64, records: u8, stamp: Option<Stamp>) -> (Batch, Vec<Delivery>) {
        let memory = Arc::new(Semaphore::new(1_000));
        let mut open = OpenBatch::new(number, Instant::now(), Compressor::default());
        let mut deliveries = Vec::new();
        for value in 0..records {
            let (delivery, outcome) = Delivery::pair();
            deliveries.push(outcome);
            open.append(NewRecord {
                timestamp: Timestamp::new(1_000 + i64::from(value)),
                key: None,
                value: Some(&[value]),
                headers: &[],
                delivery,
                memory: Arc::clone(&memory).try_acquire_owned().unwrap(),
            });
        }
        (open.seal(destination(), stamp).unwrap(), deliveries)
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use super::testing::batch;
    use ottla_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp};
    use ottla_records::{Batch as RecordBatch, Compressor};

    fn stamp(base_sequence: i32) -> Stamp {
        Stamp { producer_id: ProducerId::new(7), producer_epoch: ProducerEpoch::new(1), base_sequence }
    }

    #[tokio::test]
    async fn a_mark_can_be_changed_and_the_checksum_follows() {
        let (mut batch, _deliveries) = batch(1, 3, Some(stamp(0)));
        batch.mark(stamp(40));
        let parsed = RecordBatch::parse(batch.bytes.clone()).unwrap();
        assert!(parsed.verify_crc().is_ok());
        assert_eq!((parsed.header.producer_id, parsed.header.base_sequence), (ProducerId::new(7), 40));
        assert_eq!(parsed.records(1_000).unwrap().count(), 3);
    }

    #[tokio::test]
    async fn every_record_hears_where_it_is() {
        let (batch, deliveries) = batch(1, 3, None);
        batch.succeed(Some(Offset::new(10)), None);
        for (delivery, index) in deliveries.into_iter().zip(0..) {
            let delivered = delivery.await.unwrap();
            assert_eq!(delivered.offset, Some(Offset::new(10 + index)));
            assert_eq!(delivered.timestamp, Timestamp::new(1_000 + index));
        }
    }

    #[tokio::test]
    async fn halves_keep_records_order_and_sequence_numbers() {
        let (batch, deliveries) = batch(1, 5, Some(stamp(40)));
        let [first, second] = batch.split(Compressor::default(), 1_000).unwrap();
        let values = |batch: &super::Batch| {
            let records = RecordBatch::parse(batch.bytes.clone()).unwrap().records(1_000).unwrap();
            records.map(|record| record.unwrap().value.unwrap()[0]).collect::<Vec<_>>()
        };
        assert_eq!((values(&first), values(&second)), (vec![0, 1], vec![2, 3, 4]));
        assert_eq!((first.stamp, second.stamp), (Some(stamp(40)), Some(stamp(42))));
        assert_eq!((first.first_record, second.first_record), (0, 2));
        first.succeed(Some(Offset::ZERO), None);
        second.succeed(Some(Offset::new(2)), None);
        for (delivery, index) in deliveries.into_iter().zip(0..) {
            assert_eq!(delivery.await.unwrap().offset, Some(Offset::new(index)));
        }
    }

    #[tokio::test]
    async fn a_single_record_cannot_be_halved() {
        let (batch, mut deliveries) = batch(1, 1, None);
        assert!(batch.split(Compressor::default(), 1_000).is_none());
        let error = deliveries.remove(0).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::MessageTooLarge));
    }
}
