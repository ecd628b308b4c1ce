//! Kafka's configuration keys as declarations, and the sources they are read from.
//!
//! * [`keys`] declares every key of Apache Kafka 4.3 once: name, type, default, bounds, importance, scope, and what Ottla
//!   does with it. Everything else here reads those tables.
//! * [`Properties`] reads `server.properties` by the rules of `java.util.Properties` and remembers where each key stood.
//! * [`BrokerConfig`] is what a node runs on: typed, checked key by key and across keys, with dynamic values on top.
//! * [`TopicConfig`] is what one topic's logs run on, resolved from the broker's values and the topic's own.
//! * [`describe`] says of each key what it is, where that comes from, and what stands behind it (DescribeConfigs).
//!
//! A wrong value refuses the start and says where it stands; an unknown key is a warning with the nearest known one.

pub mod broker;
pub mod describe;
pub mod dynamic;
mod error;
pub mod group;
mod host;
pub mod keys;
mod nearest;
mod properties;
pub mod topic;
mod value;
mod warning;

pub use broker::BrokerConfig;
pub use error::{ConfigError, ConfigErrors, InvalidValue};
pub use keys::{Bounds, Effect, Fallback, Importance, Key, Scope, ValueType};
pub use properties::{Origin, Properties, PropertiesError, Property};
pub use topic::TopicConfig;
pub use value::Value;
pub use warning::ConfigWarning;
