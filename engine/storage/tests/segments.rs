//! Segments: when they begin and go, and what is in their files.

mod support;

use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_storage::{AppendError, Disk, FlushScope, LeaderAppend, LogConfig, OpenLog, PartitionLog, ReadError};
use std::path::Path;
use std::sync::Arc;
use support::simulated_disk::SimulatedDisk;
use support::{EPOCH, NOW, batches, begin, read_to_end, reopen_clean, to_open};

const DIRECTORY: &str = "/data/topic-3";

fn start(config: &LogConfig) -> (Arc<SimulatedDisk>, PartitionLog) {
    let disk = Arc::new(SimulatedDisk::default());
    (disk.clone(), begin(disk, Path::new("/data"), config))
}
fn append_at(log: &mut PartitionLog, timestamp: i64, now: i64) -> bool {
    let append = LeaderAppend::from_client(EPOCH, Timestamp::new(now));
    log.append_as_leader(batches::plain(&[(timestamp, "value")]), &append).unwrap().rolled
}
fn append(log: &mut PartitionLog) -> bool {
    append_at(log, NOW.value(), NOW.value())
}
fn append_times(log: &mut PartitionLog, times: usize) {
    for _ in 0..times {
        append(log);
    }
}
fn batch_size() -> u32 {
    batches::plain(&[(NOW.value(), "value")]).len() as u32
}
fn file(disk: &SimulatedDisk, name: &str) -> Vec<u8> {
    disk.content(&Path::new(DIRECTORY).join(name)).unwrap()
}
fn any_age() -> LogConfig {
    LogConfig { timestamp_after_max_ms: i64::MAX, ..LogConfig::kafka_defaults() }
}

#[test]
fn segments_are_rolled_when_the_next_batch_does_not_fit() {
    let (disk, mut log) = start(&LogConfig { segment_bytes: 3 * batch_size(), ..any_age() });
    let rolled: Vec<bool> = (0..7).map(|_| append(&mut log)).collect();
    assert_eq!(rolled, [false, false, false, true, false, false, true]);
    assert_eq!(log.segment_count(), 3);
    assert_eq!(file(&disk, "00000000000000000003.log").len() as u32, 3 * batch_size());
    assert_eq!(file(&disk, "00000000000000000006.log").len() as u32, batch_size());
    // Version 1, CRC, no producers.
    assert_eq!(file(&disk, "00000000000000000006.snapshot"), [0, 1, 0x48, 0x67, 0x4b, 0xc7, 0, 0, 0, 0]);
}

#[test]
fn segments_are_rolled_by_the_age_of_their_records() {
    let (_, mut log) = start(&LogConfig { segment_ms: 1000, ..any_age() });
    assert!(!append_at(&mut log, 5000, 0));
    assert!(!append_at(&mut log, 6000, 0), "exactly as old as it may be");
    assert!(append_at(&mut log, 6001, 0));
    assert!(!append_at(&mut log, 2000, 0), "older records do not make a segment older");
    assert!(!append_at(&mut log, 7001, 99_999), "nor does the clock, if they have timestamps");
}

#[test]
fn segments_without_timestamps_are_rolled_by_the_clock() {
    let (_, mut log) = start(&LogConfig { segment_ms: 1000, ..any_age() });
    let opened = NOW.value();
    assert!(!append_at(&mut log, -1, opened));
    assert!(!append_at(&mut log, -1, opened + 1000));
    assert!(append_at(&mut log, -1, opened + 1001));
}

#[test]
fn jitter_makes_segments_a_little_younger_and_not_all_alike() {
    let config = LogConfig { segment_ms: 1000, segment_jitter_ms: 500, ..any_age() };
    let mut ages = Vec::new();
    let (_, mut log) = start(&config);
    let mut first = 0;
    for now in 0..20_000 {
        if append_at(&mut log, now, 0) {
            ages.push(now - first);
            first = now;
        }
    }
    assert!(ages.iter().all(|age| (501..=1001).contains(age)), "{ages:?}");
    ages.sort_unstable();
    ages.dedup();
    assert!(ages.len() > 5, "{ages:?}");
}

