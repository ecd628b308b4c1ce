//! What a log needs to know of its topic's configuration.

use ottla_model::Timestamp;
use ottla_records::{Compressor, TimestampType};

/// The topic configs that storage acts on, in the units that it acts in. Whoever owns the log makes this of the topic's
/// effective configuration and replaces it when that changes ([`PartitionLog::set_config`](crate::PartitionLog::set_config)).
#[derive(Debug, Clone, PartialEq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment takes no batch that would make it larger.
    pub segment_bytes: u32,
    /// `segment.ms`: a segment is rolled when its first batch is this much older than the one to be appended.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to this much is taken off `segment_ms`, another amount for each segment.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: a segment is rolled when one of its indexes has this size. Nothing is preallocated.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: at least this many bytes lie between two index entries.
    pub index_interval_bytes: u32,
    /// `max.message.bytes`: the largest batch that a leader takes.
    pub max_message_bytes: u32,
    /// `compression.type` and its level.
    pub compression: TopicCompression,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`: how far before the leader's clock a record's timestamp may be.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`: how far after the leader's clock a record's timestamp may be.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` names `delete`.
    pub delete: bool,
    /// Whether `cleanup.policy` names `compact`: records need keys.
    pub compact: bool,
    /// `max.compaction.lag.ms`: of a compacted topic, a segment is rolled at this age at the latest, and compacted then,
    /// however little of the log it is.
    pub max_compaction_lag_ms: i64,
    /// `min.compaction.lag.ms`: records that are younger than this are not compacted.
    pub min_compaction_lag_ms: i64,
    /// `min.cleanable.dirty.ratio`: a log is worth compacting when more than this part of it has not been.
    pub min_cleanable_dirty_ratio: f64,
    /// `delete.retention.ms`: how long tombstones and transaction markers outlive the compaction that finds that they
    /// are all that is left.
    pub delete_retention_ms: i64,
    /// `retention.ms`; `None` (-1) keeps for ever.
    pub retention_ms: Option<i64>,
    /// `retention.bytes`; `None` (-1) keeps whatever the size.
    pub retention_bytes: Option<u64>,
    /// `file.delete.delay.ms`: how long a file that is no longer part of the log stays readable for those who had it.
    pub file_delete_delay_ms: i64,
    /// `ottla.produce.validation`.
    pub validation: Validation,
}

/// `compression.type` of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TopicCompression {
    /// As the producer chose.
    #[default]
    Producer,
    /// Always this one, at this level (`uncompressed` is [`Compression::None`](ottla_records::Compression::None)); batches
    /// of others are compressed anew.
    Fixed(Compressor),
}

/// `ottla.produce.validation`: how much of a compressed batch a leader looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// The header and the CRC; the records too where the topic needs it: another codec, compaction,
    /// `message.timestamp.before.max.ms`, or a header that says that a timestamp is out of range.
    #[default]
    Header,
    /// Every record, as Kafka does.
    Full,
}

impl LogConfig {
    /// Kafka's defaults.
    pub const fn kafka_defaults() -> Self {
        const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;
        Self {
            segment_bytes: 1 << 30,
            segment_ms: WEEK_MS,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            compression: TopicCompression::Producer,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 60 * 60 * 1000,
            delete: true,
            compact: false,
            max_compaction_lag_ms: i64::MAX,
            min_compaction_lag_ms: 0,
            min_cleanable_dirty_ratio: 0.5,
            delete_retention_ms: 24 * 60 * 60 * 1000,
            retention_ms: Some(WEEK_MS),
            retention_bytes: None,
            file_delete_delay_ms: 60_000,
            validation: Validation::Header,
        }
    }

    /// How old a segment may become before it is rolled, without jitter.
    pub(crate) fn segment_age_max_ms(&self) -> i64 {
        if self.compact && self.max_compaction_lag_ms > 0 {
            self.max_compaction_lag_ms.min(self.segment_ms)
        } else {
            self.segment_ms
        }
    }

    /// When a file that leaves the log at `now` may be removed.
    pub(crate) fn file_removal_time(&self, now: Timestamp) -> Timestamp {
        now.plus_milliseconds(self.file_delete_delay_ms)
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self::kafka_defaults()
    }
}
