//! Texts by key.

use super::known_keys;
use std::collections::BTreeMap;

/// What the keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// Kafka's `AdminClientConfig`.
    Admin,
    /// Kafka's `ProducerConfig`.
    Producer,
    /// Kafka's `ConsumerConfig`.
    Consumer,
}

/// A client's configuration as it was written: texts by key, the later one holds.
#[derive(Debug, Clone)]
pub struct ClientProperties {
    kind: ClientKind,
    entries: BTreeMap<String, String>,
}

impl ClientProperties {
    /// Nothing set.
    pub fn new(kind: ClientKind) -> Self {
        Self { kind, entries: BTreeMap::new() }
    }

    /// What these are for.
    pub fn kind(&self) -> ClientKind {
        self.kind
    }

    /// Sets a key, over what was set before.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.entries.insert(key.into(), value.into());
    }

    /// Sets a key unless it is set.
    pub fn set_default(&mut self, key: &str, value: impl Into<String>) {
        if !self.entries.contains_key(key) {
            self.set(key, value);
        }
    }

    /// The text of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(String::as_str)
    }

    /// A line for each key that no client of Kafka 4.3 of this kind has, and for each that would do something there and
    /// does nothing here.
    pub fn warnings(&self) -> Vec<String> {
        let keys = self.entries.keys();
        keys.filter_map(|key| match known_keys::standing(self.kind, key) {
            known_keys::Standing::Honoured => None,
            known_keys::Standing::WithoutEffect => Some(format!("The configuration '{key}' has no effect here.")),
            known_keys::Standing::Unknown => {
                Some(format!("The configuration '{key}' was supplied but isn't a known config."))
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientKind, ClientProperties};

    #[test]
    fn unknown_and_idle_keys_are_named() {
        let mut properties = ClientProperties::new(ClientKind::Producer);
        for key in ["acks", "fetch.min.bytes", "interceptor.classes", "ssl.keystore.location", "foo"] {
            properties.set(key, "x");
        }
        assert_eq!(
            properties.warnings(),
            [
                "The configuration 'fetch.min.bytes' was supplied but isn't a known config.",
                "The configuration 'foo' was supplied but isn't a known config.",
                "The configuration 'interceptor.classes' has no effect here.",
                "The configuration 'ssl.keystore.location' has no effect here.",
            ]
        );
    }
}
