//! Group keys. Their defaults here hold only where no broker key gives them one (`synonyms`).

use crate::keys::Bounds::{Any, AtLeast, OneOf, ShareOffsetReset};
use crate::keys::Effect::NotYet;
use crate::keys::Fallback::Is;
use crate::keys::Importance::Medium;
use crate::keys::Key;
use crate::keys::Scope::ClusterWide;
use crate::keys::ValueType::{Boolean, Int, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("consumer.assignment.interval.ms", Int, Is("1000"), AtLeast(0), Medium, ClusterWide, NotYet,
        "The least time between two assignments."),
    Key::new("consumer.heartbeat.interval.ms", Int, Is("5000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How often members send heartbeats."),
    Key::new("consumer.session.timeout.ms", Int, Is("45000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How long a member may be silent before it is taken for dead."),
    Key::new("share.assignment.interval.ms", Int, Is("1000"), AtLeast(0), Medium, ClusterWide, NotYet,
        "The least time between two assignments."),
    Key::new("share.auto.offset.reset", String, Is("latest"), ShareOffsetReset, Medium, ClusterWide, NotYet,
        "Where a share partition begins: `earliest`, `latest`, or `by_duration:` and how far back, in ISO 8601."),
    Key::new("share.delivery.count.limit", Int, Is("5"), AtLeast(2), Medium, ClusterWide, NotYet,
        "How often a record is delivered before it is given up."),
    Key::new("share.heartbeat.interval.ms", Int, Is("5000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How often members send heartbeats."),
    Key::new("share.isolation.level", String, Is("read_uncommitted"), OneOf(&["read_committed", "read_uncommitted"]), Medium, ClusterWide, NotYet,
        "Whether records of aborted transactions are delivered (`read_uncommitted`) or not (`read_committed`)."),
    Key::new("share.partition.max.record.locks", Int, Is("2000"), AtLeast(100), Medium, ClusterWide, NotYet,
        "How many records of a partition may be out with consumers at a time."),
    Key::new("share.record.lock.duration.ms", Int, Is("30000"), AtLeast(1000), Medium, ClusterWide, NotYet,
        "How long a consumer may hold a record before another gets it."),
    Key::new("share.renew.acknowledge.enable", Boolean, Is("true"), Any, Medium, ClusterWide, NotYet,
        "Whether a consumer may ask for more time with a record."),
    Key::new("share.session.timeout.ms", Int, Is("45000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How long a member may be silent before it is taken for dead."),
    Key::new("streams.assignment.interval.ms", Int, Is("1000"), AtLeast(0), Medium, ClusterWide, NotYet,
        "The least time between two assignments."),
    Key::new("streams.heartbeat.interval.ms", Int, Is("5000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How often members send heartbeats."),
    Key::new("streams.initial.rebalance.delay.ms", Int, Is("3000"), AtLeast(0), Medium, ClusterWide, NotYet,
        "How long the first assignment waits for more members."),
    Key::new("streams.num.standby.replicas", Int, Is("0"), AtLeast(0), Medium, ClusterWide, NotYet,
        "Standby replicas of each task."),
    Key::new("streams.session.timeout.ms", Int, Is("45000"), AtLeast(1), Medium, ClusterWide, NotYet,
        "How long a member may be silent before it is taken for dead."),
];
