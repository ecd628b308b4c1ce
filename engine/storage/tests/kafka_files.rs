//! A directory that Apache Kafka 4.3.0 has written (`fixtures/`), read, rebuilt and written again, byte for byte.

mod support;

use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp, TopicPartition};
use ottla_records::Batch;
use ottla_storage::{
    CheckpointKind, CleanShutdown, ExpectedIdentity, LogConfig, LogDirectory, OpenFiles, OpenLog, PartitionDirectory,
    PartitionLog, ProducerStateConfig, RealDisk,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{batches, read_to_end};
use tempfile::TempDir;

/// Shortly after the records were written, so that no producer has expired.
const NOW: Timestamp = Timestamp::new(1_795_380_000_000);
const NEVER: ProducerStateConfig =
    ProducerStateConfig { expiration_ms: i64::MAX, transaction_max_timeout_ms: 15 * 60 * 1000 };

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 6000,
        index_interval_bytes: 200,
        retention_ms: None,
        timestamp_after_max_ms: i64::MAX,
        ..LogConfig::kafka_defaults()
    }
}
/// The internal topic has Kafka's own settings.
fn config_of(partition: &TopicPartition) -> LogConfig {
    if partition.topic.is_internal() {
        LogConfig { segment_bytes: 100 << 20, index_interval_bytes: 4096, ..config() }
    } else {
        config()
    }
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kafka-4.3.0")
}
fn copy_of_fixture() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_directory(&fixture(), copy.path());
    copy
}
fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
/// The files of a directory by name, those that the filter takes.
fn files(directory: &Path, take: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file() && take(entry.file_name().to_str().unwrap()))
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}
/// The content of a file to be compared: Kafka's producer snapshots have their entries, of 46 bytes each after 10 bytes
/// with a CRC, in the order of a hash table.
fn in_order(name: &str, content: &[u8]) -> Vec<Vec<u8>> {
    if !name.ends_with("snapshot") {
        return vec![content.to_vec()];
    }
    let (header, entries) = content.split_at(10);
    let mut entries: Vec<Vec<u8>> = entries.chunks(46).map(<[u8]>::to_vec).collect();
    entries.sort_unstable();
    [vec![header[..2].to_vec(), header[6..].to_vec()], entries].concat()
}
fn is_derived(name: &str) -> bool {
    ["index", "snapshot"].iter().any(|end| name.ends_with(end)) || name == "leader-epoch-checkpoint"
}

fn open(directory: &Path) -> LogDirectory {
    let identity = ExpectedIdentity { cluster_id: None, node_id: BrokerId::new(1) };
    LogDirectory::open(Arc::new(RealDisk), directory, &identity, Arc::new(OpenFiles::new(8))).unwrap()
}
fn data_partitions(directory: &LogDirectory) -> Vec<PartitionDirectory> {
    let partitions = directory.partitions().unwrap();
    partitions
        .into_iter()
        .filter(|partition| partition.topic_partition.topic.as_str() != "__cluster_metadata")
        .collect()
}
fn load(directory: &LogDirectory, topic: &str) -> PartitionLog {
    let partitions = data_partitions(directory);
    let partition = partitions.iter().find(|partition| partition.topic_partition.topic.as_str() == topic).unwrap();
    directory.load(partition, config_of(&partition.topic_partition), NEVER, NOW).unwrap().0
}
fn batches_of(log: &PartitionLog) -> Vec<Batch> {
    read_to_end(&log.reader(), log.log_start_offset()).iter().flat_map(|read| batches::of(&read.records)).collect()
}