#[test]
fn segments_are_rolled_when_an_index_is_full_and_when_offsets_run_out() {
    let config = LogConfig { index_interval_bytes: 0, segment_index_bytes: 4 * 12, ..any_age() };
    let (_, mut log) = start(&config);
    // The first batch is not indexed; then one entry for each.
    let rolled: Vec<bool> = (0..8).map(|_| append(&mut log)).collect();
    assert_eq!(rolled, [false, false, false, false, false, false, false, true]);
    // All timestamps are new, so the time index is full first: one place is for the entry that ends it.
    let (_, mut log) = start(&config);
    let rolled: Vec<bool> = (0..6).map(|timestamp| append_at(&mut log, timestamp, 0)).collect();
    assert_eq!(rolled, [false, false, false, false, true, false]);

    let (_, mut follower) = start(&any_age());
    let far = |offset: i64| {
        let builder = ottla_records::BatchBuilder::new(Offset::new(offset), ottla_records::Compression::None);
        batches::build(builder.partition_leader_epoch(EPOCH), &[(NOW.value(), "v")])
    };
    let mut append = |offset| follower.append_as_follower(far(offset), EPOCH, NOW).unwrap().unwrap().rolled;
    assert!(!append(0));
    assert!(!append(i64::from(i32::MAX)));
    assert!(append(i64::from(i32::MAX) + 1));
}

#[test]
fn index_files_hold_what_kafka_would_write() {
    let size = batch_size();
    let config = LogConfig { index_interval_bytes: size, ..any_age() };
    let (disk, mut log) = start(&config);
    // More than the interval lies between entries: every second batch from the third on.
    for timestamp in [10, 30, 20, 40, 40, 50, 5] {
        append_at(&mut log, timestamp, 0);
    }
    log.roll(NOW).unwrap();
    let offsets: Vec<u8> = [(2_u32, 2 * size), (4, 4 * size), (6, 6 * size)]
        .iter()
        .flat_map(|(offset, position)| [offset.to_be_bytes(), position.to_be_bytes()].concat())
        .collect();
    assert_eq!(file(&disk, "00000000000000000000.index"), offsets);
    // The largest timestamp so far, and the batch that has it; nothing where it has not grown.
    let times: Vec<u8> = [(30_u64, 1_u32), (40, 3), (50, 5)]
        .iter()
        .flat_map(|(time, offset)| [&time.to_be_bytes()[..], &offset.to_be_bytes()].concat())
        .collect();
    assert_eq!(file(&disk, "00000000000000000000.timeindex"), times);
}

#[test]
fn an_index_is_not_longer_than_its_entries_and_comes_with_the_first_write_of_them() {
    let (disk, mut log) = start(&any_age());
    append(&mut log);
    assert!(!disk.names(Path::new(DIRECTORY)).iter().any(|name| name.ends_with("index")));
    log.flush(NOW).unwrap();
    assert!(file(&disk, "00000000000000000000.index").is_empty());
    let (_, report) = reopen_clean(disk.clone(), Path::new("/data"), &any_age(), log);
    assert!(report.is_clean());
    assert_eq!(file(&disk, "00000000000000000000.timeindex").len(), 12);
}

#[test]
fn a_missing_index_is_made_again_after_a_clean_shutdown() {
    let config = LogConfig { index_interval_bytes: 0, segment_bytes: 4 * batch_size(), ..any_age() };
    let (disk, mut log) = start(&config);
    for timestamp in 1..=10 {
        append_at(&mut log, timestamp, 0);
    }
    let recovery_point = log.close(NOW).unwrap();
    let before: Vec<(String, Vec<u8>)> =
        disk.names(Path::new(DIRECTORY)).into_iter().map(|name| (name.clone(), file(&disk, &name))).collect();
    for segment in [0, 4, 8] {
        let damaged = disk.after_kill();
        damaged.remove_file(&Path::new(DIRECTORY).join(format!("{segment:020}.index"))).unwrap();
        let open = to_open(damaged.clone(), Path::new("/data"), &config);
        let (log, report) = PartitionLog::open(OpenLog { clean_shutdown: true, recovery_point, ..open }).unwrap();
        assert_eq!(report.rebuilt_indexes, [Offset::new(segment)]);
        log.close(NOW).unwrap();
        for (name, content) in &before {
            assert_eq!(&file(&damaged, name), content, "{name}");
        }
    }
}

