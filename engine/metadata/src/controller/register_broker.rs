//! BrokerRegistration (key 62), versions 0–4: a broker says who and where it is, and gets its epoch.
//! v2 log directories (KIP-858) · v3 previous broker epoch (KIP-966)

use super::result::ControllerResult;
use super::state::Controller;
use crate::features::{Feature, VersionRange};
use crate::image::{BrokerEpoch, Endpoint};
use ottla_model::{BrokerId, Offset, Timestamp, Uuid};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::{RegisterBrokerRecord, register_broker_record};
use std::collections::BTreeSet;

/// What a broker says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterBroker {
    /// The broker.
    pub id: BrokerId,
    /// The cluster it believes to belong to.
    pub cluster_id: String,
    /// Drawn at its start.
    pub incarnation_id: Uuid,
    /// Where it can be reached.
    pub endpoints: Vec<Endpoint>,
    /// The feature levels it supports.
    pub features: Vec<(String, VersionRange)>,
    /// The rack it stands in.
    pub rack: Option<String>,
    /// Whether it is a broker of a ZooKeeper cluster. Refused.
    pub is_migrating_zk_broker: bool,
    /// The log directories that are online.
    pub directories: Vec<Uuid>,
    /// The epoch it had when it was last stopped, if it was stopped cleanly: then all that it had acknowledged is on
    /// its disk. `None` if it was not, or cannot tell.
    pub previous_epoch: Option<BrokerEpoch>,
}

/// Why a broker cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterBrokerError {
    /// A broker of another cluster.
    #[error("Expected cluster ID {expected}, but got cluster ID {given}")]
    OtherCluster {
        /// This cluster.
        expected: String,
        /// The broker's.
        given: String,
    },
    /// Another incarnation of the broker is alive.
    #[error(
        "Another broker is registered with that broker id. If the broker was recently restarted this should \
         self-resolve once the heartbeat manager expires the broker's session."
    )]
    Duplicate,
    /// A broker of a ZooKeeper cluster.
    #[error("Controller does not support registering ZK brokers.")]
    ZkBroker,
    /// A broker without a directory can hold nothing.
    #[error("No directories specified in request")]
    NoDirectories,
    /// An id that stands for something else.
    #[error("Reserved directory ID in request")]
    ReservedDirectory,
    /// The same directory twice.
    #[error("Duplicate directory ID in request")]
    DuplicateDirectory,
    /// A copy of another broker's directory.
    #[error("Broker {broker} is already registered with directory {directory}")]
    DirectoryOfOtherBroker {
        /// The broker that has the directory.
        broker: BrokerId,
        /// The directory.
        directory: Uuid,
    },
    /// The broker cannot work at a level that is in force.
    #[error(
        "Unable to register because the broker does not support finalized version {finalized} of {feature}. The broker \
         wants a version between {min} and {max}, inclusive.",
        min = supported.min,
        max = supported.max
    )]
    UnsupportedFeature {
        /// The feature.
        feature: String,
        /// The level in force.
        finalized: i16,
        /// The levels that the broker supports.
        supported: VersionRange,
    },
    /// A broker that does not even know of metadata versions.
    #[error("Request features do not contain 'metadata.version'")]
    NoMetadataVersion,
}

