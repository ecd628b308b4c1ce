//! Registrations of brokers and controllers.

use super::Misfit;
use crate::delta::MetadataChanges;
use crate::features::VersionRange;
use crate::image::{BrokerEpoch, BrokerRegistration, ControllerRegistration, Endpoint, MetadataImage};
use ottla_model::BrokerId;
use ottla_protocol::messages::{
    BrokerRegistrationChangeRecord, FenceBrokerRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UnfenceBrokerRecord, UnregisterBrokerRecord,
};
use std::sync::Arc;

pub(super) fn register_broker(record: &RegisterBrokerRecord, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let id = BrokerId::new(record.broker_id);
    let endpoints = record.end_points.iter().map(|endpoint| Endpoint {
        listener: endpoint.name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    });
    let features = record.features.iter().map(|feature| {
        let supported = VersionRange { min: feature.min_supported_version, max: feature.max_supported_version };
        (feature.name.clone(), supported)
    });
    Arc::make_mut(&mut image.cluster).set_broker(BrokerRegistration {
        id,
        epoch: BrokerEpoch::new(record.broker_epoch),
        incarnation_id: record.incarnation_id,
        endpoints: endpoints.collect(),
        features: features.collect(),
        rack: record.rack.clone(),
        fenced: record.fenced,
        in_controlled_shutdown: record.in_controlled_shutdown,
        is_migrating_zk_broker: record.is_migrating_zk_broker,
        directories: record.log_dirs.clone(),
        cordoned_directories: record.cordoned_log_dirs.clone(),
    });
    changes.brokers.insert(id);
}

pub(super) fn unregister_broker(
    record: &UnregisterBrokerRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let id = BrokerId::new(record.broker_id);
    registration(image, id, record.broker_epoch)?;
    Arc::make_mut(&mut image.cluster).remove_broker(id);
    changes.brokers.insert(id);
    Ok(())
}

pub(super) fn fence_broker(
    record: &FenceBrokerRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let id = BrokerId::new(record.id);
    registration(image, id, record.epoch)?.fenced = true;
    changes.brokers.insert(id);
    Ok(())
}

pub(super) fn unfence_broker(
    record: &UnfenceBrokerRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let id = BrokerId::new(record.id);
    registration(image, id, record.epoch)?.fenced = false;
    changes.brokers.insert(id);
    Ok(())
}

pub(super) fn change_registration(
    record: &BrokerRegistrationChangeRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let id = BrokerId::new(record.broker_id);
    let fenced = match record.fenced {
        0 => None,
        1 => Some(true),
        -1 => Some(false),
        other => return Err(Misfit::FieldValue { field: "fenced", value: other.into() }),
    };
    let shuts_down = match record.in_controlled_shutdown {
        0 => false,
        1 => true,
        other => return Err(Misfit::FieldValue { field: "inControlledShutdown", value: other.into() }),
    };
    let registration = registration(image, id, record.broker_epoch)?;
    if let Some(fenced) = fenced {
        registration.fenced = fenced;
    }
    // There is no way back from a controlled shutdown but to register again.
    registration.in_controlled_shutdown |= shuts_down;
    // No directories means no change: a broker that has lost all of them does not live to say so.
    if !record.log_dirs.is_empty() {
        registration.directories.clone_from(&record.log_dirs);
    }
    if record.cordoned_log_dirs.is_some() {
        registration.cordoned_directories.clone_from(&record.cordoned_log_dirs);
    }
    changes.brokers.insert(id);
    Ok(())
}

pub(super) fn register_controller(
    record: &RegisterControllerRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) {
    let id = BrokerId::new(record.controller_id);
    let endpoints = record.end_points.iter().map(|endpoint| Endpoint {
        listener: endpoint.name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    });
    let features = record.features.iter().map(|feature| {
        let supported = VersionRange { min: feature.min_supported_version, max: feature.max_supported_version };
        (feature.name.clone(), supported)
    });
    Arc::make_mut(&mut image.cluster).set_controller(ControllerRegistration {
        id,
        incarnation_id: record.incarnation_id,
        zk_migration_ready: record.zk_migration_ready,
        endpoints: endpoints.collect(),
        features: features.collect(),
    });
    changes.controllers.insert(id);
}

/// The registration of exactly that incarnation.
fn registration(image: &mut MetadataImage, id: BrokerId, epoch: i64) -> Result<&mut BrokerRegistration, Misfit> {
    let given = BrokerEpoch::new(epoch);
    let registration = Arc::make_mut(&mut image.cluster).broker_mut(id).ok_or(Misfit::UnknownBroker(id))?;
    if registration.epoch != given {
        return Err(Misfit::BrokerEpoch { broker: id, registered: registration.epoch, given });
    }
    Ok(registration)
}
