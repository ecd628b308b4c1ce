//! What the controller knows.

use super::config_rules::{ConfigRules, NodeConfigRules};
use super::sessions::Sessions;
use crate::delta::{MetadataChanges, Replayed};
use crate::features::MetadataVersion;
use crate::image::{BrokerEpoch, BrokerRegistration, MetadataImage};
use crate::records::RecordPosition;
use crate::replay::ReplayError;
use ottla_config::BrokerConfig;
use ottla_model::{BrokerId, Offset, Uuid};
use ottla_protocol::MetadataRecord;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the node's configuration says to the controller.
#[derive(Debug, Clone)]
pub struct ControllerSettings {
    /// `node.id`
    pub node_id: BrokerId,
    /// The cluster's id, as `meta.properties` has it.
    pub cluster_id: String,
    /// The voters of the metadata quorum.
    pub voters: Vec<BrokerId>,
    /// `num.partitions`
    pub default_partitions: i32,
    /// `default.replication.factor`
    pub default_replication_factor: i16,
    /// `broker.session.timeout.ms`
    pub session_timeout_ms: i64,
    /// `delete.topic.enable`
    pub topics_may_be_deleted: bool,
    /// What configuration keys mean.
    pub config_rules: Arc<dyn ConfigRules>,
}

impl ControllerSettings {
    /// What `config` says to the controller of the cluster of that id, whose metadata quorum are `voters`.
    pub fn new(config: &BrokerConfig, cluster_id: String, voters: Vec<BrokerId>) -> Self {
        Self {
            node_id: config.node_id,
            cluster_id,
            voters,
            default_partitions: config.topics.partitions_default.try_into().unwrap_or(i32::MAX),
            default_replication_factor: config.topics.replication_factor_default.try_into().unwrap_or(i16::MAX),
            session_timeout_ms: config.lifecycle.session_timeout.as_millis().try_into().unwrap_or(i64::MAX),
            topics_may_be_deleted: config.topics.deletion_enabled,
            config_rules: Arc::new(NodeConfigRules(config.clone())),
        }
    }
}

/// The controller of the cluster, or one that stands by: both replay, only the active one decides.
///
/// There are no indexes beside the image. What an index would find, is found by walking over the partitions: that
/// happens when a broker comes or goes, which is rare, and mostly to write a record for each partition that is found.
#[derive(Debug)]
pub struct Controller {
    pub(super) settings: ControllerSettings,
    /// The finalized level of `kraft.version`. The quorum keeps it, not the image.
    pub(super) kraft_version: i16,
    replayed: Replayed,
    /// Where each broker's registration stands in the log: it is unfenced once it has read that far.
    registration_offsets: BTreeMap<BrokerId, Offset>,
    /// Only while active.
    pub(super) sessions: Sessions,
    active: bool,
}

/// The controller's replicated state at one moment. Cheap to make.
#[derive(Debug, Clone)]
pub struct ControllerState {
    image: MetadataImage,
    registration_offsets: BTreeMap<BrokerId, Offset>,
}

impl Controller {
    /// A controller that stands by, at the beginning of an empty log.
    pub fn new(settings: ControllerSettings) -> Self {
        let sessions = Sessions::new(settings.session_timeout_ms);
        Self {
            settings,
            kraft_version: 0,
            replayed: Replayed::default(),
            registration_offsets: BTreeMap::new(),
            sessions,
            active: false,
        }
    }

    /// Applies the next record of the log: one that was decided here, or one that was read.
    ///
    /// # Errors
    /// The record does not fit the state. There is no way on from here.
    pub fn replay(&mut self, position: RecordPosition, record: &MetadataRecord) -> Result<(), ReplayError> {
        self.replayed.replay(position, record)?;
        // What changed concerns those who watch; this is where it is decided.
        self.replayed.changes = MetadataChanges::default();
        match record {
            MetadataRecord::RegisterBrokerRecord(registration) => {
                let broker = BrokerId::new(registration.broker_id);
                self.registration_offsets.insert(broker, position.offset);
                self.sessions.forget_progress(broker);
            }
            MetadataRecord::UnregisterBrokerRecord(registration) => {
                let broker = BrokerId::new(registration.broker_id);
                self.registration_offsets.remove(&broker);
                self.sessions.forget_progress(broker);
            }
            _ => {}
        }
        Ok(())
    }

