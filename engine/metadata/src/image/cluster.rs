//! The brokers and controllers that have registered.

use crate::features::VersionRange;
use ottla_model::{BrokerId, Uuid};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Counts the incarnations of a broker: the offset of the record that registered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrokerEpoch(i64);

impl BrokerEpoch {
    /// Wraps the number as it stands on the wire.
    pub const fn new(value: i64) -> Self {
        Self(value)
    }
    /// The number as it stands on the wire.
    pub const fn value(self) -> i64 {
        self.0
    }
}

impl fmt::Display for BrokerEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Where a node can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The listener's name: `PLAINTEXT`, `INTERNAL`.
    pub listener: String,
    /// The host that clients are told.
    pub host: String,
    /// The port that clients are told.
    pub port: u16,
    /// 0 `PLAINTEXT`, 1 `SSL`, 2 `SASL_PLAINTEXT`, 3 `SASL_SSL`.
    pub security_protocol: i16,
}

/// One broker's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerRegistration {
    /// The broker.
    pub id: BrokerId,
    /// Which incarnation registered.
    pub epoch: BrokerEpoch,
    /// Drawn by the broker at each start.
    pub incarnation_id: Uuid,
    /// Where it can be reached, one endpoint a listener.
    pub endpoints: Vec<Endpoint>,
    /// The feature levels it supports, by feature name.
    pub features: BTreeMap<String, VersionRange>,
    /// The rack it stands in.
    pub rack: Option<String>,
    /// Whether it may neither lead nor be told to clients.
    pub fenced: bool,
    /// Whether it hands its leaderships over in order to stop.
    pub in_controlled_shutdown: bool,
    /// Left over from migrations of ZooKeeper clusters; carried along.
    pub is_migrating_zk_broker: bool,
    /// The log directories that are online (KIP-858). Empty for brokers older than that.
    pub directories: Vec<Uuid>,
    /// The log directories that take no new replicas (KIP-1066); `None` until the broker has said.
    pub cordoned_directories: Option<Vec<Uuid>>,
}

impl BrokerRegistration {
    /// Its endpoint on that listener.
    pub fn endpoint(&self, listener: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.listener == listener)
    }
    /// Whether it may lead partitions and be in sync: neither fenced nor shutting down.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }
    /// Whether `directory` is online, or one of the ids that stand for a directory not known yet.
    pub fn has_online_directory(&self, directory: Uuid) -> bool {
        match directory {
            Uuid::UNASSIGNED_DIRECTORY | Uuid::MIGRATING_DIRECTORY => true,
            Uuid::LOST_DIRECTORY => false,
            // No directories: registered before directories had ids. Its replicas count as online (KAFKA-16162).
            _ => self.directories.is_empty() || self.directories.contains(&directory),
        }
    }
    /// Whether a new replica can be placed here.
    pub fn has_uncordoned_directory(&self) -> bool {
        match &self.cordoned_directories {
            Some(cordoned) if !self.directories.is_empty() => {
                self.directories.iter().any(|directory| !cordoned.contains(directory))
            }
            _ => true,
        }
    }
    /// The directory id that a new replica on this broker gets: the only one, or "the broker will choose".
    pub fn default_directory(&self) -> Uuid {
        match *self.directories.as_slice() {
            [] => Uuid::MIGRATING_DIRECTORY,
            [only] => only,
            _ => Uuid::UNASSIGNED_DIRECTORY,
        }
    }
}

/// One controller's registration (KIP-919).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControllerRegistration {
    /// The controller.
    pub id: BrokerId,
    /// Drawn by the controller at each start.
    pub incarnation_id: Uuid,
    /// Left over from migrations of ZooKeeper clusters; carried along.
    pub zk_migration_ready: bool,
    /// Where it can be reached, one endpoint a listener.
    pub endpoints: Vec<Endpoint>,
    /// The feature levels it supports, by feature name.
    pub features: BTreeMap<String, VersionRange>,
}

/// All registrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterImage {
    brokers: BTreeMap<BrokerId, Arc<BrokerRegistration>>,
    controllers: BTreeMap<BrokerId, Arc<ControllerRegistration>>,
}

impl ClusterImage {
    /// The registration of one broker.
    pub fn broker(&self, id: BrokerId) -> Option<&Arc<BrokerRegistration>> {
        self.brokers.get(&id)
    }
    /// All brokers, in the order of their ids.
    pub fn brokers(&self) -> impl Iterator<Item = &Arc<BrokerRegistration>> {
        self.brokers.values()
    }
    /// The registration of one controller.
    pub fn controller(&self, id: BrokerId) -> Option<&Arc<ControllerRegistration>> {
        self.controllers.get(&id)
    }
    /// All controllers, in the order of their ids.
    pub fn controllers(&self) -> impl Iterator<Item = &Arc<ControllerRegistration>> {
        self.controllers.values()
    }
    /// Whether that broker is registered, not fenced and not shutting down.
    pub fn is_active(&self, id: BrokerId) -> bool {
        self.broker(id).is_some_and(|broker| broker.is_active())
    }

    pub(crate) fn set_broker(&mut self, registration: BrokerRegistration) {
        self.brokers.insert(registration.id, Arc::new(registration));
    }
    pub(crate) fn broker_mut(&mut self, id: BrokerId) -> Option<&mut BrokerRegistration> {
        self.brokers.get_mut(&id).map(Arc::make_mut)
    }
    pub(crate) fn remove_broker(&mut self, id: BrokerId) {
        self.brokers.remove(&id);
    }
    pub(crate) fn set_controller(&mut self, registration: ControllerRegistration) {
        self.controllers.insert(registration.id, Arc::new(registration));
    }
}
