//! Configurations that were set through the API: of topics, brokers, groups, client metrics.

use ottla_model::BrokerId;
use rpds::RedBlackTreeMapSync;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What kind of thing is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigResourceKind {
    /// A topic, by its name.
    Topic,
    /// A broker, by its id; with an empty name, all brokers.
    Broker,
    /// A node's loggers, by its id. Never in the metadata log.
    BrokerLogger,
    /// A subscription to clients' metrics, by its name (KIP-714).
    ClientMetrics,
    /// A group, by its id.
    Group,
    /// A kind that this software does not know.
    Unknown(i8),
}

impl ConfigResourceKind {
    /// The number on the wire and in records.
    pub const fn code(self) -> i8 {
        match self {
            Self::Topic => 2,
            Self::Broker => 4,
            Self::BrokerLogger => 8,
            Self::ClientMetrics => 16,
            Self::Group => 32,
            Self::Unknown(code) => code,
        }
    }
    /// The kind of that number.
    pub const fn from_code(code: i8) -> Self {
        match code {
            2 => Self::Topic,
            4 => Self::Broker,
            8 => Self::BrokerLogger,
            16 => Self::ClientMetrics,
            32 => Self::Group,
            other => Self::Unknown(other),
        }
    }
    /// The name in Kafka's messages: `TOPIC`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topic => "TOPIC",
            Self::Broker => "BROKER",
            Self::BrokerLogger => "BROKER_LOGGER",
            Self::ClientMetrics => "CLIENT_METRICS",
            Self::Group => "GROUP",
            Self::Unknown(_) => "UNKNOWN",
        }
    }
}

impl fmt::Display for ConfigResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that can be configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// What kind of thing.
    pub kind: ConfigResourceKind,
    /// Which of its kind.
    pub name: String,
}

impl ConfigResource {
    /// The topic of that name.
    pub fn topic(name: impl Into<String>) -> Self {
        Self { kind: ConfigResourceKind::Topic, name: name.into() }
    }
    /// One broker.
    pub fn broker(id: BrokerId) -> Self {
        Self { kind: ConfigResourceKind::Broker, name: id.to_string() }
    }
    /// All brokers.
    pub fn all_brokers() -> Self {
        Self { kind: ConfigResourceKind::Broker, name: String::new() }
    }
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} '{}'", self.kind, self.name)
    }
}

/// Keys and values that were set for one resource.
pub type ConfigMap = BTreeMap<String, String>;

static NOTHING_SET: ConfigMap = ConfigMap::new();

/// Everything that was set through the API. What is not set has its default, which is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigsImage {
    by_resource: RedBlackTreeMapSync<ConfigResource, Arc<ConfigMap>>,
}

impl Default for ConfigsImage {
    fn default() -> Self {
        Self { by_resource: RedBlackTreeMapSync::new_sync() }
    }
}

impl ConfigsImage {
    /// What was set for one resource; empty if nothing was.
    pub fn of(&self, resource: &ConfigResource) -> &ConfigMap {
        self.by_resource.get(resource).map_or(&NOTHING_SET, Arc::as_ref)
    }
    /// What was set for the topic of that name.
    pub fn topic(&self, name: &str) -> &ConfigMap {
        self.of(&ConfigResource::topic(name))
    }
    /// What was set for that broker alone.
    pub fn broker(&self, id: BrokerId) -> &ConfigMap {
        self.of(&ConfigResource::broker(id))
    }
    /// What was set for all brokers.
    pub fn all_brokers(&self) -> &ConfigMap {
        self.of(&ConfigResource::all_brokers())
    }
    /// Every resource for which something was set, kind by kind and in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&ConfigResource, &ConfigMap)> {
        self.by_resource.iter().map(|(resource, configs)| (resource, configs.as_ref()))
    }

    /// Sets a key, or takes it away if there is no `value`. Returns whether that changed anything.
    pub(crate) fn set(&mut self, resource: ConfigResource, key: &str, value: Option<&str>) -> bool {
        let current = self.of(&resource);
        if current.get(key).map(String::as_str) == value {
            return false;
        }
        let mut configs = current.clone();
        match value {
            Some(value) => configs.insert(key.to_owned(), value.to_owned()),
            None => configs.remove(key),
        };
        if configs.is_empty() {
            self.by_resource.remove_mut(&resource);
        } else {
            self.by_resource.insert_mut(resource, Arc::new(configs));
        }
        true
    }
    /// Forgets all that was set for a resource. Returns the keys that were set.
    pub(crate) fn remove(&mut self, resource: &ConfigResource) -> Vec<String> {
        let keys = self.of(resource).keys().cloned().collect();
        self.by_resource.remove_mut(resource);
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigResource, ConfigResourceKind, ConfigsImage};

    #[test]
    fn an_emptied_resource_leaves_no_trace() {
        let mut configs = ConfigsImage::default();
        assert!(configs.set(ConfigResource::topic("t"), "retention.ms", Some("1")));
        assert!(!configs.set(ConfigResource::topic("t"), "retention.ms", Some("1")));
        assert_eq!(configs.topic("t")["retention.ms"], "1");
        assert!(configs.set(ConfigResource::topic("t"), "retention.ms", None));
        assert_eq!(configs, ConfigsImage::default());
    }

    #[test]
    fn codes_go_both_ways() {
        for code in i8::MIN..=i8::MAX {
            assert_eq!(ConfigResourceKind::from_code(code).code(), code);
        }
    }
}
