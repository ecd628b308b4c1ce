//! Feature levels.

use super::Misfit;
use crate::delta::MetadataChanges;
use crate::features::{Feature, MetadataVersion};
use crate::image::MetadataImage;
use ottla_protocol::messages::FeatureLevelRecord;
use std::sync::Arc;

pub(super) fn set_level(
    record: &FeatureLevelRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let level = record.feature_level;
    match Feature::from_name(&record.name) {
        Some(Feature::Metadata) => {
            let version = MetadataVersion::from_level(level)?;
            Arc::make_mut(&mut image.features).set_metadata_version(version);
        }
        // Some logs have one by mistake (KAFKA-18979). The quorum's own records say what its level is.
        Some(Feature::Kraft) => return Ok(()),
        Some(feature) if feature.supported().contains(level) => {
            Arc::make_mut(&mut image.features).set(feature.name(), level);
        }
        // A feature that nobody here knows can still be switched off.
        None if level == 0 => Arc::make_mut(&mut image.features).set(&record.name, 0),
        known => {
            let supported = known.map_or_else(|| "0".to_owned(), |feature| feature.supported().to_string());
            return Err(Misfit::FeatureLevel { name: record.name.clone(), level, supported });
        }
    }
    changes.features.insert(record.name.clone());
    Ok(())
}
