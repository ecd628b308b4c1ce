//! Readers beside an appender: what they see is always whole, in order, and not beyond what they asked for.

mod support;

use ottla_model::{Offset, Timestamp};
use ottla_storage::{FlushScope, LeaderAppend, LogConfig, LogReader, ReadError, ReadRequest, RealDisk};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use support::{EPOCH, NOW, batches, begin};

/// Follows the log from `next` on until `stop` is set and nothing more comes. Returns how many records it has seen.
fn follow(reader: &LogReader, stop: &AtomicBool) -> u64 {
    let (mut next, mut seen) = (Offset::ZERO, 0);
    loop {
        let is_last_round = stop.load(Ordering::Acquire);
        let upper_bound = reader.high_watermark();
        let request = ReadRequest {
            start_offset: next,
            max_bytes: 3000,
            upper_bound,
            whole_first_batch: true,
            aborted_transactions: true,
        };
        let read = match reader.read(&request) {
            Ok(read) => read,
            Err(ReadError::OffsetOutOfRange { log_start_offset, .. }) => {
                assert!(log_start_offset > next, "only retention can overtake a reader");
                next = log_start_offset;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let whole = batches::of(&read.records);
        for batch in &whole {
            assert!(batch.header.base_offset <= next, "no gap before {next}: {:?}", batch.header);
            assert!(batch.header.last_offset() < upper_bound);
            next = batch.header.next_offset();
            seen += batch.header.record_count as u64;
        }
        if whole.is_empty() && is_last_round && next >= reader.high_watermark() {
            return seen;
        }
    }
}

#[test]
fn readers_follow_an_appender_that_rolls_flushes_and_deletes() {
    let directory = tempfile::tempdir().unwrap();
    let config = LogConfig {
        segment_bytes: 20_000,
        index_interval_bytes: 500,
        retention_ms: None,
        retention_bytes: Some(60_000),
        file_delete_delay_ms: 0,
        ..LogConfig::kafka_defaults()
    };
    let log = Mutex::new(begin(Arc::new(RealDisk), directory.path(), &config));
    let reader = log.lock().unwrap().reader();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let followers: Vec<_> = (0..3).map(|_| scope.spawn(|| follow(&reader, &stop))).collect();
        for round in 0..3000_i64 {
            let records = batches::plain(&[(NOW.value() + round, "value"), (NOW.value(), "another")]);
            let mut log = log.lock().unwrap();
            log.append_as_leader(records, &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
            let end = log.log_end_offset();
            log.raise_high_watermark(end);
            if round % 100 == 0 {
                log.delete_old_segments(NOW).unwrap();
                log.remove_due_files(NOW).unwrap();
            }
            if round % 70 == 0 {
                let ticket = log.begin_flush(FlushScope::InactiveSegments).unwrap();
                drop(log);
                drop(ticket.sync());
            }
        }
        stop.store(true, Ordering::Release);
        for follower in followers {
            assert!(follower.join().unwrap() > 0);
        }
    });
    let reader = log.into_inner().unwrap().reader();
    assert_eq!(reader.log_end_offset(), Offset::new(6000));
    let largest = reader.offset_of_max_timestamp().unwrap().unwrap();
    assert_eq!(largest.timestamp, Timestamp::new(NOW.value() + 2999));
}
