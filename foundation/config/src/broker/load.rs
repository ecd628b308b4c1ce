//! From properties to a [`BrokerConfig`]: every key by itself, then the typed parts, then keys next to each other.

use super::groups::{GroupsConfig, OffsetsConfig};
use super::layers::Layers;
use super::listeners::Listeners;
use super::quorum::QuorumConfig;
use super::reader::Reader;
use super::sections::{
    CleanerConfig, LifecycleConfig, LogsConfig, MetadataLogConfig, NetworkConfig, OttlaConfig, ProducerStateConfig,
    ReplicationConfig, TopicsConfig,
};
use super::{BrokerConfig, Loaded, Roles, checks, group_checks};
use crate::dynamic;
use crate::keys::{self, Effect, Fallback, Key};
use crate::nearest::nearest;
use crate::properties::{Origin, Property};
use crate::topic::TopicDefaults;
use crate::{ConfigError, ConfigErrors, ConfigWarning, Properties};
use ottla_model::BrokerId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn load(mut properties: Properties) -> Result<Loaded, ConfigErrors> {
    let mut warnings = Vec::new();
    populate_node_id(&mut properties);
    let mut errors = check_each(&properties, &mut warnings);
    errors.extend(missing(&properties));
    errors.sort_by_key(|error| match &error.origin {
        Some(Origin::File { line, .. }) => *line,
        _ => u32::MAX,
    });
    ConfigErrors::of(errors)?;
    let config = build(Layers { fixed: properties, ..Layers::default() }, &mut warnings)?;
    Ok(Loaded { config, warnings })
}

pub(super) fn with_dynamic(
    config: &BrokerConfig,
    cluster_default: &BTreeMap<String, String>,
    this_broker: &BTreeMap<String, String>,
) -> Loaded {
    let mut warnings = Vec::new();
    let mut layers = Layers {
        cluster_default: dynamic::usable(cluster_default, &mut warnings),
        this_broker: dynamic::usable(this_broker, &mut warnings),
        fixed: config.layers().fixed.clone(),
    };
    loop {
        match build(layers.clone(), &mut Vec::new()) {
            Ok(mut changed) => {
                // Directories never change dynamically, and the quick start's may not be readable from its text.
                changed.log_dirs.clone_from(&config.log_dirs);
                changed.metadata_log_dir.clone_from(&config.metadata_log_dir);
                return Loaded { config: changed, warnings };
            }
            Err(errors) => {
                // Good by themselves, but not next to each other: the static values alone were good.
                let message = errors.to_string();
                let mut dropped: Vec<String> = errors
                    .iter()
                    .filter_map(|error| error.key.clone())
                    .filter(|key| layers.this_broker.contains_key(key) || layers.cluster_default.contains_key(key))
                    .collect();
                if dropped.is_empty() {
                    dropped = layers.this_broker.keys().chain(layers.cluster_default.keys()).cloned().collect();
                }
                if dropped.is_empty() {
                    // Not to be expected: without dynamic values it is what was loaded before.
                    return Loaded { config: config.clone(), warnings };
                }
                for key in dropped {
                    layers.this_broker.remove(&key);
                    layers.cluster_default.remove(&key);
                    warnings.push(ConfigWarning::InvalidDynamicValue { key, message: message.clone() });
                }
            }
        }
    }
}

/// `broker.id` and `node.id` are each other's default.
fn populate_node_id(properties: &mut Properties) {
    for (missing, present) in [("broker.id", "node.id"), ("node.id", "broker.id")] {
        if properties.get(missing).is_none()
            && let Some(Property { text, origin }) = properties.get(present).cloned()
        {
            properties.set(missing, &text, origin);
        }
    }
}

