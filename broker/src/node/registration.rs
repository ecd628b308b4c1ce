//! Registering this node with its own controller: as a controller, as a broker, and as one that is ready.

use super::StartError;
use crate::drivers::quorum::MetadataLog;
use ottla_config::BrokerConfig;
use ottla_config::broker::{Listener, SecurityProtocol};
use ottla_metadata::controller::{BrokerHeartbeat, RegisterBroker, RegisterController};
use ottla_metadata::features::{Feature, VersionRange};
use ottla_metadata::image::{BrokerEpoch, Endpoint};
use ottla_model::{Offset, Timestamp, Uuid};

/// What this node says of itself in both its roles.
#[derive(Debug)]
pub struct Registration<'a> {
    /// Its configuration.
    pub config: &'a BrokerConfig,
    /// The cluster it belongs to.
    pub cluster_id: String,
    /// Drawn at this start.
    pub incarnation_id: Uuid,
    /// What clients are told, with the ports that were got.
    pub broker_endpoints: Vec<Endpoint>,
    /// What other nodes are told of this controller.
    pub controller_endpoints: Vec<Endpoint>,
    /// The log directories that are online.
    pub directories: Vec<Uuid>,
    /// The epoch at the last clean stop.
    pub previous_epoch: Option<BrokerEpoch>,
}

impl Registration<'_> {
    /// Registers the controller, if the metadata version knows of such registrations.
    ///
    /// # Errors
    /// The metadata log's.
    pub fn register_controller(&self, log: &mut MetadataLog, now: Timestamp) -> Result<(), StartError> {
        let request = RegisterController {
            id: self.config.node_id,
            incarnation_id: self.incarnation_id,
            endpoints: self.controller_endpoints.clone(),
            features: supported_features(),
        };
        match log.controller().register_controller(request) {
            Ok(decided) => Ok(log.carry_out(decided, now)?),
            // An older cluster, kept at its level: it does without.
            Err(_) => Ok(()),
        }
    }

    /// Registers the broker, fenced. Gives its epoch.
    ///
    /// # Errors
    /// The controller's refusal, or the metadata log's failure.
    pub fn register_broker(&self, log: &mut MetadataLog, now: Timestamp) -> Result<BrokerEpoch, StartError> {
        let request = RegisterBroker {
            id: self.config.node_id,
            cluster_id: self.cluster_id.clone(),
            incarnation_id: self.incarnation_id,
            endpoints: self.broker_endpoints.clone(),
            features: supported_features(),
            rack: self.config.rack.clone(),
            is_migrating_zk_broker: false,
            directories: self.directories.clone(),
            previous_epoch: self.previous_epoch,
        };
        let next_offset = log.next_offset();
        let decided = log.controller().register_broker(request, next_offset, now)?;
        Ok(log.carry_out(decided, now)?)
    }

    /// Says that the broker is ready; the controller unfences it and lets it lead.
    ///
    /// # Errors
    /// As for [`Self::register_broker`].
    pub fn unfence(&self, log: &mut MetadataLog, epoch: BrokerEpoch, now: Timestamp) -> Result<(), StartError> {
        let next_offset = log.next_offset();
        let heartbeat = BrokerHeartbeat {
            id: self.config.node_id,
            epoch,
            metadata_offset: Offset::new(next_offset.value() - 1),
            wants_fence: false,
            wants_shut_down: false,
            offline_directories: Vec::new(),
            cordoned_directories: Some(Vec::new()),
        };
        let decided = log.controller().broker_heartbeat(&heartbeat, next_offset, now)?;
        let reply = log.carry_out(decided, now)?;
        if reply.is_fenced { Err(StartError::StillFenced) } else { Ok(()) }
    }
}

fn supported_features() -> Vec<(String, VersionRange)> {
    Feature::ALL.iter().map(|feature| (feature.name().to_owned(), feature.supported())).collect()
}

/// A listener as other nodes and clients are told of it. `port` is the one that was got where 0 was asked for.
pub fn endpoint(listener: &Listener, host: &str, port: u16) -> Endpoint {
    Endpoint {
        listener: listener.name.clone(),
        host: listener.host.clone().unwrap_or_else(|| host.to_owned()),
        port: if listener.port == 0 { port } else { listener.port },
        security_protocol: match listener.protocol {
            SecurityProtocol::Plaintext => 0,
            SecurityProtocol::Ssl => 1,
            SecurityProtocol::SaslPlaintext => 2,
            SecurityProtocol::SaslSsl => 3,
        },
    }
}