impl Controller {
    /// Registers a broker, fenced, or amends the registration of the same incarnation. A new incarnation is given
    /// `next_offset`, where the first of the records will stand, as its epoch.
    ///
    /// # Errors
    /// The broker cannot be part of this cluster, or not yet.
    pub fn register_broker(
        &self,
        request: RegisterBroker,
        next_offset: Offset,
        now: Timestamp,
    ) -> Result<ControllerResult<BrokerEpoch>, RegisterBrokerError> {
        if request.cluster_id != self.settings.cluster_id {
            let expected = self.settings.cluster_id.clone();
            return Err(RegisterBrokerError::OtherCluster { expected, given: request.cluster_id });
        }
        let existing = self.image().cluster().broker(request.id);
        let same_incarnation = existing.filter(|existing| existing.incarnation_id == request.incarnation_id);
        if same_incarnation.is_none()
            && existing.is_some_and(|existing| self.sessions.is_valid(existing.id, existing.epoch, now))
        {
            return Err(RegisterBrokerError::Duplicate);
        }
        if request.is_migrating_zk_broker {
            return Err(RegisterBrokerError::ZkBroker);
        }
        let has_directories = self.metadata_version().has_directory_assignment();
        if has_directories {
            self.check_directories(request.id, &request.directories)?;
        }
        self.check_features(&request.features)?;

        let mut records: Vec<MetadataRecord> = Vec::new();
        if same_incarnation.is_none() {
            let clean = existing.is_some_and(|existing| request.previous_epoch == Some(existing.epoch));
            records = self.records_for_shutdown(request.id, clean);
        }
        let epoch = same_incarnation.map_or(BrokerEpoch::new(next_offset.value()), |existing| existing.epoch);
        let mut record = registration_record(request, epoch);
        record.fenced = same_incarnation.is_none_or(|existing| existing.fenced);
        record.in_controlled_shutdown = same_incarnation.is_some_and(|existing| existing.in_controlled_shutdown);
        if !has_directories {
            record.log_dirs.clear();
        }
        // Last, so that it is asked for again if the controller fails in between.
        records.push(record.into());
        Ok(ControllerResult::stepwise(records, epoch))
    }

    fn check_directories(&self, broker: BrokerId, directories: &[Uuid]) -> Result<(), RegisterBrokerError> {
        if directories.is_empty() {
            return Err(RegisterBrokerError::NoDirectories);
        }
        if directories.iter().any(|directory| directory.is_reserved()) {
            return Err(RegisterBrokerError::ReservedDirectory);
        }
        if directories.iter().collect::<BTreeSet<_>>().len() != directories.len() {
            return Err(RegisterBrokerError::DuplicateDirectory);
        }
        for other in self.image().cluster().brokers().filter(|other| other.id != broker) {
            if let Some(&directory) = directories.iter().find(|directory| other.directories.contains(directory)) {
                return Err(RegisterBrokerError::DirectoryOfOtherBroker { broker: other.id, directory });
            }
        }
        Ok(())
    }

    fn check_features(&self, supported: &[(String, VersionRange)]) -> Result<(), RegisterBrokerError> {
        let mut finalized = self.image().features().finalized();
        finalized.insert(Feature::Kraft.name().to_owned(), self.kraft_version);
        for (feature, range) in supported {
            // A feature that is not in force counts as level 0, which a broker must support, too.
            let level = finalized.remove(feature).unwrap_or(0);
            check_feature(feature, level, *range)?;
        }
        if !supported.iter().any(|(feature, _)| feature == Feature::Metadata.name()) {
            return Err(RegisterBrokerError::NoMetadataVersion);
        }
        for (feature, level) in finalized {
            check_feature(&feature, level, VersionRange::DISABLED)?;
        }
        Ok(())
    }
}

fn check_feature(feature: &str, finalized: i16, supported: VersionRange) -> Result<(), RegisterBrokerError> {
    if supported.contains(finalized) {
        return Ok(());
    }
    Err(RegisterBrokerError::UnsupportedFeature { feature: feature.to_owned(), finalized, supported })
}

fn registration_record(request: RegisterBroker, epoch: BrokerEpoch) -> RegisterBrokerRecord {
    let end_points = request.endpoints.into_iter().map(|endpoint| register_broker_record::BrokerEndpoint {
        name: endpoint.listener,
        host: endpoint.host,
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
        ..Default::default()
    });
    let features = request.features.into_iter().map(|(name, supported)| register_broker_record::BrokerFeature {
        name,
        min_supported_version: supported.min,
        max_supported_version: supported.max,
        ..Default::default()
    });
    RegisterBrokerRecord {
        broker_id: request.id.value(),
        is_migrating_zk_broker: false,
        incarnation_id: request.incarnation_id,
        broker_epoch: epoch.value(),
        end_points: end_points.collect(),
        features: features.collect(),
        rack: request.rack,
        log_dirs: request.directories,
        ..Default::default()
    }
}
