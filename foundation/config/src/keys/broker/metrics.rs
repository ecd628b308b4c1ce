//! Metrics and client telemetry.

use crate::keys::Bounds::{Any, AtLeast, Texts};
use crate::keys::Effect::{JvmOnly, NotYet};
use crate::keys::Fallback::Is;
use crate::keys::Importance::Low;
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Int, List, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("kafka.metrics.polling.interval.secs", Int, Is("10"), AtLeast(1), Low, ReadOnly, JvmOnly,
        "How often the older Java metrics reporters are called."),
    Key::new("kafka.metrics.reporters", List, Is(""), Texts, Low, ReadOnly, JvmOnly,
        "Java classes that the older metrics are given to."),
    Key::new("metric.reporters", List, Is("org.apache.kafka.common.metrics.JmxReporter"), Texts, Low, ClusterWide, JvmOnly,
        "Java classes that metrics are given to."),
    Key::new("metrics.num.samples", Int, Is("2"), AtLeast(1), Low, ReadOnly, NotYet,
        "How many samples a rate in the metrics looks back over."),
    Key::new("metrics.recording.level", String, Is("INFO"), Any, Low, ReadOnly, NotYet,
        "How much is measured: `INFO`, `DEBUG` or `TRACE`."),
    Key::new("metrics.sample.window.ms", Long, Is("30000"), AtLeast(1), Low, ReadOnly, NotYet,
        "Length of one such sample."),
    Key::new("telemetry.max.bytes", Int, Is("1048576"), AtLeast(1), Low, ReadOnly, NotYet,
        "The largest batch of metrics that a client may push."),
];
