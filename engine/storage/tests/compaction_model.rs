//! Logs at random, compacted again and again, against a list of records that does what compaction is to do.

mod support;

use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{Compression, TransactionOutcome};
use ottla_storage::{ActiveProducer, AppendOrigin, Disk, LeaderAppend, LogConfig, PartitionLog, ReadRequest};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use support::compaction::{AtOnce, batches_of, builder, compactor_with, config, contents};
use support::simulated_disk::{Dice, SimulatedDisk};
use support::{EPOCH, NOW, batches, begin, cases, everything_from, to_open};

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
const RETENTION_MS: i64 = 1000;

#[derive(Debug, Clone)]
struct Record {
    offset: i64,
    key: String,
    value: Option<String>,
    /// First offset of its batch.
    batch: i64,
    /// Whose transaction it is in, until that is decided.
    open: Option<i64>,
    is_aborted: bool,
}

/// What the log holds, as compaction should leave it.
#[derive(Debug, Default)]
struct Model {
    records: Vec<Record>,
    /// Delete horizons of batches that have one.
    horizons: BTreeMap<i64, Timestamp>,
    cleaned_to: i64,
}

impl Model {
    fn decide(&mut self, producer: i64, is_aborted: bool) {
        for record in self.records.iter_mut().filter(|record| record.open == Some(producer)) {
            (record.open, record.is_aborted) = (None, is_aborted);
        }
    }

    fn compact(&mut self, to: i64, now: Timestamp) {
        let mut last = BTreeMap::new();
        for record in self.records.iter().filter(|record| !record.is_aborted && record.offset < to) {
            if record.offset >= self.cleaned_to {
                last.insert(record.key.clone(), record.offset);
            }
        }
        let horizons = &self.horizons;
        self.records.retain(|record| {
            let is_last = last.get(&record.key).is_none_or(|last| record.offset >= *last);
            let stays = record.value.is_some() || horizons.get(&record.batch).is_none_or(|horizon| now < *horizon);
            record.offset >= to || !record.is_aborted && is_last && stays
        });
        let tombstones = self.records.iter().filter(|record| record.offset < to && record.value.is_none());
        for record in tombstones {
            self.horizons.entry(record.batch).or_insert(now.plus_milliseconds(RETENTION_MS));
        }
        self.cleaned_to = to;
    }

    fn contents(&self) -> Vec<(i64, String, Option<String>)> {
        self.records.iter().map(|record| (record.offset, record.key.clone(), record.value.clone())).collect()
    }
    /// What a consumer that reads committed records knows in the end.
    fn latest(&self) -> BTreeMap<String, String> {
        let mut latest = BTreeMap::new();
        for record in self.records.iter().filter(|record| !record.is_aborted) {
            enter(&mut latest, record.key.clone(), record.value.clone());
        }
        latest
    }
}

fn enter(latest: &mut BTreeMap<String, String>, key: String, value: Option<String>) {
    match value {
        Some(value) => drop(latest.insert(key, value)),
        None => drop(latest.remove(&key)),
    }
}

struct Run {
    disk: Arc<SimulatedDisk>,
    log: Mutex<PartitionLog>,
    model: Model,
    dice: Dice,
    now: Timestamp,
    sequences: BTreeMap<i64, i32>,
    open: BTreeSet<i64>,
    values: u32,
}

