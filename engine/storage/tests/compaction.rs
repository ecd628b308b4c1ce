//! What compaction keeps, one rule at a time.

mod support;

use bytes::Bytes;
use ottla_model::{Offset, ProducerId, Timestamp};
use ottla_records::{BatchHeader, Compression, TransactionOutcome};
use ottla_storage::{
    AppendOrigin, Compacted, CompactionError, Disk, FlushScope, LeaderAppend, LogConfig, OpenLog, Pace, PartitionLog,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use support::compaction::*;
use support::simulated_disk::SimulatedDisk;
use support::{EPOCH, NOW, batches, begin, everything_from, to_open};

fn disk() -> Arc<SimulatedDisk> {
    let disk = SimulatedDisk::default();
    disk.create_directory(Path::new("/data")).unwrap();
    Arc::new(disk)
}
fn new_log(config: &LogConfig) -> (Arc<SimulatedDisk>, Mutex<PartitionLog>) {
    let disk = disk();
    let log = begin(disk.clone(), Path::new("/data"), config);
    (disk, Mutex::new(log))
}
fn append_to(log: &Mutex<PartitionLog>, records: Bytes) {
    let mut log = log.lock().unwrap();
    let append = LeaderAppend::from_client(EPOCH, NOW);
    log.append_as_leader(records, &append).unwrap();
    let end = log.log_end_offset();
    log.set_high_watermark(end);
}
fn end_transaction(log: &Mutex<PartitionLog>, id: i64, outcome: TransactionOutcome) {
    let mut log = log.lock().unwrap();
    let append = LeaderAppend { origin: AppendOrigin::Coordinator, ..LeaderAppend::from_client(EPOCH, NOW) };
    log.append_as_leader(batches::marker(id, 0, outcome), &append).unwrap();
    let end = log.log_end_offset();
    log.set_high_watermark(end);
}
fn roll(log: &Mutex<PartitionLog>) {
    log.lock().unwrap().roll(NOW).unwrap();
}
fn compact_all(log: &Mutex<PartitionLog>, now: Timestamp) -> Compacted {
    compact(log, now).unwrap().unwrap()
}
fn later(milliseconds: i64) -> Timestamp {
    NOW.plus_milliseconds(milliseconds)
}

#[test]
fn the_last_record_of_each_key_stays_at_its_offset() {
    let (disk, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1")), ("b", Some("2")), ("a", Some("3"))]));
    append_to(&log, keyed(&[("c", Some("4"))]));
    roll(&log);
    append_to(&log, keyed(&[("b", Some("5")), ("d", Some("6"))]));
    roll(&log);
    append_to(&log, keyed(&[("a", Some("active"))]));

    let compacted = compact_all(&log, NOW);
    assert_eq!((compacted.from, compacted.to), (Offset::ZERO, Offset::new(6)));
    assert_eq!((compacted.records, compacted.segments, compacted.keys), ((6, 4), (2, 1), 4));
    assert_eq!(words(&log), ["2:a=3", "3:c=4", "4:b=5", "5:d=6", "6:a=active"], "what is in the head does not count");
    let log = log.into_inner().unwrap();
    assert_eq!((log.cleaned_to(), log.segment_count()), (Some(Offset::new(6)), 2));
    let mut names = disk.names(Path::new("/data/topic-3"));
    names.retain(|name| !name.contains(".deleted"));
    names.sort();
    assert_eq!(
        names,
        [
            "00000000000000000000.index",
            "00000000000000000000.log",
            "00000000000000000000.timeindex",
            "00000000000000000006.log",
            "00000000000000000006.snapshot",
        ]
    );
}

#[test]
fn headers_stay_what_they_were() {
    let (_, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1")), ("b", Some("2")), ("a", Some("3")), ("b", Some("4")), ("x", Some("5"))]));
    append_to(&log, keyed(&[("x", Some("6"))]));
    roll(&log);
    compact_all(&log, NOW);
    let batches = batches_of(&log);
    let header = batches[0].header;
    assert_eq!((header.base_offset, header.last_offset_delta, header.record_count), (Offset::ZERO, 4, 2));
    assert_eq!(header.partition_leader_epoch, EPOCH);
    // The largest and the first timestamp of those that are left.
    assert_eq!((header.base_timestamp, header.max_timestamp), (later(2), later(3)));
    assert_eq!(header.delete_horizon(), None);
}

#[test]
fn compressed_batches_stay_compressed() {
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let (_, log) = new_log(&config());
        let value = "v".repeat(400);
        append_to(&log, build(builder(codec), &[("a", Some("old")), ("b", Some(&value)), ("a", Some("new"))]));
        roll(&log);
        compact_all(&log, NOW);
        assert_eq!(words(&log), [format!("1:b={value}"), "2:a=new".to_owned()]);
        assert_eq!(batches_of(&log)[0].header.attributes.compression(), Ok(codec));
    }
}

#[test]
fn a_batch_of_which_all_stays_is_not_touched() {
    let (_, log) = new_log(&config());
    append_to(&log, build(builder(Compression::Gzip), &[("a", Some("1")), ("b", Some("2"))]));
    roll(&log);
    let before = batches_of(&log);
    compact_all(&log, NOW);
    assert_eq!(batches_of(&log), before);
}

#[test]
fn a_tombstone_stays_for_its_time_after_it_was_found() {
    let (_, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1")), ("b", Some("2"))]));
    append_to(&log, keyed(&[("a", None), ("c", Some("3"))]));
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(words(&log), ["1:b=2", "2:a", "3:c=3"]);
    let header = batches_of(&log)[1].header;
    assert_eq!(header.delete_horizon(), Some(later(1000)), "delete.retention.ms from now");
    let records: Vec<_> = batches_of(&log)[1].records(1 << 20).unwrap().map(Result::unwrap).collect();
    assert_eq!((records[0].timestamp, records[1].timestamp, header.max_timestamp), (NOW, later(1), later(1)));

    append_to(&log, keyed(&[("d", Some("4"))]));
    roll(&log);
    compact_all(&log, later(999));
    assert_eq!(words(&log), ["1:b=2", "2:a", "3:c=3", "4:d=4"]);
    assert_eq!(batches_of(&log)[1].header.delete_horizon(), Some(later(1000)), "the horizon does not move");

    append_to(&log, keyed(&[("e", Some("5"))]));
    roll(&log);
    compact_all(&log, later(1000));
    assert_eq!(words(&log), ["1:b=2", "3:c=3", "4:d=4", "5:e=5"]);
    assert_eq!(batches_of(&log)[1].header.delete_horizon(), Some(later(1000)), "and stays with the batch");
}

#[test]
fn records_without_a_key_go() {
    let plain = LogConfig { compact: false, ..config() };
    let (_, log) = new_log(&plain);
    append_to(&log, batches::plain(&[(NOW.value(), "nobody's")]));
    append_to(&log, keyed(&[("a", Some("1"))]));
    roll(&log);
    log.lock().unwrap().set_config(config());
    assert_eq!(compact_all(&log, NOW).without_key, 1);
    assert_eq!(words(&log), ["1:a=1"]);
}

#[test]
fn the_last_batch_of_what_was_compacted_stays_if_only_its_header() {
    let (_, log) = new_log(&LogConfig { compact: false, ..config() });
    append_to(&log, keyed(&[("a", Some("1"))]));
    append_to(&log, batches::plain(&[(NOW.value(), "without"), (NOW.value(), "a key")]));
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(words(&log), ["0:a=1"]);
    let last = batches_of(&log)[1].header;
    assert_eq!((last.base_offset, last.last_offset(), last.record_count), (Offset::new(1), Offset::new(2), 0));
    // When there is something behind it, it goes.
    append_to(&log, keyed(&[("b", Some("2"))]));
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(batches_of(&log).len(), 2);
}

#[test]
fn the_last_batch_of_a_producer_stays_so_that_it_can_go_on() {
    let (disk, log) = new_log(&config());
    append_to(&log, of_producer(7, 0, &[("a", Some("1")), ("a", Some("2"))]));
    append_to(&log, of_producer(7, 2, &[("a", Some("3")), ("b", Some("4"))]));
    append_to(&log, keyed(&[("a", Some("5")), ("b", Some("6"))]));
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(words(&log), ["4:a=5", "5:b=6"]);
    let batches = batches_of(&log);
    assert_eq!(batches.len(), 2);
    let header = batches[0].header;
    assert_eq!((header.base_offset, header.last_offset(), header.record_count), (Offset::new(2), Offset::new(3), 0));
    assert_eq!((header.producer_id, header.base_sequence), (ProducerId::new(7), 2));
    assert_eq!((header.base_timestamp, header.max_timestamp), (BatchHeader::NO_TIMESTAMP, later(1)));
    assert_eq!(batches[0].size_in_bytes(), BatchHeader::SIZE);

    // Whatever snapshots are lost: the producer is found in the log, and its next batch fits.
    let config = log.lock().unwrap().config().clone();
    drop(log);
    for name in disk.names(Path::new("/data/topic-3")).iter().filter(|name| name.ends_with(".snapshot")) {
        disk.remove_file(&Path::new("/data/topic-3").join(name)).unwrap();
    }
    let log = PartitionLog::open(to_open(disk, Path::new("/data"), &config)).unwrap().0;
    let log = Mutex::new(log);
    append_to(&log, of_producer(7, 4, &[("c", Some("7"))]));
    let duplicate = of_producer(7, 4, &[("c", Some("7"))]);
    let appended = log.lock().unwrap().append_as_leader(duplicate, &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
    assert!(appended.duplicate);

    // When it has written something else, the old batch goes.
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(batches_of(&log).len(), 2);
}

#[test]
fn aborted_records_go_and_count_for_nothing() {
    let (_, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1"))]));
    append_to(&log, in_transaction(1, 0, &[("a", Some("aborted")), ("b", Some("aborted"))]));
    end_transaction(&log, 1, TransactionOutcome::Abort);
    append_to(&log, in_transaction(2, 0, &[("c", Some("committed"))]));
    end_transaction(&log, 2, TransactionOutcome::Commit);
    append_to(&log, keyed(&[("d", Some("2"))]));
    roll(&log);
    compact_all(&log, NOW);
    assert_eq!(words(&log), ["0:a=1", "4:c=committed", "6:d=2"]);
    // The aborted transaction's batch stays as a header, being its producer's last, and with it the marker.
    let aborted = aborted_in(&log);
    assert_eq!(aborted, [(ProducerId::new(1), Offset::new(1))]);
    let headers: Vec<_> =
        batches_of(&log).iter().map(|batch| (batch.header.base_offset.value(), batch.header.record_count)).collect();
    assert_eq!(headers, [(0, 1), (1, 0), (3, 1), (4, 1), (5, 1), (6, 1)]);
}

fn aborted_in(log: &Mutex<PartitionLog>) -> Vec<(ProducerId, Offset)> {
    let reader = log.lock().unwrap().reader();
    let request = everything_from(&reader, Offset::ZERO);
    let read = reader.read(&ottla_storage::ReadRequest { aborted_transactions: true, ..request }).unwrap();
    read.aborted_transactions.iter().map(|aborted| (aborted.producer_id, aborted.first_offset)).collect()
}

#[test]
fn a_marker_goes_when_nothing_is_left_of_its_transaction_and_its_time_has_passed() {
    let (_, log) = new_log(&config());
    append_to(&log, in_transaction(1, 0, &[("a", Some("aborted"))]));
    end_transaction(&log, 1, TransactionOutcome::Abort);
    append_to(&log, in_transaction(1, 1, &[("a", Some("1"))]));
    end_transaction(&log, 1, TransactionOutcome::Commit);
    append_to(&log, in_transaction(1, 2, &[("a", Some("2"))]));
    end_transaction(&log, 1, TransactionOutcome::Commit);
    roll(&log);
    let control_offsets = |log: &Mutex<PartitionLog>| -> Vec<(i64, bool)> {
        let is_control = |batch: &&ottla_records::Batch| batch.header.attributes.is_control();
        let fact =
            |batch: &ottla_records::Batch| (batch.header.base_offset.value(), batch.header.delete_horizon().is_some());
        batches_of(log).iter().filter(is_control).map(fact).collect()
    };
    compact_all(&log, NOW);
    assert_eq!(words(&log), ["4:a=2"]);
    assert_eq!(control_offsets(&log), [(1, false), (3, false), (5, false)], "their batches were still there");

    append_to(&log, keyed(&[("b", Some("3"))]));
    roll(&log);
    compact_all(&log, later(10));
    assert_eq!(control_offsets(&log), [(1, true), (3, true), (5, false)], "now they are not");
    assert_eq!(aborted_in(&log), []);

    append_to(&log, keyed(&[("c", Some("4"))]));
    roll(&log);
    compact_all(&log, later(1009));
    assert_eq!(control_offsets(&log), [(1, true), (3, true), (5, false)], "and their time runs");

    append_to(&log, keyed(&[("d", Some("5"))]));
    roll(&log);
    compact_all(&log, later(1010));
    assert_eq!(control_offsets(&log), [(5, false)]);
}

#[test]
fn an_open_transaction_is_not_touched_nor_what_comes_after_it() {
    let (_, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1"))]));
    append_to(&log, keyed(&[("a", Some("2"))]));
    roll(&log);
    append_to(&log, in_transaction(1, 0, &[("a", Some("3"))]));
    roll(&log);
    append_to(&log, keyed(&[("a", Some("4"))]));
    roll(&log);
    let compacted = compact_all(&log, NOW);
    assert_eq!(compacted.to, Offset::new(2));
    assert_eq!(words(&log), ["1:a=2", "2:a=3", "3:a=4"]);
}

#[test]
fn nothing_above_the_high_watermark_is_touched() {
    let (_, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1"))]));
    roll(&log);
    append_to(&log, keyed(&[("a", Some("2"))]));
    roll(&log);
    log.lock().unwrap().set_high_watermark(Offset::ZERO);
    assert!(compact(&log, NOW).unwrap().is_none());
    log.lock().unwrap().set_high_watermark(Offset::new(1));
    assert_eq!(compact_all(&log, NOW).to, Offset::new(1));
    assert_eq!(words(&log), ["0:a=1", "1:a=2"]);
}

#[test]
fn keys_that_do_not_fit_into_memory_wait_for_the_next_time() {
    let (_, log) = new_log(&config());
    for round in 0..3 {
        for key in 0..40 {
            append_to(&log, keyed(&[(&format!("key-{key}"), Some(&format!("{round}")))]));
        }
        roll(&log);
    }
    // 24 bytes a key, and ten fit.
    let compactor = compactor_with(24 * 11);
    let mut rounds = 0;
    while let Some(compacted) = compactor.compact(&log, NOW, &mut AtOnce).unwrap() {
        assert!(compacted.to > compacted.from && compacted.keys <= 11);
        rounds += 1;
    }
    assert!(rounds >= 12, "{rounds}");
    let expected: Vec<String> = (0..40).map(|key| format!("{}:key-{key}=2", 80 + key)).collect();
    assert_eq!(words(&log), expected);
}

#[test]
fn segments_are_put_together_up_to_the_size_of_one() {
    let batch = keyed(&[("key-0", Some("value"))]).len() as u32;
    let (_, log) = new_log(&LogConfig { segment_bytes: 4 * batch, ..config() });
    for key in 0..9 {
        for round in 0..3 {
            append_to(&log, keyed(&[(&format!("key-{key}"), Some(&format!("val-{round}")))]));
        }
        roll(&log);
    }
    let before = log.lock().unwrap().segment_count();
    let compacted = compact_all(&log, NOW);
    assert_eq!(compacted.segments, (before - 1, 9), "each was nearly full");
    append_to(&log, keyed(&[("another", Some("1"))]));
    roll(&log);
    assert_eq!(compact_all(&log, NOW).segments, (10, 3), "now four go into one");
    assert_eq!(words(&log).len(), 10);
}

#[test]
fn the_log_is_due_when_enough_of_it_is_dirty() {
    let (_, log) = new_log(&LogConfig { min_cleanable_dirty_ratio: 0.5, ..config() });
    let cleanable = |now| log.lock().unwrap().cleanable(now).unwrap();
    append_to(&log, keyed(&[("a", Some("1"))]));
    assert!(!cleanable(NOW).is_due, "the active segment does not count");
    roll(&log);
    assert_eq!((cleanable(NOW).is_due, cleanable(NOW).dirty_ratio), (true, 1.0));
    compact_all(&log, NOW);
    assert_eq!((cleanable(NOW).is_due, cleanable(NOW).dirty_ratio), (false, 0.0));
    append_to(&log, keyed(&[("a", Some("2"))]));
    roll(&log);
    assert_eq!((cleanable(NOW).is_due, cleanable(NOW).dirty_ratio), (false, 0.5), "more than, not as much as");
    append_to(&log, keyed(&[("a", Some("3"))]));
    roll(&log);
    assert!(cleanable(NOW).is_due);
    assert_eq!(cleanable(NOW).look_again, None, "only an append changes anything");
}

#[test]
fn what_is_young_waits_and_what_is_old_does_not() {
    let lag = LogConfig { min_compaction_lag_ms: 100, max_compaction_lag_ms: 500, ..config() };
    let (_, log) = new_log(&lag);
    let cleanable = |now| log.lock().unwrap().cleanable(now).unwrap();
    append_to(&log, keyed(&[("a", Some("1"))]));
    roll(&log);
    assert_eq!((cleanable(later(99)).is_due, cleanable(later(99)).look_again), (false, Some(later(100))));
    assert!(cleanable(later(100)).is_due);
    for _ in 0..9 {
        append_to(&log, keyed(&[("a", Some("1"))]));
    }
    roll(&log);
    compact_all(&log, later(100));
    append_to(&log, build(builder(Compression::None), &[("b", Some(&"v".repeat(10)))]));
    roll(&log);
    log.lock().unwrap().set_config(LogConfig { min_cleanable_dirty_ratio: 0.9, ..lag });
    assert_eq!((cleanable(later(500)).is_due, cleanable(later(500)).look_again), (false, Some(later(501))));
    assert_eq!((cleanable(later(501)).is_due, cleanable(later(501)).look_again), (true, None));
}

#[test]
fn a_checkpoint_of_another_log_is_not_believed() {
    let (disk, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1"))]));
    roll(&log);
    append_to(&log, keyed(&[("a", Some("2"))]));
    let log = log.into_inner().unwrap();
    let config = log.config().clone();
    log.close(NOW).unwrap();
    let open = |cleaned_to| {
        let open = OpenLog { cleaned_to, ..to_open(disk.after_kill(), Path::new("/data"), &config) };
        let mut log = PartitionLog::open(open).unwrap().0;
        log.set_high_watermark(Offset::new(2));
        log.cleanable(NOW).unwrap().first_dirty_offset
    };
    assert_eq!(open(None), Offset::ZERO);
    assert_eq!(open(Some(Offset::new(1))), Offset::new(1));
    assert_eq!(open(Some(Offset::new(3))), Offset::ZERO);
}

#[test]
fn whoever_reads_an_old_segment_goes_on() {
    let (_, log) = new_log(&config());
    for value in ["1", "2", "3"] {
        append_to(&log, keyed(&[("a", Some(value))]));
    }
    roll(&log);
    let reader = log.lock().unwrap().reader();
    let read = reader.read(&everything_from(&reader, Offset::ZERO)).unwrap();
    compact_all(&log, NOW);
    assert_eq!(batches::values_of(&read.records), ["1", "2", "3"]);
    let read = reader.read(&everything_from(&reader, Offset::ZERO)).unwrap();
    assert_eq!(batches::values_of(&read.records), ["3"]);
    assert_eq!(read.first_batch_offset, Some(Offset::new(2)));
}

/// Does something when so many bytes have been moved.
struct At<F>(u64, Option<F>);

impl<F: FnOnce() -> ControlFlow<()>> Pace for At<F> {
    fn moved(&mut self, bytes: u64) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(bytes);
        if self.0 > 0 {
            return ControlFlow::Continue(());
        }
        self.1.take().map_or(ControlFlow::Continue(()), |act| act())
    }
}

#[test]
fn an_interrupted_compaction_leaves_nothing_behind() {
    let (disk, log) = new_log(&config());
    for value in ["1", "2", "3"] {
        append_to(&log, keyed(&[("a", Some(value))]));
    }
    roll(&log);
    let names = disk.names(Path::new("/data/topic-3"));
    for bytes in [1, 300, 450] {
        let mut pace = At(bytes, Some(|| ControlFlow::Break(())));
        let outcome = compactor_with(1 << 20).compact(&log, NOW, &mut pace);
        assert!(matches!(outcome, Err(CompactionError::Interrupted)), "{outcome:?}");
        assert_eq!(disk.names(Path::new("/data/topic-3")), names);
        assert_eq!(words(&log), ["0:a=1", "1:a=2", "2:a=3"]);
    }
    assert_eq!(log.lock().unwrap().cleaned_to(), None);
}

#[test]
fn segments_that_leave_meanwhile_do_not_come_back() {
    let (_, log) = new_log(&LogConfig { delete: true, retention_ms: Some(100), ..config() });
    append_to(&log, keyed(&[("a", Some("1"))]));
    roll(&log);
    append_to(&log, keyed(&[("b", Some("2"))]));
    roll(&log);
    let retention = || {
        assert_eq!(log.lock().unwrap().delete_old_segments(later(200)).unwrap(), 2);
        ControlFlow::Continue(())
    };
    let outcome = compactor_with(1 << 20).compact(&log, NOW, &mut At(200, Some(retention)));
    assert!(matches!(outcome, Err(CompactionError::Interrupted)), "{outcome:?}");
    assert_eq!(words(&log), [""; 0]);
    assert_eq!(log.lock().unwrap().log_start_offset(), Offset::new(2));
}

#[test]
fn a_log_with_a_corrupt_batch_is_not_compacted() {
    let (disk, log) = new_log(&config());
    append_to(&log, keyed(&[("a", Some("1"))]));
    append_to(&log, keyed(&[("a", Some("2"))]));
    roll(&log);
    let path = Path::new("/data/topic-3/00000000000000000000.log");
    let mut content = disk.content(path).unwrap();
    *content.last_mut().unwrap() ^= 1;
    disk.set_content(path, content.clone());
    let outcome = compact(&log, NOW);
    assert!(matches!(&outcome, Err(CompactionError::Uncleanable(reason)) if reason.contains("crc")), "{outcome:?}");
    assert_eq!(disk.content(path).unwrap(), content);
}

#[test]
fn a_compacted_log_is_opened_cleanly_and_after_a_crash() {
    let (disk, log) = new_log(&config());
    for round in 0..3 {
        for key in ["a", "b", "c"] {
            append_to(&log, keyed(&[(key, Some(&format!("{round}")))]));
        }
        roll(&log);
    }
    append_to(&log, keyed(&[("a", Some("active"))]));
    log.lock().unwrap().flush(NOW).unwrap();
    compact_all(&log, NOW);
    let expected = words(&log);
    let config = log.lock().unwrap().config().clone();
    let crashed = disk.after_kill();
    let (after_crash, report) = PartitionLog::open(to_open(crashed, Path::new("/data"), &config)).unwrap();
    assert_eq!((report.tail_cut, report.removed_segments.len()), (None, 0));
    assert_eq!(words(&Mutex::new(after_crash)), expected);

    let recovery_point = log.into_inner().unwrap().close(NOW).unwrap();
    let open = to_open(disk, Path::new("/data"), &config);
    let (clean, report) = PartitionLog::open(OpenLog { clean_shutdown: true, recovery_point, ..open }).unwrap();
    assert_eq!(report.scanned_bytes, 0);
    assert_eq!(words(&Mutex::new(clean)), expected);
}

#[test]
fn old_files_go_after_their_delay() {
    let (disk, log) = new_log(&LogConfig { file_delete_delay_ms: 100, ..config() });
    append_to(&log, keyed(&[("a", Some("1"))]));
    append_to(&log, keyed(&[("a", Some("2"))]));
    roll(&log);
    let flushed = log.lock().unwrap().begin_flush(FlushScope::InactiveSegments).unwrap().sync();
    log.lock().unwrap().complete_flush(flushed, NOW).unwrap();
    compact_all(&log, NOW);
    let deleted = || disk.names(Path::new("/data/topic-3")).iter().filter(|name| name.ends_with(".deleted")).count();
    assert_eq!(deleted(), 3);
    assert_eq!(log.lock().unwrap().remove_due_files(later(99)).unwrap(), Some(later(100)));
    assert_eq!(log.lock().unwrap().remove_due_files(later(100)).unwrap(), None);
    assert_eq!(deleted(), 0);
}

/// A message of before Kafka 0.11, of magic 1.
fn legacy(offset: i64, attributes: u8, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
    let mut body = vec![1, attributes];
    body.extend(timestamp.to_be_bytes());
    for field in [key, value] {
        body.extend(field.map_or(-1, |field| field.len() as i32).to_be_bytes());
        body.extend(field.unwrap_or_default());
    }
    let mut message = Vec::from(offset.to_be_bytes());
    message.extend((body.len() as i32 + 4).to_be_bytes());
    message.extend(ottla_records::crc32(&body).to_be_bytes());
    message.extend(body);
    message
}

#[test]
fn messages_of_before_kafka_0_11_become_batches() {
    let (_, log) = new_log(&config());
    let inner: Vec<u8> = [
        legacy(0, 0, 5, Some(b"c"), Some(b"4")),
        legacy(1, 0, 9, Some(b"d"), Some(b"5")),
        legacy(2, 0, 7, Some(b"c"), Some(b"6")),
    ]
    .concat();
    let gzip = 1;
    let wrapper = legacy(5, gzip, 9, None, Some(&Compression::Gzip.compress(&inner).unwrap()));
    let messages = [
        legacy(0, 0, 1, Some(b"a"), Some(b"1")),
        legacy(1, 0, 2, Some(b"b"), None),
        legacy(2, 0, 3, None, Some(b"without a key")),
        wrapper,
        legacy(6, 0, 4, Some(b"a"), Some(b"7")),
    ];
    {
        let mut log = log.lock().unwrap();
        log.append_as_follower(Bytes::from(messages.concat()), EPOCH, NOW).unwrap();
        log.roll(NOW).unwrap();
        log.set_high_watermark(Offset::new(7));
    }
    let compacted = compact_all(&log, NOW);
    assert_eq!((compacted.records, compacted.without_key), ((7, 4), 1));
    assert_eq!(words(&log), ["1:b", "4:d=5", "5:c=6", "6:a=7"]);
    let headers: Vec<BatchHeader> = batches_of(&log).iter().map(|batch| batch.header).collect();
    let facts: Vec<_> = headers
        .iter()
        .map(|header| (header.base_offset.value(), header.last_offset().value(), header.max_timestamp.value()))
        .collect();
    assert_eq!(facts, [(1, 1, 2), (4, 5, 9), (6, 6, 4)]);
    assert_eq!(headers[1].attributes.compression(), Ok(Compression::Gzip));
    assert_eq!(headers[0].delete_horizon(), Some(later(1000)), "from now on as any other tombstone");
    assert_eq!(headers[0].leader_epoch(), None);
}