#[test]
fn a_preallocated_index_that_kafka_left_when_it_was_killed_is_made_again() {
    let config = LogConfig { index_interval_bytes: 0, ..any_age() };
    let (disk, mut log) = start(&config);
    for timestamp in 1..=5 {
        append_at(&mut log, timestamp, 0);
    }
    log.flush(NOW).unwrap();
    for recovery_point in [0, 3, 5] {
        for clean_shutdown in [false, true] {
            let disk = disk.after_kill();
            for name in ["00000000000000000000.index", "00000000000000000000.timeindex"] {
                let mut content = file(&disk, name);
                content.resize(10_485_756 / 12 * 24, 0);
                disk.set_content(&Path::new(DIRECTORY).join(name), content);
            }
            let open = to_open(disk.clone(), Path::new("/data"), &config);
            let recovery_point = Offset::new(recovery_point);
            let (mut log, _) = PartitionLog::open(OpenLog { clean_shutdown, recovery_point, ..open }).unwrap();
            append_at(&mut log, 6, 0);
            assert_eq!(
                read_to_end(&log.reader(), Offset::ZERO)
                    .iter()
                    .map(|read| batches::of(&read.records).len())
                    .sum::<usize>(),
                6
            );
            log.close(NOW).unwrap();
            // All but the first batch, and the first after an open, are indexed.
            assert_eq!(file(&disk, "00000000000000000000.index").len(), 4 * 8);
            assert_eq!(file(&disk, "00000000000000000000.timeindex").len(), 5 * 12);
        }
    }
}

#[test]
fn retention_by_time_goes_by_the_largest_timestamp_and_stops_at_the_high_watermark() {
    let config =
        LogConfig { segment_bytes: 2 * batch_size(), retention_ms: Some(100), file_delete_delay_ms: 500, ..any_age() };
    let (disk, mut log) = start(&config);
    for timestamp in [10, 20, 90, 30, 40, 50] {
        append_at(&mut log, timestamp, 0);
    }
    let delete_at = |log: &mut PartitionLog, now| log.delete_old_segments(Timestamp::new(now)).unwrap();
    assert_eq!(delete_at(&mut log, 1000), 0, "nothing is below the high watermark");
    log.set_high_watermark(Offset::new(5));
    assert_eq!(delete_at(&mut log, 120), 0);
    assert_eq!(delete_at(&mut log, 121), 1);
    assert_eq!(log.log_start_offset(), Offset::new(2));
    assert_eq!(log.log_start_offset_to_checkpoint(), None, "the first segment's name says it");
    assert_eq!(delete_at(&mut log, 155), 0, "the second segment has a record of 90 before it");
    let deleted = |disk: &SimulatedDisk| {
        disk.names(Path::new(DIRECTORY)).iter().filter(|name| name.ends_with(".deleted")).count()
    };
    assert_eq!(deleted(&disk), 3, "log and two indexes");
    assert_eq!(log.remove_due_files(Timestamp::new(620)).unwrap(), Some(Timestamp::new(621)));
    assert_eq!(log.remove_due_files(Timestamp::new(621)).unwrap(), None);
    assert_eq!(deleted(&disk), 0);

    assert_eq!(delete_at(&mut log, 1000), 1, "the active segment ends above the high watermark");
    log.set_high_watermark(Offset::new(6));
    assert_eq!(delete_at(&mut log, 1000), 1);
    assert_eq!(
        (log.log_start_offset(), log.log_end_offset(), log.segment_count()),
        (Offset::new(6), Offset::new(6), 1)
    );
    assert_eq!(delete_at(&mut log, 9000), 0, "an empty active segment stays");
}

#[test]
fn retention_by_size_keeps_at_least_what_it_says() {
    let size = u64::from(batch_size());
    let config = |kept| LogConfig {
        segment_bytes: 2 * batch_size(),
        retention_ms: None,
        retention_bytes: Some(kept),
        ..any_age()
    };
    for (kept, start_offset) in [(6 * size, 0), (4 * size + 1, 0), (4 * size, 2), (3 * size, 2), (0, 6)] {
        let (_, mut log) = start(&config(kept));
        append_times(&mut log, 6);
        log.set_high_watermark(Offset::new(6));
        log.delete_old_segments(NOW).unwrap();
        assert_eq!(log.log_start_offset(), Offset::new(start_offset), "{kept} bytes");
    }
}

