//! Every key, declared once. The tables are lists: to add a key is to add a line.
//!
//! Names, types, defaults, bounds, importances and scopes are Apache Kafka 4.3.0's (`tests/golden` holds them against a
//! dump of Kafka's own tables); the texts and the effects are ours.

mod bounds;
mod broker;
mod client_metrics;
mod group;
mod key;
mod quota;
mod synonyms;
mod topic;

pub use bounds::Bounds;
pub use key::{Effect, Fallback, Importance, Key, Scope, ValueType};
pub use synonyms::{
    BrokerSynonym, Unit, broker_chain, broker_key_of_group, broker_synonyms_of_topic, listener_override,
};

use std::collections::HashMap;
use std::sync::LazyLock;

/// The keys of one kind of resource, in alphabetical order, found by name.
pub struct Table {
    ordered: Vec<&'static Key>,
    by_name: HashMap<&'static str, &'static Key>,
}

impl Table {
    fn new<'a>(lists: impl IntoIterator<Item = &'a &'static [Key]>) -> Self {
        let mut ordered: Vec<&'static Key> = lists.into_iter().flat_map(|list| list.iter()).collect();
        ordered.sort_by_key(|key| key.name);
        let by_name = ordered.iter().map(|key| (key.name, *key)).collect();
        Self { ordered, by_name }
    }
    /// The key called `name`.
    pub fn get(&self, name: &str) -> Option<&'static Key> {
        self.by_name.get(name).copied()
    }
    /// Every key, by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Key> + '_ {
        self.ordered.iter().copied()
    }
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.ordered.len()
    }
    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.ordered.is_empty()
    }
}

/// What may stand in `server.properties`, Kafka's and ours (`ottla.…`).
pub fn broker() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(broker::LISTS));
    &TABLE
}

/// What may be set on a topic (resource type 2).
pub fn topic() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[topic::KEYS]));
    &TABLE
}

/// What may be set on a group (resource type 32).
pub fn group() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[group::KEYS]));
    &TABLE
}

/// What may be set on a client-metrics subscription (resource type 16, KIP-714).
pub fn client_metrics() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[client_metrics::KEYS]));
    &TABLE
}

/// Replication quotas that exist only as dynamic broker values; they may not stand in `server.properties`.
pub fn broker_quota() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[quota::BROKER]));
    &TABLE
}

/// Quotas of users and client ids.
pub fn client_quota() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[quota::USER_AND_CLIENT]));
    &TABLE
}

/// Quotas of source addresses.
pub fn ip_quota() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(&[quota::IP]));
    &TABLE
}
