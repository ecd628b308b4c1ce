//! Random histories of a log against a model of it: what was appended can be read, what was flushed survives power cuts,
//! and whatever survives is a beginning of what was written.

mod support;

use ottla_model::{Offset, Timestamp};
use ottla_records::{BatchBuilder, Compression};
use ottla_storage::{
    AppendError, Disk, FlushScope, LeaderAppend, LogConfig, LogReader, OpenLog, PartitionLog, ReadRequest,
};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use support::simulated_disk::{Dice, Faults, SimulatedDisk};
use support::{EPOCH, NOW, batches, to_open};

/// What happens to a log. Fractions are of 256: of what there is at that moment.
#[derive(Debug, Clone)]
enum Step {
    Append { records: u8, value_size: u8, compression: u8, timestamp: i16 },
    AppendFromProducer { producer: u8, records: u8 },
    AppendAgain { producer: u8 },
    AppendToFullDisk { room: u8 },
    Flush(FlushScope),
    Roll,
    TruncateTo { fraction: u8 },
    TruncateFully { ahead: u8 },
    DeleteRecordsBefore { fraction: u8 },
    DeleteOldSegments,
    RaiseHighWatermark { fraction: u8 },
    Read { from: u8, upper: u8, max_bytes: u16, whole_first_batch: bool },
    FindTimestamp { timestamp: i16 },
    ReleaseMemory,
    RestartClean,
    Kill,
    PowerCut { seed: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (1_u8..6, any::<u8>(), 0_u8..5, any::<i16>()).prop_map(|(records, value_size, compression, timestamp)| {
            Step::Append { records, value_size, compression, timestamp }
        }),
        6 => (0_u8..3, 1_u8..4).prop_map(|(producer, records)| Step::AppendFromProducer { producer, records }),
        3 => (0_u8..3).prop_map(|producer| Step::AppendAgain { producer }),
        1 => any::<u8>().prop_map(|room| Step::AppendToFullDisk { room }),
        1 => Just(Step::Flush(FlushScope::Records)),
        1 => Just(Step::Flush(FlushScope::InactiveSegments)),
        1 => Just(Step::Flush(FlushScope::Everything)),
        1 => Just(Step::Roll),
        1 => any::<u8>().prop_map(|fraction| Step::TruncateTo { fraction }),
        1 => any::<u8>().prop_map(|ahead| Step::TruncateFully { ahead }),
        1 => any::<u8>().prop_map(|fraction| Step::DeleteRecordsBefore { fraction }),
        1 => Just(Step::DeleteOldSegments),
        2 => any::<u8>().prop_map(|fraction| Step::RaiseHighWatermark { fraction }),
        4 => (any::<u8>(), any::<u8>(), any::<u16>(), any::<bool>()).prop_map(
            |(from, upper, max_bytes, whole_first_batch)| Step::Read { from, upper, max_bytes, whole_first_batch }),
        3 => any::<i16>().prop_map(|timestamp| Step::FindTimestamp { timestamp }),
        1 => Just(Step::ReleaseMemory),
        1 => Just(Step::RestartClean),
        1 => Just(Step::Kill),
        2 => any::<u64>().prop_map(|seed| Step::PowerCut { seed }),
    ]
}

fn any_config() -> impl Strategy<Value = LogConfig> {
    (200_u32..4000, 16_u32..600, 24_u32..200, prop::option::of(0_u64..4000)).prop_map(
        |(segment_bytes, index_interval_bytes, segment_index_bytes, retention_bytes)| LogConfig {
            // Large enough for the largest batch that a step appends.
            segment_bytes: segment_bytes + 2500,
            index_interval_bytes,
            segment_index_bytes,
            retention_bytes,
            retention_ms: None,
            ..LogConfig::kafka_defaults()
        },
    )
}

#[derive(Debug, Clone, PartialEq)]
struct ModelRecord {
    offset: i64,
    timestamp: i64,
    value: String,
}