#[test]
fn deleted_records_are_gone_at_once_and_their_segments_with_the_next_retention() {
    let config = LogConfig { segment_bytes: 2 * batch_size(), delete: false, compact: false, ..any_age() };
    let (_, mut log) = start(&config);
    append_times(&mut log, 6);
    log.set_high_watermark(Offset::new(5));
    assert!(matches!(log.delete_records_before(Offset::new(6)), Err(ReadError::OffsetOutOfRange { .. })));
    assert!(log.delete_records_before(Offset::new(3)).unwrap());
    assert!(!log.delete_records_before(Offset::new(2)).unwrap());
    let reader = log.reader();
    assert!(matches!(
        reader.read(&support::everything_from(&reader, Offset::new(2))),
        Err(ReadError::OffsetOutOfRange { .. })
    ));
    assert_eq!(log.log_start_offset_to_checkpoint(), Some(Offset::new(3)));
    assert_eq!(log.segment_count(), 3);
    log.delete_old_segments(NOW).unwrap();
    assert_eq!(log.segment_count(), 2);
    assert_eq!(log.log_start_offset(), Offset::new(3));
}

#[test]
fn a_reader_keeps_what_it_has_when_the_segment_goes() {
    let directory = tempfile::tempdir().unwrap();
    let config = LogConfig { retention_ms: Some(0), file_delete_delay_ms: 0, ..any_age() };
    let mut log = begin(Arc::new(ottla_storage::RealDisk), directory.path(), &config);
    append_at(&mut log, 1, 0);
    let reader = log.reader();
    let read = reader.read(&support::everything_from(&reader, Offset::ZERO)).unwrap();
    log.set_high_watermark(Offset::new(1));
    assert_eq!(log.delete_old_segments(Timestamp::new(100)).unwrap(), 1);
    log.remove_due_files(Timestamp::new(100)).unwrap();
    assert!(matches!(
        reader.read(&support::everything_from(&reader, Offset::ZERO)),
        Err(ReadError::OffsetOutOfRange { .. })
    ));
    assert_eq!(batches::values_of(&read.records), ["value"]);
}

#[test]
fn followers_take_what_leaders_have_and_nothing_else() {
    let (_, mut follower) = start(&any_age());
    let batch = |offset: i64, epoch: i32, count: usize| -> Bytes {
        let builder = ottla_records::BatchBuilder::new(Offset::new(offset), ottla_records::Compression::None);
        batches::build(builder.partition_leader_epoch(LeaderEpoch::new(epoch)), &vec![(NOW.value(), "v"); count])
    };
    let joined = |parts: &[Bytes]| Bytes::from(parts.concat());
    let epoch = LeaderEpoch::new(4);

    let half = batch(7, 4, 2);
    let sent = joined(&[batch(0, 2, 3), batch(5, 4, 2), half.slice(..half.len() - 1)]);
    let appended = follower.append_as_follower(sent, epoch, NOW).unwrap().unwrap();
    assert_eq!((appended.base_offset, appended.last_offset), (Offset::ZERO, Offset::new(6)));
    assert_eq!(follower.log_end_offset(), Offset::new(7), "the incomplete batch is left out");
    let reader = follower.reader();
    assert_eq!(reader.latest_epoch(), Some(epoch));
    assert_eq!(reader.epoch_of_offset(Offset::new(4)), Some(LeaderEpoch::new(2)));
    let end = reader.end_offset_for_epoch(LeaderEpoch::new(3)).unwrap();
    assert_eq!((end.leader_epoch, end.end_offset), (LeaderEpoch::new(2), Offset::new(5)));

    let ahead = joined(&[batch(7, 4, 1), batch(8, 5, 1)]);
    follower.append_as_follower(ahead, epoch, NOW).unwrap().unwrap();
    assert_eq!(follower.log_end_offset(), Offset::new(8), "a later epoch's batch is left out");
    assert!(follower.append_as_follower(batch(8, 5, 1), epoch, NOW).unwrap().is_none());
    assert!(follower.append_as_follower(Bytes::new(), epoch, NOW).unwrap().is_none());

    let refused = follower.append_as_follower(batch(7, 4, 1), epoch, NOW);
    assert!(matches!(refused, Err(AppendError::UnexpectedOffset { .. })), "{refused:?}");
    let refused = follower.append_as_follower(joined(&[batch(9, 4, 1), batch(9, 4, 1)]), epoch, NOW);
    assert!(matches!(refused, Err(AppendError::UnexpectedOffset { .. })), "{refused:?}");
    let mut damaged = batch(8, 4, 1).to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(follower.append_as_follower(damaged.into(), epoch, NOW), Err(AppendError::Corrupt { .. })));
    assert_eq!(follower.log_end_offset(), Offset::new(8));
}

