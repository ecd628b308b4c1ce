//! ControllerRegistration (key 70), version 0: a controller says what it supports and where it is (KIP-919).

use super::result::ControllerResult;
use super::state::Controller;
use crate::features::VersionRange;
use crate::image::Endpoint;
use ottla_model::{BrokerId, Uuid};
use ottla_protocol::messages::{RegisterControllerRecord, register_controller_record};

/// What a controller says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterController {
    /// The controller.
    pub id: BrokerId,
    /// Drawn at its start.
    pub incarnation_id: Uuid,
    /// Where it can be reached.
    pub endpoints: Vec<Endpoint>,
    /// The feature levels it supports.
    pub features: Vec<(String, VersionRange)>,
}

/// The metadata version knows no registrations of controllers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The current MetadataVersion is too old to support controller registrations.")]
pub struct ControllerRegistrationUnsupported;

impl Controller {
    /// Registers a controller.
    ///
    /// # Errors
    /// The metadata version is older than registrations of controllers.
    pub fn register_controller(
        &self,
        request: RegisterController,
    ) -> Result<ControllerResult<()>, ControllerRegistrationUnsupported> {
        if !self.metadata_version().has_controller_registration() {
            return Err(ControllerRegistrationUnsupported);
        }
        let end_points = request.endpoints.into_iter().map(|endpoint| register_controller_record::ControllerEndpoint {
            name: endpoint.listener,
            host: endpoint.host,
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
            ..Default::default()
        });
        let features =
            request.features.into_iter().map(|(name, supported)| register_controller_record::ControllerFeature {
                name,
                min_supported_version: supported.min,
                max_supported_version: supported.max,
                ..Default::default()
            });
        let record = RegisterControllerRecord {
            controller_id: request.id.value(),
            incarnation_id: request.incarnation_id,
            zk_migration_ready: false,
            end_points: end_points.collect(),
            features: features.collect(),
            ..Default::default()
        };
        Ok(ControllerResult::atomic(vec![record.into()], ()))
    }
}
