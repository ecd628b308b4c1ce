//! At the start: from what lies in the log directories to partitions.

use super::follow::assignment;
use super::settings::Settings;
use super::{HostedPartition, Partitions, kind_name};
use crate::random;
use ottla_config::BrokerConfig;
use ottla_metadata::MetadataImage;
use ottla_model::TopicIdPartition;
use ottla_replication::Partition;
use ottla_storage::{CheckpointKind, DirectoryKind, LogDirectory, PartitionDirectory, RecoveryReport, StorageError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The metadata partition, which is not one of the broker's.
const METADATA_TOPIC: &str = "__cluster_metadata";

/// A partition that the image knows, with the directory that it lies in.
struct Found {
    id: TopicIdPartition,
    directory: usize,
    partition: PartitionDirectory,
}

impl Partitions {
    /// Opens every partition that lies in the directories and that the image gives to this broker, several at a time.
    /// What the image does not know is set aside as stray; what was being deleted is deleted.
    ///
    /// # Errors
    /// A directory cannot be listed, or a log that should be there cannot be opened.
    pub fn load(&self, image: &MetadataImage, config: &BrokerConfig) -> Result<(), StorageError> {
        let mut found = Vec::new();
        for (index, directory) in self.directories.iter().enumerate() {
            for partition in directory.partitions()? {
                self.sort_directory(index, directory, partition, image, &mut found)?;
            }
        }
        let next = AtomicUsize::new(0);
        let per_directory = config.logs.recovery_threads_per_directory.max(1) as usize;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (per_directory * self.directories.len()).max(cores).min(found.len());
        let settings = Settings::under(config);
        let load_next = || -> Result<(), StorageError> {
            while let Some(partition) = found.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.load_partition(partition, image, &settings)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(load_next)).collect();
            running.into_iter().try_for_each(|thread| match thread.join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
    }

    fn sort_directory(
        &self,
        index: usize,
        directory: &LogDirectory,
        partition: PartitionDirectory,
        image: &MetadataImage,
        found: &mut Vec<Found>,
    ) -> Result<(), StorageError> {
        if partition.topic_partition.topic.as_str() == METADATA_TOPIC {
            return Ok(());
        }
        match partition.kind {
            DirectoryKind::Deleted => self.remove_later(index, partition, self.clock.now()),
            DirectoryKind::Future | DirectoryKind::Stray => {
                tracing::warn!("{} is {}: left alone", partition.path.display(), kind_name(partition.kind));
            }
            DirectoryKind::Live => {
                let name = &partition.topic_partition;
                let topic_id = match directory.topic_id(&partition)? {
                    Some(id) => Some(id),
                    // Written before topics had ids: the name is all there is.
                    None => image.topics().id_of(name.topic.as_str()),
                };
                let known = topic_id.filter(|id| {
                    let partition = image.topics().partition(*id, name.partition);
                    partition.is_some_and(|partition| partition.is_replica(self.local))
                });
                match known {
                    Some(topic_id) => {
                        let id = TopicIdPartition { topic_id, partition: name.partition };
                        found.push(Found { id, directory: index, partition });
                    }
                    None => {
                        tracing::warn!("{} is no partition of this broker: set aside", partition.path.display());
                        directory.set_directory_aside(&partition, DirectoryKind::Stray, random::uuid())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn load_partition(
        &self,
        found: &Found,
        image: &MetadataImage,
        settings: &Settings<'_>,
    ) -> Result<(), StorageError> {
        let name = found.partition.topic_partition.clone();
        let of_topic = settings.of(name.topic.as_str(), image.configs().topic(name.topic.as_str()));
        let directory = &self.directories[found.directory];
        let now = self.clock.now();
        let (mut log, report) = directory.load(&found.partition, of_topic.log, settings.producer_state(), now)?;
        report_recovery(&report, &found.partition);
        if let Some(&high_watermark) = directory.checkpoint(CheckpointKind::HighWatermark).get(&name) {
            log.set_high_watermark(high_watermark);
        }
        let rules = Partition::new(self.local, log, of_topic.min_in_sync_replicas);
        let hosted = Arc::new(HostedPartition::new(found.id, name, found.directory, rules, of_topic.flush));
        if let Some(partition) = image.topics().partition(found.id.topic_id, found.id.partition) {
            hosted.partition().assign(&assignment(partition));
        }
        self.insert(hosted);
        Ok(())
    }
}

fn report_recovery(report: &RecoveryReport, partition: &PartitionDirectory) {
    if let Some(cut) = &report.tail_cut {
        tracing::warn!(
            "recovered {}: cut {} bytes behind offset {}, {} removed segments behind them: {}",
            partition.path.display(),
            cut.cut_bytes,
            cut.log_end_offset,
            report.removed_segments.len(),
            cut.reason
        );
    }
}
