//! Which keys there are, and which of them do something here.

use super::ClientKind;

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It does what it does with Kafka's client.
    Honoured,
    /// Kafka's client has it; here nothing depends on it.
    WithoutEffect,
    /// No client of this kind has it.
    Unknown,
}

const COMMON: &[&str] = &[
    "bootstrap.servers",
    "client.id",
    "default.api.timeout.ms",
    "metadata.max.age.ms",
    "receive.buffer.bytes",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retries",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "security.protocol",
    "send.buffer.bytes",
    "socket.connection.setup.timeout.max.ms",
    "socket.connection.setup.timeout.ms",
];

const PRODUCER: &[&str] = &[
    "acks",
    "batch.size",
    "buffer.memory",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.block.ms",
    "max.in.flight.requests.per.connection",
    "max.request.size",
    "partitioner.class",
    "partitioner.ignore.keys",
];

const CONSUMER: &[&str] = &[
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "client.rack",
    "enable.auto.commit",
    "exclude.internal.topics",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "max.poll.records",
    "partition.assignment.strategy",
    "session.timeout.ms",
];

/// Known to every kind of client, and idle here: there is no JVM to configure, and no security protocol yet that most of
/// these would be for.
const IDLE_COMMON: &[&str] = &[
    "client.dns.lookup",
    "config.providers",
    "connections.max.idle.ms",
    "enable.metrics.push",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "security.providers",
];

const IDLE_PRODUCER: &[&str] = &[
    "interceptor.classes",
    "key.serializer",
    "metadata.max.idle.ms",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms",
    "transaction.timeout.ms",
    "transaction.two.phase.commit.enable",
    "transactional.id",
    "value.serializer",
];

const IDLE_CONSUMER: &[&str] = &[
    "group.remote.assignor",
    "interceptor.classes",
    "key.deserializer",
    "share.acknowledgement.mode",
    "share.acquire.mode",
    "value.deserializer",
];

/// Consumers have no such key.
const NOT_CONSUMER: &[&str] = &["retries"];
/// Producers have no such key: theirs is `delivery.timeout.ms`.
const NOT_PRODUCER: &[&str] = &["default.api.timeout.ms"];

/// What becomes of `key` in a client of that kind.
pub(super) fn standing(kind: ClientKind, key: &str) -> Standing {
    let (own, idle, not): (&[&str], &[&str], &[&str]) = match kind {
        ClientKind::Admin => (&[], &["bootstrap.controllers"], &[]),
        ClientKind::Producer => (PRODUCER, IDLE_PRODUCER, NOT_PRODUCER),
        ClientKind::Consumer => (CONSUMER, IDLE_CONSUMER, NOT_CONSUMER),
    };
    if (COMMON.contains(&key) && !not.contains(&key)) || own.contains(&key) {
        Standing::Honoured
    } else if IDLE_COMMON.contains(&key) || idle.contains(&key) || key.starts_with("ssl.") || key.starts_with("sasl.") {
        Standing::WithoutEffect
    } else {
        Standing::Unknown
    }
}
