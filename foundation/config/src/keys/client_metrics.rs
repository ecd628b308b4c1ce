//! Keys of client-metrics subscriptions (KIP-714).

use crate::keys::Bounds::{Any, Texts};
use crate::keys::Effect::NotYet;
use crate::keys::Fallback::Is;
use crate::keys::Importance::Medium;
use crate::keys::Key;
use crate::keys::Scope::ClusterWide;
use crate::keys::ValueType::{Int, List};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("interval.ms", Int, Is("300000"), Any, Medium, ClusterWide, NotYet,
        "How often clients push their metrics; 100 ms to one hour."),
    Key::new("match", List, Is(""), Texts, Medium, ClusterWide, NotYet,
        "Which clients are meant, as `what=pattern` entries: client_id, client_instance_id, client_software_name, \
         client_software_version, client_source_address, client_source_port."),
    Key::new("metrics", List, Is(""), Texts, Medium, ClusterWide, NotYet,
        "Which metrics are wanted, by prefixes of their names; `*` for all."),
];
