//! IncrementalAlterConfigs (key 44), versions 0–1 (KIP-339), and AlterConfigs (key 33), versions 0–2: what topics,
//! brokers, groups and metrics subscriptions are configured with.

use super::config_rules::ConfigRefusal;
use super::result::{ControllerResult, TooManyChanges, check_record_count};
use super::state::Controller;
use crate::features::MetadataVersion;
use crate::image::{ConfigMap, ConfigResource, ConfigResourceKind};
use ottla_config::{Fallback, Key, ValueType, keys};
use ottla_model::{BrokerId, InvalidTopicName, TopicName};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::{ClearElrRecord, ConfigRecord};
use std::collections::BTreeMap;

const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";
const CORDONED_LOG_DIRS: &str = "cordoned.log.dirs";
/// The longest value, in bytes: what a string in a record may have.
const VALUE_LENGTH_MAX: usize = i16::MAX as usize;

/// Changes to what one resource is configured with. What is not named stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncrementalAlteration {
    /// What to configure.
    pub resource: ConfigResource,
    /// What to do with which key.
    pub operations: Vec<(String, ConfigOperation)>,
}

/// What to do with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Give it that value.
    Set(String),
    /// Take its value away.
    Delete,
    /// Add those elements, separated by commas, to its list.
    Append(String),
    /// Take those elements, separated by commas, from its list.
    Subtract(String),
}

/// All that one resource is to be configured with. What is not named loses its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// What to configure.
    pub resource: ConfigResource,
    /// Keys and values.
    pub configs: Vec<(String, String)>,
}

