//! Streams groups.

use crate::keys::Bounds::AtLeast;
use crate::keys::Effect::NotYet;
use crate::keys::Fallback::Is;
use crate::keys::Importance::Medium;
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::Int;

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("group.streams.assignment.interval.ms", Int, Is("1000"), AtLeast(0), Medium, ClusterWide, NotYet,
        "The least time between two assignments of a streams group."),
    Key::new("group.streams.heartbeat.interval.ms", Int, Is("5000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "How often members of a streams group send heartbeats, unless the group says otherwise."),
    Key::new("group.streams.initial.rebalance.delay.ms", Int, Is("3000"), AtLeast(0), Medium, ReadOnly, NotYet,
        "How long the first assignment of an empty streams group waits for more members."),
    Key::new("group.streams.max.assignment.interval.ms", Int, Is("15000"), AtLeast(0), Medium, ReadOnly, NotYet,
        "The most a streams group may set as its assignment interval."),
    Key::new("group.streams.max.heartbeat.interval.ms", Int, Is("15000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "The most a streams group may set as its heartbeat interval."),
    Key::new("group.streams.max.session.timeout.ms", Int, Is("60000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "The most a streams group may set as its session timeout."),
    Key::new("group.streams.max.size", Int, Is("2147483647"), AtLeast(1), Medium, ReadOnly, NotYet,
        "The most members that a streams group may have."),
    Key::new("group.streams.max.standby.replicas", Int, Is("2"), AtLeast(0), Medium, ReadOnly, NotYet,
        "The most a streams group may set as its number of standby replicas."),
    Key::new("group.streams.min.assignment.interval.ms", Int, Is("0"), AtLeast(0), Medium, ReadOnly, NotYet,
        "The least a streams group may set as its assignment interval."),
    Key::new("group.streams.min.heartbeat.interval.ms", Int, Is("5000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "The least a streams group may set as its heartbeat interval."),
    Key::new("group.streams.min.session.timeout.ms", Int, Is("45000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "The least a streams group may set as its session timeout."),
    Key::new("group.streams.num.standby.replicas", Int, Is("0"), AtLeast(0), Medium, ReadOnly, NotYet,
        "Standby replicas of each task, unless the group says otherwise."),
    Key::new("group.streams.session.timeout.ms", Int, Is("45000"), AtLeast(1), Medium, ReadOnly, NotYet,
        "How long a member of a streams group may be silent before it is taken for dead, unless the group says \
         otherwise."),
];
