//! What a node runs on.

mod checks;
mod group_checks;
mod groups;
mod layers;
mod listeners;
mod load;
mod quick_start;
mod quorum;
mod reader;
mod sections;

pub use crate::host::{HostAndPort, Voter};
pub use groups::{GroupsConfig, OffsetsConfig, OffsetsTopicConfig};
pub use listeners::{Listener, Listeners, SecurityProtocol};
pub use quorum::QuorumConfig;
pub use sections::{
    AckDurability, CleanerConfig, CompactionPacing, LifecycleConfig, LogsConfig, MetadataLogConfig, NetworkConfig,
    OttlaConfig, ProduceValidation, ProducerStateConfig, ReplicationConfig, TopicsConfig,
};

use crate::topic::TopicDefaults;
use crate::{ConfigErrors, ConfigWarning, Origin, Properties};
use layers::Layers;
use ottla_model::BrokerId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A node's configuration, checked. Cheap to clone: share it, and swap it when a dynamic value changes.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// `node.id`
    pub node_id: BrokerId,
    /// `process.roles`
    pub roles: Roles,
    /// `broker.rack`
    pub rack: Option<String>,
    /// `log.dirs`, else `log.dir`; at least one.
    pub log_dirs: Vec<PathBuf>,
    /// `metadata.log.dir`, else the first of the log directories.
    pub metadata_log_dir: PathBuf,
    /// Where to listen and what to tell others about it.
    pub listeners: Listeners,
    /// `controller.quorum.…`
    pub quorum: QuorumConfig,
    /// `metadata.…`
    pub metadata_log: MetadataLogConfig,
    /// Heartbeats, registration, shutdown.
    pub lifecycle: LifecycleConfig,
    /// Sockets, connections, requests.
    pub network: NetworkConfig,
    /// `log.…` of the directories as a whole; what concerns single topics is in [`BrokerConfig::topic_defaults`].
    pub logs: LogsConfig,
    /// `log.cleaner.…` of the cleaners as a whole.
    pub cleaner: CleanerConfig,
    /// Creating topics, fetching.
    pub topics: TopicsConfig,
    /// Classic groups.
    pub groups: GroupsConfig,
    /// Committed offsets, and the topic that keeps them.
    pub offsets: OffsetsConfig,
    /// Followers and high watermarks.
    pub replication: ReplicationConfig,
    /// What partitions remember of idempotent producers.
    pub producer_state: ProducerStateConfig,
    /// `remote.log.storage.system.enable`
    pub tiered_storage: bool,
    /// `ottla.…`
    pub ottla: OttlaConfig,
    topic_defaults: Arc<TopicDefaults>,
    layers: Arc<Layers>,
}

/// What a node is; at least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// It keeps partitions and serves clients.
    pub broker: bool,
    /// It is, or may become, one of the metadata quorum.
    pub controller: bool,
}

impl Roles {
    /// Both at once.
    pub const fn is_combined(self) -> bool {
        self.broker && self.controller
    }
}

/// A configuration, and what is odd about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What to run on.
    pub config: BrokerConfig,
    /// What to tell the operator, once.
    pub warnings: Vec<ConfigWarning>,
}

impl BrokerConfig {
    /// Reads and checks `properties`.
    ///
    /// # Errors
    /// Everything that is wrong: first with single keys, in the order of the file; if those are all good, with keys next
    /// to each other. The start must be refused.
    pub fn load(properties: Properties) -> Result<Loaded, ConfigErrors> {
        load::load(properties)
    }

    /// Reads and checks the file at `path`, with `overrides` (`key=value`) on top.
    ///
    /// # Errors
    /// The file cannot be read, an override is no `key=value`, or as for [`BrokerConfig::load`].
    pub fn read(path: &Path, overrides: &[String]) -> Result<Loaded, ReadError> {
        let mut properties = Properties::read(path)?;
        for key_and_value in overrides {
            properties.set_override(key_and_value)?;
        }
        Ok(Self::load(properties)?)
    }

    /// What `ottla start` runs on without a file: node 1, broker and controller, on 127.0.0.1:9092 and :9093, logs in
    /// `directory`, everything with one replica. `overrides` (`key=value`) go on top.
    ///
    /// # Errors
    /// Only of the overrides: one is no `key=value`, or as for [`BrokerConfig::load`].
    pub fn quick_start(directory: &Path, overrides: &[String]) -> Result<Loaded, ReadError> {
        let mut properties = quick_start::properties(directory);
        for key_and_value in overrides {
            properties.set_override(key_and_value)?;
        }
        let keeps_directory =
            !matches!(properties.get("log.dirs"), Some(property) if property.origin == Origin::Override);
        let mut loaded = Self::load(properties)?;
        if keeps_directory {
            // A name with commas or blanks at its ends does not survive being an entry of a list.
            loaded.config.set_directory(directory);
        }
        Ok(loaded)
    }

    /// [`BrokerConfig::quick_start`] as it is.
    pub fn for_quick_start(directory: &Path) -> Self {
        Self::quick_start(directory, &[]).expect("the quick start's own values are valid").config
    }

    fn set_directory(&mut self, directory: &Path) {
        if self.metadata_log_dir == self.log_dirs[0] {
            directory.clone_into(&mut self.metadata_log_dir);
        }
        self.log_dirs = vec![directory.to_owned()];
    }

    /// The same node with these dynamic values on top: `cluster_default` for all brokers, `this_broker` for this one.
    /// They replace all dynamic values that were there before.
    ///
    /// A value that is not valid, or whose key cannot be changed dynamically, is left out and named in the warnings, as
    /// Kafka does with what it finds in the metadata.
    pub fn with_dynamic(
        &self,
        cluster_default: &BTreeMap<String, String>,
        this_broker: &BTreeMap<String, String>,
    ) -> Loaded {
        load::with_dynamic(self, cluster_default, this_broker)
    }

    /// What topics get when they do not set a key themselves.
    pub fn topic_defaults(&self) -> &TopicDefaults {
        &self.topic_defaults
    }

    pub(crate) fn layers(&self) -> &Layers {
        &self.layers
    }
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error(transparent)]
    Properties(#[from] crate::PropertiesError),
    /// It says something wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
}