#[test]
fn a_raft_leader_must_give_its_own_epoch() {
    let (_, mut log) = start(&any_age());
    let batch = |epoch: i32| {
        let builder = ottla_records::BatchBuilder::new(Offset::ZERO, ottla_records::Compression::None);
        batches::build(builder.partition_leader_epoch(LeaderEpoch::new(epoch)), &[(NOW.value(), "v")])
    };
    assert!(matches!(
        log.append_as_raft_leader(batch(1), LeaderEpoch::new(2), NOW),
        Err(AppendError::InvalidRecord { .. })
    ));
    assert!(log.append_as_raft_leader(Bytes::new(), LeaderEpoch::new(2), NOW).is_err());
    log.append_as_raft_leader(batch(2), LeaderEpoch::new(2), NOW).unwrap();
    assert_eq!(log.reader().latest_epoch(), Some(LeaderEpoch::new(2)));
}

#[test]
fn epochs_outlive_restarts_and_crashes_and_go_with_what_is_truncated() {
    let (disk, mut log) = start(&any_age());
    for epoch in [0, 0, 2, 5] {
        let append = LeaderAppend::from_client(LeaderEpoch::new(epoch), NOW);
        log.append_as_leader(batches::plain(&[(NOW.value(), "v")]), &append).unwrap();
    }
    let crashed = PartitionLog::open(to_open(disk.after_kill(), Path::new("/data"), &any_age())).unwrap().0;
    let ends = |log: &PartitionLog| -> Vec<Option<i64>> {
        let reader = log.reader();
        (0..7)
            .map(|epoch| reader.end_offset_for_epoch(LeaderEpoch::new(epoch)).map(|end| end.end_offset.value()))
            .collect()
    };
    let expected = [Some(2), Some(2), Some(3), Some(3), Some(3), Some(4), None];
    assert_eq!(ends(&log), expected);
    assert_eq!(ends(&crashed), expected);
    let (mut log, _) = reopen_clean(disk.clone(), Path::new("/data"), &any_age(), log);
    assert_eq!(ends(&log), expected);
    assert_eq!(file(&disk, "leader-epoch-checkpoint"), b"0\n3\n0 0\n2 2\n5 3\n");

    log.assign_epoch_start(LeaderEpoch::new(9), Offset::new(4));
    assert_eq!(log.reader().latest_epoch(), Some(LeaderEpoch::new(9)));
    assert!(!log.truncate_to(Offset::new(4), NOW).unwrap());
    assert_eq!(log.reader().latest_epoch(), Some(LeaderEpoch::new(5)), "an epoch without records goes");
    assert!(log.truncate_to(Offset::new(3), NOW).unwrap());
    assert_eq!(log.reader().latest_epoch(), Some(LeaderEpoch::new(2)));
    log.set_high_watermark(Offset::new(3));
    log.delete_records_before(Offset::new(1)).unwrap();
    assert_eq!(log.reader().epoch_of_offset(Offset::new(0)), None);
    assert_eq!(log.reader().epoch_of_offset(Offset::new(1)), Some(LeaderEpoch::new(0)));
}

#[test]
fn truncating_into_a_batch_takes_all_of_it_and_ends_where_it_was_told() {
    let (_, mut log) = start(&any_age());
    log.append_as_leader(batches::plain(&[(1, "a"), (2, "b"), (3, "c")]), &LeaderAppend::from_client(EPOCH, NOW))
        .unwrap();
    assert!(log.truncate_to(Offset::new(2), NOW).unwrap());
    assert_eq!(log.log_end_offset(), Offset::new(2));
    assert_eq!(log.size_in_bytes(), 0);
}

