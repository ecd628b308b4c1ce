//! Batches as producers send them, and what is in batches that were read.

use bytes::Bytes;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{Batch, BatchBuilder, BatchHeader, Compression, EndTransactionMarker, Record, Records, batches};
use ottla_records::{TransactionOutcome, end_transaction_marker};

/// Records with these timestamps and values, and no key.
pub fn plain(records: &[(i64, &str)]) -> Bytes {
    build(BatchBuilder::new(Offset::ZERO, Compression::None), records)
}
pub fn compressed(compression: Compression, records: &[(i64, &str)]) -> Bytes {
    build(BatchBuilder::new(Offset::ZERO, compression), records)
}
pub fn build(mut builder: BatchBuilder, records: &[(i64, &str)]) -> Bytes {
    for (timestamp, value) in records {
        builder.append(Timestamp::new(*timestamp), None, Some(value.as_bytes()), &[]).unwrap();
    }
    builder.build().unwrap()
}
/// From an idempotent producer.
pub fn idempotent(id: i64, epoch: i16, sequence: i32, records: &[(i64, &str)]) -> Bytes {
    let builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    build(builder.producer(ProducerId::new(id), ProducerEpoch::new(epoch), sequence), records)
}
pub fn transactional(id: i64, epoch: i16, sequence: i32, records: &[(i64, &str)]) -> Bytes {
    let builder = BatchBuilder::new(Offset::ZERO, Compression::None).transactional(true);
    build(builder.producer(ProducerId::new(id), ProducerEpoch::new(epoch), sequence), records)
}
pub fn marker(id: i64, epoch: i16, outcome: TransactionOutcome) -> Bytes {
    end_transaction_marker(
        Offset::ZERO,
        super::NOW,
        BatchHeader::NO_PARTITION_LEADER_EPOCH,
        ProducerId::new(id),
        ProducerEpoch::new(epoch),
        EndTransactionMarker { outcome, coordinator_epoch: 0 },
    )
    .unwrap()
}

/// The whole batches in what was read; the last may be cut.
pub fn of_whole(records: &Records) -> Vec<Batch> {
    batches(records.read_all().unwrap()).map(Result::unwrap).collect()
}
/// The whole batches in what was read, their CRCs checked.
pub fn of(records: &Records) -> Vec<Batch> {
    let whole: Vec<Batch> = batches(records.read_all().unwrap()).map(Result::unwrap).collect();
    for batch in &whole {
        batch.verify_crc().unwrap();
    }
    whole
}
pub fn records_of(records: &Records) -> Vec<Record> {
    of(records).iter().flat_map(|batch| batch.records(1 << 24).unwrap()).map(Result::unwrap).collect()
}
pub fn values_of(records: &Records) -> Vec<String> {
    records_of(records)
        .iter()
        .map(|record| String::from_utf8(record.value.as_deref().unwrap_or_default().to_vec()).unwrap())
        .collect()
}
