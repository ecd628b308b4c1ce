//! Compaction.

use crate::keys::Bounds::{Any, AtLeast, Fraction};
use crate::keys::Effect::Honoured;
use crate::keys::Fallback::Is;
use crate::keys::Importance::Medium;
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Boolean, Double, Int, Long};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("log.cleaner.backoff.ms", Long, Is("15000"), AtLeast(0), Medium, ClusterWide, Honoured,
        "Pause of a cleaner that found nothing to compact."),
    Key::new("log.cleaner.dedupe.buffer.size", Long, Is("134217728"), Any, Medium, ClusterWide, Honoured,
        "Memory in which all cleaners together remember keys; at least 1 MiB for each."),
    Key::new("log.cleaner.delete.retention.ms", Long, Is("86400000"), AtLeast(0), Medium, ClusterWide, Honoured,
        "How long tombstones outlive the compaction that found them, unless the topic says otherwise."),
    Key::new("log.cleaner.enable", Boolean, Is("true"), Any, Medium, ReadOnly, Honoured,
        "Whether compacted topics are compacted at all. Deprecated by Kafka."),
    Key::new("log.cleaner.io.buffer.load.factor", Double, Is("0.9"), Any, Medium, ClusterWide, Honoured,
        "How full the cleaners' memory of keys may get."),
    Key::new("log.cleaner.io.buffer.size", Int, Is("524288"), AtLeast(0), Medium, ClusterWide, Honoured,
        "Memory in which all cleaners together read and write."),
    Key::new("log.cleaner.io.max.bytes.per.second", Double, Is("1.7976931348623157E308"), Any, Medium, ClusterWide, Honoured,
        "What the cleaners may read and write in a second."),
    Key::new("log.cleaner.max.compaction.lag.ms", Long, Is("9223372036854775807"), AtLeast(1), Medium, ClusterWide, Honoured,
        "A record is compacted at the latest at this age, unless the topic says otherwise."),
    Key::new("log.cleaner.min.cleanable.ratio", Double, Is("0.5"), Fraction(0.0, 1.0), Medium, ClusterWide, Honoured,
        "How much of a log must be uncompacted before it is worth compacting, unless the topic says otherwise."),
    Key::new("log.cleaner.min.compaction.lag.ms", Long, Is("0"), AtLeast(0), Medium, ClusterWide, Honoured,
        "A record stays uncompacted for at least this long, unless the topic says otherwise."),
    Key::new("log.cleaner.threads", Int, Is("1"), AtLeast(0), Medium, ClusterWide, Honoured,
        "How many logs are compacted at a time. Read when the broker starts."),
];
