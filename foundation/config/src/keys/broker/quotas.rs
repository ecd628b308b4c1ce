//! Quotas.

use crate::keys::Bounds::{Any, AtLeast};
use crate::keys::Effect::{JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::Low;
use crate::keys::Key;
use crate::keys::Scope::ReadOnly;
use crate::keys::ValueType::{Class, Int};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("alter.log.dirs.replication.quota.window.num", Int, Is("11"), AtLeast(1), Low, ReadOnly, NotYet,
        "How many samples the quota on copying between log directories looks back over."),
    Key::new("alter.log.dirs.replication.quota.window.size.seconds", Int, Is("1"), AtLeast(1), Low, ReadOnly, NotYet,
        "Length of one such sample."),
    Key::new("client.quota.callback.class", Class, Absent, Any, Low, ReadOnly, JvmOnly,
        "A Java class that decides which quota a client falls under."),
    Key::new("controller.quota.window.num", Int, Is("11"), AtLeast(1), Low, ReadOnly, NotYet,
        "How many samples the quota on changing topics looks back over."),
    Key::new("controller.quota.window.size.seconds", Int, Is("1"), AtLeast(1), Low, ReadOnly, NotYet,
        "Length of one such sample."),
    Key::new("quota.window.num", Int, Is("11"), AtLeast(1), Low, ReadOnly, NotYet,
        "How many samples client quotas look back over."),
    Key::new("quota.window.size.seconds", Int, Is("1"), AtLeast(1), Low, ReadOnly, NotYet,
        "Length of one such sample."),
    Key::new("replication.quota.window.num", Int, Is("11"), AtLeast(1), Low, ReadOnly, NotYet,
        "How many samples replication quotas look back over."),
    Key::new("replication.quota.window.size.seconds", Int, Is("1"), AtLeast(1), Low, ReadOnly, NotYet,
        "Length of one such sample."),
];