fn check_each(properties: &Properties, warnings: &mut Vec<ConfigWarning>) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let (mut jvm_only, mut not_yet) = (Vec::new(), Vec::new());
    for (name, Property { text, origin }) in properties.iter() {
        let Some(key) = declared(name) else {
            if !belongs_to_a_plugin(name) {
                let nearest = nearest(name, keys::broker().iter().map(|key| key.name));
                warnings.push(ConfigWarning::UnknownKey { key: name.to_owned(), origin: origin.clone(), nearest });
            }
            continue;
        };
        if let Err(invalid) = key.parse(text) {
            errors.push(ConfigError::about(key, Some(text), Some(origin), invalid.message()).allowing(key.allowed()));
            continue;
        }
        let is_default = matches!(key.fallback, Fallback::Is(default) if default == text.trim());
        match key.effect {
            Effect::Honoured => {}
            _ if is_default => {}
            Effect::JvmOnly => jvm_only.push(name.to_owned()),
            Effect::NotYet => not_yet.push(name.to_owned()),
            Effect::Refused => {
                errors.push(ConfigError::about(key, Some(text), Some(origin), "not supported yet"));
            }
        }
    }
    if !jvm_only.is_empty() {
        warnings.push(ConfigWarning::JvmOnly { keys: jvm_only });
    }
    if !not_yet.is_empty() {
        warnings.push(ConfigWarning::NotYet { keys: not_yet });
    }
    errors
}

/// The key itself, or the one that it overrides for one listener.
fn declared(name: &str) -> Option<&'static Key> {
    keys::broker().get(name).or_else(|| keys::broker().get(keys::listener_override(name)?))
}

/// Keys that Kafka's plugins read, and that are handed to them unseen.
fn belongs_to_a_plugin(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["rsm.config.", "rlmm.config.", "config.providers."];
    const KEYS: [&str; 2] = ["super.users", "allow.everyone.if.no.acl.found"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || KEYS.contains(&name)
}

fn missing(properties: &Properties) -> impl Iterator<Item = ConfigError> {
    keys::broker().iter().filter(|key| key.fallback == Fallback::Required && properties.get(key.name).is_none()).map(
        |key| {
            let message = format!("Missing required configuration \"{}\" which has no default value.", key.name);
            ConfigError::about(key, None, None, message)
        },
    )
}

fn build(layers: Layers, warnings: &mut Vec<ConfigWarning>) -> Result<BrokerConfig, ConfigErrors> {
    let layers = Arc::new(layers);
    let mut reader = Reader::new(&layers);
    let reader = &mut reader;
    let node_id = reader.int("node.id");
    let roles = reader.list("process.roles");
    let log_dirs: Vec<PathBuf> = reader
        .optional_list("log.dirs")
        .unwrap_or_else(|| reader.list("log.dir"))
        .into_iter()
        .map(PathBuf::from)
        .collect();
    reader.require(
        !log_dirs.is_empty(),
        "log.dirs",
        "At least one log directory must be defined via log.dirs or log.dir.",
    );
    let quorum = QuorumConfig::read(reader);
    let own_voter = quorum.voters.iter().find(|voter| voter.id == node_id).map(|voter| &voter.address);
    let config = BrokerConfig {
        node_id: BrokerId::new(node_id),
        roles: Roles {
            broker: roles.iter().any(|role| role == "broker"),
            controller: roles.iter().any(|role| role == "controller"),
        },
        rack: reader.optional_text("broker.rack"),
        metadata_log_dir: reader
            .optional_text("metadata.log.dir")
            .map(PathBuf::from)
            .or_else(|| log_dirs.first().cloned())
            .unwrap_or_default(),
        log_dirs,
        listeners: Listeners::read(reader, own_voter),
        metadata_log: MetadataLogConfig::read(reader),
        lifecycle: LifecycleConfig::read(reader),
        network: NetworkConfig::read(reader),
        logs: LogsConfig::read(reader),
        cleaner: CleanerConfig::read(reader),
        topics: TopicsConfig::read(reader),
        groups: GroupsConfig::read(reader),
        offsets: OffsetsConfig::read(reader),
        replication: ReplicationConfig::read(reader),
        producer_state: ProducerStateConfig::read(reader),
        tiered_storage: reader.boolean("remote.log.storage.system.enable"),
        ottla: OttlaConfig::read(reader),
        quorum,
        topic_defaults: Arc::new(TopicDefaults::from_broker(|name| layers.set_text(name))),
        layers: layers.clone(),
    };
    checks::check(&config, reader, warnings);
    group_checks::check(reader);
    ConfigErrors::of(std::mem::take(&mut reader.errors))?;
    Ok(config)
}