#[test]
fn the_directory_is_understood() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    assert_eq!(directory.warnings(), [] as [&str; 0]);
    assert_eq!(directory.clean_shutdown(), Some(CleanShutdown { broker_epoch: Some(25) }));
    assert_eq!(directory.meta_properties().node_id, Some(BrokerId::new(1)));
    let recovery_points = directory.checkpoint(CheckpointKind::RecoveryPoint);
    assert_eq!(recovery_points, directory.checkpoint(CheckpointKind::HighWatermark));
    assert!(directory.checkpoint(CheckpointKind::Cleaner).is_empty());
    assert_eq!(directory.partitions().unwrap().len(), 7);
    for partition in data_partitions(&directory) {
        let name = &partition.topic_partition;
        assert!(directory.topic_id(&partition).unwrap().is_some());
        let (log, report) = directory.load(&partition, config_of(name), NEVER, NOW).unwrap();
        assert!(report.is_clean(), "{name}: {report:?}");
        assert_eq!(log.log_end_offset(), recovery_points[name], "{name}");
        assert_eq!(log.recovery_point(), log.log_end_offset());
        assert_eq!(log.reader().latest_epoch(), Some(LeaderEpoch::new(0)));
        let log_start_offset = directory.checkpoint(CheckpointKind::LogStartOffset).get(name).copied();
        assert_eq!(log.log_start_offset(), log_start_offset.unwrap_or(Offset::ZERO), "{name}");
        assert_eq!(log.log_start_offset_to_checkpoint(), log_start_offset);
    }
}

#[test]
fn opening_and_closing_changes_nothing() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    for partition in data_partitions(&directory) {
        let (log, _) = directory.load(&partition, config_of(&partition.topic_partition), NEVER, NOW).unwrap();
        log.close(NOW).unwrap();
        let original = fixture().join(partition.path.file_name().unwrap());
        assert_eq!(files(&partition.path, |_| true), files(&original, |_| true));
    }
    directory.mark_clean_shutdown(25).unwrap();
    let top = |path: &Path| files(path, |name| name != ".lock");
    assert_eq!(top(copy.path()), top(&fixture()));
}

#[test]
fn every_batch_of_every_codec_is_read() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    for (topic, codecs) in [("plain", 5), ("append-time", 5), ("recompressed", 1), ("deleted", 5)] {
        let log = load(&directory, topic);
        let batches = batches_of(&log);
        let found: BTreeSet<u8> =
            batches.iter().map(|batch| batch.header.attributes.compression().unwrap().id()).collect();
        assert_eq!(found.len(), codecs, "{topic}: {found:?}");
        let offsets: Vec<i64> = batches
            .iter()
            .flat_map(|batch| batch.records(1 << 20).unwrap())
            .map(|record| record.unwrap().offset.value())
            .collect();
        let first = batches[0].header.base_offset.value();
        assert!(first <= log.log_start_offset().value());
        assert_eq!(offsets, (first..log.log_end_offset().value()).collect::<Vec<_>>(), "{topic}");
    }
}

/// What Kafka wrote while it appended is what recovery makes of the batches alone.
#[test]
fn everything_but_the_batches_can_be_made_again_byte_for_byte() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    for partition in data_partitions(&directory) {
        let original = files(&partition.path, is_derived);
        for name in original.keys() {
            fs::remove_file(partition.path.join(name)).unwrap();
        }
        let log_start_offset = directory.checkpoint(CheckpointKind::LogStartOffset).get(&partition.topic_partition);
        let log_start_offset = log_start_offset.copied().unwrap_or(Offset::ZERO);
        let open = OpenLog { log_start_offset, ..to_open(&partition, &partition.path) };
        let (log, report) = PartitionLog::open(open).unwrap();
        assert_eq!(report.tail_cut, None);
        log.close(NOW).unwrap();
        let made = files(&partition.path, is_derived);
        assert_eq!(made.keys().collect::<Vec<_>>(), original.keys().collect::<Vec<_>>());
        for (name, content) in original {
            assert_eq!(
                in_order(&name, &made[&name]),
                in_order(&name, &content),
                "{}: {name}",
                partition.topic_partition
            );
        }
    }
}

/// A follower that copies the log batch by batch has the same files in the end, down to the last byte.
#[test]
fn a_copy_made_batch_by_batch_has_the_same_files() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    for partition in data_partitions(&directory) {
        let name = &partition.topic_partition;
        let (log, _) = directory.load(&partition, config_of(name), NEVER, NOW).unwrap();
        if log.log_start_offset() > Offset::ZERO {
            continue; // A copy begins with the first batch that is left, and so has its segments elsewhere.
        }
        let target = copy.path().join("copy").join(name.to_string());
        let (mut follower, _) = PartitionLog::open(to_open(&partition, &target)).unwrap();
        for read in read_to_end(&log.reader(), log.log_start_offset()) {
            for batch in batches::of(&read.records) {
                follower.append_as_follower(batch.into_bytes(), LeaderEpoch::new(0), NOW).unwrap().unwrap();
            }
        }
        follower.close(NOW).unwrap();
        let is_log_or_derived = |name: &str| is_derived(name) || name.ends_with(".log");
        let expected = files(&partition.path, is_log_or_derived);
        let copied = files(&target, is_log_or_derived);
        for (file, content) in expected {
            assert_eq!(in_order(&file, &copied[&file]), in_order(&file, &content), "{name}: {file}");
        }
    }
}

