//! What one topic's logs run on.

mod defaults;
mod resolve;
mod validate;

pub use defaults::TopicDefaults;
pub(crate) use validate::local_retention_error;
pub use validate::{validate, validate_value};

use crate::InvalidValue;
use std::collections::BTreeMap;

/// Every topic key, resolved: the topic's own value, else the broker's, else Kafka's default.
///
/// Kafka's sentinels do not come in here: what may be without bound is an `Option`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicConfig {
    /// `cleanup.policy`
    pub cleanup_policy: CleanupPolicy,
    /// `compression.type` with the level that belongs to it.
    pub compression: TopicCompression,
    /// `delete.retention.ms`: how long tombstones outlive the compaction that found them.
    pub delete_retention_ms: i64,
    /// `file.delete.delay.ms`: between the renaming and the removal of a deleted segment's files.
    pub file_delete_delay_ms: i64,
    /// `flush.messages`: sync after this many records. `i64::MAX` in practice means never.
    pub flush_messages: i64,
    /// `flush.ms`: sync after this long. `i64::MAX` in practice means never.
    pub flush_ms: i64,
    /// `follower.replication.throttled.replicas`
    pub follower_throttled_replicas: ThrottledReplicas,
    /// `index.interval.bytes`: between two index entries.
    pub index_interval_bytes: u32,
    /// `leader.replication.throttled.replicas`
    pub leader_throttled_replicas: ThrottledReplicas,
    /// `local.retention.bytes`, with -2 resolved to `retention.bytes`. `None`: any size.
    pub local_retention_bytes: Option<u64>,
    /// `local.retention.ms`, with -2 resolved to `retention.ms`. `None`: for ever.
    pub local_retention_ms: Option<i64>,
    /// `max.compaction.lag.ms`
    pub max_compaction_lag_ms: i64,
    /// `max.message.bytes`: of a batch, its 12 bytes of offset and length included.
    pub max_message_bytes: u32,
    /// `message.timestamp.after.max.ms`: how far in the future a timestamp may lie.
    pub message_timestamp_after_max_ms: i64,
    /// `message.timestamp.before.max.ms`: how far in the past a timestamp may lie.
    pub message_timestamp_before_max_ms: i64,
    /// `message.timestamp.type`
    pub message_timestamp_type: TimestampType,
    /// `min.cleanable.dirty.ratio`, 0 to 1.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`
    pub min_compaction_lag_ms: i64,
    /// `min.insync.replicas`
    pub min_insync_replicas: u32,
    /// `preallocate`
    pub preallocate: bool,
    /// `remote.log.copy.disable`
    pub remote_log_copy_disable: bool,
    /// `remote.log.delete.on.disable`
    pub remote_log_delete_on_disable: bool,
    /// `remote.storage.enable`
    pub remote_storage_enable: bool,
    /// `retention.bytes`. `None`: any size.
    pub retention_bytes: Option<u64>,
    /// `retention.ms`. `None`: for ever.
    pub retention_ms: Option<i64>,
    /// `internal.segment.bytes` if set, else `segment.bytes`.
    pub segment_bytes: u32,
    /// `segment.index.bytes`: the largest index file.
    pub segment_index_bytes: u32,
    /// `segment.jitter.ms`
    pub segment_jitter_ms: i64,
    /// `segment.ms`
    pub segment_ms: i64,
    /// `unclean.leader.election.enable`
    pub unclean_leader_election_enable: bool,
}

/// What happens to old segments. Neither of the two: they are kept for ever (KIP-1030).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// Keep the last record of every key.
    pub compact: bool,
    /// Drop segments beyond the retention limits.
    pub delete: bool,
}

/// How a topic's batches are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicCompression {
    /// As the producer sent them.
    Producer,
    /// Not compressed, whatever the producer sent.
    Uncompressed,
    /// gzip; level 1–9, `None` for zlib's default.
    Gzip {
        /// `compression.gzip.level`
        level: Option<u32>,
    },
    /// snappy, which has no levels.
    Snappy,
    /// LZ4.
    Lz4 {
        /// `compression.lz4.level`, 1–17.
        level: i32,
    },
    /// Zstandard.
    Zstd {
        /// `compression.zstd.level`, -131072–22.
        level: i32,
    },
}

/// Whose clock dates a topic's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's, when it appends.
    LogAppendTime,
}

/// Which replicas of a topic a replication quota applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThrottledReplicas {
    /// `*`
    All,
    /// These (partition, broker) pairs, perhaps none.
    Some(Vec<(i32, i32)>),
}

impl TopicConfig {
    /// A topic's keys: its own `overrides` on top of what the broker gives it.
    ///
    /// # Errors
    /// The first override that its key does not allow. Overrides were validated before they got into the metadata, so
    /// this tells of metadata from elsewhere.
    pub fn resolve(defaults: &TopicDefaults, overrides: &BTreeMap<String, String>) -> Result<Self, InvalidValue> {
        resolve::resolve(defaults, overrides)
    }
}

/// Kafka's defaults.
impl Default for TopicConfig {
    fn default() -> Self {
        Self::resolve(&TopicDefaults::default(), &BTreeMap::new()).expect("declared defaults are valid")
    }
}
