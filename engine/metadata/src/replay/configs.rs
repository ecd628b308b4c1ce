//! Configurations.

use crate::delta::MetadataChanges;
use crate::image::{ConfigResource, ConfigResourceKind, MetadataImage};
use ottla_config::keys;
use ottla_protocol::messages::ConfigRecord;

pub(super) fn set(record: &ConfigRecord, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let kind = ConfigResourceKind::from_code(record.resource_type);
    if !is_known(kind, &record.name) {
        return;
    }
    let resource = ConfigResource { kind, name: record.resource_name.clone() };
    image.configs.set(resource.clone(), &record.name, record.value.as_deref());
    // Noted even if the value is the same: brokers read keystores and the like again when their key is "set" again.
    changes.configs.entry(resource).or_default().insert(record.name.clone());
}

/// Whether the key still means something. Logs of older releases hold keys that were since removed, such as
/// `message.format.version`: were they kept, no change of such a topic would pass validation any more. Brokers' keys
/// are all kept: plugins and listeners may have keys of their own.
fn is_known(kind: ConfigResourceKind, key: &str) -> bool {
    match kind {
        ConfigResourceKind::Topic => keys::topic().get(key).is_some(),
        ConfigResourceKind::Broker => true,
        ConfigResourceKind::ClientMetrics => keys::client_metrics().get(key).is_some(),
        ConfigResourceKind::Group => keys::group().get(key).is_some(),
        ConfigResourceKind::BrokerLogger | ConfigResourceKind::Unknown(_) => false,
    }
}
