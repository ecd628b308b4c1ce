//! What this node is, and how it stands in its cluster.

use crate::keys::Bounds::{Any, AtLeast, SomeTextsOf, Texts};
use crate::keys::Effect::{Honoured, JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is, Required};
use crate::keys::Importance::{High, Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Boolean, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("background.threads", Int, Is("10"), AtLeast(1), High, ClusterWide, JvmOnly,
        "Size of the pool that Kafka runs housekeeping on. Ottla schedules that work by itself."),
    Key::new("broker.heartbeat.interval.ms", Int, Is("2000"), Any, Medium, ReadOnly, NotYet,
        "How often a broker tells the controller that it is alive."),
    Key::new("broker.id", Int, Is("-1"), Any, High, ReadOnly, Honoured,
        "The older name of `node.id`; if both are set, they must agree."),
    Key::new("broker.rack", String, Absent, Any, Medium, ReadOnly, Honoured,
        "Where this broker stands. Replicas are spread over racks, and consumers may read from their own."),
    Key::new("broker.session.timeout.ms", Int, Is("9000"), Any, Medium, ReadOnly, Honoured,
        "How long the controller waits for a heartbeat before it fences the broker."),
    Key::new("config.providers", List, Is(""), Texts, Low, ClusterWide, NotYet,
        "Aliases of sources that `${alias:path:key}` in values is resolved from."),
    Key::new("controlled.shutdown.enable", Boolean, Is("true"), Any, Medium, ReadOnly, NotYet,
        "Whether a broker hands over its leaderships before it stops."),
    Key::new("controller.socket.timeout.ms", Int, Is("30000"), Any, Medium, ReadOnly, NotYet,
        "How long the channel from broker to controller waits for an answer."),
    Key::new("initial.broker.registration.timeout.ms", Int, Is("60000"), Any, Medium, ReadOnly, NotYet,
        "How long a starting broker tries to register with the controller before it gives up."),
    Key::new("node.id", Int, Required, AtLeast(0), High, ReadOnly, Honoured,
        "This node's number in the cluster, whatever its roles."),
    Key::new("process.roles", List, Required, SomeTextsOf(&["broker", "controller"]), High, ReadOnly, Honoured,
        "What this node is: `broker`, `controller` or both."),
    Key::new("request.timeout.ms", Int, Is("30000"), Any, High, ReadOnly, NotYet,
        "How long this node's own requests to others may stay unanswered."),
    Key::new("server.max.startup.time.ms", Long, Is("9223372036854775807"), AtLeast(0), Medium, ReadOnly, NotYet,
        "How long the start may take before the node gives up.").internal(),
    Key::new("unstable.api.versions.enable", Boolean, Is("false"), Any, High, ReadOnly, NotYet,
        "Whether API versions that are still changing are offered; for development.").internal(),
    Key::new("unstable.feature.versions.enable", Boolean, Is("false"), Any, High, ReadOnly, NotYet,
        "Whether feature levels that are still changing are offered; for development.").internal(),
];
