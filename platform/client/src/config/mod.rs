//! Client configuration by Kafka's names: `bootstrap.servers`, `acks`, `linger.ms`, …
//!
//! [`ClientProperties`] are texts by key, from a file and from `key=value` words. [`AdminConfig`], [`ProducerConfig`] and
//! [`ConsumerConfig`] are what a client runs on: typed and checked, with Kafka's defaults and Kafka's words for what is
//! wrong. Keys that Kafka does not know are reported by [`ClientProperties::warnings`].

mod address;
mod admin;
mod connection;
mod consumer;
mod duration;
mod group;
mod key;
mod known_keys;
mod producer;
mod properties;

pub use address::Address;
pub use admin::AdminConfig;
pub use connection::ConnectionConfig;
pub use consumer::{ConsumerConfig, IsolationLevel, OffsetReset};
pub use group::GroupConfig;
pub use producer::{Acks, PartitionerKind, ProducerConfig};
pub use properties::{ClientKind, ClientProperties};
