//! The feature levels that a cluster begins with: those of a release, some of them set otherwise.

use super::super::super::failure::Failure;
use ottla_metadata::features::{Feature, MetadataVersion};
use std::collections::BTreeMap;

/// A level for every feature.
pub(super) struct Levels {
    pub(super) metadata_version: MetadataVersion,
    levels: BTreeMap<&'static str, i16>,
}

impl Levels {
    /// `release` is that of `--release-version`, `features` are the `name=level` texts of `--feature`.
    pub(super) fn choose(
        release: Option<&str>,
        features: &[String],
        has_dynamic_quorum: bool,
    ) -> Result<Self, Failure> {
        let release = release.map(MetadataVersion::parse).transpose().map_err(Failure::said)?;
        let mut chosen: BTreeMap<String, i16> = BTreeMap::new();
        for feature in features {
            let (name, level) = parse(feature)?;
            chosen.insert(name, level);
        }
        let metadata_version = match (chosen.remove(Feature::Metadata.name()), release) {
            (Some(_), Some(_)) => {
                return Err(Failure::said(
                    "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.",
                ));
            }
            (Some(level), None) => MetadataVersion::from_level(level).map_err(Failure::said)?,
            (None, Some(release)) => release,
            (None, None) => MetadataVersion::LATEST,
        };
        let mut levels = BTreeMap::from([(Feature::Metadata.name(), metadata_version.level())]);
        for (name, level) in &chosen {
            levels.insert(known(name)?.name(), *level);
        }
        let kraft = kraft_level(levels.get(Feature::Kraft.name()).copied(), has_dynamic_quorum)?;
        levels.insert(Feature::Kraft.name(), kraft);
        for feature in Feature::ALL {
            levels.entry(feature.name()).or_insert_with(|| feature.default_level(metadata_version));
        }
        let levels = Self { metadata_version, levels };
        levels.check()?;
        Ok(levels)
    }

    pub(super) fn of(&self, feature: Feature) -> i16 {
        self.levels.get(feature.name()).copied().unwrap_or(0)
    }

    /// Every level exists, and has what it needs.
    fn check(&self) -> Result<(), Failure> {
        let mut features = Feature::ALL;
        features.sort_by_key(|feature| feature.name());
        for feature in features.into_iter().filter(|feature| *feature != Feature::Metadata) {
            let level = self.of(feature);
            if !feature.supported().contains(level) {
                return Err(Failure::Said(format!("No feature:{} with feature level {level}", feature.name())));
            }
            feature.check_dependencies(level, |other| Some(self.of(other))).map_err(Failure::said)?;
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<(String, i16), Failure> {
    let cannot = |why: String| Failure::Said(format!("Can't parse feature=level string {text}: {why}"));
    let (name, level) = text.split_once('=').ok_or_else(|| cannot("equals sign not found.".to_owned()))?;
    let level = level.trim();
    match level.parse() {
        Ok(level) => Ok((name.trim().to_owned(), level)),
        Err(_) => Err(cannot(format!("unable to parse {level} as a short."))),
    }
}

fn known(name: &str) -> Result<Feature, Failure> {
    Feature::from_name(name).ok_or_else(|| {
        let mut names: Vec<&str> = Feature::ALL
            .iter()
            .filter(|feature| **feature != Feature::Metadata)
            .map(|feature| feature.name())
            .collect();
        names.sort_unstable();
        Failure::Said(format!("Unsupported feature: {name}. Supported features are: {}", names.join(", ")))
    })
}

/// `kraft.version` 1 is for quorums whose voters can change, and only for those.
fn kraft_level(chosen: Option<i16>, has_dynamic_quorum: bool) -> Result<i16, Failure> {
    match (chosen, has_dynamic_quorum) {
        (None, dynamic) => Ok(i16::from(dynamic)),
        (Some(0), true) => Err(Failure::said(
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, \
             --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try removing \
             the --feature flag for kraft.version.",
        )),
        (Some(level), false) if level != 0 => Err(Failure::Said(format!(
            "Cannot set kraft.version to {level} unless controller.quorum.voters is empty and one of the flags \
             --standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers \
             support, try using one of --standalone, --initial-controllers, or --no-initial-controllers and removing \
             controller.quorum.voters."
        ))),
        (Some(level), _) => Ok(level),
    }
}
