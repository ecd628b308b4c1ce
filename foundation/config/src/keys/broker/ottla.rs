//! Ottla's own keys.

use crate::keys::Bounds::OneOf;
use crate::keys::Effect::Honoured;
use crate::keys::Fallback::Is;
use crate::keys::Importance::{High, Medium};
use crate::keys::Key;
use crate::keys::Scope::ReadOnly;
use crate::keys::ValueType::String;

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("ottla.ack.durability", String, Is("auto"), OneOf(&["never", "auto", "always"]), High, ReadOnly, Honoured,
        "When an acks=all write waits for the disk: `never` (as Kafka), `always`, or `auto`: only while a single replica \
         is in sync."),
    Key::new("ottla.produce.validation", String, Is("header"), OneOf(&["header", "full"]), Medium, ReadOnly, Honoured,
        "How closely compressed batches are checked before they are stored: their header and checksum, or every record."),
];
