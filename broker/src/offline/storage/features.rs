//! Feature levels: which belong to a release, and which need which.

use super::super::failure::Failure;
use super::arguments::{FeatureDependenciesArguments, VersionMappingArguments};
use ottla_metadata::features::{Feature, MetadataVersion};
use std::io::Write;

/// `version-mapping`: the levels that a cluster of a release begins with.
pub(super) fn print_version_mapping(arguments: &VersionMappingArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let release = arguments.release_version.as_deref().unwrap_or(MetadataVersion::LATEST.name());
    let version = MetadataVersion::parse(release).map_err(Failure::said)?;
    writeln!(out, "{}={} ({release})", Feature::Metadata.name(), version.level())?;
    for feature in Feature::ALL.into_iter().filter(|feature| *feature != Feature::Metadata) {
        writeln!(out, "{}={}", feature.name(), feature.default_level(version))?;
    }
    Ok(())
}

/// `feature-dependencies`: what each of the given levels needs.
pub(super) fn print_dependencies(arguments: &FeatureDependenciesArguments, out: &mut dyn Write) -> Result<(), Failure> {
    for argument in &arguments.feature {
        let (name, level) = argument.split_once('=').ok_or_else(|| {
            Failure::Said(format!(
                "Invalid feature format: {argument}. Expected format: 'feature=version' (e.g. 'group.version=1')"
            ))
        })?;
        let (name, level) = (name.trim(), level.trim());
        let level: i16 =
            level.parse().map_err(|_| Failure::Said(format!("Invalid version format: {level} for feature {name}")))?;
        let feature = Feature::from_name(name).ok_or_else(|| Failure::Said(format!("Unknown feature: {name}")))?;
        if feature == Feature::Metadata {
            let version = MetadataVersion::from_level(level)
                .map_err(|_| Failure::Said(format!("Unknown metadata.version {level}")))?;
            writeln!(out, "{name}={level} ({version}) has no dependencies.")?;
            continue;
        }
        if !feature.supported().contains(level) {
            return Err(Failure::Said(format!("Feature level {level} is not supported for feature {name}")));
        }
        print_dependencies_of(feature, level, out)?;
    }
    Ok(())
}

fn print_dependencies_of(feature: Feature, level: i16, out: &mut dyn Write) -> Result<(), Failure> {
    let name = feature.name();
    let dependencies = feature.dependencies(level);
    if dependencies.is_empty() {
        return Ok(writeln!(out, "{name}={level} has no dependencies.")?);
    }
    writeln!(out, "{name}={level} requires:")?;
    for &(needed, needed_level) in dependencies {
        match (needed, MetadataVersion::from_level(needed_level)) {
            (Feature::Metadata, Ok(version)) => {
                writeln!(out, "    {}={needed_level} ({version})", needed.name())?;
            }
            _ => writeln!(out, "    {}={needed_level}", needed.name())?,
        }
    }
    Ok(())
}
