//! The typed parts of a [`super::BrokerConfig`], by who reads them.

use super::reader::Reader;
use std::collections::BTreeMap;
use std::time::Duration;

/// Sockets, connections, requests.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkConfig {
    /// `socket.listen.backlog.size`
    pub listen_backlog: u32,
    /// `socket.send.buffer.bytes`; `None` (-1) for the system's choice.
    pub send_buffer_bytes: Option<u32>,
    /// `socket.receive.buffer.bytes`; `None` (-1) for the system's choice.
    pub receive_buffer_bytes: Option<u32>,
    /// `socket.request.max.bytes`: of a request without its length field.
    pub request_bytes_max: u32,
    /// `queued.max.requests`
    pub queued_requests_max: u32,
    /// `queued.max.request.bytes`; `None` for any.
    pub queued_request_bytes_max: Option<u64>,
    /// `connections.max.idle.ms`; `None` for never.
    pub idle_max: Option<Duration>,
    /// `max.connections`, per broker.
    pub connections_max: u32,
    /// `max.connections.per.ip`
    pub connections_per_address_max: u32,
    /// `max.connections.per.ip.overrides`: by address or name as it was written.
    pub connections_per_address_overrides: BTreeMap<String, u32>,
}

/// The log directories as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct LogsConfig {
    /// `log.retention.check.interval.ms`
    pub retention_check_interval: Duration,
    /// `log.flush.scheduler.interval.ms`
    pub flush_check_interval: Duration,
    /// `log.flush.offset.checkpoint.interval.ms`
    pub recovery_point_checkpoint_interval: Duration,
    /// `log.flush.start.offset.checkpoint.interval.ms`
    pub start_offset_checkpoint_interval: Duration,
    /// `log.initial.task.delay.ms`
    pub initial_task_delay: Duration,
    /// `num.recovery.threads.per.data.dir`
    pub recovery_threads_per_directory: u32,
    /// `log.dir.failure.timeout.ms`
    pub directory_failure_timeout: Duration,
}

/// The compaction of logs as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanerConfig {
    /// `log.cleaner.enable`
    pub enabled: bool,
    /// `log.cleaner.threads`
    pub threads: u32,
    /// `log.cleaner.dedupe.buffer.size`: memory for keys, of all threads together.
    pub dedupe_buffer_bytes: u64,
    /// `log.cleaner.io.buffer.load.factor`
    pub dedupe_load_factor: f64,
    /// `log.cleaner.io.buffer.size`: of all threads together.
    pub io_buffer_bytes: u32,
    /// `log.cleaner.io.max.bytes.per.second` and `log.cleaner.backoff.ms`
    pub pacing: CompactionPacing,
}

/// How fast compaction may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompactionPacing {
    /// `log.cleaner.io.max.bytes.per.second`
    pub bytes_per_second_max: f64,
    /// `log.cleaner.backoff.ms`: after a round that found nothing to do.
    pub backoff: Duration,
}

/// Topics and what is read from them.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicsConfig {
    /// `auto.create.topics.enable`
    pub auto_create: bool,
    /// `delete.topic.enable`
    pub deletion_enabled: bool,
    /// `num.partitions`
    pub partitions_default: u32,
    /// `default.replication.factor`
    pub replication_factor_default: u32,
    /// `fetch.max.bytes`
    pub fetch_bytes_max: u32,
    /// `max.incremental.fetch.session.cache.slots`
    pub fetch_sessions_max: u32,
    /// `max.request.partition.size.limit`: of DescribeTopicPartitions.
    pub described_partitions_max: u32,
}

/// Followers and high watermarks.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplicationConfig {
    /// `replica.lag.time.max.ms`
    pub lag_max: Duration,
    /// `replica.high.watermark.checkpoint.interval.ms`
    pub high_watermark_checkpoint_interval: Duration,
}

/// What partitions remember of idempotent producers.
#[derive(Debug, Clone, PartialEq)]
pub struct ProducerStateConfig {
    /// `producer.id.expiration.ms`
    pub expiration: Duration,
    /// `producer.id.expiration.check.interval.ms`
    pub expiration_check_interval: Duration,
}

