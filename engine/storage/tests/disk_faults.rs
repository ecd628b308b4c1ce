//! A disk that is full, lies, or stops: what a log promises then.

mod support;

use ottla_model::Offset;
use ottla_storage::{AppendError, Disk, FlushScope, LeaderAppend, LogConfig, OpenLog, PartitionLog, StorageError};
use std::path::Path;
use std::sync::Arc;
use support::simulated_disk::{Dice, Faults, SimulatedDisk};
use support::{EPOCH, NOW, batches, begin, everything_from, to_open};

const LOG_FILE: &str = "/data/topic-3/00000000000000000000.log";

fn disk() -> Arc<SimulatedDisk> {
    let disk = SimulatedDisk::default();
    disk.create_directory(Path::new("/data")).unwrap();
    disk.sync_directory(Path::new("/")).unwrap();
    Arc::new(disk)
}
fn new_log(disk: &Arc<SimulatedDisk>) -> PartitionLog {
    begin(disk.clone(), Path::new("/data"), &LogConfig::kafka_defaults())
}
fn append(log: &mut PartitionLog, value: &str) -> Result<Offset, AppendError> {
    let records = batches::plain(&[(NOW.value(), value)]);
    log.append_as_leader(records, &LeaderAppend::from_client(EPOCH, NOW)).map(|appended| appended.base_offset)
}
fn values(log: &PartitionLog) -> Vec<String> {
    let reader = log.reader();
    batches::values_of(&reader.read(&everything_from(&reader, log.log_start_offset())).unwrap().records)
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "before").unwrap();
    let size = disk.content(Path::new(LOG_FILE)).unwrap().len();
    for room in [0, 1, 60, 61, 65] {
        disk.set_faults(Faults { room: Some(room), ..Faults::default() });
        match append(&mut log, "does not fit").unwrap_err() {
            AppendError::Storage(error) => assert!(error.is_out_of_space(), "{error}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(disk.content(Path::new(LOG_FILE)).unwrap().len(), size, "the part that was written is cut");
        assert_eq!(log.log_end_offset(), Offset::new(1));
    }
    disk.set_faults(Faults::default());
    assert_eq!(append(&mut log, "after").unwrap(), Offset::new(1));
    assert_eq!(values(&log), ["before", "after"]);
}

#[test]
fn a_torn_tail_that_cannot_be_cut_is_cut_before_the_next_append() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "before").unwrap();
    disk.set_faults(Faults { room: Some(30), set_len_fails: true, ..Faults::default() });
    append(&mut log, "torn").unwrap_err();
    disk.set_faults(Faults { set_len_fails: true, ..Faults::default() });
    append(&mut log, "not yet").unwrap_err();
    disk.set_faults(Faults::default());
    append(&mut log, "now").unwrap();
    assert_eq!(values(&log), ["before", "now"]);
    // Nothing is left behind the shorter batch.
    let (log, report) = PartitionLog::open(to_open(disk.after_kill(), Path::new("/data"), log.config())).unwrap();
    assert_eq!(report.tail_cut, None);
    assert_eq!(values(&log), ["before", "now"]);
}

#[test]
fn a_failed_fsync_ends_all_writing() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "a").unwrap();
    log.flush(NOW).unwrap();
    append(&mut log, "b").unwrap();
    let ticket = log.begin_flush(FlushScope::Records).unwrap();
    disk.set_faults(Faults { sync_fails: true, ..Faults::default() });
    // Even if nobody looks at the outcome.
    drop(ticket.sync());
    disk.set_faults(Faults::default());
    assert!(log.reader().is_poisoned());
    assert!(matches!(append(&mut log, "c"), Err(AppendError::Storage(StorageError::Poisoned { .. }))));
    assert!(matches!(log.begin_flush(FlushScope::Everything), Err(StorageError::Poisoned { .. })));
    assert!(matches!(log.truncate_to(Offset::ZERO, NOW), Err(StorageError::Poisoned { .. })));
    assert_eq!(values(&log), ["a", "b"], "what is there can still be read");
    assert_eq!(log.reader().durable_offset(), Offset::new(1));
    assert!(matches!(log.close(NOW), Err(StorageError::Poisoned { .. })));
}

#[test]
fn a_flush_covers_what_was_there_when_it_began() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "a").unwrap();
    let first = log.begin_flush(FlushScope::Records).unwrap();
    append(&mut log, "b").unwrap();
    let second = log.begin_flush(FlushScope::Records).unwrap();
    append(&mut log, "c").unwrap();
    assert_eq!((first.offset(), second.offset()), (Offset::new(1), Offset::new(2)));
    // The later one may be done first.
    let second = second.sync();
    assert_eq!(log.complete_flush(second, NOW).unwrap(), Offset::new(2));
    let first = first.sync();
    assert_eq!(log.complete_flush(first, NOW).unwrap(), Offset::new(2));
    assert_eq!(log.recovery_point(), Offset::ZERO, "the indexes are not synced");
    assert_eq!(log.unflushed_records(), 3);
    log.flush(NOW).unwrap();
    assert_eq!((log.recovery_point(), log.unflushed_records(), log.unflushed_since()), (Offset::new(3), 0, None));
    assert!(log.begin_flush(FlushScope::Everything).unwrap().is_empty());
}

