//! What DescribeConfigs says of keys: their values, where these come from, and what stands behind them.

use crate::broker::BrokerConfig;
use crate::keys::{self, Fallback, Key, Scope, broker_chain, broker_key_of_group, broker_synonyms_of_topic};
use crate::value::Value;
use crate::{InvalidValue, ValueType};
use std::collections::{BTreeMap, BTreeSet};

/// Where a value comes from. The numbers are the protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigSource {
    /// Set on the topic.
    DynamicTopic = 1,
    /// Set dynamically on this broker.
    DynamicBroker = 2,
    /// Set dynamically for all brokers.
    DynamicDefaultBroker = 3,
    /// In `server.properties`, or on the command line.
    StaticBroker = 4,
    /// Declared.
    Default = 5,
    /// The level of a logger.
    DynamicBrokerLogger = 6,
    /// Set on the client-metrics subscription.
    ClientMetrics = 7,
    /// Set on the group.
    Group = 8,
}

impl ConfigSource {
    /// The number in DescribeConfigs' `configSource`.
    pub const fn code(self) -> i8 {
        self as i8
    }
}

/// One key of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The key.
    pub name: String,
    /// What it is; `None` if that is nothing, or not to be shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether the value is not to be shown. Also of keys that nobody declared: they may be a plugin's secrets.
    pub is_sensitive: bool,
    /// Whether it takes a restart to change it.
    pub is_read_only: bool,
    /// Everything that sets the key, the one in force first.
    pub synonyms: Vec<Synonym>,
    /// `None` for a key that nobody declared.
    pub value_type: Option<ValueType>,
    /// `None` for a key that nobody declared.
    pub documentation: Option<&'static str>,
}

/// One of the things that set a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The key that is set there, which may have another name.
    pub name: String,
    /// Its text there; `None` if it is not to be shown.
    pub value: Option<String>,
    /// Where.
    pub source: ConfigSource,
}

/// This broker (resource type 4, named by its id): every key that is not internal, and every other one that is set.
pub fn broker(config: &BrokerConfig) -> Vec<Described> {
    let layers = config.layers();
    let set = layers.fixed.iter().map(|(name, _)| name);
    let set = set.chain(layers.cluster_default.keys().map(String::as_str));
    let set = set.chain(layers.this_broker.keys().map(String::as_str));
    let names: BTreeSet<&str> =
        keys::broker().iter().filter(|key| !key.internal).map(|key| key.name).chain(set).collect();
    names.into_iter().map(|name| broker_entry(config, name)).collect()
}

/// All brokers (resource type 4, with an empty name): what is set dynamically for all of them.
pub fn cluster_default(config: &BrokerConfig) -> Vec<Described> {
    let values = config.layers().cluster_default.iter();
    values
        .map(|(name, text)| {
            let mut entry = broker_entry(config, name);
            entry.synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
            entry.source = source_of(&entry.synonyms);
            entry.value = (!entry.is_sensitive).then(|| text.clone());
            entry
        })
        .collect()
}

fn broker_entry(config: &BrokerConfig, name: &str) -> Described {
    let key = declared(name);
    let is_sensitive = key.is_none_or(Key::is_sensitive);
    let synonyms = broker_synonyms(config, name, is_sensitive);
    let text = if is_overruled(config, name) { default_text(name) } else { config.layers().text(name) };
    Described {
        name: name.to_owned(),
        value: text.filter(|_| !is_sensitive).map(|text| shown(key, text)),
        source: source_of(&synonyms),
        is_sensitive,
        is_read_only: !is_dynamic(name),
        synonyms,
        value_type: key.map(|key| key.value_type),
        documentation: keys::broker().get(name).map(|key| key.documentation),
    }
}

/// The key, or the one that it overrides for one listener.
fn declared(name: &str) -> Option<&'static Key> {
    let find = |name: &str| keys::broker().get(name).or_else(|| keys::broker_quota().get(name));
    find(name).or_else(|| find(keys::listener_override(name)?))
}

fn is_dynamic(name: &str) -> bool {
    match keys::broker().get(name) {
        Some(key) => key.scope != Scope::ReadOnly,
        None => keys::broker_quota().get(name).is_some(),
    }
}

/// A dynamic value in one unit takes the static values in the others out of force, and out of sight.
fn is_overruled(config: &BrokerConfig, name: &str) -> bool {
    let layers = config.layers();
    let is_dynamic = |name: &str| layers.this_broker.contains_key(name) || layers.cluster_default.contains_key(name);
    let chain = broker_chain(name);
    keys::listener_override(name).is_none()
        && chain.len() > 1
        && !is_dynamic(name)
        && chain.iter().any(|n| is_dynamic(n))
}

fn default_text(name: &str) -> Option<&'static str> {
    match keys::broker().get(name)?.fallback {
        Fallback::Is(text) => Some(text),
        Fallback::Absent | Fallback::Required => None,
    }
}