/// Why a resource cannot be configured like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlterConfigError {
    /// The request has the resource more than once.
    #[error("Duplicate resource.")]
    DuplicateResource,
    /// A kind of resource that this software does not know.
    #[error("Unknown resource type {0}.")]
    UnknownKind(i8),
    /// A kind of resource that has nothing in the metadata log.
    #[error("Unknown resource type {0}")]
    NotInMetadata(ConfigResourceKind),
    /// Only lists have elements.
    #[error("Can't {operation} to key {key} because its type is not LIST.")]
    NotAList {
        /// `APPEND` or `SUBTRACT`.
        operation: &'static str,
        /// The key.
        key: String,
    },
    /// Under eligible leader replicas, brokers must not differ in what they take for safe.
    #[error("Broker-level {MIN_INSYNC_REPLICAS} cannot be altered while ELR is enabled.")]
    BrokerMinInsyncReplicas,
    /// Under eligible leader replicas, there must be one value for all brokers.
    #[error("Cluster-level {MIN_INSYNC_REPLICAS} cannot be removed while ELR is enabled.")]
    ClusterMinInsyncReplicasRemoved,
    /// Brokers of older releases would not know what it means.
    #[error(
        "The {CORDONED_LOG_DIRS} configuration value cannot be set because it requires metadata.version >= {}",
        MetadataVersion::V4_3Iv0
    )]
    CordoningUnsupported,
    /// Only the broker itself knows which directories it has.
    #[error(
        "When updating {CORDONED_LOG_DIRS} via controllers,  the new value must be a subset of the current \
         configuration value."
    )]
    CordonedMore,
    /// The value does not fit in a record.
    #[error(
        "The configuration value cannot be added because it exceeds the maximum value size of {VALUE_LENGTH_MAX} bytes."
    )]
    ValueTooLong,
    /// What the keys mean does not allow it.
    #[error(transparent)]
    Refused(#[from] ConfigRefusal),
    /// Every topic has a name.
    #[error("Default topic resources are not allowed.")]
    UnnamedTopic,
    /// Every group has an id.
    #[error("Default group resources are not allowed.")]
    UnnamedGroup,
    /// No topic can have that name.
    #[error(transparent)]
    TopicName(#[from] InvalidTopicName),
    /// A broker's name is its id.
    #[error("Unable to parse broker name as a base 10 number.")]
    BrokerName,
    /// Ids are not negative.
    #[error("Invalid negative broker ID.")]
    NegativeBroker,
    /// There is no such node.
    #[error("No node with id {0} found.")]
    UnknownNode(BrokerId),
    /// There is no such topic.
    #[error("The topic '{0}' does not exist.")]
    UnknownTopic(String),
}

/// Replies to a request for several resources.
pub type AlterConfigsReply = Vec<(ConfigResource, Result<(), AlterConfigError>)>;

impl Controller {
    /// Changes configurations, each resource for itself and as a whole: if one key cannot be, none is changed. Replies
    /// in the order of the request; a resource that stands there more than once has one reply, at its first place.
    /// `checked_by_broker`: a broker has looked at the request before, with what only it knows.
    ///
    /// # Errors
    /// Nothing is changed: it would be too much for one request.
    pub fn incremental_alter_configs(
        &self,
        alterations: &[IncrementalAlteration],
        validate_only: bool,
        checked_by_broker: bool,
    ) -> Result<ControllerResult<AlterConfigsReply>, TooManyChanges> {
        self.alter_each(
            alterations,
            |alteration| &alteration.resource,
            validate_only,
            |alteration| {
                let changes = self.resulting_changes(alteration)?;
                self.config_records(&alteration.resource, changes, Existence::Required, checked_by_broker)
            },
        )
    }

    /// Replaces configurations, each resource for itself and as a whole. As
    /// [`incremental_alter_configs`](Self::incremental_alter_configs) otherwise.
    ///
    /// # Errors
    /// Nothing is changed: it would be too much for one request.
    pub fn alter_configs(
        &self,
        replacements: &[Replacement],
        validate_only: bool,
        checked_by_broker: bool,
    ) -> Result<ControllerResult<AlterConfigsReply>, TooManyChanges> {
        self.alter_each(
            replacements,
            |replacement| &replacement.resource,
            validate_only,
            |replacement| {
                let mut changes: Changes =
                    replacement.configs.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
                for key in self.image().configs().of(&replacement.resource).keys() {
                    changes.entry(key.clone()).or_insert(None);
                }
                self.config_records(&replacement.resource, changes, Existence::Required, checked_by_broker)
            },
        )
    }

    /// The records that configure a topic which is being created.
    pub(super) fn records_for_new_configs(
        &self,
        resource: &ConfigResource,
        configs: &ConfigMap,
    ) -> Result<Vec<MetadataRecord>, AlterConfigError> {
        if configs.is_empty() {
            return Ok(Vec::new());
        }
        let changes = configs.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let mut records = self.config_records(resource, changes, Existence::ToCome, true)?;
        records.extend(self.clear_eligible_replicas(&records));
        Ok(records)
    }

    fn alter_each<T>(
        &self,
        requests: &[T],
        resource_of: impl Fn(&T) -> &ConfigResource,
        validate_only: bool,
        records_of: impl Fn(&T) -> Result<Vec<MetadataRecord>, AlterConfigError>,
    ) -> Result<ControllerResult<AlterConfigsReply>, TooManyChanges> {
        let mut counts: BTreeMap<&ConfigResource, usize> = BTreeMap::new();
        for request in requests {
            *counts.entry(resource_of(request)).or_default() += 1;
        }
        let mut records = Vec::new();
        let mut replies = Vec::new();
        for request in requests {
            let resource = resource_of(request);
            let result = match (counts.remove(resource), resource.kind) {
                (None, _) => continue,
                (_, ConfigResourceKind::Unknown(code)) => Err(AlterConfigError::UnknownKind(code)),
                (Some(1), _) => records_of(request),
                (Some(_), _) => Err(AlterConfigError::DuplicateResource),
            };
            replies.push((resource.clone(), result.map(|of_resource| records.extend(of_resource))));
            check_record_count(&records)?;
        }
        records.extend(self.clear_eligible_replicas(&records));
        check_record_count(&records)?;
        let result = ControllerResult::atomic(records, replies);
        Ok(if validate_only { result.without_records() } else { result })
    }

    /// The values that the keys of an alteration will have.
    fn resulting_changes(&self, alteration: &IncrementalAlteration) -> Result<Changes, AlterConfigError> {
        let current = self.image().configs().of(&alteration.resource);
        let mut changes = Changes::new();
        for (key, operation) in &alteration.operations {
            let list = |operation| list_of(&alteration.resource, key, current, operation);
            let value = match operation {
                ConfigOperation::Set(value) => Some(value.clone()),
                ConfigOperation::Delete => None,
                ConfigOperation::Append(more) => {
                    let mut list = list("APPEND")?;
                    for element in more.split(',') {
                        if !list.iter().any(|present| present == element) {
                            list.push(element.to_owned());
                        }
                    }
                    Some(list.join(","))
                }
                ConfigOperation::Subtract(less) => {
                    let mut list = list("SUBTRACT")?;
                    for element in less.split(',') {
                        if let Some(index) = list.iter().position(|present| present == element) {
                            list.remove(index);
                        }
                    }
                    Some(list.join(","))
                }
            };
            changes.insert(key.clone(), value);
        }
        Ok(changes)
    }

    fn config_records(
        &self,
        resource: &ConfigResource,
        mut changes: Changes,
        existence: Existence,
        checked_by_broker: bool,
    ) -> Result<Vec<MetadataRecord>, AlterConfigError> {
        let existing = self.image().configs().of(resource);
        // To set a broker's key to what it is makes the broker read keystores and the like again (KAFKA-14136).
        if resource.kind != ConfigResourceKind::Broker {
            changes.retain(|key, value| existing.get(key) != value.as_ref());
        }
        let mut proposed = existing.clone();
        for (key, value) in &changes {
            self.check_key(resource, key, value.as_deref(), existing.get(key), checked_by_broker)?;
            match value {
                Some(value) => proposed.insert(key.clone(), value.clone()),
                None => proposed.remove(key),
            };
        }
        check_name(resource)?;
        self.settings.config_rules.validate(resource, existing, &proposed)?;
        if existence == Existence::Required {
            self.check_existence(resource)?;
        }
        Ok(changes.into_iter().map(|(key, value)| config_record(resource, key, value)).collect())
    }

    fn check_key(
        &self,
        resource: &ConfigResource,
        key: &str,
        value: Option<&str>,
        current: Option<&String>,
        checked_by_broker: bool,
    ) -> Result<(), AlterConfigError> {
        if resource.kind == ConfigResourceKind::Broker && key == MIN_INSYNC_REPLICAS {
            let has_elr = self.image().features().has_eligible_leader_replicas();
            match (has_elr, resource.name.is_empty(), value) {
                (true, false, _) => return Err(AlterConfigError::BrokerMinInsyncReplicas),
                (true, true, None) => return Err(AlterConfigError::ClusterMinInsyncReplicasRemoved),
                _ => {}
            }
        }
        if resource.kind == ConfigResourceKind::Broker && key == CORDONED_LOG_DIRS {
            if !self.metadata_version().has_cordoned_directories() {
                return Err(AlterConfigError::CordoningUnsupported);
            }
            if !checked_by_broker && !is_subset(value.unwrap_or(""), current.map_or("", String::as_str)) {
                return Err(AlterConfigError::CordonedMore);
            }
        }
        match value {
            Some(value) if value.len() > VALUE_LENGTH_MAX => Err(AlterConfigError::ValueTooLong),
            _ => Ok(()),
        }
    }

    fn check_existence(&self, resource: &ConfigResource) -> Result<(), AlterConfigError> {
        match resource.kind {
            ConfigResourceKind::Topic if self.image().topics().id_of(&resource.name).is_none() => {
                Err(AlterConfigError::UnknownTopic(resource.name.clone()))
            }
            ConfigResourceKind::Broker if !resource.name.is_empty() => {
                let node = resource.name.parse().map(BrokerId::new).map_err(|_| AlterConfigError::BrokerName)?;
                let cluster = self.image().cluster();
                let is_known = cluster.broker(node).is_some()
                    || cluster.controller(node).is_some()
                    || self.settings.voters.contains(&node);
                if is_known { Ok(()) } else { Err(AlterConfigError::UnknownNode(node)) }
            }
            _ => Ok(()),
        }
    }

    /// Where `min.insync.replicas` changes, nobody knows any more who was eligible.
    fn clear_eligible_replicas(&self, records: &[MetadataRecord]) -> Vec<MetadataRecord> {
        if !self.image().features().has_eligible_leader_replicas() {
            return Vec::new();
        }
        let clear = |record: &MetadataRecord| match record {
            MetadataRecord::ConfigRecord(config) if config.name == MIN_INSYNC_REPLICAS => {
                let of_topic = config.resource_type == ConfigResourceKind::Topic.code();
                let topic_name = if of_topic { config.resource_name.clone() } else { String::new() };
                Some(ClearElrRecord { topic_name, ..Default::default() }.into())
            }
            _ => None,
        };
        records.iter().filter_map(clear).collect()
    }
}

/// Keys with the values they will have; `None`: the value is taken away.
type Changes = BTreeMap<String, Option<String>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existence {
    Required,
    ToCome,
}

pub(super) fn config_record(resource: &ConfigResource, key: String, value: Option<String>) -> MetadataRecord {
    ConfigRecord {
        resource_type: resource.kind.code(),
        resource_name: resource.name.clone(),
        name: key,
        value,
        ..Default::default()
    }
    .into()
}

fn check_name(resource: &ConfigResource) -> Result<(), AlterConfigError> {
    match resource.kind {
        ConfigResourceKind::Topic if resource.name.is_empty() => Err(AlterConfigError::UnnamedTopic),
        ConfigResourceKind::Topic => TopicName::new(&resource.name).map(drop).map_err(AlterConfigError::from),
        ConfigResourceKind::Broker if resource.name.is_empty() => Ok(()),
        ConfigResourceKind::Broker => match resource.name.parse::<i32>() {
            Err(_) => Err(AlterConfigError::BrokerName),
            Ok(..=-1) => Err(AlterConfigError::NegativeBroker),
            Ok(_) => Ok(()),
        },
        ConfigResourceKind::Group if resource.name.is_empty() => Err(AlterConfigError::UnnamedGroup),
        ConfigResourceKind::Group | ConfigResourceKind::ClientMetrics => Ok(()),
        kind @ (ConfigResourceKind::BrokerLogger | ConfigResourceKind::Unknown(_)) => {
            Err(AlterConfigError::NotInMetadata(kind))
        }
    }
}

/// The elements of a list: those that were set, else those of the default.
fn list_of(
    resource: &ConfigResource,
    key: &str,
    current: &ConfigMap,
    operation: &'static str,
) -> Result<Vec<String>, AlterConfigError> {
    let declared: Option<&Key> = match resource.kind {
        ConfigResourceKind::Topic => keys::topic().get(key),
        ConfigResourceKind::Broker => keys::broker().get(key),
        // Kafka's controller does not know the types of other resources' keys either.
        _ => None,
    };
    let Some(declared) = declared.filter(|key| key.value_type == ValueType::List) else {
        return Err(AlterConfigError::NotAList { operation, key: key.to_owned() });
    };
    let default = match declared.fallback {
        Fallback::Is(text) => text,
        Fallback::Absent | Fallback::Required => "",
    };
    let text = current.get(key).map_or(default, String::as_str);
    Ok(text.split(',').filter(|element| !element.is_empty()).map(str::to_owned).collect())
}

/// Whether every element of the list `new` is in the list `current`.
fn is_subset(new: &str, current: &str) -> bool {
    let current: Vec<&str> = current.split(',').map(str::trim).collect();
    new.trim().is_empty() || new.split(',').map(str::trim).all(|element| current.contains(&element))
}