impl Run {
    fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::default();
        disk.create_directory(Path::new("/data")).unwrap();
        let disk = Arc::new(disk);
        let mut dice = Dice::new(seed);
        let config = LogConfig {
            segment_bytes: [400, 1000, 1 << 20][dice.throw(3)],
            index_interval_bytes: [0, 100, 4096][dice.throw(3)],
            delete_retention_ms: RETENTION_MS,
            ..config()
        };
        let log = Mutex::new(begin(disk.clone(), Path::new("/data"), &config));
        Self {
            disk,
            log,
            model: Model::default(),
            dice,
            now: NOW,
            sequences: BTreeMap::new(),
            open: BTreeSet::new(),
            values: 0,
        }
    }

    fn append(&mut self) {
        let producer = [None, None, Some(1), Some(2), Some(3), Some(4)][self.dice.throw(6)];
        // The first two write transactions, the others do not.
        let in_transaction = producer.is_some_and(|producer| producer <= 2);
        let count = 1 + self.dice.throw(4);
        let mut builder = builder(CODECS[self.dice.throw(CODECS.len())]).transactional(in_transaction);
        if let Some(producer) = producer {
            let sequence = self.sequences.entry(producer).or_insert(0);
            builder = builder.producer(ProducerId::new(producer), ProducerEpoch::new(0), *sequence);
            *sequence += count as i32;
        }
        let mut records = Vec::new();
        for _ in 0..count {
            let key = format!("key-{}", self.dice.throw(12));
            self.values += 1;
            let value =
                (self.dice.throw(4) > 0).then(|| format!("{}-{}", self.values, "x".repeat(self.dice.throw(40))));
            builder.append(self.now, Some(key.as_bytes()), value.as_deref().map(str::as_bytes), &[]).unwrap();
            records.push((key, value));
        }
        let mut log = self.log.lock().unwrap();
        let append = LeaderAppend::from_client(EPOCH, self.now);
        let base = log.append_as_leader(builder.build().unwrap(), &append).unwrap().base_offset.value();
        let end = log.log_end_offset();
        log.set_high_watermark(end);
        self.open.extend(producer.filter(|_| in_transaction));
        let open = producer.filter(|_| in_transaction);
        self.model.records.extend((base..).zip(records).map(|(offset, (key, value))| Record {
            offset,
            key,
            value,
            batch: base,
            open,
            is_aborted: false,
        }));
    }

    fn end_transaction(&mut self) {
        let Some(producer) = self.open.pop_first() else { return };
        let is_aborted = self.dice.throw(2) == 0;
        let outcome = if is_aborted { TransactionOutcome::Abort } else { TransactionOutcome::Commit };
        let append = LeaderAppend { origin: AppendOrigin::Coordinator, ..LeaderAppend::from_client(EPOCH, self.now) };
        let mut log = self.log.lock().unwrap();
        log.append_as_leader(batches::marker(producer, 0, outcome), &append).unwrap();
        let end = log.log_end_offset();
        log.set_high_watermark(end);
        self.model.decide(producer, is_aborted);
    }

    fn compact(&mut self) {
        let before = self.producers();
        if let Some(compacted) = compactor_with(1 << 16).compact(&self.log, self.now, &mut AtOnce).unwrap() {
            self.model.compact(compacted.to.value(), self.now);
            assert_eq!(self.log.lock().unwrap().cleaned_to(), Some(compacted.to));
        }
        assert_eq!(self.producers(), before);
    }

    /// Kills the process and opens the log again, perhaps without what the producers' snapshots say.
    fn restart(&mut self) {
        let before = self.producers();
        let disk = self.disk.after_kill();
        let directory = Path::new("/data/topic-3");
        if self.dice.throw(2) == 0 {
            for name in disk.names(directory).iter().filter(|name| name.ends_with(".snapshot")) {
                disk.remove_file(&directory.join(name)).unwrap();
            }
        }
        let (config, cleaned_to, end) = {
            let log = self.log.lock().unwrap();
            (Arc::clone(log.config()), log.cleaned_to(), log.log_end_offset())
        };
        let open = ottla_storage::OpenLog { cleaned_to, ..to_open(disk.clone(), Path::new("/data"), &config) };
        let (mut log, report) = PartitionLog::open(open).unwrap();
        assert_eq!(report.tail_cut, None);
        assert_eq!(log.log_end_offset(), end);
        log.set_high_watermark(end);
        (self.disk, self.log) = (disk, Mutex::new(log));
        assert_eq!(self.producers(), before, "sequences go on, and transactions");
    }

    /// What of producers must outlive compaction; a marker that has gone takes with it when and by whom it was written.
    fn producers(&self) -> Vec<ActiveProducer> {
        let facts = |producer| ActiveProducer { last_timestamp: NOW, coordinator_epoch: None, ..producer };
        self.log.lock().unwrap().active_producers().into_iter().map(facts).collect()
    }

    fn check(&self) {
        assert_eq!(contents(&self.log), self.model.contents());
        let batches = batches_of(&self.log);
        assert!(batches.is_sorted_by(|a, b| a.header.last_offset() < b.header.base_offset));
        for batch in &batches {
            let expected = self.model.horizons.get(&batch.header.base_offset.value()).copied();
            if !batch.header.attributes.is_control() && batch.header.record_count > 0 {
                assert_eq!(batch.header.delete_horizon(), expected);
            }
        }
        assert_eq!(self.read_committed(), self.model.latest());
        // Each record is found by its offset.
        let reader = self.log.lock().unwrap().reader();
        for (offset, ..) in self.model.contents() {
            let read = reader.read(&everything_from(&reader, Offset::new(offset))).unwrap();
            let last = batches::of(&read.records)[0].header.last_offset();
            assert!(read.first_batch_offset.unwrap().value() <= offset && last.value() >= offset);
        }
    }

    /// As a consumer does it: it is told which transactions were aborted, and where each ends it sees in the markers.
    fn read_committed(&self) -> BTreeMap<String, String> {
        let reader = self.log.lock().unwrap().reader();
        let (mut latest, mut next) = (BTreeMap::new(), reader.log_start_offset());
        while next < reader.last_stable_offset() {
            let request = ReadRequest {
                upper_bound: reader.last_stable_offset(),
                aborted_transactions: true,
                max_bytes: 700,
                ..everything_from(&reader, next)
            };
            let read = reader.read(&request).unwrap();
            let mut to_come: Vec<_> = read.aborted_transactions.clone();
            let mut aborted = BTreeSet::new();
            let whole = batches::of_whole(&read.records);
            let Some(last) = whole.last() else { break };
            next = last.header.next_offset();
            for batch in &whole {
                let id = batch.header.producer_id;
                to_come.retain(|transaction| {
                    let begins = transaction.first_offset <= batch.header.last_offset();
                    if begins {
                        aborted.insert(transaction.producer_id);
                    }
                    !begins
                });
                if batch.header.attributes.is_control() {
                    aborted.remove(&id);
                } else if !(batch.header.attributes.is_transactional() && aborted.contains(&id)) {
                    for record in batch.records(1 << 24).unwrap() {
                        let record = record.unwrap();
                        let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap();
                        enter(&mut latest, text(record.key.unwrap()), record.value.map(text));
                    }
                }
            }
        }
        latest
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(15), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_compacted_log_holds_what_the_model_says(seed in any::<u64>()) {
        let mut run = Run::new(seed);
        for _ in 0..120 {
            match run.dice.throw(16) {
                0..=8 => run.append(),
                9..=11 => run.end_transaction(),
                12 => run.log.lock().unwrap().roll(run.now).unwrap(),
                13 | 14 => run.compact(),
                _ => run.restart(),
            }
            run.now = run.now.plus_milliseconds(run.dice.throw(120) as i64);
        }
        while !run.open.is_empty() {
            run.end_transaction();
        }
        run.check();
        run.log.lock().unwrap().roll(run.now).unwrap();
        run.compact();
        run.check();
        run.restart();
        run.check();
    }
}