    /// Goes back to the beginning of the log, to take in a snapshot. Ends being active.
    pub fn reset(&mut self) {
        self.replayed = Replayed::default();
        self.registration_offsets.clear();
        self.deactivate();
    }

    /// All metadata, that which is not committed yet included.
    pub fn image(&self) -> &MetadataImage {
        &self.replayed.image
    }

    /// Whether this controller is the active one.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Says what the quorum's finalized `kraft.version` is.
    pub fn set_kraft_version(&mut self, level: i16) {
        self.kraft_version = level;
    }

    /// The metadata version at which records are to be written: that in force, or the oldest while there is none (the
    /// first records of a log are the same at all versions).
    pub fn metadata_version(&self) -> MetadataVersion {
        self.image().features().metadata_version().unwrap_or(MetadataVersion::MINIMUM)
    }

    /// The state as it is, to come back to.
    pub fn state(&self) -> ControllerState {
        ControllerState { image: self.image().clone(), registration_offsets: self.registration_offsets.clone() }
    }

    /// Goes back to `state`: what was replayed since was lost with the leadership. Ends being active. No metadata
    /// transaction may have been open in `state`.
    pub fn restore(&mut self, state: ControllerState) {
        self.replayed = Replayed::from(state.image);
        self.registration_offsets = state.registration_offsets;
        self.deactivate();
    }

    /// Stands by again: another controller leads.
    pub fn deactivate(&mut self) {
        self.active = false;
        self.sessions.clear();
    }

    pub(super) fn set_active(&mut self) {
        self.active = true;
    }
    /// The image without what stands in an open transaction, if one is open.
    pub(super) fn image_before_transaction(&self) -> Option<&MetadataImage> {
        self.replayed.before_transaction.as_ref().map(|before| &before.image)
    }
    pub(super) fn registration_offset(&self, broker: BrokerId) -> Option<Offset> {
        self.registration_offsets.get(&broker).copied()
    }

    /// The registration of exactly that incarnation of a broker.
    pub(super) fn registration(
        &self,
        broker: BrokerId,
        epoch: BrokerEpoch,
    ) -> Result<&Arc<BrokerRegistration>, StaleBrokerEpoch> {
        match self.image().cluster().broker(broker) {
            None => Err(StaleBrokerEpoch::NotRegistered { broker }),
            Some(registration) if registration.epoch != epoch => {
                Err(StaleBrokerEpoch::OtherIncarnation { expected: registration.epoch, given: epoch })
            }
            Some(registration) => Ok(registration),
        }
    }

    /// The directory that a new replica on `broker` is assigned to.
    pub(super) fn default_directory(&self, broker: BrokerId) -> Uuid {
        if !self.metadata_version().has_directory_assignment() {
            return Uuid::MIGRATING_DIRECTORY;
        }
        // A broker that is not registered is refused elsewhere, with a better message.
        self.image().cluster().broker(broker).map_or(Uuid::UNASSIGNED_DIRECTORY, |broker| broker.default_directory())
    }

    /// The value that a key has for that topic: the topic's own, else what was set for this node or for all brokers,
    /// else what this node's configuration says. For keys that brokers and topics call by the same name.
    pub(super) fn topic_value(&self, topic: &str, key: &str) -> Option<String> {
        let configs = self.image().configs();
        let layers = [configs.topic(topic), configs.broker(self.settings.node_id), configs.all_brokers()];
        let set = layers.iter().find_map(|layer| layer.get(key)).cloned();
        set.or_else(|| self.settings.config_rules.topic_default(key))
    }
}

/// A request from an incarnation of a broker that is not the registered one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaleBrokerEpoch {
    /// The broker never registered, or was unregistered.
    #[error("No broker registration found for broker id {broker}")]
    NotRegistered {
        /// The broker that asked.
        broker: BrokerId,
    },
    /// The broker has registered again since.
    #[error("Expected broker epoch {expected}, but got broker epoch {given}")]
    OtherIncarnation {
        /// The registered epoch.
        expected: BrokerEpoch,
        /// The epoch in the request.
        given: BrokerEpoch,
    },
    /// A heartbeat before the registration.
    #[error("Receive a heartbeat from broker {broker} before registration")]
    HeartbeatBeforeRegistration {
        /// The broker that asked.
        broker: BrokerId,
    },
}