/// The metadata log and its snapshots.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataLogConfig {
    /// `internal.metadata.log.segment.bytes` if set, else `metadata.log.segment.bytes`
    pub segment_bytes: u32,
    /// `metadata.log.segment.ms`
    pub segment_ms: i64,
    /// `metadata.max.retention.bytes`; `None` for any.
    pub retention_bytes: Option<u64>,
    /// `metadata.max.retention.ms`; `None` for ever.
    pub retention_ms: Option<i64>,
    /// `metadata.log.max.record.bytes.between.snapshots`
    pub bytes_between_snapshots: u64,
    /// `metadata.log.max.snapshot.interval.ms`; `None` (0) for never.
    pub snapshot_interval: Option<Duration>,
    /// `metadata.max.idle.interval.ms`; `None` (0) for never.
    pub idle_interval: Option<Duration>,
    /// `internal.metadata.max.batch.size.in.bytes`
    pub batch_bytes_max: u32,
    /// `internal.metadata.delete.delay.millis`
    pub delete_delay_ms: i64,
}

/// Being one of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleConfig {
    /// `broker.heartbeat.interval.ms`
    pub heartbeat_interval: Duration,
    /// `broker.session.timeout.ms`
    pub session_timeout: Duration,
    /// `initial.broker.registration.timeout.ms`
    pub registration_timeout: Duration,
    /// `controlled.shutdown.enable`
    pub controlled_shutdown: bool,
    /// `server.max.startup.time.ms`
    pub startup_max: Duration,
    /// `unstable.api.versions.enable`
    pub unstable_api_versions: bool,
    /// `unstable.feature.versions.enable`
    pub unstable_feature_versions: bool,
}

/// What Kafka has no keys for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OttlaConfig {
    /// `ottla.ack.durability`
    pub ack_durability: AckDurability,
    /// `ottla.produce.validation`
    pub produce_validation: ProduceValidation,
}

/// When an acks=all write waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckDurability {
    /// Never; the page cache will do (as Kafka).
    Never,
    /// While only one replica is in sync.
    Auto,
    /// Always.
    Always,
}

/// How closely compressed batches are checked before they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProduceValidation {
    /// Header and checksum.
    Header,
    /// Every record, as Kafka does.
    Full,
}

impl NetworkConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen_backlog: reader.count("socket.listen.backlog.size"),
            send_buffer_bytes: reader.int("socket.send.buffer.bytes").try_into().ok(),
            receive_buffer_bytes: reader.int("socket.receive.buffer.bytes").try_into().ok(),
            request_bytes_max: reader.count("socket.request.max.bytes"),
            queued_requests_max: reader.count("queued.max.requests"),
            // 0 is no limit either: Kafka looks for more than 0.
            queued_request_bytes_max: reader.long("queued.max.request.bytes").try_into().ok().filter(|&max| max > 0),
            idle_max: reader.optional_milliseconds("connections.max.idle.ms"),
            connections_max: reader.count("max.connections"),
            connections_per_address_max: reader.count("max.connections.per.ip"),
            connections_per_address_overrides: per_address_overrides(reader),
        }
    }
}

/// `address:number` entries; the address may have colons of its own.
fn per_address_overrides(reader: &mut Reader<'_>) -> BTreeMap<String, u32> {
    const KEY: &str = "max.connections.per.ip.overrides";
    let text = reader.text(KEY);
    let mut overrides = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        match entry.rsplit_once(':').map(|(address, number)| (address.trim(), number.trim().parse::<u32>())) {
            Some((address, Ok(number))) if crate::host::has_host_characters(address) => {
                overrides.insert(address.to_owned(), number);
            }
            Some((address, Ok(_))) => reader.refuse(KEY, format!("{KEY} contains invalid addresses : {address}")),
            Some((_, Err(_))) | None => {
                reader
                    .refuse(KEY, format!("Error parsing configuration property '{KEY}': {entry} is no address:number"));
            }
        }
    }
    overrides
}

