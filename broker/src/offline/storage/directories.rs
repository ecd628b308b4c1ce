//! A node's log directories, and what their `meta.properties` say.

use super::super::failure::Failure;
use ottla_config::BrokerConfig;
use ottla_model::Uuid;
use ottla_storage::{LogDirectory, LogDirectoryError, MetaProperties, RealDisk};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file that says whose a directory is.
pub(super) const META_PROPERTIES: &str = "meta.properties";

/// Reads a node's configuration. What is odd about it is for the start to say.
pub(super) fn read_config(path: &Path) -> Result<BrokerConfig, Failure> {
    BrokerConfig::read(path, &[]).map(|loaded| loaded.config).map_err(Failure::said)
}

/// The directories of logs and of metadata, each once, in order.
pub(super) fn of(config: &BrokerConfig) -> BTreeSet<PathBuf> {
    config.log_dirs.iter().chain([&config.metadata_log_dir]).cloned().collect()
}

/// What a directory's `meta.properties` says; `None` if there is none.
pub(super) fn read_meta_properties(directory: &Path) -> Result<Option<MetaProperties>, LogDirectoryError> {
    LogDirectory::read_meta_properties(&RealDisk, directory)
}

/// A node's directories, by what was found in them.
pub(super) struct Directories {
    /// Without `meta.properties`, and perhaps not there at all.
    pub(super) empty: Vec<PathBuf>,
    /// With one that cannot be read.
    pub(super) failed: Vec<PathBuf>,
    /// Formatted.
    pub(super) formatted: BTreeMap<PathBuf, MetaProperties>,
}

impl Directories {
    pub(super) fn load(paths: BTreeSet<PathBuf>, err: &mut dyn Write) -> Result<Self, Failure> {
        let mut directories = Self { empty: Vec::new(), failed: Vec::new(), formatted: BTreeMap::new() };
        for path in paths {
            match read_meta_properties(&path) {
                Ok(None) => directories.empty.push(path),
                Ok(Some(properties)) => {
                    directories.formatted.insert(path, properties);
                }
                Err(error) => {
                    let file = path.join(META_PROPERTIES);
                    writeln!(err, "Error while reading meta.properties file {}: {error}", file.display())?;
                    directories.failed.push(path);
                }
            }
        }
        Ok(directories)
    }

    /// Checks that all formatted directories are this cluster's and this node's, and no two the same.
    pub(super) fn verify(&self, cluster_id: &str, node_id: i32) -> Result<(), Failure> {
        let mut seen: BTreeMap<Uuid, &Path> = BTreeMap::new();
        for (directory, properties) in &self.formatted {
            let file = directory.join(META_PROPERTIES);
            let file = file.display();
            if let Some(stored) = properties.cluster_id.as_deref().filter(|stored| *stored != cluster_id) {
                let message = format!("Invalid cluster.id in: {file}. Expected {cluster_id}, but read {stored}");
                return Err(Failure::Said(message));
            }
            if let Some(stored) = properties.node_id.filter(|stored| stored.value() != node_id) {
                return Err(Failure::Said(format!(
                    "Stored node id {stored} doesn't match previous node id {node_id} in {file}. If you moved your \
                     data, make sure your configured node id matches. If you intend to create a new node, you should \
                     remove all data in your data directories."
                )));
            }
            if let Some(id) = properties.directory_id
                && let Some(other) = seen.insert(id, directory)
            {
                return Err(Failure::Said(format!(
                    "Duplicate directory ID Optional[{id}] found. It was the ID of {}, but also of {}",
                    other.display(),
                    directory.display()
                )));
            }
        }
        Ok(())
    }

    /// A random id that none of the directories has.
    pub(super) fn fresh_id(&self) -> Uuid {
        loop {
            let id = crate::random::uuid();
            if self.formatted.values().all(|properties| properties.directory_id != Some(id)) {
                return id;
            }
        }
    }
}
