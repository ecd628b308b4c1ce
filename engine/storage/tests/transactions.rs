//! Transactions as a log sees them: what is stable, what was aborted, and what of it outlives restarts and crashes.

mod support;

use bytes::Bytes;
use ottla_model::{Offset, ProducerId};
use ottla_records::TransactionOutcome::{Abort, Commit};
use ottla_storage::{
    AbortedTransaction, AppendError, Appended, FlushScope, LeaderAppend, LogConfig, OpenLog, PartitionLog, ReadRequest,
};
use std::path::Path;
use std::sync::Arc;
use support::batches;
use support::simulated_disk::SimulatedDisk;
use support::{EPOCH, NOW, begin, reopen_clean, to_open};

fn directory() -> &'static Path {
    Path::new("/data")
}
fn write(log: &mut PartitionLog, records: Bytes) -> Appended {
    log.append_as_leader(records, &LeaderAppend::from_client(EPOCH, NOW)).unwrap()
}
fn end(log: &mut PartitionLog, marker: Bytes) -> Result<Appended, AppendError> {
    log.append_as_leader(marker, &LeaderAppend::from_coordinator(EPOCH, NOW))
}
fn records(producer: i64, sequence: i32) -> Bytes {
    batches::transactional(producer, 0, sequence, &[(NOW.value(), "x"), (NOW.value(), "y")])
}
/// What a reader learns of aborted transactions on its way from `from` to `to`. One read does not go beyond a segment,
/// and tells only of what may concern it.
fn aborted(log: &PartitionLog, from: i64, to: i64) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut next = Offset::new(from);
    while next < Offset::new(to) {
        let request = ReadRequest {
            start_offset: next,
            max_bytes: u32::MAX,
            upper_bound: Offset::new(to),
            whole_first_batch: true,
            aborted_transactions: true,
        };
        let read = log.reader().read(&request).unwrap();
        for AbortedTransaction { producer_id, first_offset } in &read.aborted_transactions {
            let transaction = (producer_id.value(), first_offset.value());
            if !found.contains(&transaction) {
                found.push(transaction);
            }
        }
        let last = ottla_records::batches(read.records.read_all().unwrap()).map(Result::unwrap).last();
        next = last.expect("there is a batch below the bound").header.last_offset().next();
    }
    found
}

/// Producer 1 aborts what it wrote at 0, producer 2 commits what it wrote at 2, producer 1 aborts again what it wrote at 7.
///
/// ```text
/// 0,1  2,3  4 abort(1)  5,6 plain  7,8  9 commit(2)  10 abort(1)  11,12 open(3)
/// ```
fn history(log: &mut PartitionLog) {
    write(log, records(1, 0));
    write(log, records(2, 0));
    end(log, batches::marker(1, 0, Abort)).unwrap();
    write(log, batches::plain(&[(NOW.value(), "p"), (NOW.value(), "q")]));
    write(log, records(1, 2));
    end(log, batches::marker(2, 0, Commit)).unwrap();
    end(log, batches::marker(1, 0, Abort)).unwrap();
    write(log, records(3, 0));
}

fn check_history(log: &mut PartitionLog) {
    log.set_high_watermark(log.log_end_offset());
    assert_eq!(log.last_stable_offset(), Offset::new(11));
    assert_eq!(aborted(log, 0, 11), [(1, 0), (1, 7)]);
    assert_eq!(aborted(log, 0, 2), [(1, 0)], "the bound leaves out what begins later");
    assert_eq!(aborted(log, 5, 11), [(1, 7)]);
    assert_eq!(aborted(log, 3, 11), [(1, 0), (1, 7)], "the first ends at 4");
    let open: Vec<(ProducerId, Offset)> = log
        .active_producers()
        .iter()
        .filter_map(|producer| Some((producer.producer_id, producer.current_transaction_start?)))
        .collect();
    assert_eq!(open, [(ProducerId::new(3), Offset::new(11))]);
}

fn all_configs() -> [LogConfig; 3] {
    let config = LogConfig::kafka_defaults();
    [
        config.clone(),
        // Every batch is indexed.
        LogConfig { index_interval_bytes: 0, ..config.clone() },
        // A segment for each two batches.
        LogConfig { segment_bytes: 200, index_interval_bytes: 0, ..config },
    ]
}