impl LogsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            retention_check_interval: reader.milliseconds("log.retention.check.interval.ms"),
            flush_check_interval: reader.milliseconds("log.flush.scheduler.interval.ms"),
            recovery_point_checkpoint_interval: reader.milliseconds("log.flush.offset.checkpoint.interval.ms"),
            start_offset_checkpoint_interval: reader.milliseconds("log.flush.start.offset.checkpoint.interval.ms"),
            initial_task_delay: reader.milliseconds("log.initial.task.delay.ms"),
            recovery_threads_per_directory: reader.count("num.recovery.threads.per.data.dir"),
            directory_failure_timeout: reader.milliseconds("log.dir.failure.timeout.ms"),
        }
    }
}

impl CleanerConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            enabled: reader.boolean("log.cleaner.enable"),
            threads: reader.count("log.cleaner.threads"),
            dedupe_buffer_bytes: reader.long("log.cleaner.dedupe.buffer.size").try_into().unwrap_or(0),
            dedupe_load_factor: reader.double("log.cleaner.io.buffer.load.factor"),
            io_buffer_bytes: reader.count("log.cleaner.io.buffer.size"),
            pacing: CompactionPacing {
                bytes_per_second_max: reader.double("log.cleaner.io.max.bytes.per.second"),
                backoff: reader.milliseconds("log.cleaner.backoff.ms"),
            },
        }
    }
}

impl TopicsConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            auto_create: reader.boolean("auto.create.topics.enable"),
            deletion_enabled: reader.boolean("delete.topic.enable"),
            partitions_default: reader.count("num.partitions"),
            replication_factor_default: reader.count("default.replication.factor"),
            fetch_bytes_max: reader.count("fetch.max.bytes"),
            fetch_sessions_max: reader.count("max.incremental.fetch.session.cache.slots"),
            described_partitions_max: reader.count("max.request.partition.size.limit"),
        }
    }
}

impl ReplicationConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            lag_max: reader.milliseconds("replica.lag.time.max.ms"),
            high_watermark_checkpoint_interval: reader.milliseconds("replica.high.watermark.checkpoint.interval.ms"),
        }
    }
}

impl ProducerStateConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            expiration: reader.milliseconds("producer.id.expiration.ms"),
            expiration_check_interval: reader.milliseconds("producer.id.expiration.check.interval.ms"),
        }
    }
}

impl MetadataLogConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let internal =
            reader.optional_int("internal.metadata.log.segment.bytes").and_then(|bytes| bytes.try_into().ok());
        Self {
            segment_bytes: internal.unwrap_or_else(|| reader.count("metadata.log.segment.bytes")),
            segment_ms: reader.long("metadata.log.segment.ms"),
            retention_bytes: reader.long("metadata.max.retention.bytes").try_into().ok(),
            retention_ms: Some(reader.long("metadata.max.retention.ms")).filter(|&milliseconds| milliseconds >= 0),
            bytes_between_snapshots: reader.long("metadata.log.max.record.bytes.between.snapshots").unsigned_abs(),
            snapshot_interval: nonzero(reader.milliseconds("metadata.log.max.snapshot.interval.ms")),
            idle_interval: nonzero(reader.milliseconds("metadata.max.idle.interval.ms")),
            batch_bytes_max: reader.count("internal.metadata.max.batch.size.in.bytes"),
            delete_delay_ms: reader.long("internal.metadata.delete.delay.millis"),
        }
    }
}

fn nonzero(duration: Duration) -> Option<Duration> {
    (!duration.is_zero()).then_some(duration)
}

impl LifecycleConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            heartbeat_interval: reader.milliseconds("broker.heartbeat.interval.ms"),
            session_timeout: reader.milliseconds("broker.session.timeout.ms"),
            registration_timeout: reader.milliseconds("initial.broker.registration.timeout.ms"),
            controlled_shutdown: reader.boolean("controlled.shutdown.enable"),
            startup_max: reader.milliseconds("server.max.startup.time.ms"),
            unstable_api_versions: reader.boolean("unstable.api.versions.enable"),
            unstable_feature_versions: reader.boolean("unstable.feature.versions.enable"),
        }
    }
}

impl OttlaConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            ack_durability: match reader.text("ottla.ack.durability").as_str() {
                "never" => AckDurability::Never,
                "always" => AckDurability::Always,
                _ => AckDurability::Auto,
            },
            produce_validation: match reader.text("ottla.produce.validation").as_str() {
                "full" => ProduceValidation::Full,
                _ => ProduceValidation::Header,
            },
        }
    }
}
