//! Where to listen, and what a connection may cost.

use crate::keys::Bounds::{Any, AtLeast, OneOf, SomeTexts, Texts};
use crate::keys::Effect::{Honoured, JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{High, Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, PerBroker, ReadOnly};
use crate::keys::ValueType::{Int, List, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("advertised.listeners", List, Absent, SomeTexts, High, ReadOnly, Honoured,
        "The addresses that clients and other nodes are told to connect to; `listeners` if not set. Names must \
         appear in `listeners`, and 0.0.0.0 is refused."),
    Key::new("connection.failed.authentication.delay.ms", Int, Is("100"), AtLeast(0), Low, ReadOnly, NotYet,
        "How long a connection is kept open after failed authentication, to slow down guessing. Must be below \
         `connections.max.idle.ms`."),
    Key::new("connections.max.idle.ms", Long, Is("600000"), Any, Medium, ReadOnly, Honoured,
        "A connection that is silent for this long is closed. Negative: never."),
    Key::new("early.start.listeners", List, Absent, Texts, High, ReadOnly, NotYet,
        "Listeners that open before the authorizer is ready; those of the controllers if not set."),
    Key::new("inter.broker.listener.name", String, Absent, Any, Medium, ReadOnly, Honoured,
        "The listener by which brokers talk to each other. Set this or `security.inter.broker.protocol`, not \
         both."),
    Key::new("listener.security.protocol.map", String, Is("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"), Any, Low, PerBroker, Honoured,
        "Which security protocol each listener name stands for, as `NAME:PROTOCOL` entries."),
    Key::new("listeners", List, Is("PLAINTEXT://:9092"), SomeTexts, High, PerBroker, Honoured,
        "Where to listen, as `NAME://host:port` entries. No host is every address of the machine; port 0 is any \
         free one."),
    Key::new("max.connection.creation.rate", Int, Is("2147483647"), AtLeast(0), Medium, ClusterWide, NotYet,
        "How many connections are accepted in a second, per broker and per listener."),
    Key::new("max.connections", Int, Is("2147483647"), AtLeast(0), Medium, ClusterWide, Honoured,
        "How many connections may be open at a time, per broker and per listener."),
    Key::new("max.connections.per.ip", Int, Is("2147483647"), AtLeast(0), Medium, ClusterWide, NotYet,
        "How many connections may be open from one address."),
    Key::new("max.connections.per.ip.overrides", String, Is(""), Any, Medium, ClusterWide, NotYet,
        "Other numbers for single addresses or names, as `address:number` entries."),
    Key::new("num.io.threads", Int, Is("8"), AtLeast(1), High, ClusterWide, JvmOnly,
        "Kafka's request handler threads. Ottla runs one loop per processor."),
    Key::new("num.network.threads", Int, Is("3"), AtLeast(1), High, ClusterWide, JvmOnly,
        "Kafka's network threads. Ottla runs one loop per processor."),
    Key::new("queued.max.request.bytes", Long, Is("-1"), Any, Medium, ReadOnly, NotYet,
        "How many bytes of requests may wait before no more are read; negative for any."),
    Key::new("queued.max.requests", Int, Is("500"), AtLeast(1), High, ReadOnly, NotYet,
        "How many requests may wait before no more are read."),
    Key::new("security.inter.broker.protocol", String, Is("PLAINTEXT"), OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), Medium, ReadOnly, Honoured,
        "The security protocol between brokers, if `inter.broker.listener.name` is not set."),
    Key::new("socket.connection.setup.timeout.max.ms", Long, Is("30000"), Any, Medium, ReadOnly, NotYet,
        "The longest that opening a connection to another node may take, after repeated failures."),
    Key::new("socket.connection.setup.timeout.ms", Long, Is("10000"), Any, Medium, ReadOnly, NotYet,
        "How long opening a connection to another node may take at first."),
    Key::new("socket.listen.backlog.size", Int, Is("50"), AtLeast(1), Medium, ReadOnly, Honoured,
        "How many connections may wait to be accepted; the system may allow fewer."),
    Key::new("socket.receive.buffer.bytes", Int, Is("102400"), Any, High, ReadOnly, Honoured,
        "Receive buffer of accepted connections; -1 for the system's choice."),
    Key::new("socket.request.max.bytes", Int, Is("104857600"), AtLeast(1), High, ReadOnly, Honoured,
        "A request larger than this closes its connection."),
    Key::new("socket.send.buffer.bytes", Int, Is("102400"), Any, High, ReadOnly, Honoured,
        "Send buffer of accepted connections; -1 for the system's choice."),
];
