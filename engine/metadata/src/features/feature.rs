//! The features of Kafka 4.3 that a cluster finalizes: names, levels, what they depend on.

use super::MetadataVersion;

/// Levels from `min` to `max`, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The lowest level.
    pub min: i16,
    /// The highest level.
    pub max: i16,
}

impl VersionRange {
    /// The range of a feature that is not there: only level 0, "off".
    pub const DISABLED: Self = Self { min: 0, max: 0 };

    /// Whether `level` lies within.
    pub fn contains(self, level: i16) -> bool {
        (self.min..=self.max).contains(&level)
    }
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.min == self.max { write!(f, "{}", self.min) } else { write!(f, "{}-{}", self.min, self.max) }
    }
}

/// A feature whose level the whole cluster agrees on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// `metadata.version`: what the records of the metadata log may say. See [`MetadataVersion`].
    Metadata,
    /// `kraft.version`: 1 = dynamic voters (KIP-853). Kept by the quorum itself, never in a `FeatureLevelRecord`.
    Kraft,
    /// `transaction.version`: 1 = flexible records of transaction state, 2 = an epoch for each transaction (KIP-890).
    Transaction,
    /// `group.version`: 1 = consumer groups of KIP-848.
    Group,
    /// `eligible.leader.replicas.version`: 1 = KIP-966.
    EligibleLeaderReplicas,
    /// `share.version`: 1 = share groups (KIP-932).
    Share,
    /// `streams.version`: 1 = streams groups (KIP-1071).
    Streams,
}

impl Feature {
    /// Every feature, in the order in which Kafka's tools list them.
    pub const ALL: [Self; 7] = [
        Self::Metadata,
        Self::Kraft,
        Self::Transaction,
        Self::Group,
        Self::EligibleLeaderReplicas,
        Self::Share,
        Self::Streams,
    ];

    /// The name on the wire and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata.version",
            Self::Kraft => "kraft.version",
            Self::Transaction => "transaction.version",
            Self::Group => "group.version",
            Self::EligibleLeaderReplicas => "eligible.leader.replicas.version",
            Self::Share => "share.version",
            Self::Streams => "streams.version",
        }
    }

    /// The feature of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// The levels that this software can work at: what a node puts in its registration.
    pub const fn supported(self) -> VersionRange {
        match self {
            Self::Metadata => {
                VersionRange { min: MetadataVersion::MINIMUM.level(), max: MetadataVersion::LATEST.level() }
            }
            Self::Transaction => VersionRange { min: 0, max: 2 },
            Self::Kraft | Self::Group | Self::EligibleLeaderReplicas | Self::Share | Self::Streams => {
                VersionRange { min: 0, max: 1 }
            }
        }
    }

    /// The metadata version from which on a fresh cluster has this feature at `level` or above.
    fn bootstrap_metadata_version(self, level: i16) -> MetadataVersion {
        use MetadataVersion as V;
        match (self, level) {
            (_, ..=0) | (Self::Metadata, _) => V::MINIMUM,
            (Self::Kraft, _) => V::V3_9Iv0,
            (Self::Transaction, _) => V::V4_0Iv2,
            (Self::Group, _) => V::V4_0Iv0,
            (Self::EligibleLeaderReplicas, _) => V::V4_1Iv0,
            (Self::Share, _) => V::V4_2Iv0,
            (Self::Streams, _) => V::V4_2Iv1,
        }
    }

    /// The level that a fresh cluster of that metadata version has: what `--release-version` gives.
    pub fn default_level(self, metadata_version: MetadataVersion) -> i16 {
        if self == Self::Metadata {
            return metadata_version.level();
        }
        let VersionRange { min, max } = self.supported();
        (min..=max).rev().find(|&level| self.bootstrap_metadata_version(level) <= metadata_version).unwrap_or(min)
    }

    /// What else must be finalized, at which level or above, before this feature may be set to `level`.
    pub fn dependencies(self, level: i16) -> &'static [(Self, i16)] {
        const NEEDS_4_0_IV1: &[(Feature, i16)] = &[(Feature::Metadata, MetadataVersion::V4_0Iv1.level())];
        match (self, level) {
            (Self::EligibleLeaderReplicas, 1..) => NEEDS_4_0_IV1,
            _ => &[],
        }
    }

    /// Checks that this feature may be at `level` where `finalized` says the level of every feature.
    ///
    /// # Errors
    /// Names the first dependency that is not met.
    pub fn check_dependencies(
        self,
        level: i16,
        finalized: impl Fn(Self) -> Option<i16>,
    ) -> Result<(), UnmetDependency> {
        let minimum = MetadataVersion::MINIMUM;
        if level >= 1 && finalized(Self::Metadata).is_none_or(|metadata| metadata < minimum.level()) {
            return Err(UnmetDependency::MinimumMetadataVersion { feature: self.name(), level });
        }
        for &(needed, needed_level) in self.dependencies(level) {
            if finalized(needed).is_none_or(|at| at < needed_level) {
                return Err(UnmetDependency::Feature {
                    feature: self.name(),
                    level,
                    needed: needed.name(),
                    needed_level,
                });
            }
        }
        Ok(())
    }
}

