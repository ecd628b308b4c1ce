//! Which keys speak of the same thing, and who wins.

use std::borrow::Cow;

/// A broker key that gives a topic key its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerSynonym {
    /// The broker key.
    pub name: &'static str,
    /// What its number counts.
    pub unit: Unit,
}

/// What a broker key's number counts, next to the topic key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The same as the topic key.
    Same,
    /// Minutes, where the topic key counts milliseconds.
    Minutes,
    /// Hours, where the topic key counts milliseconds.
    Hours,
}

const fn same(name: &'static str) -> BrokerSynonym {
    BrokerSynonym { name, unit: Unit::Same }
}
const fn minutes(name: &'static str) -> BrokerSynonym {
    BrokerSynonym { name, unit: Unit::Minutes }
}
const fn hours(name: &'static str) -> BrokerSynonym {
    BrokerSynonym { name, unit: Unit::Hours }
}

/// By topic key; of several broker keys, the first that is set wins.
const OF_TOPIC: &[(&str, &[BrokerSynonym])] = &[
    ("cleanup.policy", &[same("log.cleanup.policy")]),
    ("compression.gzip.level", &[same("compression.gzip.level")]),
    ("compression.lz4.level", &[same("compression.lz4.level")]),
    ("compression.type", &[same("compression.type")]),
    ("compression.zstd.level", &[same("compression.zstd.level")]),
    ("delete.retention.ms", &[same("log.cleaner.delete.retention.ms")]),
    ("file.delete.delay.ms", &[same("log.segment.delete.delay.ms")]),
    ("flush.messages", &[same("log.flush.interval.messages")]),
    ("flush.ms", &[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")]),
    ("index.interval.bytes", &[same("log.index.interval.bytes")]),
    ("local.retention.bytes", &[same("log.local.retention.bytes")]),
    ("local.retention.ms", &[same("log.local.retention.ms")]),
    ("max.compaction.lag.ms", &[same("log.cleaner.max.compaction.lag.ms")]),
    ("max.message.bytes", &[same("message.max.bytes")]),
    ("message.timestamp.after.max.ms", &[same("log.message.timestamp.after.max.ms")]),
    ("message.timestamp.before.max.ms", &[same("log.message.timestamp.before.max.ms")]),
    ("message.timestamp.type", &[same("log.message.timestamp.type")]),
    ("min.cleanable.dirty.ratio", &[same("log.cleaner.min.cleanable.ratio")]),
    ("min.compaction.lag.ms", &[same("log.cleaner.min.compaction.lag.ms")]),
    ("min.insync.replicas", &[same("min.insync.replicas")]),
    ("preallocate", &[same("log.preallocate")]),
    ("retention.bytes", &[same("log.retention.bytes")]),
    ("retention.ms", &[same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")]),
    ("segment.bytes", &[same("log.segment.bytes")]),
    ("segment.index.bytes", &[same("log.index.size.max.bytes")]),
    ("segment.jitter.ms", &[same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")]),
    ("segment.ms", &[same("log.roll.ms"), hours("log.roll.hours")]),
    ("unclean.leader.election.enable", &[same("unclean.leader.election.enable")]),
];

/// The broker keys that give `topic_key` its default, the one that wins first. Empty if there is none.
pub fn broker_synonyms_of_topic(topic_key: &str) -> &'static [BrokerSynonym] {
    OF_TOPIC.iter().find(|(name, _)| *name == topic_key).map_or(&[], |(_, synonyms)| synonyms)
}

/// The broker key that gives `group_key` its default.
pub fn broker_key_of_group(group_key: &str) -> Option<&'static str> {
    match group_key {
        "consumer.assignment.interval.ms" => Some("group.consumer.assignment.interval.ms"),
        "consumer.heartbeat.interval.ms" => Some("group.consumer.heartbeat.interval.ms"),
        "consumer.session.timeout.ms" => Some("group.consumer.session.timeout.ms"),
        "share.assignment.interval.ms" => Some("group.share.assignment.interval.ms"),
        "share.delivery.count.limit" => Some("group.share.delivery.count.limit"),
        "share.heartbeat.interval.ms" => Some("group.share.heartbeat.interval.ms"),
        "share.partition.max.record.locks" => Some("group.share.partition.max.record.locks"),
        "share.record.lock.duration.ms" => Some("group.share.record.lock.duration.ms"),
        "share.session.timeout.ms" => Some("group.share.session.timeout.ms"),
        "streams.assignment.interval.ms" => Some("group.streams.assignment.interval.ms"),
        "streams.heartbeat.interval.ms" => Some("group.streams.heartbeat.interval.ms"),
        "streams.initial.rebalance.delay.ms" => Some("group.streams.initial.rebalance.delay.ms"),
        "streams.num.standby.replicas" => Some("group.streams.num.standby.replicas"),
        "streams.session.timeout.ms" => Some("group.streams.session.timeout.ms"),
        _ => None,
    }
}

/// Chains of broker keys that mean the same in different units, the finest (which wins) first.
const CHAINS: &[&[&str]] = &[
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

/// Keys whose listener override carries a SASL mechanism too: `listener.name.<listener>.<mechanism>.<key>`.
const PER_MECHANISM: &[&str] = &[
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
];

/// All broker keys that speak of the same thing as `name`, in the order in which they win; at least `name` itself.
pub fn broker_chain(name: &str) -> Vec<Cow<'_, str>> {
    if let Some(chain) = CHAINS.iter().find(|chain| chain.contains(&name)) {
        return chain.iter().map(|name| Cow::Borrowed(*name)).collect();
    }
    if name == "log.flush.interval.ms" {
        return vec![name.into(), "log.flush.scheduler.interval.ms".into()];
    }
    match listener_override(name) {
        Some(base) => vec![name.into(), base.into()],
        None => vec![name.into()],
    }
}

/// The key that `listener.name.<listener>.[<mechanism>.]<key>` overrides; `None` if `name` is no such override.
pub fn listener_override(name: &str) -> Option<&str> {
    let (_listener, base) = name.strip_prefix("listener.name.")?.split_once('.')?;
    Some(PER_MECHANISM.iter().find(|key| base.ends_with(*key)).copied().unwrap_or(base))
}