#[test]
fn the_last_stable_offset_waits_for_markers_and_for_their_replication() {
    let mut log = begin(Arc::new(SimulatedDisk::default()), directory(), &LogConfig::kafka_defaults());
    write(&mut log, records(1, 0));
    write(&mut log, batches::plain(&[(NOW.value(), "p")]));
    log.set_high_watermark(Offset::new(3));
    assert_eq!(log.last_stable_offset(), Offset::ZERO);
    end(&mut log, batches::marker(1, 0, Commit)).unwrap();
    assert_eq!(log.last_stable_offset(), Offset::ZERO, "the marker is above the high watermark");
    log.raise_high_watermark(Offset::new(4));
    assert_eq!(log.last_stable_offset(), Offset::new(4));
}

#[test]
fn aborted_transactions_are_found() {
    for config in all_configs() {
        let mut log = begin(Arc::new(SimulatedDisk::default()), directory(), &config);
        history(&mut log);
        check_history(&mut log);
    }
}

#[test]
fn transactions_outlive_a_clean_restart() {
    for config in all_configs() {
        let disk = Arc::new(SimulatedDisk::default());
        let mut log = begin(disk.clone(), directory(), &config);
        history(&mut log);
        let (mut log, report) = reopen_clean(disk, directory(), &config, log);
        assert!(report.is_clean(), "{report:?}");
        check_history(&mut log);
    }
}

#[test]
fn transactions_are_found_again_after_a_crash() {
    for config in all_configs() {
        for flushed_to in 0..3 {
            let disk = Arc::new(SimulatedDisk::default());
            let mut log = begin(disk.clone(), directory(), &config);
            history(&mut log);
            match flushed_to {
                0 => {}
                1 => flush_inactive(&mut log),
                _ => log.flush(NOW).unwrap(),
            }
            let recovery_point = log.recovery_point();
            let disk = disk.after_kill();
            let open = to_open(disk, directory(), &config);
            let (mut log, report) = PartitionLog::open(OpenLog { recovery_point, ..open }).unwrap();
            assert_eq!(report.tail_cut, None);
            check_history(&mut log);
            assert!(write(&mut log, records(3, 0)).duplicate);
        }
    }
}

fn flush_inactive(log: &mut PartitionLog) {
    let synced = log.begin_flush(FlushScope::InactiveSegments).unwrap().sync();
    log.complete_flush(synced, NOW).unwrap();
}

#[test]
fn truncation_reopens_what_a_marker_had_ended() {
    for config in all_configs() {
        let disk = Arc::new(SimulatedDisk::default());
        let mut log = begin(disk, directory(), &config);
        history(&mut log);
        log.set_high_watermark(Offset::new(4));
        assert!(log.truncate_to(Offset::new(10), NOW).unwrap());
        log.set_high_watermark(Offset::new(10));
        assert_eq!(log.last_stable_offset(), Offset::new(7), "the second transaction of producer 1 is open again");
        assert_eq!(aborted(&log, 0, 10), [(1, 0)]);
        end(&mut log, batches::marker(1, 0, Commit)).unwrap();
        log.set_high_watermark(Offset::new(11));
        assert_eq!((log.last_stable_offset(), aborted(&log, 0, 11)), (Offset::new(11), vec![(1, 0)]));
    }
}

#[test]
fn whoever_is_outside_of_the_open_transaction_is_refused() {
    let mut log = begin(Arc::new(SimulatedDisk::default()), directory(), &LogConfig::kafka_defaults());
    write(&mut log, records(1, 0));
    let outside = batches::idempotent(1, 0, 2, &[(NOW.value(), "x")]);
    let refused = log.append_as_leader(outside, &LeaderAppend::from_client(EPOCH, NOW));
    assert!(matches!(refused, Err(AppendError::InvalidTransactionState { .. })), "{refused:?}");
}

#[test]
fn markers_of_the_past_are_refused() {
    let mut log = begin(Arc::new(SimulatedDisk::default()), directory(), &LogConfig::kafka_defaults());
    write(&mut log, batches::transactional(1, 3, 0, &[(NOW.value(), "x")]));
    let refused = end(&mut log, batches::marker(1, 2, Abort));
    assert!(matches!(refused, Err(AppendError::InvalidProducerEpoch { relation: "<", .. })), "{refused:?}");
    let version_2 = LeaderAppend { transaction_version: 2, ..LeaderAppend::from_coordinator(EPOCH, NOW) };
    let refused = log.append_as_leader(batches::marker(1, 3, Abort), &version_2);
    assert!(matches!(refused, Err(AppendError::InvalidProducerEpoch { relation: "<=", .. })), "{refused:?}");
    log.append_as_leader(batches::marker(1, 4, Abort), &version_2).unwrap();
    assert_eq!(log.log_end_offset(), Offset::new(2));
}
