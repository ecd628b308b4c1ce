//! Formatting for those who just want to begin: a fresh cluster of one, at the newest levels.

use crate::clock::Clock;
use crate::random;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::BootstrapMetadata;
use ottla_metadata::features::{Feature, MetadataVersion};
use ottla_metadata::records;
use ottla_model::Uuid;
use ottla_raft::bootstrap::{bootstrap_checkpoint, format_metadata_directory};
use ottla_raft::{Endpoint, ReplicaKey, Voter, VoterSet};
use ottla_storage::disk::{Create, Disk, RealDisk};
use ottla_storage::{LogDirectory, LogDirectoryError, MetaProperties};
use std::io::{self, IoSlice};
use std::path::Path;

/// Formats the directories of `config` unless one of them is formatted already.
///
/// # Errors
/// The disk's, in words.
pub fn format_if_needed(config: &BrokerConfig) -> Result<(), Box<dyn std::error::Error>> {
    let mut directories = config.log_dirs.clone();
    if !directories.contains(&config.metadata_log_dir) {
        directories.push(config.metadata_log_dir.clone());
    }
    for path in &directories {
        if LogDirectory::read_meta_properties(&RealDisk, path)?.is_some() {
            return Ok(());
        }
    }
    let cluster_id = random::uuid().to_string();
    for path in &directories {
        format(path, &cluster_id, config)?;
    }
    tracing::info!("formatted {} for a new cluster {cluster_id}", config.metadata_log_dir.display());
    Ok(())
}

fn format(path: &Path, cluster_id: &str, config: &BrokerConfig) -> Result<(), Box<dyn std::error::Error>> {
    let directory_id = random::uuid();
    let properties = MetaProperties {
        version: 1,
        cluster_id: Some(cluster_id.to_owned()),
        node_id: Some(config.node_id),
        directory_id: Some(directory_id),
    };
    let version = MetadataVersion::LATEST;
    let bootstrap = BootstrapMetadata::for_levels(version, |feature: Feature| feature.default_level(version));
    let frames =
        bootstrap.records().iter().map(|record| records::encode(record, version)).collect::<Result<Vec<_>, _>>()?;
    let now = Clock::start().now();
    let files = if path == config.metadata_log_dir {
        format_metadata_directory(&frames, voters(config, directory_id).as_ref(), now)?
    } else {
        vec![(ottla_raft::bootstrap::BOOTSTRAP_FILE_NAME.to_owned(), bootstrap_checkpoint(&frames, now)?)]
    };
    RealDisk.create_directory(path)?;
    for (name, content) in files {
        write(&path.join(name), &content)?;
    }
    // Last, for its presence says that all is there.
    LogDirectory::format(&RealDisk, path, &properties).map_err(|error: LogDirectoryError| Box::new(error).into())
}

/// This node alone, unless the configuration has voters of its own.
fn voters(config: &BrokerConfig, directory_id: Uuid) -> Option<VoterSet> {
    if !config.quorum.voters.is_empty() {
        return None;
    }
    let endpoints = config.listeners.advertised_controllers.iter().map(|listener| Endpoint {
        listener: listener.name.clone(),
        host: listener.host.clone().unwrap_or_else(|| "localhost".to_owned()),
        port: listener.port,
    });
    let voter = Voter::local(ReplicaKey::new(config.node_id, directory_id), endpoints.collect());
    Some(std::iter::once(voter).collect())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        RealDisk.create_directory(parent)?;
    }
    let file = RealDisk.open(path, Create::Anew)?;
    file.write_at(&[IoSlice::new(content)], 0)?;
    file.sync()
}
