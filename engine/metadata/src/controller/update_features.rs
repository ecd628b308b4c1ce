//! UpdateFeatures (key 57), versions 0–2: the cluster agrees on other feature levels (KIP-584, KIP-778).

use super::alter_configs::config_record;
use super::result::ControllerResult;
use super::state::Controller;
use crate::features::{Feature, MetadataVersion, VersionRange};
use crate::image::{ConfigResource, ConfigResourceKind};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::FeatureLevelRecord;
use std::cmp::Ordering;
use std::collections::BTreeMap;

const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// A feature that is to have another level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureUpdate {
    /// The feature.
    pub name: String,
    /// The level it shall have.
    pub level: i16,
    /// Which way it may go.
    pub upgrade_type: UpgradeType,
}

/// Which way a level may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeType {
    /// Up.
    Upgrade,
    /// Down, if nothing is lost.
    SafeDowngrade,
    /// Down, whatever is lost.
    UnsafeDowngrade,
    /// A number that this software does not know.
    Unknown(i8),
}

/// Why the levels stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateFeaturesError {
    /// The level cannot be.
    #[error("Invalid update version {level} for feature {feature}. {reason}")]
    InvalidUpdate {
        /// The feature.
        feature: String,
        /// The level it was to have.
        level: i16,
        /// What stands against it.
        reason: String,
    },
    /// What the higher level can say would be lost.
    #[error("Unsupported metadata.version downgrade from {from} to {to}. {reason}")]
    MetadataDowngrade {
        /// The level in force.
        from: i16,
        /// The level it was to have.
        to: i16,
        /// Why not.
        reason: &'static str,
    },
}

impl Controller {
    /// Changes feature levels, all or none. `kraft.version` is not for here: it is the quorum's.
    ///
    /// # Errors
    /// Says what stands against the first that cannot be.
    pub fn update_features(
        &self,
        updates: &[FeatureUpdate],
        validate_only: bool,
    ) -> Result<ControllerResult<()>, UpdateFeaturesError> {
        let mut proposed = self.image().features().finalized();
        proposed.extend(updates.iter().map(|update| (update.name.clone(), update.level)));
        let mut records = Vec::new();
        for update in updates {
            records.extend(self.updated_feature(update, &proposed)?);
        }
        let enables_elr =
            |update: &FeatureUpdate| update.name == Feature::EligibleLeaderReplicas.name() && update.level > 0;
        if updates.iter().any(enables_elr) {
            let safety = self.records_before_eligible_leader_replicas();
            records.splice(0..0, safety);
        }
        let result = ControllerResult::atomic(records, ());
        Ok(if validate_only { result.without_records() } else { result })
    }

    fn updated_feature(
        &self,
        update: &FeatureUpdate,
        proposed: &BTreeMap<String, i16>,
    ) -> Result<Option<MetadataRecord>, UpdateFeaturesError> {
        let refused = |reason: String| UpdateFeaturesError::InvalidUpdate {
            feature: update.name.clone(),
            level: update.level,
            reason,
        };
        if let UpgradeType::Unknown(_) = update.upgrade_type {
            return Err(refused("The controller does not support the given upgrade type.".to_owned()));
        }
        if update.level < 0 {
            return Err(refused("A feature version cannot be less than 0.".to_owned()));
        }
        let feature = Feature::from_name(&update.name);
        if let Some(reason) = self.reason_not_supported(&update.name, update.level) {
            return Err(refused(reason));
        }
        let current = match feature {
            Some(Feature::Kraft) => self.kraft_version,
            Some(feature) => self.image().features().level(feature),
            None => 0,
        };
        let goes_up = update.upgrade_type == UpgradeType::Upgrade;
        if update.level < current && goes_up {
            return Err(refused(
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe \
                 downgrade."
                    .to_owned(),
            ));
        }
        if update.level > current && !goes_up {
            return Err(refused("Can't downgrade to a newer version.".to_owned()));
        }
        match feature {
            Some(Feature::Metadata) => self.check_metadata_version(update)?,
            Some(Feature::Kraft) => return self.check_kraft_version(update).map_err(refused).map(|()| None),
            None => return Err(refused(format!("Feature {} not found.", update.name))),
            Some(feature) => {
                let level = |other: Feature| proposed.get(other.name()).copied();
                feature.check_dependencies(update.level, level).map_err(|unmet| refused(unmet.to_string()))?;
            }
        }
        let name = update.name.clone();
        Ok(Some(FeatureLevelRecord { name, feature_level: update.level, ..Default::default() }.into()))
    }

