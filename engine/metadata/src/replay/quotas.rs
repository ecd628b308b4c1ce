//! Client quotas.

use crate::delta::MetadataChanges;
use crate::image::{MetadataImage, QuotaEntity};
use ottla_protocol::messages::ClientQuotaRecord;

pub(super) fn set(record: &ClientQuotaRecord, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let parts = record.entity.iter().map(|part| (part.entity_type.clone(), part.entity_name.clone()));
    let entity = QuotaEntity(parts.collect());
    image.client_quotas.set(entity.clone(), &record.key, (!record.remove).then_some(record.value));
    changes.client_quotas.insert(entity);
}