/// A text as its parsed value looks. What cannot be parsed was refused before, or comes from nowhere that matters.
fn shown(key: Option<&Key>, text: &str) -> String {
    key.and_then(|key| key.parse(text).ok()).map_or_else(|| text.to_owned(), |value| value.to_string())
}

/// Everything that sets the broker key `name`, by source and then along its chain of names; what comes before `name`
/// itself (an override for one listener) is not meant.
fn broker_synonyms(config: &BrokerConfig, name: &str, is_sensitive: bool) -> Vec<Synonym> {
    let layers = config.layers();
    let chain = broker_chain(name);
    let mut synonyms = Vec::new();
    let mut add = |source: ConfigSource, text_of: &dyn Fn(&str) -> Option<String>| {
        for name in &chain {
            if let Some(text) = text_of(name) {
                let value = (!is_sensitive).then_some(text);
                synonyms.push(Synonym { name: name.to_string(), value, source });
            }
        }
    };
    add(ConfigSource::DynamicBroker, &|name| layers.this_broker.get(name).cloned());
    add(ConfigSource::DynamicDefaultBroker, &|name| layers.cluster_default.get(name).cloned());
    add(ConfigSource::StaticBroker, &|name| layers.fixed.text(name).map(str::to_owned));
    add(ConfigSource::Default, &|name| default_text(name).map(str::to_owned));
    let before = synonyms.iter().position(|synonym| synonym.name == name).unwrap_or(synonyms.len());
    synonyms.split_off(before)
}

fn source_of(synonyms: &[Synonym]) -> ConfigSource {
    synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source)
}

/// A topic (resource type 2) with its own `overrides`.
///
/// # Errors
/// The first override that its key does not allow.
pub fn topic(config: &BrokerConfig, overrides: &BTreeMap<String, String>) -> Result<Vec<Described>, InvalidValue> {
    let listed = keys::topic().iter().filter(|key| !key.internal || overrides.contains_key(key.name));
    listed
        .map(|key| {
            let text = overrides.get(key.name).map(String::as_str).or_else(|| config.topic_defaults().text(key.name));
            let behind = broker_synonyms_of_topic(key.name)
                .first()
                .map(|synonym| broker_synonyms(config, synonym.name, false))
                .unwrap_or_default();
            overridable(key, text, overrides, behind, ConfigSource::DynamicTopic)
        })
        .collect()
}

/// A group (resource type 32) with its own `overrides`.
///
/// # Errors
/// The first override that its key does not allow.
pub fn group(config: &BrokerConfig, overrides: &BTreeMap<String, String>) -> Result<Vec<Described>, InvalidValue> {
    keys::group()
        .iter()
        .map(|key| {
            let broker_key = broker_key_of_group(key.name);
            let fallback = match key.fallback {
                Fallback::Is(text) => Some(text),
                Fallback::Absent | Fallback::Required => None,
            };
            let from_broker = broker_key.and_then(|name| config.layers().text(name)).or(fallback);
            let text = overrides.get(key.name).map(String::as_str).or(from_broker);
            let behind = match (broker_key, fallback) {
                (Some(name), _) => broker_synonyms(config, name, false),
                (None, Some(text)) => vec![Synonym {
                    name: key.name.to_owned(),
                    value: Some(text.to_owned()),
                    source: ConfigSource::Default,
                }],
                (None, None) => Vec::new(),
            };
            overridable(key, text, overrides, behind, ConfigSource::Group)
        })
        .collect()
}

/// A client-metrics subscription (resource type 16) with its own `overrides`.
///
/// # Errors
/// The first override that its key does not allow.
pub fn client_metrics(overrides: &BTreeMap<String, String>) -> Result<Vec<Described>, InvalidValue> {
    keys::client_metrics()
        .iter()
        .map(|key| {
            let fallback = key.default_value().map(|value| value.to_string());
            let text = overrides.get(key.name).map(String::as_str).or(fallback.as_deref());
            overridable(key, text, overrides, Vec::new(), ConfigSource::ClientMetrics)
        })
        .collect()
}

fn overridable(
    key: &'static Key,
    text: Option<&str>,
    overrides: &BTreeMap<String, String>,
    mut synonyms: Vec<Synonym>,
    source: ConfigSource,
) -> Result<Described, InvalidValue> {
    let value: Option<Value> = text.map(|text| key.parse(text)).transpose()?;
    let value = value.map(|value| value.to_string());
    if overrides.contains_key(key.name) {
        synonyms.insert(0, Synonym { name: key.name.to_owned(), value: value.clone(), source });
    }
    Ok(Described {
        name: key.name.to_owned(),
        value,
        source: source_of(&synonyms),
        is_sensitive: false,
        is_read_only: false,
        synonyms,
        value_type: Some(key.value_type),
        documentation: Some(key.documentation),
    })
}
