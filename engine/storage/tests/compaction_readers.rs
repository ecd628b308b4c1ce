//! Readers beside compaction: whatever segment they are in, they see records that were appended, each under its offset.

mod support;

use ottla_model::Offset;
use ottla_storage::{LeaderAppend, LogConfig, LogReader, PartitionLog, ReadRequest, RealDisk};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use support::compaction::{compact, config, keyed, words};
use support::{EPOCH, NOW, batches, begin};

const KEYS: i64 = 20;
const ROUNDS: i64 = 12;

fn key_of(offset: i64) -> String {
    format!("key-{}", offset * 7 % KEYS)
}

/// Jumps about in the log, and looks at what is there.
fn read_about(reader: &LogReader, seed: i64, stop: &AtomicBool) -> u64 {
    let (mut at, mut seen) = (seed, 0);
    while !stop.load(Ordering::Acquire) {
        let end = reader.log_end_offset().value();
        at = (at * 31 + 17) % (end + 1);
        let request = ReadRequest {
            start_offset: Offset::new(at),
            max_bytes: 500,
            upper_bound: Offset::new(end),
            whole_first_batch: true,
            aborted_transactions: true,
        };
        let read = reader.read(&request).unwrap();
        let whole = batches::of_whole(&read.records);
        // The last may be cut; the others must be what they say they are.
        for batch in &whole {
            batch.verify_crc().unwrap();
            for record in batch.records(1 << 20).unwrap() {
                let record = record.unwrap();
                let offset = record.offset.value();
                assert_eq!(record.value.as_deref(), Some(offset.to_string().as_bytes()));
                assert_eq!(record.key.as_deref(), Some(key_of(offset).as_bytes()));
                seen += 1;
            }
        }
        if let Some(first) = whole.first() {
            assert!(first.header.last_offset().value() >= at, "{at} was asked for");
        }
        reader.offset_for_timestamp(NOW).unwrap();
    }
    seen
}

fn append(log: &mut PartitionLog) {
    let offset = log.log_end_offset().value();
    let records = keyed(&[(&key_of(offset), Some(&offset.to_string()))]);
    log.append_as_leader(records, &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
    log.set_high_watermark(log.log_end_offset());
}

#[test]
fn readers_see_only_what_was_appended() {
    let directory = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 2000, index_interval_bytes: 200, file_delete_delay_ms: 0, ..config() };
    // Four open files are far too few, so that readers open the same ones again and again.
    let log = Mutex::new(begin(Arc::new(RealDisk), directory.path(), &config));
    let reader = log.lock().unwrap().reader();
    let (stop, seen) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let (reader, stop, seen) = (&reader, &stop, &seen);
        for seed in 0..3 {
            scope.spawn(move || seen.fetch_add(read_about(reader, seed, stop), Ordering::Relaxed));
        }
        let outcome = scope.spawn(|| {
            for _ in 0..ROUNDS {
                for _ in 0..60 {
                    append(&mut log.lock().unwrap());
                }
                compact(&log, NOW).unwrap();
                log.lock().unwrap().remove_due_files(NOW).unwrap();
            }
        });
        let outcome = outcome.join();
        stop.store(true, Ordering::Release);
        outcome.unwrap();
    });
    assert!(seen.load(Ordering::Relaxed) > 0);
    let end = ROUNDS * 60;
    log.lock().unwrap().roll(NOW).unwrap();
    compact(&log, NOW).unwrap();
    let expected: Vec<String> =
        (end - KEYS..end).map(|offset| format!("{offset}:{}={offset}", key_of(offset))).collect();
    assert_eq!(words(&log), expected);
    let leftovers = std::fs::read_dir(directory.path().join("topic-3")).unwrap();
    let names: Vec<_> = leftovers.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(
        !names
            .iter()
            .any(|name| Path::new(name).extension().is_some_and(|suffix| suffix == "swap" || suffix == "cleaned")),
        "{names:?}"
    );
}
