//! Configurations.

use crate::delta::MetadataChanges;
use crate::image::{ConfigResource, ConfigResourceKind, MetadataImage};
use ottla_protocol::messages::ConfigRecord;

pub(super) fn set(record: &ConfigRecord, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let kind = ConfigResourceKind::from_code(record.resource_type);
    let resource = ConfigResource { kind, name: record.resource_name.clone() };
    image.configs.set(resource.clone(), &record.name, record.value.as_deref());
    // Noted even if the value is the same: brokers read keystores and the like again when their key is "set" again.
    changes.configs.entry(resource).or_default().insert(record.name.clone());
}
