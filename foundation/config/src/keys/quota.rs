//! Quotas. None of them may stand in `server.properties`.

use crate::keys::Bounds::{Any, AtLeast};
use crate::keys::Effect::NotYet;
use crate::keys::Fallback::Is;
use crate::keys::Importance::Medium;
use crate::keys::Key;
use crate::keys::Scope::ClusterWide;
use crate::keys::ValueType::{Double, Int, Long};

/// Of replication, per broker or for all.
#[rustfmt::skip]
pub(super) const BROKER: &[Key] = &[
    Key::new("follower.replication.throttled.rate", Long, Is("9223372036854775807"), AtLeast(0), Medium, ClusterWide, NotYet,
        "What throttled replicas may fetch in a second, in bytes."),
    Key::new("leader.replication.throttled.rate", Long, Is("9223372036854775807"), AtLeast(0), Medium, ClusterWide, NotYet,
        "What throttled replicas may be sent in a second, in bytes."),
    Key::new("replica.alter.log.dirs.io.max.bytes.per.second", Long, Is("9223372036854775807"), AtLeast(0), Medium, ClusterWide, NotYet,
        "What may move between log directories in a second, in bytes."),
];

/// Of users and client ids (KIP-13, KIP-599).
#[rustfmt::skip]
pub(super) const USER_AND_CLIENT: &[Key] = &[
    Key::new("consumer_byte_rate", Long, Is("9223372036854775807"), Any, Medium, ClusterWide, NotYet,
        "What consumers may be sent in a second, in bytes."),
    Key::new("controller_mutation_rate", Double, Is("2.147483647E9"), Any, Medium, ClusterWide, NotYet,
        "How many partitions may be created or deleted in a second."),
    Key::new("producer_byte_rate", Long, Is("9223372036854775807"), Any, Medium, ClusterWide, NotYet,
        "What producers may send in a second, in bytes."),
    Key::new("request_percentage", Double, Is("2.147483647E9"), Any, Medium, ClusterWide, NotYet,
        "How much of the request threads' time may be used, in percent."),
];

/// Of source addresses (KIP-612).
#[rustfmt::skip]
pub(super) const IP: &[Key] = &[
    Key::new("connection_creation_rate", Int, Is("2147483647"), AtLeast(0), Medium, ClusterWide, NotYet,
        "How many connections may be opened in a second."),
];
