//! How long a broker takes to know what was committed, and what that takes of its memory.
//! `cargo test --release -p ottla-coordinators --test reload -- --ignored --nocapture`

use bytes::{Bytes, BytesMut};
use ottla_coordinators::group::offsets::FetchRequest;
use ottla_coordinators::group::records::{CommittedOffset, OffsetKey};
use ottla_coordinators::{GroupShard, ReplayedRecord, Shard};
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};
use ottla_records::{BatchBuilder, Compression};
use std::sync::Arc;
use std::time::Instant;

const GROUPS: i64 = 1_000;
const TOPICS: i64 = 10;
const PARTITIONS: i32 = 100;
const TIME: Timestamp = Timestamp::new(1_700_000_000_000);

/// Prints how long the replay of a million commits takes, from the bytes of the log on, and of as many that come after them.
#[test]
#[ignore = "prints times, proves nothing"]
fn a_million_commits() {
    let log = log();
    let memory_before = resident_bytes();
    let mut shard = GroupShard::new(Arc::default());

    let begun = Instant::now();
    let commits = replay(&mut shard, log.clone());
    let took = begun.elapsed();
    let memory = resident_bytes().zip(memory_before).map(|(after, before)| after.saturating_sub(before) / commits);
    println!("{commits} commits in {} bytes of log: replayed in {took:?}", log.len());
    println!("memory for each: {} bytes", memory.map_or_else(|| "unknown".to_owned(), |bytes| bytes.to_string()));

    let begun = Instant::now();
    replay(&mut shard, log);
    println!("the same again: {:?}", begun.elapsed());

    let request = FetchRequest { group_id: group(7), topics: None, require_stable: true };
    let fetched = shard.fetch_offsets(&request).reply.unwrap();
    assert_eq!(fetched.iter().map(|topic| topic.partitions.len()).sum::<usize>(), 1_000);
}

fn group(number: i64) -> String {
    format!("payments-service-{number}")
}

/// A batch for each commit of a group, with the partitions of one topic.
fn log() -> Bytes {
    let mut log = BytesMut::new();
    let mut next_offset = Offset::ZERO;
    for number in 0..GROUPS * TOPICS {
        let mut batch = BatchBuilder::new(next_offset, Compression::None);
        for partition in 0..PARTITIONS {
            let key = OffsetKey {
                group: group(number / TOPICS),
                topic: format!("payments.topic-{}", number % TOPICS),
                partition: PartitionIndex::new(partition),
            };
            let committed = CommittedOffset {
                offset: Offset::new(123_456),
                leader_epoch: Some(LeaderEpoch::new(3)),
                metadata: String::new(),
                commit_timestamp: TIME,
                expire_timestamp: None,
                topic_id: Uuid::ONE,
            };
            let record = key.record(&committed).unwrap();
            batch.append(TIME, Some(&record.key), record.value.as_deref(), &[]).unwrap();
            next_offset = next_offset.next();
        }
        log.extend_from_slice(&batch.build().unwrap());
    }
    log.freeze()
}

fn replay(shard: &mut GroupShard, log: Bytes) -> u64 {
    let mut commits = 0;
    for batch in ottla_records::batches(log) {
        let batch = batch.unwrap();
        batch.verify_crc().unwrap();
        for record in batch.records(usize::MAX).unwrap() {
            let record = record.unwrap();
            let (key, value) = (record.key.unwrap(), record.value);
            let (offset, timestamp) = (record.offset, record.timestamp);
            shard.replay(ReplayedRecord { key, value, offset, timestamp, transaction: None }).unwrap();
            commits += 1;
        }
    }
    commits
}

/// What the process has in memory, where the system says so.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
