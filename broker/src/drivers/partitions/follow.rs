//! Doing as the metadata say: partitions come, change and go.

use super::settings::{Settings, TopicSettings};
use super::{HostedPartition, Partitions};
use crate::random;
use crate::waiting::Awaited;
use ottla_config::BrokerConfig;
use ottla_metadata::image::{ConfigResourceKind, PartitionImage, TopicImage};
use ottla_metadata::{MetadataImage, Published};
use ottla_model::{PartitionIndex, TopicId, TopicIdPartition, TopicPartition};
use ottla_replication::{Assignment, Partition};
use ottla_storage::{DirectoryKind, StorageError};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Partitions {
    /// Follows the metadata from one image to the next. What cannot be done is reported, and the rest is done.
    pub fn follow(&self, published: &Published, config: &BrokerConfig) {
        let image = &published.image;
        let settings = Settings::under(config);
        let mut compacted_in = BTreeSet::new();
        for id in published.changes.topics.deleted.keys() {
            if let Some(topic) = published.previous.topics().by_id(*id) {
                compacted_in.extend(topic.partitions().filter_map(|(index, _)| self.delete_partition(*id, index)));
            }
        }
        for (id, indexes) in &published.changes.topics.partitions {
            let Some(topic) = image.topics().by_id(*id) else { continue };
            let of_topic = settings.of(topic.name().as_str(), image.configs().topic(topic.name().as_str()));
            for &index in indexes {
                if let Some(partition) = topic.partition(index) {
                    compacted_in.extend(self.follow_partition(topic, index, partition, &settings, &of_topic));
                }
            }
        }
        for resource in published.changes.configs.keys() {
            if resource.kind == ConfigResourceKind::Topic
                && let Some(topic) = image.topics().by_name(&resource.name)
            {
                self.configure_topic(topic, image, &settings);
            }
        }
        for directory in compacted_in {
            if let Err(error) = self.checkpoint_compaction(directory) {
                tracing::error!("cannot write a checkpoint: {error}");
            }
        }
    }

    /// Makes every topic go by a changed broker configuration.
    pub fn configure_all(&self, image: &MetadataImage, config: &BrokerConfig) {
        let settings = Settings::under(config);
        for topic in image.topics().iter() {
            self.configure_topic(topic, image, &settings);
        }
    }

    fn configure_topic(&self, topic: &TopicImage, image: &MetadataImage, settings: &Settings<'_>) {
        let settings = settings.of(topic.name().as_str(), image.configs().topic(topic.name().as_str()));
        for (index, _) in topic.partitions() {
            if let Some(hosted) = self.get(TopicIdPartition { topic_id: topic.id(), partition: index }) {
                hosted.partition().configure(Arc::clone(&settings.log), settings.min_in_sync_replicas);
                hosted.set_flush_policy(settings.flush);
                // Whether it is worth compacting may be another question now.
                hosted.note_change();
            }
        }
    }

    fn follow_partition(
        &self,
        topic: &TopicImage,
        index: PartitionIndex,
        partition: &PartitionImage,
        settings: &Settings<'_>,
        of_topic: &TopicSettings,
    ) -> Option<usize> {
        if !partition.is_replica(self.local) {
            return self.delete_partition(topic.id(), index);
        }
        let id = TopicIdPartition { topic_id: topic.id(), partition: index };
        let hosted = match self.get(id) {
            Some(hosted) => hosted,
            None => match self.create(topic, index, partition, settings, of_topic) {
                Ok(hosted) => hosted,
                Err(error) => {
                    tracing::error!("cannot create {}-{index}: {error}", topic.name());
                    return None;
                }
            },
        };
        hosted.partition().assign(&assignment(partition));
        hosted.fetch_waiters().wake();
        None
    }

    fn create(
        &self,
        topic: &TopicImage,
        index: PartitionIndex,
        partition: &PartitionImage,
        settings: &Settings<'_>,
        of_topic: &TopicSettings,
    ) -> Result<Arc<HostedPartition>, StorageError> {
        let name = TopicPartition { topic: topic.name().clone(), partition: index };
        let directory = self.directory_for(partition);
        let log = self.directories[directory].create_partition(
            &name,
            Some(topic.id()),
            Arc::clone(&of_topic.log),
            settings.producer_state(),
            self.clock.now(),
        )?;
        let rules = Partition::new(self.local, log, of_topic.min_in_sync_replicas);
        let id = TopicIdPartition { topic_id: topic.id(), partition: index };
        let hosted = Arc::new(HostedPartition::new(id, name, directory, rules, of_topic.flush));
        self.insert(Arc::clone(&hosted));
        Ok(hosted)
    }

    /// The directory that the controller names, or else the one with the fewest partitions.
    fn directory_for(&self, partition: &PartitionImage) -> usize {
        let assigned = partition.directory_of(self.local);
        let named = self.directories.iter().position(|directory| {
            directory.meta_properties().directory_id.is_some() && directory.meta_properties().directory_id == assigned
        });
        named.unwrap_or_else(|| {
            if self.directories.len() == 1 {
                return 0;
            }
            let mut counts = vec![0_usize; self.directories.len()];
            for hosted in self.all() {
                counts[hosted.directory()] += 1;
            }
            let fewest = counts.iter().enumerate().min_by_key(|(_, count)| **count);
            fewest.map_or(0, |(directory, _)| directory)
        })
    }

    /// Gives the log directory whose checkpoint of compactions speaks of the partition, if one does.
    fn delete_partition(&self, topic_id: TopicId, partition: PartitionIndex) -> Option<usize> {
        let hosted = self.take(TopicIdPartition { topic_id, partition })?;
        let mut log = hosted.partition().lock_log();
        let due = self.clock.now().plus_milliseconds(log.config().file_delete_delay_ms);
        let set_aside =
            self.directories[hosted.directory()].set_aside(&mut log, DirectoryKind::Deleted, random::uuid());
        let is_compacted = log.cleaned_to().is_some();
        drop(log);
        match set_aside {
            Ok(directory) => self.remove_later(hosted.directory(), directory, due),
            Err(error) => tracing::error!("cannot delete {}: {error}", hosted.name()),
        }
        hosted.fetch_waiters().wake();
        is_compacted.then_some(hosted.directory())
    }
}

pub(super) fn assignment(partition: &PartitionImage) -> Assignment {
    Assignment {
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        replication_factor: partition.replicas.len(),
        in_sync_replicas: partition.in_sync_replicas.to_vec(),
    }
}
