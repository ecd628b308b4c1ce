//! Groups, their offsets, and the topic that keeps both.

use super::reader::Reader;
use std::time::Duration;

/// Classic groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsConfig {
    /// `group.min.session.timeout.ms`: the shortest session that a member may ask for.
    pub session_timeout_min_ms: i32,
    /// `group.max.session.timeout.ms`: the longest.
    pub session_timeout_max_ms: i32,
    /// `group.max.size`: members.
    pub size_max: u32,
    /// `group.initial.rebalance.delay.ms`: how long the first rebalance of an empty group waits for more members.
    pub initial_rebalance_delay: Duration,
}

/// Committed offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetsConfig {
    /// `offset.metadata.max.bytes`: of the note that goes with an offset. Negative: there is no room for any.
    pub metadata_bytes_max: i32,
    /// `offsets.retention.minutes`: how long an offset is kept that nobody uses.
    pub retention: Duration,
    /// `offsets.retention.check.interval.ms`
    pub retention_check_interval: Duration,
    /// `offsets.commit.timeout.ms`: how long an answer waits for what it says to be committed.
    pub commit_timeout: Duration,
    /// `offsets.load.buffer.size`: bytes that are read at a time when groups are loaded.
    pub load_buffer_bytes: u32,
    /// `offsets.topic.…`
    pub topic: OffsetsTopicConfig,
}

/// `__consumer_offsets`, as it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetsTopicConfig {
    /// `offsets.topic.num.partitions`
    pub partitions: u32,
    /// `offsets.topic.replication.factor`
    pub replication_factor: u32,
    /// `offsets.topic.segment.bytes`
    pub segment_bytes: u32,
    /// `offsets.topic.compression.codec`: by its number in the attributes of a batch (0 none, 1 gzip, 2 snappy, 3 lz4,
    /// 4 zstd).
    pub compression: u8,
}

/// The largest number of a codec (zstd).
const CODEC_MAX: u8 = 4;

impl GroupsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            session_timeout_min_ms: reader.int("group.min.session.timeout.ms"),
            session_timeout_max_ms: reader.int("group.max.session.timeout.ms"),
            size_max: reader.count("group.max.size"),
            initial_rebalance_delay: reader.milliseconds("group.initial.rebalance.delay.ms"),
        }
    }
}

impl OffsetsConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            metadata_bytes_max: reader.int("offset.metadata.max.bytes"),
            retention: Duration::from_secs(60 * u64::from(reader.count("offsets.retention.minutes"))),
            retention_check_interval: reader.milliseconds("offsets.retention.check.interval.ms"),
            commit_timeout: reader.milliseconds("offsets.commit.timeout.ms"),
            load_buffer_bytes: reader.count("offsets.load.buffer.size"),
            topic: OffsetsTopicConfig {
                partitions: reader.count("offsets.topic.num.partitions"),
                replication_factor: reader.count("offsets.topic.replication.factor"),
                segment_bytes: reader.count("offsets.topic.segment.bytes"),
                compression: codec(reader),
            },
        }
    }
}

fn codec(reader: &mut Reader<'_>) -> u8 {
    const KEY: &str = "offsets.topic.compression.codec";
    let id = reader.int(KEY);
    match u8::try_from(id) {
        Ok(codec) if codec <= CODEC_MAX => codec,
        _ => {
            reader.refuse(KEY, format!("Unknown compression type id: {id}"));
            0
        }
    }
}
