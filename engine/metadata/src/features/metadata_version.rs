//! `metadata.version`: what the records of the metadata log may say.

use std::fmt;

macro_rules! metadata_versions {
    ($($variant:ident $level:literal $release:literal $name:literal $changed:literal),* $(,)?) => {
        /// A level of the feature `metadata.version`, from the oldest that Kafka 4.3 still reads to its newest.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum MetadataVersion {
            $(#[doc = $name] $variant = $level),*
        }

        impl MetadataVersion {
            /// Every level, oldest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As Kafka's tools print it: `4.3-IV0`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
            /// The release whose line this level belongs to: `4.3`.
            pub const fn release(self) -> &'static str {
                match self { $(Self::$variant => $release),* }
            }
            /// Whether this level can say in records what the level before it could not. Where none of the levels
            /// between two does, going back from one to the other loses nothing.
            pub const fn changed_metadata(self) -> bool {
                match self { $(Self::$variant => $changed),* }
            }
        }
    };
}

#[rustfmt::skip]
metadata_versions! {
    V3_3Iv3 7 "3.3" "3.3-IV3" true,
    V3_4Iv0 8 "3.4" "3.4-IV0" true,
    V3_5Iv0 9 "3.5" "3.5-IV0" false,
    V3_5Iv1 10 "3.5" "3.5-IV1" false,
    V3_5Iv2 11 "3.5" "3.5-IV2" true,
    V3_6Iv0 12 "3.6" "3.6-IV0" false,
    V3_6Iv1 13 "3.6" "3.6-IV1" true,
    V3_6Iv2 14 "3.6" "3.6-IV2" true,
    V3_7Iv0 15 "3.7" "3.7-IV0" true,
    V3_7Iv1 16 "3.7" "3.7-IV1" false,
    V3_7Iv2 17 "3.7" "3.7-IV2" true,
    V3_7Iv3 18 "3.7" "3.7-IV3" false,
    V3_7Iv4 19 "3.7" "3.7-IV4" false,
    V3_8Iv0 20 "3.8" "3.8-IV0" false,
    V3_9Iv0 21 "3.9" "3.9-IV0" false,
    V4_0Iv0 22 "4.0" "4.0-IV0" false,
    V4_0Iv1 23 "4.0" "4.0-IV1" true,
    V4_0Iv2 24 "4.0" "4.0-IV2" false,
    V4_0Iv3 25 "4.0" "4.0-IV3" false,
    V4_1Iv0 26 "4.1" "4.1-IV0" false,
    V4_1Iv1 27 "4.1" "4.1-IV1" false,
    V4_2Iv0 28 "4.2" "4.2-IV0" false,
    V4_2Iv1 29 "4.2" "4.2-IV1" false,
    V4_3Iv0 30 "4.3" "4.3-IV0" true,
}

impl MetadataVersion {
    /// The oldest level that can still be read.
    pub const MINIMUM: Self = Self::V3_3Iv3;
    /// The newest level: what a fresh cluster is formatted with.
    pub const LATEST: Self = Self::V4_3Iv0;

    /// The level as it stands in a `FeatureLevelRecord`.
    pub const fn level(self) -> i16 {
        self as i16
    }

    /// The version of that level.
    ///
    /// # Errors
    /// If the level is older or newer than what this crate reads.
    pub fn from_level(level: i16) -> Result<Self, UnknownMetadataVersion> {
        Self::ALL.iter().copied().find(|version| version.level() == level).ok_or(UnknownMetadataVersion::Level(level))
    }

    /// Reads what `--release-version` takes: a level's full name (`4.3-IV0`), a release (`4.3`: its newest level), or
    /// a patch release (`4.3.1`: as its release).
    ///
    /// # Errors
    /// With the text of `kafka-storage` for an unknown release.
    pub fn parse(text: &str) -> Result<Self, UnknownMetadataVersion> {
        let release = text.match_indices('.').nth(1).map_or(text, |(second_dot, _)| &text[..second_dot]);
        Self::ALL
            .iter()
            .rev()
            .copied()
            .find(|version| version.name() == release || version.release() == release)
            .ok_or_else(|| UnknownMetadataVersion::Name(text.to_owned()))
    }