#[derive(Debug, Clone, Default)]
struct ModelProducer {
    next_sequence: i32,
    /// The last batch: its sequence number, its size, and where it went.
    last: Option<(i32, u8, i64)>,
}

/// The log and what it should be.
struct Pair {
    disk: Arc<SimulatedDisk>,
    config: LogConfig,
    log: PartitionLog,
    /// Everything that was appended and not truncated, what has been deleted at the front included.
    records: Vec<ModelRecord>,
    producers: [ModelProducer; 3],
    log_end_offset: i64,
    /// The base offsets of all batches.
    batch_starts: Vec<i64>,
    /// Below this, nothing may be lost.
    durable: i64,
    /// What the broker has checkpointed.
    checkpointed: (Offset, Offset),
    written: u32,
}

const DIRECTORY: &str = "/data";

impl Pair {
    fn new(config: LogConfig) -> Self {
        let disk = Arc::new(SimulatedDisk::default());
        disk.create_directory(Path::new(DIRECTORY)).unwrap();
        disk.sync_directory(Path::new("/")).unwrap();
        let (log, report) = PartitionLog::open(to_open(disk.clone(), Path::new(DIRECTORY), &config)).unwrap();
        assert!(report.is_clean());
        Self {
            disk,
            config,
            log,
            records: Vec::new(),
            producers: Default::default(),
            log_end_offset: 0,
            batch_starts: Vec::new(),
            durable: 0,
            checkpointed: (Offset::ZERO, Offset::ZERO),
            written: 0,
        }
    }

    fn fraction_of_log(&self, fraction: u8) -> i64 {
        let start = self.log.log_start_offset().value();
        start + (self.log_end_offset - start) * i64::from(fraction) / 255
    }

    fn new_records(&mut self, count: u8, value_size: u8, timestamp: i64) -> Vec<(i64, String)> {
        (0..count)
            .map(|i| {
                self.written += 1;
                let padding = "x".repeat(usize::from(value_size));
                // Timestamps of a batch go up and down.
                (timestamp + i64::from(i * 37 % 5), format!("{}-{padding}", self.written))
            })
            .collect()
    }

    fn append(&mut self, builder: BatchBuilder, records: &[(i64, String)]) -> Result<(), AppendError> {
        let slices: Vec<(i64, &str)> = records.iter().map(|(timestamp, value)| (*timestamp, value.as_str())).collect();
        let append = LeaderAppend::from_client(EPOCH, NOW);
        let appended = self.log.append_as_leader(batches::build(builder, &slices), &append)?;
        assert!(!appended.duplicate);
        assert_eq!(appended.base_offset.value(), self.log_end_offset);
        self.batch_starts.push(self.log_end_offset);
        for (timestamp, value) in records {
            let record = ModelRecord { offset: self.log_end_offset, timestamp: *timestamp, value: value.clone() };
            self.records.push(record);
            self.log_end_offset += 1;
        }
        assert_eq!(appended.last_offset.value(), self.log_end_offset - 1);
        Ok(())
    }

    fn producer_batch(producer: u8, sequence: i32) -> BatchBuilder {
        BatchBuilder::new(Offset::ZERO, Compression::None).producer(
            ottla_model::ProducerId::new(i64::from(producer)),
            ottla_model::ProducerEpoch::new(0),
            sequence,
        )
    }

    fn forget_beyond(&mut self, end: i64) {
        self.records.retain(|record| record.offset < end);
        self.batch_starts.retain(|&start| start < end);
        self.forget_producers_beyond(end);
    }

    /// What a producer has sent and what is no longer there makes room for the same sequence numbers.
    fn forget_producers_beyond(&mut self, end: i64) {
        for producer in &mut self.producers {
            if producer.last.is_some_and(|(_, size, offset)| offset + i64::from(size) > end) {
                // The window of batches is not modelled: this producer begins anew under another name, as it were.
                *producer = ModelProducer { next_sequence: -1, last: None };
            }
        }
    }