/// A feature level that needs another which is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnmetDependency {
    /// Every level above 0 needs a metadata version.
    #[error(
        "{feature} could not be set to {level} because it depends on metadata.version={min_level} ({min})",
        min_level = MetadataVersion::MINIMUM.level(),
        min = MetadataVersion::MINIMUM
    )]
    MinimumMetadataVersion {
        /// The feature that was to be set.
        feature: &'static str,
        /// The level it was to be set to.
        level: i16,
    },
    /// This level needs that level of that feature.
    #[error("{feature} could not be set to {level} because it depends on {needed} level {needed_level}")]
    Feature {
        /// The feature that was to be set.
        feature: &'static str,
        /// The level it was to be set to.
        level: i16,
        /// The feature that it needs.
        needed: &'static str,
        /// The level that it needs at least.
        needed_level: i16,
    },
}

#[cfg(test)]
mod tests {
    use super::{Feature, VersionRange};
    use crate::features::MetadataVersion;

    /// What `kafka-storage version-mapping --release-version X` of Apache Kafka 4.3.0 prints.
    #[test]
    fn releases_map_to_the_levels_that_kafka_storage_prints() {
        let rows = [
            ("3.3", [7, 0, 0, 0, 0, 0, 0]),
            ("3.5", [11, 0, 0, 0, 0, 0, 0]),
            ("3.9", [21, 1, 0, 0, 0, 0, 0]),
            ("4.0", [25, 1, 2, 1, 0, 0, 0]),
            ("4.1", [27, 1, 2, 1, 1, 0, 0]),
            ("4.2", [29, 1, 2, 1, 1, 1, 1]),
            ("4.3-IV0", [30, 1, 2, 1, 1, 1, 1]),
        ];
        for (release, levels) in rows {
            let version = MetadataVersion::parse(release).unwrap();
            assert_eq!(Feature::ALL.map(|feature| feature.default_level(version)), levels, "{release}");
        }
    }

    #[test]
    fn defaults_never_break_a_dependency() {
        for &version in MetadataVersion::ALL {
            for feature in Feature::ALL {
                let level = feature.default_level(version);
                feature.check_dependencies(level, |other| Some(other.default_level(version))).unwrap();
                assert!(feature.supported().contains(level), "{feature:?} at {version}");
            }
        }
    }

    #[test]
    fn eligible_leader_replicas_need_their_metadata_version() {
        let refused = Feature::EligibleLeaderReplicas.check_dependencies(1, |_| Some(22)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23"
        );
        assert!(Feature::EligibleLeaderReplicas.check_dependencies(0, |_| None).is_ok());
        assert!(Feature::Group.check_dependencies(1, |_| None).is_err());
    }

    #[test]
    fn names_go_both_ways() {
        for feature in Feature::ALL {
            assert_eq!(Feature::from_name(feature.name()), Some(feature));
        }
        assert_eq!(VersionRange { min: 7, max: 30 }.to_string(), "7-30");
    }
}
