//! What the tests of a log need: a disk that forgets, and shorthands.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod batches;
pub mod compaction;
pub mod simulated_disk;

use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
use ottla_storage::{
    Disk, LogConfig, LogRead, LogReader, OpenFiles, OpenLog, PartitionLog, ProducerStateConfig, ReadRequest,
    RecoveryReport,
};
use std::path::Path;
use std::sync::Arc;

pub const EPOCH: LeaderEpoch = LeaderEpoch::new(0);
pub const NOW: Timestamp = Timestamp::new(1_700_000_000_000);

/// How many random cases to try: `PROPTEST_CASES`, or what a quick run can afford.
pub fn cases(quick: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(quick)
}

pub fn partition() -> TopicPartition {
    TopicPartition { topic: TopicName::new("topic").unwrap(), partition: PartitionIndex::new(3) }
}

/// What opens a log in `directory`, as if for the first time.
pub fn to_open(disk: Arc<dyn Disk>, directory: &Path, config: &LogConfig) -> OpenLog {
    OpenLog {
        disk,
        open_files: Arc::new(OpenFiles::new(4)),
        directory: directory.join("topic-3"),
        topic_partition: partition(),
        topic_id: None,
        config: Arc::new(config.clone()),
        producers: ProducerStateConfig::default(),
        recovery_point: Offset::ZERO,
        log_start_offset: Offset::ZERO,
        cleaned_to: None,
        clean_shutdown: false,
        jitter_seed: 7,
        now: NOW,
    }
}

/// A log that has just been begun.
pub fn begin(disk: Arc<dyn Disk>, directory: &Path, config: &LogConfig) -> PartitionLog {
    PartitionLog::open(to_open(disk, directory, config)).unwrap().0
}

/// Closes a log and opens it again.
pub fn reopen_clean(
    disk: Arc<dyn Disk>,
    directory: &Path,
    config: &LogConfig,
    log: PartitionLog,
) -> (PartitionLog, RecoveryReport) {
    let log_start_offset = log.log_start_offset();
    let recovery_point = log.close(NOW).unwrap();
    let open = to_open(disk, directory, config);
    PartitionLog::open(OpenLog { clean_shutdown: true, recovery_point, log_start_offset, ..open }).unwrap()
}

pub fn everything_from(reader: &LogReader, start_offset: Offset) -> ReadRequest {
    ReadRequest {
        start_offset,
        max_bytes: u32::MAX,
        upper_bound: reader.log_end_offset(),
        whole_first_batch: true,
        aborted_transactions: false,
    }
}

/// Reads to the log's end, segment after segment.
pub fn read_to_end(reader: &LogReader, start_offset: Offset) -> Vec<LogRead> {
    let mut reads = Vec::new();
    let mut next = start_offset;
    loop {
        let read = reader.read(&everything_from(reader, next)).unwrap();
        let Some(last) = batches::of(&read.records).last().map(|batch| batch.header.last_offset()) else {
            return reads;
        };
        assert!(last >= next, "a read must make progress");
        next = last.next();
        reads.push(read);
    }
}