fn to_open(partition: &PartitionDirectory, directory: &Path) -> OpenLog {
    OpenLog {
        disk: Arc::new(RealDisk),
        open_files: Arc::new(OpenFiles::new(8)),
        directory: directory.to_owned(),
        topic_partition: partition.topic_partition.clone(),
        topic_id: None,
        config: Arc::new(config_of(&partition.topic_partition)),
        producers: NEVER,
        recovery_point: Offset::ZERO,
        log_start_offset: Offset::ZERO,
        cleaned_to: None,
        clean_shutdown: false,
        jitter_seed: 0,
        now: NOW,
    }
}

#[test]
fn offsets_are_found_by_timestamp_as_by_looking_at_every_record() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    for topic in ["plain", "append-time", "recompressed", "deleted", "transactions"] {
        let log = load(&directory, topic);
        let reader = log.reader();
        let records: Vec<(i64, i64)> = batches_of(&log)
            .iter()
            .flat_map(|batch| batch.records(1 << 20).unwrap())
            .map(|record| record.map(|record| (record.offset.value(), record.timestamp.value())).unwrap())
            .filter(|(offset, _)| *offset >= log.log_start_offset().value())
            .collect();
        let timestamps: BTreeSet<i64> = records.iter().flat_map(|(_, timestamp)| [timestamp - 1, *timestamp]).collect();
        for timestamp in timestamps {
            let found = reader.offset_for_timestamp(Timestamp::new(timestamp)).unwrap();
            let expected = records.iter().find(|(_, other)| *other >= timestamp).copied();
            assert_eq!(found.map(|found| (found.offset.value(), found.timestamp.value())), expected, "{topic}");
        }
        let largest = reader.offset_of_max_timestamp().unwrap().unwrap();
        let expected = records.iter().rev().max_by_key(|(_, timestamp)| *timestamp).unwrap();
        assert_eq!((largest.offset.value(), largest.timestamp.value()), *expected, "{topic}");
    }
}

#[test]
fn aborted_and_open_transactions_are_known() {
    let copy = copy_of_fixture();
    let directory = open(copy.path());
    let mut log = load(&directory, "transactions");
    log.set_high_watermark(log.log_end_offset());
    let open: Vec<Offset> =
        log.active_producers().iter().filter_map(|producer| producer.current_transaction_start).collect();
    assert_eq!(open, [log.last_stable_offset()], "one was left open");
    assert!(log.last_stable_offset() < log.log_end_offset());

    // Every abort marker ends a transaction that the index knows, and nothing else does.
    let reader = log.reader();
    let request = ottla_storage::ReadRequest {
        aborted_transactions: true,
        ..support::everything_from(&reader, log.log_start_offset())
    };
    let indexed: BTreeSet<(i64, i64)> = reader
        .read(&request)
        .unwrap()
        .aborted_transactions
        .iter()
        .map(|aborted| (aborted.producer_id.value(), aborted.first_offset.value()))
        .collect();
    let mut started: BTreeMap<i64, i64> = BTreeMap::new();
    let mut in_first_segment = BTreeSet::new();
    for batch in batches_of(&log) {
        let producer = batch.header.producer_id.value();
        if !batch.header.attributes.is_control() {
            started.entry(producer).or_insert(batch.header.base_offset.value());
            continue;
        }
        let record = batch.records(1 << 20).unwrap().next().unwrap().unwrap();
        let began = started.remove(&producer);
        // Key: version, type; type 0 is an abort.
        if record.key.unwrap()[3] == 0 && began.is_some_and(|began| began < 4) {
            in_first_segment.insert((producer, began.unwrap()));
        }
    }
    assert_eq!(indexed, in_first_segment, "a read takes what its own segment's records need");
}
