//! The feature levels that are in force.

use crate::features::{Feature, MetadataVersion};
use std::collections::BTreeMap;

/// The feature levels that are in force. `kraft.version` is not among them: the quorum keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeaturesImage {
    metadata_version: Option<MetadataVersion>,
    // Without level 0: a feature that is off is not here.
    others: BTreeMap<String, i16>,
}

impl FeaturesImage {
    /// The metadata version, or `None` while the log is empty.
    pub fn metadata_version(&self) -> Option<MetadataVersion> {
        self.metadata_version
    }
    /// The level of a feature, 0 if it is off or not known.
    pub fn level(&self, feature: Feature) -> i16 {
        match feature {
            Feature::Metadata => self.metadata_version.map_or(0, MetadataVersion::level),
            _ => self.others.get(feature.name()).copied().unwrap_or(0),
        }
    }
    /// Every feature that is on, `metadata.version` among them: name and level, in the order of their names.
    pub fn finalized(&self) -> BTreeMap<String, i16> {
        let mut finalized = self.others.clone();
        if let Some(version) = self.metadata_version {
            finalized.insert(Feature::Metadata.name().to_owned(), version.level());
        }
        finalized
    }
    /// Whether partitions may have eligible leader replicas (KIP-966).
    pub fn has_eligible_leader_replicas(&self) -> bool {
        self.level(Feature::EligibleLeaderReplicas) >= 1
    }

    pub(crate) fn others(&self) -> &BTreeMap<String, i16> {
        &self.others
    }
    pub(crate) fn set_metadata_version(&mut self, version: MetadataVersion) {
        self.metadata_version = Some(version);
    }
    pub(crate) fn set(&mut self, name: &str, level: i16) {
        if level == 0 {
            self.others.remove(name);
        } else {
            self.others.insert(name.to_owned(), level);
        }
    }
}