    /// The quorum keeps `kraft.version`, and has no way yet to raise it.
    fn check_kraft_version(&self, update: &FeatureUpdate) -> Result<(), String> {
        match update.level.cmp(&self.kraft_version) {
            Ordering::Less => Err("Can't downgrade the version of this feature.".to_owned()),
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err("Can't upgrade the version of this feature of a running cluster.".to_owned()),
        }
    }

    /// Whether every node can work at that level.
    fn reason_not_supported(&self, name: &str, level: i16) -> Option<String> {
        let local = Feature::from_name(name).map_or(VersionRange::DISABLED, Feature::supported);
        let this = format!("Local controller {}", self.settings.node_id);
        let cluster = self.image().cluster();
        let of =
            |features: &BTreeMap<String, VersionRange>| features.get(name).copied().unwrap_or(VersionRange::DISABLED);
        let mut nodes = vec![(this, local)];
        nodes.extend(cluster.brokers().map(|broker| (format!("Broker {}", broker.id), of(&broker.features))));
        if self.metadata_version().has_controller_registration() {
            let others = cluster.controllers().filter(|controller| controller.id != self.settings.node_id);
            nodes.extend(others.map(|other| (format!("Controller {}", other.id), of(&other.features))));
        }
        for (node, range) in nodes {
            if !range.contains(level) {
                return Some(if range.max == 0 {
                    format!("{node} does not support this feature.")
                } else {
                    format!("{node} only supports versions {range}")
                });
            }
        }
        let is_registered = |voter| voter == self.settings.node_id || cluster.controller(voter).is_some();
        let silent = self.settings.voters.iter().find(|&&voter| !is_registered(voter));
        let silent = silent.filter(|_| self.metadata_version().has_controller_registration())?;
        Some(format!("controller {silent} has not registered, and may not support this feature"))
    }

    fn check_metadata_version(&self, update: &FeatureUpdate) -> Result<(), UpdateFeaturesError> {
        let from = self.metadata_version();
        let to = MetadataVersion::from_level(update.level).map_err(|_| UpdateFeaturesError::InvalidUpdate {
            feature: update.name.clone(),
            level: update.level,
            reason: format!(
                "Valid versions are from {} to {}.",
                MetadataVersion::MINIMUM.level(),
                MetadataVersion::LATEST.level()
            ),
        })?;
        if to >= from || !from.metadata_changed_between(to) {
            return Ok(());
        }
        let reason = match update.upgrade_type {
            UpgradeType::UnsafeDowngrade => "Unsafe metadata downgrade is not supported in this version.",
            _ => "Refusing to perform the requested downgrade because it might delete metadata information.",
        };
        Err(UpdateFeaturesError::MetadataDowngrade { from: from.level(), to: to.level(), reason })
    }

    /// Before there are eligible leader replicas, one `min.insync.replicas` must hold for all brokers.
    fn records_before_eligible_leader_replicas(&self) -> Vec<MetadataRecord> {
        let configs = self.image().configs();
        let mut records = Vec::new();
        if !configs.all_brokers().contains_key(MIN_INSYNC_REPLICAS) {
            records.push(self.cluster_min_insync_replicas());
        }
        let of_one_broker =
            |resource: &ConfigResource| resource.kind == ConfigResourceKind::Broker && !resource.name.is_empty();
        let differing = configs
            .iter()
            .filter(|(resource, configs)| of_one_broker(resource) && configs.contains_key(MIN_INSYNC_REPLICAS));
        records.extend(differing.map(|(resource, _)| config_record(resource, MIN_INSYNC_REPLICAS.to_owned(), None)));
        records
    }
}
