//! From a topic's configuration to what its logs and rules go by.

use super::FlushPolicy;
use ottla_config::broker::ProduceValidation;
use ottla_config::topic::{TimestampType, TopicCompression};
use ottla_config::{BrokerConfig, TopicConfig};
use ottla_metadata::image::ConfigMap;
use ottla_records::{Compression, Compressor};
use ottla_storage::{LogConfig, ProducerStateConfig, Validation};
use std::sync::Arc;

/// What one topic's partitions go by. Cheap to clone: they share it.
#[derive(Debug, Clone)]
pub struct TopicSettings {
    /// For the log.
    pub log: Arc<LogConfig>,
    /// `min.insync.replicas`
    pub min_in_sync_replicas: usize,
    /// `flush.messages` and `flush.ms`.
    pub flush: FlushPolicy,
}

/// The settings of topics under one configuration of the broker. Topics without overrides share theirs.
#[derive(Debug)]
pub struct Settings<'a> {
    config: &'a BrokerConfig,
    defaults: TopicSettings,
}

impl<'a> Settings<'a> {
    /// The settings under `config`.
    pub fn under(config: &'a BrokerConfig) -> Self {
        let defaults = TopicConfig::resolve(config.topic_defaults(), &ConfigMap::new())
            .expect("the broker's own values were checked when it started");
        Self { config, defaults: TopicSettings::new(config, &defaults) }
    }

    /// The settings of a topic with these overrides. An override that is not valid here (the metadata may come from a
    /// newer release) is reported and the whole topic goes by the broker's defaults.
    pub fn of(&self, topic: &str, overrides: &ConfigMap) -> TopicSettings {
        if overrides.is_empty() {
            return self.defaults.clone();
        }
        match TopicConfig::resolve(self.config.topic_defaults(), overrides) {
            Ok(resolved) => TopicSettings::new(self.config, &resolved),
            Err(error) => {
                tracing::error!("topic {topic} goes by the broker's defaults: {error}");
                self.defaults.clone()
            }
        }
    }

    /// What logs remember of producers.
    pub fn producer_state(&self) -> ProducerStateConfig {
        ProducerStateConfig {
            expiration_ms: self.config.producer_state.expiration.as_millis().try_into().unwrap_or(i64::MAX),
            ..ProducerStateConfig::default()
        }
    }
}

impl TopicSettings {
    fn new(config: &BrokerConfig, resolved: &TopicConfig) -> Self {
        Self {
            log: Arc::new(log_config(config, resolved)),
            min_in_sync_replicas: resolved.min_insync_replicas as usize,
            flush: FlushPolicy { after_records: resolved.flush_messages, after_ms: resolved.flush_ms },
        }
    }
}

fn log_config(config: &BrokerConfig, topic: &TopicConfig) -> LogConfig {
    LogConfig {
        segment_bytes: topic.segment_bytes,
        segment_ms: topic.segment_ms,
        segment_jitter_ms: topic.segment_jitter_ms,
        segment_index_bytes: topic.segment_index_bytes,
        index_interval_bytes: topic.index_interval_bytes,
        max_message_bytes: topic.max_message_bytes,
        compression: compression(topic.compression),
        timestamp_type: match topic.message_timestamp_type {
            TimestampType::CreateTime => ottla_records::TimestampType::CreateTime,
            TimestampType::LogAppendTime => ottla_records::TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: topic.message_timestamp_before_max_ms,
        timestamp_after_max_ms: topic.message_timestamp_after_max_ms,
        delete: topic.cleanup_policy.delete,
        compact: topic.cleanup_policy.compact,
        max_compaction_lag_ms: topic.max_compaction_lag_ms,
        min_compaction_lag_ms: topic.min_compaction_lag_ms,
        min_cleanable_dirty_ratio: topic.min_cleanable_dirty_ratio,
        delete_retention_ms: topic.delete_retention_ms,
        retention_ms: topic.retention_ms,
        retention_bytes: topic.retention_bytes,
        file_delete_delay_ms: topic.file_delete_delay_ms,
        validation: match config.ottla.produce_validation {
            ProduceValidation::Header => Validation::Header,
            ProduceValidation::Full => Validation::Full,
        },
    }
}

fn compression(topic: TopicCompression) -> ottla_storage::TopicCompression {
    let fixed = |codec, level: Option<i32>| {
        // A level out of range was refused when it was set.
        let with_level = level.and_then(|level| Compressor::new(codec, level).ok());
        ottla_storage::TopicCompression::Fixed(with_level.unwrap_or(Compressor::from(codec)))
    };
    match topic {
        TopicCompression::Producer => ottla_storage::TopicCompression::Producer,
        TopicCompression::Uncompressed => fixed(Compression::None, None),
        TopicCompression::Gzip { level } => fixed(Compression::Gzip, level.and_then(|level| level.try_into().ok())),
        TopicCompression::Snappy => fixed(Compression::Snappy, None),
        TopicCompression::Lz4 { level } => fixed(Compression::Lz4, Some(level)),
        TopicCompression::Zstd { level } => fixed(Compression::Zstd, Some(level)),
    }
}
