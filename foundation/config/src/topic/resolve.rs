//! From texts to a [`TopicConfig`].

use super::{CleanupPolicy, ThrottledReplicas, TimestampType, TopicCompression, TopicConfig, TopicDefaults};
use crate::keys;
use crate::{InvalidValue, Value};
use std::collections::BTreeMap;

/// The values of one topic, each parsed when it is asked for.
struct Values<'a> {
    defaults: &'a TopicDefaults,
    overrides: &'a BTreeMap<String, String>,
}

impl Values<'_> {
    /// `None` only for `internal.segment.bytes`, the one key without a default.
    fn get(&self, name: &str) -> Result<Option<Value>, InvalidValue> {
        let key = keys::topic().get(name).expect("resolve asks only for declared keys");
        let text = self.overrides.get(name).map(String::as_str).or_else(|| self.defaults.text(name));
        text.map(|text| key.parse(text)).transpose()
    }
    fn boolean(&self, name: &str) -> Result<bool, InvalidValue> {
        Ok(matches!(self.get(name)?, Some(Value::Boolean(true))))
    }
    fn int(&self, name: &str) -> Result<i32, InvalidValue> {
        match self.get(name)? {
            Some(Value::Int(number)) => Ok(number),
            other => unreachable!("{name} is declared as an int with a default, not {other:?}"),
        }
    }
    /// Of keys whose bounds keep negative numbers out.
    fn count(&self, name: &str) -> Result<u32, InvalidValue> {
        Ok(self.int(name)?.try_into().expect("the key's bounds exclude negative numbers"))
    }
    fn long(&self, name: &str) -> Result<i64, InvalidValue> {
        match self.get(name)? {
            Some(Value::Long(number)) => Ok(number),
            other => unreachable!("{name} is declared as a long with a default, not {other:?}"),
        }
    }
    fn text(&self, name: &str) -> Result<String, InvalidValue> {
        match self.get(name)? {
            Some(Value::String(text)) => Ok(text),
            other => unreachable!("{name} is declared as a string with a default, not {other:?}"),
        }
    }
    fn list(&self, name: &str) -> Result<Vec<String>, InvalidValue> {
        Ok(self.get(name)?.map(|value| value.as_list().to_vec()).unwrap_or_default())
    }
    fn double(&self, name: &str) -> Result<f64, InvalidValue> {
        match self.get(name)? {
            Some(Value::Double(number)) => Ok(number),
            other => unreachable!("{name} is declared as a double with a default, not {other:?}"),
        }
    }
}

pub(super) fn resolve(
    defaults: &TopicDefaults,
    overrides: &BTreeMap<String, String>,
) -> Result<TopicConfig, InvalidValue> {
    let values = Values { defaults, overrides };
    let policy = values.list("cleanup.policy")?;
    let retention_bytes = values.long("retention.bytes")?;
    let retention_ms = values.long("retention.ms")?;
    Ok(TopicConfig {
        cleanup_policy: CleanupPolicy {
            compact: policy.iter().any(|policy| policy == "compact"),
            delete: policy.iter().any(|policy| policy == "delete"),
        },
        compression: compression(&values)?,
        delete_retention_ms: values.long("delete.retention.ms")?,
        file_delete_delay_ms: values.long("file.delete.delay.ms")?,
        flush_messages: values.long("flush.messages")?,
        flush_ms: values.long("flush.ms")?,
        follower_throttled_replicas: throttled(&values.list("follower.replication.throttled.replicas")?),
        index_interval_bytes: values.count("index.interval.bytes")?,
        leader_throttled_replicas: throttled(&values.list("leader.replication.throttled.replicas")?),
        local_retention_bytes: size(local(values.long("local.retention.bytes")?, retention_bytes)),
        local_retention_ms: time(local(values.long("local.retention.ms")?, retention_ms)),
        max_compaction_lag_ms: values.long("max.compaction.lag.ms")?,
        max_message_bytes: values.count("max.message.bytes")?,
        message_timestamp_after_max_ms: values.long("message.timestamp.after.max.ms")?,
        message_timestamp_before_max_ms: values.long("message.timestamp.before.max.ms")?,
        message_timestamp_type: match values.text("message.timestamp.type")?.as_str() {
            "LogAppendTime" => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        },
        min_cleanable_dirty_ratio: values.double("min.cleanable.dirty.ratio")?,
        min_compaction_lag_ms: values.long("min.compaction.lag.ms")?,
        min_insync_replicas: values.count("min.insync.replicas")?,
        preallocate: values.boolean("preallocate")?,
        remote_log_copy_disable: values.boolean("remote.log.copy.disable")?,
        remote_log_delete_on_disable: values.boolean("remote.log.delete.on.disable")?,
        remote_storage_enable: values.boolean("remote.storage.enable")?,
        retention_bytes: size(retention_bytes),
        retention_ms: time(retention_ms),
        segment_bytes: segment_bytes(&values)?,
        segment_index_bytes: values.count("segment.index.bytes")?,
        segment_jitter_ms: values.long("segment.jitter.ms")?,
        segment_ms: values.long("segment.ms")?,
        unclean_leader_election_enable: values.boolean("unclean.leader.election.enable")?,
    })
}

fn compression(values: &Values<'_>) -> Result<TopicCompression, InvalidValue> {
    let gzip_level = values.int("compression.gzip.level")?;
    let lz4_level = values.int("compression.lz4.level")?;
    let zstd_level = values.int("compression.zstd.level")?;
    Ok(match values.text("compression.type")?.as_str() {
        "uncompressed" => TopicCompression::Uncompressed,
        "gzip" => TopicCompression::Gzip { level: u32::try_from(gzip_level).ok() },
        "snappy" => TopicCompression::Snappy,
        "lz4" => TopicCompression::Lz4 { level: lz4_level },
        "zstd" => TopicCompression::Zstd { level: zstd_level },
        _ => TopicCompression::Producer,
    })
}

/// The internal key has no bounds in Kafka; below one byte it is taken for one.
fn segment_bytes(values: &Values<'_>) -> Result<u32, InvalidValue> {
    match values.get("internal.segment.bytes")? {
        Some(Value::Int(number)) => Ok(u32::try_from(number).unwrap_or(1).max(1)),
        _ => values.count("segment.bytes"),
    }
}

/// -2 stands for the other key's value.
fn local(own: i64, whole: i64) -> i64 {
    if own == -2 { whole } else { own }
}

/// Any negative size is no limit.
fn size(bytes: i64) -> Option<u64> {
    u64::try_from(bytes).ok()
}

fn time(milliseconds: i64) -> Option<i64> {
    (milliseconds >= 0).then_some(milliseconds)
}

/// The key's bounds let only pairs of numbers, empty entries and `*` through.
fn throttled(entries: &[String]) -> ThrottledReplicas {
    if entries.concat().trim() == "*" {
        return ThrottledReplicas::All;
    }
    let pairs = entries.iter().filter_map(|entry| {
        let (partition, broker) = entry.trim().split_once(':')?;
        Some((partition.parse().ok()?, broker.parse().ok()?))
    });
    ThrottledReplicas::Some(pairs.collect())
}
