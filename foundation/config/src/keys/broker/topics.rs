//! Topics, and what may be written to and read from them.

use crate::keys::Bounds::{Any, AtLeast, Between, GzipLevel, OneOf};
use crate::keys::Effect::{Honoured, JvmOnly};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{High, Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Boolean, Class, Int, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("alter.config.policy.class.name", Class, Absent, Any, Low, ReadOnly, JvmOnly,
        "A Java class that may veto changes of configuration."),
    Key::new("auto.create.topics.enable", Boolean, Is("true"), Any, High, ReadOnly, Honoured,
        "Whether asking for a topic that does not exist, by a client that allows it, creates the topic."),
    Key::new("compression.gzip.level", Int, Is("-1"), GzipLevel, Medium, ClusterWide, Honoured,
        "Level for topics that are stored with gzip."),
    Key::new("compression.lz4.level", Int, Is("9"), Between(1, 17), Medium, ClusterWide, Honoured,
        "Level for topics that are stored with lz4."),
    Key::new("compression.type", String, Is("producer"), OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), High, ClusterWide, Honoured,
        "How batches are stored: `producer` keeps what the producer chose, `uncompressed` and the codec names \
         convert."),
    Key::new("compression.zstd.level", Int, Is("3"), Between(-131_072, 22), Medium, ClusterWide, Honoured,
        "Level for topics that are stored with zstd."),
    Key::new("create.topic.policy.class.name", Class, Absent, Any, Low, ReadOnly, JvmOnly,
        "A Java class that may veto new topics."),
    Key::new("default.replication.factor", Int, Is("1"), Any, Medium, ReadOnly, Honoured,
        "Replicas of topics that are created automatically, or without saying how many."),
    Key::new("delete.topic.enable", Boolean, Is("true"), Any, High, ReadOnly, Honoured,
        "Whether topics can be deleted at all."),
    Key::new("fetch.max.bytes", Int, Is("57671680"), AtLeast(1024), Medium, ReadOnly, Honoured,
        "The most a fetch answers with, whatever the client asks for."),
    Key::new("max.incremental.fetch.session.cache.slots", Int, Is("1000"), AtLeast(0), Medium, ReadOnly, Honoured,
        "How many incremental fetch sessions are kept."),
    Key::new("max.request.partition.size.limit", Int, Is("2000"), AtLeast(1), Medium, ReadOnly, Honoured,
        "How many partitions one DescribeTopicPartitions request is answered with."),
    Key::new("message.max.bytes", Int, Is("1048588"), AtLeast(0), High, ClusterWide, Honoured,
        "The largest batch that is accepted, as it comes over the wire, unless the topic says otherwise."),
    Key::new("min.insync.replicas", Int, Is("1"), AtLeast(1), High, ClusterWide, Honoured,
        "With acks=all, a write succeeds only if this many replicas are in sync, unless the topic says otherwise."),
    Key::new("num.partitions", Int, Is("1"), AtLeast(1), Medium, ReadOnly, Honoured,
        "Partitions of topics that are created automatically, or without saying how many."),
];
