//! The log directories: opened, told apart, and agreed on whose they are.

use super::StartError;
use ottla_config::BrokerConfig;
use ottla_model::{Timestamp, Uuid};
use ottla_storage::disk::Disk;
use ottla_storage::{
    DirectoryKind, ExpectedIdentity, LogConfig, LogDirectory, MetaProperties, OpenFiles, PartitionDirectory,
    PartitionLog, ProducerStateConfig,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Segment files that are open at a time, of all partitions together.
const OPEN_FILES_MAX: usize = 4096;
/// The metadata partition's directory.
const METADATA_PARTITION: &str = "__cluster_metadata-0";
/// A batch of the metadata log is at most 8 MiB.
const METADATA_BATCH_BYTES_MAX: u32 = ottla_raft::batch::SIZE_MAX as u32;

/// The directories of a node, locked.
#[derive(Debug)]
pub struct Directories {
    /// `log.dirs`.
    pub data: Vec<LogDirectory>,
    /// `metadata.log.dir`, if it is not among `log.dirs`.
    pub metadata: Option<LogDirectory>,
    /// Where the metadata directory is.
    pub metadata_path: PathBuf,
    /// `cluster.id` of all of them.
    pub cluster_id: String,
    /// The metadata directory's id.
    pub metadata_directory_id: Uuid,
}

impl Directories {
    /// Opens all directories of the configuration and makes sure that they belong together.
    ///
    /// # Errors
    /// One is not formatted, in use, of another cluster or node, or they do not agree.
    pub fn open(
        disk: &Arc<dyn Disk>,
        config: &BrokerConfig,
        mut new_id: impl FnMut() -> Uuid,
    ) -> Result<Self, StartError> {
        let open_files = Arc::new(OpenFiles::new(OPEN_FILES_MAX));
        let mut expected = ExpectedIdentity { cluster_id: None, node_id: config.node_id };
        let mut open = |path: &PathBuf| -> Result<LogDirectory, StartError> {
            let mut directory = LogDirectory::open(Arc::clone(disk), path, &expected, Arc::clone(&open_files))?;
            for warning in directory.warnings() {
                tracing::warn!("{warning}");
            }
            let properties = directory.meta_properties().clone();
            expected.cluster_id = expected.cluster_id.take().or_else(|| properties.cluster_id.clone());
            if properties.directory_id.is_none() || properties.version == 0 {
                directory.set_meta_properties(MetaProperties {
                    version: 1,
                    cluster_id: expected.cluster_id.clone(),
                    node_id: Some(config.node_id),
                    directory_id: properties.directory_id.or_else(|| Some(new_id())),
                })?;
            }
            Ok(directory)
        };
        let data = config.log_dirs.iter().map(&mut open).collect::<Result<Vec<_>, _>>()?;
        let metadata = if config.log_dirs.contains(&config.metadata_log_dir) {
            None
        } else {
            Some(open(&config.metadata_log_dir)?)
        };
        let of_metadata = metadata.as_ref().or_else(|| {
            let index = config.log_dirs.iter().position(|path| *path == config.metadata_log_dir)?;
            data.get(index)
        });
        let properties = of_metadata.map(LogDirectory::meta_properties);
        let metadata_directory_id = properties.and_then(|properties| properties.directory_id);
        let cluster_id = expected.cluster_id.ok_or(StartError::NoClusterId)?;
        let ids: Vec<_> = data.iter().filter_map(|directory| directory.meta_properties().directory_id).collect();
        if let Some(twice) = ids.iter().enumerate().find_map(|(index, id)| ids[..index].contains(id).then_some(*id)) {
            return Err(StartError::DirectoryIdTwice(twice));
        }
        Ok(Self {
            metadata_directory_id: metadata_directory_id.ok_or(StartError::NoClusterId)?,
            metadata_path: config.metadata_log_dir.clone(),
            data,
            metadata,
            cluster_id,
        })
    }

    /// Opens the metadata partition's log, or begins it.
    ///
    /// # Errors
    /// The disk's.
    pub fn open_metadata_log(&self, config: &BrokerConfig, now: Timestamp) -> Result<PartitionLog, StartError> {
        let directory = self.metadata_directory();
        let log_config = LogConfig {
            segment_bytes: config.metadata_log.segment_bytes,
            segment_ms: config.metadata_log.segment_ms,
            max_message_bytes: METADATA_BATCH_BYTES_MAX,
            retention_ms: None,
            retention_bytes: None,
            file_delete_delay_ms: config.metadata_log.delete_delay_ms,
            ..LogConfig::kafka_defaults()
        };
        let partitions = directory.partitions()?;
        let is_metadata = |partition: &&PartitionDirectory| {
            partition.kind == DirectoryKind::Live && partition.topic_partition.to_string() == METADATA_PARTITION
        };
        let producers = ProducerStateConfig::default();
        if let Some(partition) = partitions.iter().find(is_metadata) {
            let (log, report) = directory.load(partition, log_config, producers, now)?;
            if let Some(cut) = &report.tail_cut {
                tracing::warn!("recovered {}: {cut:?}", partition.path.display());
            }
            return Ok(log);
        }
        let name = ottla_model::TopicPartition {
            topic: ottla_model::TopicName::new("__cluster_metadata").expect("a legal name"),
            partition: ottla_model::PartitionIndex::new(0),
        };
        Ok(directory.create_partition(&name, Some(Uuid::METADATA_TOPIC), log_config, producers, now)?)
    }

    /// The metadata partition's directory.
    pub fn metadata_partition(&self) -> PathBuf {
        self.metadata_path.join(METADATA_PARTITION)
    }

    /// The epoch that the broker had when it was stopped cleanly, if it was, in all directories.
    pub fn previous_broker_epoch(&self) -> Option<i64> {
        let epochs: Vec<_> = self
            .data
            .iter()
            .map(|directory| directory.clean_shutdown().and_then(|marker| marker.broker_epoch))
            .collect();
        let first = (*epochs.first()?)?;
        epochs.iter().all(|epoch| *epoch == Some(first)).then_some(first)
    }

    fn metadata_directory(&self) -> &LogDirectory {
        self.metadata.as_ref().unwrap_or_else(|| {
            let is_it = |directory: &&LogDirectory| directory.path() == self.metadata_path;
            self.data.iter().find(is_it).expect("the metadata directory is one of the data directories")
        })
    }
}