    /// Whether going from `self` to `target`, in either direction, passes a level at which records learned to say more.
    pub fn metadata_changed_between(self, target: Self) -> bool {
        let (low, high) = if self < target { (self, target) } else { (target, self) };
        Self::ALL.iter().any(|&version| low < version && version <= high && version.changed_metadata())
    }

    /// Whether SCRAM credentials live in the metadata log (KIP-900).
    pub fn has_scram(self) -> bool {
        self >= Self::V3_5Iv2
    }
    /// Whether a shrinking ISR must raise the leader epoch, for the brokers of before 3.6 (KAFKA-15021).
    pub fn raises_leader_epoch_on_isr_shrink(self) -> bool {
        self < Self::V3_6Iv0
    }
    /// Whether records may stand in metadata transactions (KIP-868).
    pub fn has_transactions(self) -> bool {
        self >= Self::V3_6Iv1
    }
    /// Whether delegation tokens live in the metadata log (KIP-900).
    pub fn has_delegation_tokens(self) -> bool {
        self >= Self::V3_6Iv2
    }
    /// Whether controllers register themselves (KIP-919).
    pub fn has_controller_registration(self) -> bool {
        self >= Self::V3_7Iv0
    }
    /// Whether replicas are assigned to log directories (KIP-858).
    pub fn has_directory_assignment(self) -> bool {
        self >= Self::V3_7Iv2
    }
    /// Whether partitions may have eligible leader replicas (KIP-966).
    pub fn has_eligible_leader_replicas(self) -> bool {
        self >= Self::V4_0Iv1
    }
    /// Whether brokers may cordon log directories (KIP-1066).
    pub fn has_cordoned_directories(self) -> bool {
        self >= Self::V4_3Iv0
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A level or a name that is none of [`MetadataVersion::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownMetadataVersion {
    /// The number of no level.
    #[error(
        "No MetadataVersion with feature level {0}. Valid feature levels are from {min} to {max}.",
        min = MetadataVersion::MINIMUM.level(),
        max = MetadataVersion::LATEST.level()
    )]
    Level(i16),
    /// The name of no level and of no release.
    #[error("Unknown metadata.version '{0}'. Supported metadata.version are: {all}", all = all_names())]
    Name(String),
}

fn all_names() -> String {
    MetadataVersion::ALL.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::MetadataVersion;

    #[test]
    fn levels_are_dense_and_go_both_ways() {
        for (index, &version) in MetadataVersion::ALL.iter().enumerate() {
            assert_eq!(i16::try_from(index).unwrap() + MetadataVersion::MINIMUM.level(), version.level());
            assert_eq!(MetadataVersion::from_level(version.level()), Ok(version));
            assert_eq!(MetadataVersion::parse(version.name()), Ok(version));
        }
        assert!(MetadataVersion::from_level(6).is_err());
        assert!(MetadataVersion::from_level(31).is_err());
    }

    #[test]
    fn a_release_means_its_newest_level() {
        for (release, level) in
            [("3.3", 7), ("3.5", 11), ("3.9", 21), ("4.0", 25), ("4.1.1", 27), ("4.2.0", 29), ("4.3", 30)]
        {
            assert_eq!(MetadataVersion::parse(release).unwrap().level(), level, "{release}");
        }
    }

    #[test]
    fn an_unknown_release_is_refused_with_the_list() {
        let text = MetadataVersion::parse("9.9").unwrap_err().to_string();
        assert!(
            text.starts_with("Unknown metadata.version '9.9'. Supported metadata.version are: 3.3-IV3, 3.4-IV0, "),
            "{text}"
        );
    }

    #[test]
    fn metadata_changes_are_those_above_the_lower_level() {
        use MetadataVersion as V;
        assert!(!V::V4_2Iv1.metadata_changed_between(V::V4_0Iv1));
        assert!(V::V4_0Iv1.metadata_changed_between(V::V4_0Iv0));
        assert!(V::V4_2Iv1.metadata_changed_between(V::V4_3Iv0));
        assert!(!V::V4_3Iv0.metadata_changed_between(V::V4_3Iv0));
    }
}
