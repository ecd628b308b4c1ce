//! Coordinators: a shard for each partition of their internal topic that this broker leads.
//!
//! Decide → append → replay → wait → answer. The first three happen under the shard's lock, on the core of whoever asks
//! (`hosted_shard`); nobody holds the lock while waiting for the disk or for other replicas (`commit`). A shard comes up
//! by reading its log on a thread of its own (`load`), goes when the leadership goes, and is woken by one thread for all
//! shards when the next of its deadlines has come (`alarms`).

mod alarms;
mod batch;
mod commit;
mod hosted_shard;
mod load;
mod loader;
#[cfg(test)]
mod tests;

pub use commit::{CommitPolicy, Uncommitted};
pub use hosted_shard::{Asked, HostedShard};

use crate::clock::Clock;
use crate::drivers::partitions::Partitions;
use alarms::Alarms;
use loader::Loader;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::{GroupShard, Outcome, Shard, partition_for};
use ottla_metadata::image::TopicImage;
use ottla_metadata::{MetadataImage, Published};
use ottla_model::{PartitionIndex, Timestamp, TopicId, TopicIdPartition};
use ottla_records::Compression;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What coordinators of one kind have in common.
#[derive(Debug, Clone, Copy)]
pub struct CoordinatorsConfig {
    /// The topic that keeps their state.
    pub topic: &'static str,
    /// What their records are compressed with.
    pub compression: Compression,
    /// Bytes that are read at a time when a shard is loaded.
    pub load_buffer_bytes: u32,
}

/// The coordinators of one kind on this broker.
pub struct Coordinators<S> {
    config: CoordinatorsConfig,
    clock: Clock,
    fresh: Box<dyn Fn() -> S + Send + Sync>,
    shards: RwLock<HashMap<PartitionIndex, Arc<HostedShard<S>>>>,
    /// How many partitions the topic had when this broker first saw it. Partitions that are added later do not count
    /// before a restart: every name would belong to another one.
    partition_count: Mutex<Option<(TopicId, i32)>>,
    alarms: Arc<Alarms>,
    loader: Loader<S>,
}

/// The coordinators of groups.
pub type GroupCoordinators = Coordinators<GroupShard>;

