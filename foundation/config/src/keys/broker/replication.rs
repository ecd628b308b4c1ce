//! Replicas.

use crate::keys::Bounds::{Any, AtLeast};
use crate::keys::Effect::{Honoured, JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{High, Medium};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Boolean, Int, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("auto.leader.rebalance.enable", Boolean, Is("true"), Any, High, ReadOnly, NotYet,
        "Whether the controller now and then gives leadership back to preferred replicas."),
    Key::new("delete.records.purgatory.purge.interval.requests", Int, Is("1"), Any, Medium, ReadOnly, JvmOnly,
        "Housekeeping of waiting DeleteRecords requests, counted in requests. Ottla drops them as they finish."),
    Key::new("fetch.purgatory.purge.interval.requests", Int, Is("1000"), Any, Medium, ReadOnly, JvmOnly,
        "Housekeeping of waiting fetches, counted in requests. Ottla drops them as they finish."),
    Key::new("leader.imbalance.check.interval.seconds", Long, Is("300"), AtLeast(1), High, ReadOnly, NotYet,
        "How often the controller looks for leaderships to give back."),
    Key::new("num.replica.alter.log.dirs.threads", Int, Absent, Any, High, ReadOnly, NotYet,
        "How many partitions move between log directories at a time; as many as there are directories if not set."),
    Key::new("num.replica.fetchers", Int, Is("1"), AtLeast(1), High, ClusterWide, NotYet,
        "Connections per source broker that followers fetch by."),
    Key::new("producer.purgatory.purge.interval.requests", Int, Is("1000"), Any, Medium, ReadOnly, JvmOnly,
        "Housekeeping of waiting produce requests, counted in requests. Ottla drops them as they finish."),
    Key::new("replica.fetch.backoff.ms", Int, Is("1000"), AtLeast(0), Medium, ReadOnly, NotYet,
        "Pause of a follower after a failed fetch."),
    Key::new("replica.fetch.max.bytes", Int, Is("1048576"), AtLeast(0), Medium, ReadOnly, NotYet,
        "What a follower asks for per partition; a single larger batch is taken nevertheless."),
    Key::new("replica.fetch.min.bytes", Int, Is("1"), Any, High, ReadOnly, NotYet,
        "What a follower's fetch waits for."),
    Key::new("replica.fetch.response.max.bytes", Int, Is("10485760"), AtLeast(0), Medium, ReadOnly, NotYet,
        "What a follower asks for in one fetch; a single larger batch is taken nevertheless."),
    Key::new("replica.fetch.wait.max.ms", Int, Is("500"), Any, High, ReadOnly, NotYet,
        "How long a follower's fetch waits for new records. Must be below `replica.lag.time.max.ms`."),
    Key::new("replica.high.watermark.checkpoint.interval.ms", Long, Is("5000"), Any, High, ReadOnly, Honoured,
        "How often high watermarks are written down."),
    Key::new("replica.lag.time.max.ms", Long, Is("30000"), Any, High, ReadOnly, NotYet,
        "A follower that has not caught up for this long is no longer in sync."),
    Key::new("replica.selector.class", String, Absent, Any, Medium, ReadOnly, NotYet,
        "How a consumer's nearest replica is chosen: unset for always the leader, or Kafka's \
         RackAwareReplicaSelector."),
    Key::new("replica.socket.receive.buffer.bytes", Int, Is("65536"), Any, High, ReadOnly, NotYet,
        "Receive buffer of a follower's connections; -1 for the system's choice."),
    Key::new("replica.socket.timeout.ms", Int, Is("30000"), Any, High, ReadOnly, NotYet,
        "How long a follower waits for an answer. At least `replica.fetch.wait.max.ms`."),
    Key::new("share.fetch.purgatory.purge.interval.requests", Int, Is("1000"), Any, Medium, ReadOnly, JvmOnly,
        "Housekeeping of waiting share fetches, counted in requests. Ottla drops them as they finish."),
    Key::new("unclean.leader.election.enable", Boolean, Is("false"), Any, High, ClusterWide, NotYet,
        "Whether a replica that is not in sync may lead when no other is left, at the price of lost records."),
    Key::new("unclean.leader.election.interval.ms", Long, Is("300000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "How often partitions without a leader are looked at for an unclean election.").internal(),
];
