//! Feature levels: what every node of the cluster has agreed to understand.

mod feature;
mod metadata_version;

pub use feature::{Feature, UnmetDependency, VersionRange};
pub use metadata_version::{MetadataVersion, UnknownMetadataVersion};