impl<S: Shard + Send + 'static> Coordinators<S> {
    /// Starts the threads. `fresh` makes the state of a partition about which nothing has been read yet.
    ///
    /// # Errors
    /// A thread could not be made.
    pub fn start(
        config: CoordinatorsConfig,
        clock: Clock,
        fresh: impl Fn() -> S + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Ok(Self {
            config,
            clock,
            fresh: Box::new(fresh),
            shards: RwLock::default(),
            partition_count: Mutex::default(),
            alarms: Alarms::start(clock)?,
            loader: Loader::start(config.load_buffer_bytes)?,
        })
    }

    /// The topic that keeps their state.
    pub fn topic(&self) -> &'static str {
        self.config.topic
    }

    /// The partition that `name` belongs to; `None` while the topic does not exist.
    pub fn partition_of(&self, name: &str) -> Option<PartitionIndex> {
        let count = self.partition_count.lock().unwrap_or_else(PoisonError::into_inner);
        count.map(|(_, count)| partition_for(name, count))
    }

    /// The shard that `name` belongs to, loaded or not.
    ///
    /// # Errors
    /// [`GroupError::NotCoordinator`]: it is another broker's, or nobody's.
    pub fn shard_for(&self, name: &str) -> Result<Arc<HostedShard<S>>, GroupError> {
        let partition = self.partition_of(name).ok_or(GroupError::NotCoordinator)?;
        let shards = self.shards.read().unwrap_or_else(PoisonError::into_inner);
        shards.get(&partition).cloned().ok_or(GroupError::NotCoordinator)
    }

    /// All shards, loaded or not, by partition.
    pub fn all(&self) -> Vec<Arc<HostedShard<S>>> {
        let shards = self.shards.read().unwrap_or_else(PoisonError::into_inner);
        let mut shards: Vec<_> = shards.values().cloned().collect();
        shards.sort_unstable_by_key(|shard| shard.partition().id().partition);
        shards
    }

    /// Has every shard decide, later: those that are loading when they have been loaded.
    pub fn errand(&self, errand: impl Fn(&mut S, Timestamp) -> Outcome<()> + Send + 'static) {
        self.loader.errand(self.all(), Box::new(errand));
    }

    /// Follows the leadership of the topic's partitions. `partitions` have followed already.
    pub fn follow(&self, published: &Published, partitions: &Partitions) {
        let topics = &published.changes.topics;
        let mut deleted = topics.deleted.keys().filter_map(|id| published.previous.topics().by_id(*id));
        if deleted.any(|topic| topic.name().as_str() == self.config.topic) {
            self.unload_all();
        }
        if let Some(topic) = published.image.topics().by_name(self.config.topic)
            && let Some(changed) = topics.partitions.get(&topic.id())
        {
            for &partition in changed {
                self.settle(topic, partition, partitions);
            }
        }
    }

    /// Takes up every partition of the topic that this broker leads: what [`Self::follow`] was not there to see.
    pub fn take_up(&self, image: &MetadataImage, partitions: &Partitions) {
        if let Some(topic) = image.topics().by_name(self.config.topic) {
            for (partition, _) in topic.partitions() {
                self.settle(topic, partition, partitions);
            }
        }
    }

    /// Makes the shard of a partition what the leadership of the partition asks for.
    fn settle(&self, topic: &TopicImage, index: PartitionIndex, partitions: &Partitions) {
        self.count_partitions(topic);
        let hosted = partitions.get(TopicIdPartition { topic_id: topic.id(), partition: index });
        let leading = hosted.and_then(|hosted| hosted.partition().leading_epoch().map(|epoch| (hosted, epoch)));
        let mut shards = self.shards.write().unwrap_or_else(PoisonError::into_inner);
        if let (Some(shard), Some((hosted, epoch))) = (shards.get(&index), &leading)
            && shard.epoch() == *epoch
            && shard.partition().id() == hosted.id()
        {
            return;
        }
        let gone = shards.remove(&index);
        let come = leading.map(|(hosted, epoch)| {
            let shard = HostedShard::loading(hosted, epoch, self.config.compression, self.clock, &self.alarms);
            shards.insert(index, Arc::clone(&shard));
            shard
        });
        drop(shards);
        if let Some(shard) = gone {
            shard.unload();
        }
        if let Some(shard) = come {
            let reader = shard.partition().partition().reader();
            if reader.log_start_offset() == reader.log_end_offset() {
                // Nothing to read: whoever has just had the topic created finds its coordinator at work.
                shard.serve((self.fresh)(), reader.log_end_offset());
            } else {
                self.loader.load(shard, (self.fresh)());
            }
        }
    }

    fn count_partitions(&self, topic: &TopicImage) {
        let mut count = self.partition_count.lock().unwrap_or_else(PoisonError::into_inner);
        if count.is_none_or(|(id, _)| id != topic.id()) {
            let partitions = i32::try_from(topic.partitions().count()).unwrap_or(i32::MAX);
            *count = Some((topic.id(), partitions));
        }
    }

    fn unload_all(&self) {
        *self.partition_count.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let shards = std::mem::take(&mut *self.shards.write().unwrap_or_else(PoisonError::into_inner));
        for shard in shards.into_values() {
            shard.unload();
        }
    }

    /// Ends the threads and lets go of all partitions. Whoever still waits is told that the coordinator is elsewhere.
    pub fn stop(&self) {
        self.loader.stop();
        self.alarms.stop();
        self.unload_all();
    }
}

impl<S> std::fmt::Debug for Coordinators<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coordinators").field("config", &self.config).finish_non_exhaustive()
    }
}