    fn checkpoint(&mut self) {
        self.checkpointed =
            (self.log.recovery_point(), self.log.log_start_offset_to_checkpoint().unwrap_or(Offset::ZERO));
    }

    fn reopen(&mut self, disk: Arc<SimulatedDisk>, clean_shutdown: bool) -> ottla_storage::RecoveryReport {
        let (recovery_point, log_start_offset) = self.checkpointed;
        let open = to_open(disk.clone(), Path::new(DIRECTORY), &self.config);
        let opened = PartitionLog::open(OpenLog { recovery_point, log_start_offset, clean_shutdown, ..open });
        let (log, report) = opened.unwrap();
        (self.disk, self.log) = (disk, log);
        self.log.set_high_watermark(self.log.log_end_offset());
        report
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Append { records, value_size, compression, timestamp } => {
                let compression = Compression::ALL[usize::from(compression)];
                let records = self.new_records(records, value_size, NOW.value() + i64::from(timestamp));
                self.append(BatchBuilder::new(Offset::ZERO, compression), &records).unwrap();
            }
            Step::AppendFromProducer { producer, records } => {
                let sequence = self.producers[usize::from(producer)].next_sequence;
                if sequence < 0 {
                    return;
                }
                let (offset, size) = (self.log_end_offset, records);
                let records = self.new_records(records, 3, NOW.value());
                self.append(Self::producer_batch(producer, sequence), &records).unwrap();
                let producer = &mut self.producers[usize::from(producer)];
                producer.next_sequence += i32::from(size);
                producer.last = Some((sequence, size, offset));
            }
            Step::AppendAgain { producer } => self.append_again(producer),
            Step::AppendToFullDisk { room } => {
                let records = self.new_records(3, 200, NOW.value());
                self.disk.set_faults(Faults { room: Some(usize::from(room)), ..Faults::default() });
                let refused = self.append(BatchBuilder::new(Offset::ZERO, Compression::None), &records);
                self.disk.set_faults(Faults::default());
                match refused {
                    Err(AppendError::Storage(error)) => assert!(error.is_out_of_space(), "{error}"),
                    other => panic!("{other:?}"),
                }
            }
            Step::Flush(scope) => {
                let synced = self.log.begin_flush(scope).unwrap().sync();
                self.durable = self.log.complete_flush(synced, NOW).unwrap().value();
                self.checkpoint();
            }
            Step::Roll => self.log.roll(NOW).unwrap(),
            Step::TruncateTo { fraction } => {
                // Where a batch begins, as leaders and followers do it.
                let offset = self.fraction_of_log(fraction);
                let offset = self.batch_starts.iter().copied().filter(|&start| start <= offset).max().unwrap_or(offset);
                self.log.truncate_to(Offset::new(offset), NOW).unwrap();
                self.truncated_to(offset);
            }
            Step::TruncateFully { ahead } => {
                let offset = self.log_end_offset + i64::from(ahead % 8);
                self.log.truncate_fully_and_start_at(Offset::new(offset), None, NOW).unwrap();
                self.records.clear();
                self.batch_starts.clear();
                (self.log_end_offset, self.durable) = (offset, offset);
                self.producers = Default::default();
                self.checkpoint();
            }
            Step::DeleteRecordsBefore { fraction } => {
                let offset = Offset::new(self.fraction_of_log(fraction));
                let is_possible = offset <= self.log.high_watermark();
                assert_eq!(self.log.delete_records_before(offset).is_ok(), is_possible);
                self.checkpoint();
            }
            Step::DeleteOldSegments => {
                self.log.delete_old_segments(NOW).unwrap();
                self.log.remove_due_files(NOW).unwrap();
                self.checkpoint();
            }
            Step::RaiseHighWatermark { fraction } => {
                let offset = Offset::new(self.fraction_of_log(fraction));
                let before = self.log.high_watermark();
                assert_eq!(self.log.raise_high_watermark(offset), (offset > before).then_some(offset));
            }
            Step::Read { from, upper, max_bytes, whole_first_batch } => {
                self.read(from, upper, u32::from(max_bytes), whole_first_batch);
            }
            Step::FindTimestamp { timestamp } => self.find_timestamp(NOW.value() + i64::from(timestamp)),
            Step::ReleaseMemory => self.log.release_idle_memory(),
            Step::RestartClean => self.restart_clean(),
            Step::Kill => {
                let report = self.reopen(self.disk.after_kill(), false);
                assert_eq!(report.tail_cut, None, "whoever is killed leaves whole batches");
                assert_eq!(self.log.log_end_offset().value(), self.log_end_offset);
            }
            Step::PowerCut { seed } => self.power_cut(seed),
        }
        self.check_offsets();
    }

    fn append_again(&mut self, producer: u8) {
        let Some((sequence, size, offset)) = self.producers[usize::from(producer)].last else { return };
        if offset < self.log.log_start_offset().value() {
            return; // What is deleted may be forgotten.
        }
        let records = self.new_records(size, 3, NOW.value());
        let slices: Vec<(i64, &str)> = records.iter().map(|(timestamp, value)| (*timestamp, value.as_str())).collect();
        let batch = batches::build(Self::producer_batch(producer, sequence), &slices);
        let appended = self.log.append_as_leader(batch, &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
        assert!(appended.duplicate, "sequence {sequence} of producer {producer} is at {offset}");
        assert_eq!(appended.base_offset.value(), offset);
        assert_eq!(appended.last_offset.value(), offset + i64::from(size) - 1);
    }

    fn truncated_to(&mut self, offset: i64) {
        self.log_end_offset = self.log_end_offset.min(offset);
        self.durable = self.durable.min(offset);
        self.forget_beyond(offset);
        // As the broker must, before anything else is appended.
        self.checkpoint();
    }

    fn restart_clean(&mut self) {
        let config = self.config.clone();
        let fresh = to_open(self.disk.clone(), Path::new("/other"), &config);
        let log = std::mem::replace(&mut self.log, PartitionLog::open(fresh).unwrap().0);
        let start = log.log_start_offset_to_checkpoint().unwrap_or(Offset::ZERO);
        let recovery_point = log.close(NOW).unwrap();
        assert_eq!(recovery_point.value(), self.log_end_offset);
        self.checkpointed = (recovery_point, start);
        self.durable = self.log_end_offset;
        // What a clean shutdown leaves must survive a power cut, too.
        let report = self.reopen(self.disk.after_crash(&mut Dice::new(1)), true);
        assert_eq!(report.tail_cut, None);
        assert!(report.scanned_segments.is_empty() && report.rebuilt_indexes.is_empty(), "{report:?}");
        assert_eq!(self.log.log_end_offset().value(), self.log_end_offset);
    }

    fn power_cut(&mut self, seed: u64) {
        self.reopen(self.disk.after_crash(&mut Dice::new(seed)), false);
        let end = self.log.log_end_offset().value();
        assert!(end >= self.durable, "{} was flushed, {end} is left", self.durable);
        assert!(end <= self.log_end_offset);
        self.log_end_offset = end;
        self.durable = self.log.recovery_point().value();
        self.forget_beyond(end);
    }

    fn check_offsets(&self) {
        let reader = self.log.reader();
        let (start, end) = (reader.log_start_offset(), reader.log_end_offset());
        assert_eq!(end.value(), self.log_end_offset);
        assert!(start <= reader.last_stable_offset(), "{start} {reader:?}");
        assert!(reader.last_stable_offset() <= reader.high_watermark());
        assert!(reader.high_watermark() <= end);
        assert!(self.log.recovery_point() <= end);
    }

    fn in_log(&self) -> impl Iterator<Item = &ModelRecord> {
        let start = self.log.log_start_offset().value();
        self.records.iter().filter(move |record| record.offset >= start)
    }

    fn check_all(&self) {
        let reader = self.log.reader();
        let start = self.log.log_start_offset();
        let read: Vec<ModelRecord> = support::read_to_end(&reader, start)
            .iter()
            .flat_map(|read| model_records(&read.records))
            .filter(|record| record.offset >= start.value())
            .collect();
        assert_eq!(read, self.in_log().cloned().collect::<Vec<_>>());
    }

    fn read(&self, from: u8, upper: u8, max_bytes: u32, whole_first_batch: bool) {
        let reader = self.log.reader();
        let start_offset = Offset::new(self.fraction_of_log(from));
        let upper_bound = Offset::new(self.fraction_of_log(upper));
        let read = reader
            .read(&ReadRequest { start_offset, max_bytes, upper_bound, whole_first_batch, aborted_transactions: true })
            .unwrap();
        assert!(read.aborted_transactions.is_empty());
        let bytes = read.records.len();
        let batches = batches::of(&read.records);
        let first_size = batches.first().map_or(0, |batch| batch.size_in_bytes());
        assert!(bytes <= max_bytes as usize || whole_first_batch && bytes == first_size);
        assert!(batches.iter().all(|batch| batch.header.last_offset() < upper_bound));
        let records: Vec<ModelRecord> = model_records(&read.records);
        let first = records.first().map_or(start_offset.value(), |record| record.offset);
        let expected: Vec<ModelRecord> =
            self.records.iter().filter(|record| record.offset >= first).take(records.len()).cloned().collect();
        assert_eq!(records, expected);
        if let Some(last_of_first) = batches.first().map(|batch| batch.header.last_offset()) {
            assert!(last_of_first >= start_offset, "the first batch holds the offset");
        }
        self.check_bytes_between(&reader, start_offset, upper_bound);
    }

    fn check_bytes_between(&self, reader: &LogReader, start_offset: Offset, upper_bound: Offset) {
        let mut expected = 0;
        let mut next = start_offset;
        while next < upper_bound {
            let request = ReadRequest { upper_bound, ..support::everything_from(reader, next) };
            let read = reader.read(&request).unwrap();
            let Some(last) = batches::of(&read.records).last().map(|batch| batch.header.last_offset()) else { break };
            expected += read.records.len() as u64;
            next = last.next();
        }
        assert_eq!(reader.bytes_between(start_offset, upper_bound).unwrap(), expected);
    }

    fn find_timestamp(&self, timestamp: i64) {
        let reader = self.log.reader();
        let found = reader.offset_for_timestamp(Timestamp::new(timestamp)).unwrap();
        let expected = self.in_log().find(|record| record.timestamp >= timestamp);
        assert_eq!(
            found.map(|found| (found.offset.value(), found.timestamp.value())),
            expected.map(|record| (record.offset, record.timestamp))
        );
        let largest = reader.offset_of_max_timestamp().unwrap();
        let in_log: Vec<_> = self.in_log().collect();
        let expected = in_log.iter().rev().max_by_key(|record| record.timestamp);
        assert_eq!(
            largest.map(|found| (found.offset.value(), found.timestamp.value())),
            expected.map(|record| (record.offset, record.timestamp))
        );
    }
}

fn model_records(records: &ottla_records::Records) -> Vec<ModelRecord> {
    batches::records_of(records)
        .into_iter()
        .map(|record| ModelRecord {
            offset: record.offset.value(),
            timestamp: record.timestamp.value(),
            value: String::from_utf8(record.value.unwrap().to_vec()).unwrap(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: support::cases(256), max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_is_what_was_appended_to_it(config in any_config(), steps in prop::collection::vec(any_step(), 1..60)) {
        let mut pair = Pair::new(config);
        for step in &steps {
            pair.step(step);
        }
        pair.check_all();
    }
}