#[test]
fn a_flush_that_began_before_a_truncation_says_nothing_about_what_came_after() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "a").unwrap();
    append(&mut log, "b").unwrap();
    let ticket = log.begin_flush(FlushScope::Everything).unwrap();
    log.truncate_to(Offset::new(1), NOW).unwrap();
    append(&mut log, "c").unwrap();
    let outcome = ticket.sync();
    log.complete_flush(outcome, NOW).unwrap();
    assert!(log.recovery_point() <= Offset::new(1));
    assert!(log.reader().durable_offset() <= Offset::new(1));
}

#[test]
fn an_acknowledged_append_costs_one_sync_as_a_rule() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "a").unwrap();
    log.flush(NOW).unwrap();
    let before = disk.sync_count();
    for _ in 0..10 {
        append(&mut log, "x").unwrap();
        let synced = log.begin_flush(FlushScope::Records).unwrap().sync();
        log.complete_flush(synced, NOW).unwrap();
    }
    assert_eq!(disk.sync_count() - before, 10);
    let before = disk.sync_count();
    for _ in 0..10 {
        append(&mut log, "x").unwrap();
    }
    assert_eq!(disk.sync_count(), before, "without asking, none");
}

#[test]
fn whatever_is_cut_off_the_last_batch_it_goes_alone() {
    let disk = disk();
    let mut log = new_log(&disk);
    for value in ["a", "bb", "ccc"] {
        append(&mut log, value).unwrap();
    }
    log.flush(NOW).unwrap();
    let whole = disk.content(Path::new(LOG_FILE)).unwrap();
    let last = whole.len() - batches::plain(&[(NOW.value(), "ccc")]).len();
    for length in last..whole.len() {
        let damaged = disk.after_kill();
        damaged.set_content(Path::new(LOG_FILE), whole[..length].to_vec());
        check_cut(&damaged, log.config(), length - last);
    }
    for bit in (last + 17) * 8..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let damaged = disk.after_kill();
        damaged.set_content(Path::new(LOG_FILE), flipped);
        check_cut(&damaged, log.config(), whole.len() - last);
    }
}

fn check_cut(damaged: &Arc<SimulatedDisk>, config: &LogConfig, cut_bytes: usize) {
    let (log, report) = PartitionLog::open(to_open(damaged.clone(), Path::new("/data"), config)).unwrap();
    assert_eq!(values(&log), ["a", "bb"]);
    match report.tail_cut {
        Some(cut) => {
            assert_eq!((cut.cut_bytes as usize, cut.log_end_offset), (cut_bytes, Offset::new(2)));
        }
        None => assert_eq!(cut_bytes, 0),
    }
    let (_, report) = PartitionLog::open(to_open(damaged.clone(), Path::new("/data"), config)).unwrap();
    assert_eq!(report.tail_cut, None, "the cut lasts");
}

#[test]
fn a_length_field_that_promises_gigabytes_costs_nothing() {
    let disk = disk();
    let mut log = new_log(&disk);
    append(&mut log, "a").unwrap();
    let mut content = disk.content(Path::new(LOG_FILE)).unwrap();
    let whole = content.len();
    content.extend_from_slice(&content.clone());
    content[whole + 8..whole + 12].copy_from_slice(&i32::MAX.to_be_bytes());
    disk.set_content(Path::new(LOG_FILE), content);
    let (reopened, report) = PartitionLog::open(to_open(disk.after_kill(), Path::new("/data"), log.config())).unwrap();
    assert_eq!(values(&reopened), ["a"]);
    assert_eq!(report.tail_cut.unwrap().cut_bytes as usize, whole);
}

#[test]
fn what_was_flushed_is_not_scanned_again() {
    let disk = disk();
    let config = LogConfig { index_interval_bytes: 100, ..LogConfig::kafka_defaults() };
    let mut log = begin(disk.clone(), Path::new("/data"), &config);
    for _ in 0..100 {
        append(&mut log, "0123456789").unwrap();
    }
    log.flush(NOW).unwrap();
    append(&mut log, "last").unwrap();
    let recovery_point = log.recovery_point();
    let size = log.size_in_bytes();
    let open = to_open(disk.after_crash(&mut Dice::new(3)), Path::new("/data"), &config);
    let (_, report) = PartitionLog::open(OpenLog { recovery_point, ..open }).unwrap();
    assert!(report.scanned_bytes < size / 10, "{} of {size} bytes", report.scanned_bytes);
}