#[test]
fn interrupted_replacements_are_completed_and_incomplete_ones_undone() {
    let config = LogConfig { segment_bytes: 2 * batch_size(), ..any_age() };
    let (disk, mut log) = start(&config);
    append_times(&mut log, 6);
    log.close(NOW).unwrap();
    let path = |name: &str| Path::new(DIRECTORY).join(name);
    let open = |disk: &Arc<SimulatedDisk>| {
        let open = to_open(disk.clone(), Path::new("/data"), &config);
        PartitionLog::open(OpenLog { clean_shutdown: true, recovery_point: Offset::new(6), ..open }).unwrap()
    };
    let offsets = |log: &PartitionLog| -> Vec<i64> {
        read_to_end(&log.reader(), log.log_start_offset())
            .iter()
            .flat_map(|read| batches::records_of(&read.records))
            .map(|record| record.offset.value())
            .collect()
    };
    let copy = |disk: &SimulatedDisk, from: &str, to: &str| {
        disk.open(&path(to), ottla_storage::disk::Create::Anew).unwrap();
        disk.set_content(&path(to), file(disk, from));
    };

    // Compaction had renamed segment 0 (of offsets 0 to 3 together, say: here only 2 and 3 are left of them).
    let swapping = disk.after_kill();
    for kind in ["log", "index", "timeindex"] {
        copy(&swapping, &format!("00000000000000000002.{kind}"), &format!("00000000000000000000.{kind}.swap"));
    }
    let (log, report) = open(&swapping);
    assert_eq!(offsets(&log), [2, 3, 4, 5]);
    assert!(report.leftovers.iter().any(|name| name == "00000000000000000002.log"), "{report:?}");
    assert!(!swapping.names(Path::new(DIRECTORY)).iter().any(|name| name.ends_with(".swap")));

    // A split had written one half and not the other.
    let splitting = disk.after_kill();
    copy(&splitting, "00000000000000000000.log", "00000000000000000000.log.cleaned");
    copy(&splitting, "00000000000000000002.log", "00000000000000000002.log.swap");
    copy(&splitting, "00000000000000000004.log", "00000000000000000004.log.deleted");
    let (log, report) = open(&splitting);
    assert_eq!(offsets(&log), [0, 1, 2, 3, 4, 5]);
    assert_eq!(report.leftovers.len(), 3);
}

#[test]
fn a_log_that_ends_below_its_start_begins_anew_there() {
    let (disk, mut log) = start(&any_age());
    append(&mut log);
    log.flush(NOW).unwrap();
    let open = to_open(disk.clone(), Path::new("/data"), &any_age());
    let log_start_offset = Offset::new(10);
    let (log, report) = PartitionLog::open(OpenLog { log_start_offset, ..open }).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (log_start_offset, log_start_offset));
    assert_eq!(report.removed_segments, [Offset::ZERO]);
}

#[test]
fn a_flush_after_a_roll_moves_the_recovery_point_to_the_new_segment() {
    let (_, mut log) = start(&LogConfig { segment_bytes: 2 * batch_size(), ..any_age() });
    append_times(&mut log, 3);
    let synced = log.begin_flush(FlushScope::InactiveSegments).unwrap().sync();
    log.complete_flush(synced, NOW).unwrap();
    assert_eq!((log.recovery_point(), log.unflushed_records()), (Offset::new(2), 1));
}

#[test]
fn the_topics_id_is_written_once_and_compared_ever_after() {
    let id: ottla_model::TopicId = "72DdlFkRSvOTODhijJGSDw".parse().unwrap();
    let disk = Arc::new(SimulatedDisk::default());
    let open =
        |topic_id| PartitionLog::open(OpenLog { topic_id, ..to_open(disk.clone(), Path::new("/data"), &any_age()) });
    assert_eq!(open(None).unwrap().0.topic_id(), None);
    assert_eq!(open(Some(id)).unwrap().0.topic_id(), Some(id));
    assert_eq!(file(&disk, "partition.metadata"), b"version: 0\ntopic_id: 72DdlFkRSvOTODhijJGSDw");
    assert_eq!(open(None).unwrap().0.topic_id(), Some(id));
    let other = "AAAAAAAAAAAAAAAAAAAABQ".parse().unwrap();
    assert!(matches!(open(Some(other)), Err(ottla_storage::StorageError::InconsistentTopicId { .. })));
}
