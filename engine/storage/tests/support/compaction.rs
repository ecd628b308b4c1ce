//! Keyed logs, and compacting them.

use super::{NOW, batches, read_to_end};
use bytes::Bytes;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{Batch, BatchBuilder, Compression, Record};
use ottla_storage::{Compacted, CompactionError, Compactor, CompactorSettings, LogConfig, Pace, PartitionLog};
use std::hash::RandomState;
use std::ops::ControlFlow;
use std::sync::Mutex;

/// Never waits.
pub struct AtOnce;

impl Pace for AtOnce {
    fn moved(&mut self, _bytes: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

pub fn config() -> LogConfig {
    LogConfig {
        compact: true,
        delete: false,
        index_interval_bytes: 0,
        timestamp_after_max_ms: i64::MAX,
        delete_retention_ms: 1000,
        ..LogConfig::kafka_defaults()
    }
}

pub fn compactor_with(table_bytes: usize) -> Compactor {
    Compactor::new(CompactorSettings {
        table_bytes,
        table_load_factor: 0.9,
        buffer_bytes: 512,
        hashers: [RandomState::new(), RandomState::new()],
    })
}

pub fn compact(log: &Mutex<PartitionLog>, now: Timestamp) -> Result<Option<Compacted>, CompactionError> {
    compactor_with(1 << 20).compact(log, now, &mut AtOnce)
}

pub type KeyValue<'a> = (&'a str, Option<&'a str>);

/// Records of these keys and values.
pub fn keyed(records: &[KeyValue<'_>]) -> Bytes {
    build(builder(Compression::None), records)
}
pub fn builder(compression: Compression) -> BatchBuilder {
    BatchBuilder::new(Offset::ZERO, compression)
}
pub fn of_producer(id: i64, sequence: i32, records: &[KeyValue<'_>]) -> Bytes {
    build(builder(Compression::None).producer(ProducerId::new(id), ProducerEpoch::new(0), sequence), records)
}
pub fn in_transaction(id: i64, sequence: i32, records: &[KeyValue<'_>]) -> Bytes {
    let builder = builder(Compression::None).transactional(true);
    build(builder.producer(ProducerId::new(id), ProducerEpoch::new(0), sequence), records)
}
pub fn build(mut builder: BatchBuilder, records: &[KeyValue<'_>]) -> Bytes {
    for (number, (key, value)) in (0..).zip(records) {
        let timestamp = NOW.plus_milliseconds(number);
        builder.append(timestamp, Some(key.as_bytes()), value.map(str::as_bytes), &[]).unwrap();
    }
    builder.build().unwrap()
}

pub fn batches_of(log: &Mutex<PartitionLog>) -> Vec<Batch> {
    let reader = log.lock().unwrap().reader();
    read_to_end(&reader, reader.log_start_offset()).iter().flat_map(|read| batches::of(&read.records)).collect()
}

/// All records but control records: offset, key, value.
pub fn contents(log: &Mutex<PartitionLog>) -> Vec<(i64, String, Option<String>)> {
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    batches_of(log)
        .iter()
        .filter(|batch| !batch.header.attributes.is_control())
        .flat_map(|batch| batch.records(1 << 24).unwrap())
        .map(Result::unwrap)
        .map(|Record { offset, key, value, .. }| {
            (offset.value(), key.as_ref().map_or("(none)".to_owned(), text), value.as_ref().map(text))
        })
        .collect()
}
/// The same, as one word each: `3:key=value`, `4:key` for a tombstone.
pub fn words(log: &Mutex<PartitionLog>) -> Vec<String> {
    contents(log)
        .into_iter()
        .map(|(offset, key, value)| match value {
            Some(value) => format!("{offset}:{key}={value}"),
            None => format!("{offset}:{key}"),
        })
        .collect()
}
