//! One topic and its partitions.

use super::PartitionImage;
use ottla_model::{PartitionIndex, TopicId, TopicName};
use rpds::RedBlackTreeMapSync;

/// One topic. Cheap to clone: partitions are shared until they change.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicImage {
    name: TopicName,
    id: TopicId,
    // A tree rather than a vector: one changed partition among 100,000 must not copy the others, and a log may bring
    // partitions in any order.
    partitions: RedBlackTreeMapSync<PartitionIndex, PartitionImage>,
}

impl TopicImage {
    pub(crate) fn new(name: TopicName, id: TopicId) -> Self {
        Self { name, id, partitions: RedBlackTreeMapSync::new_sync() }
    }
    pub(crate) fn set_partition(&mut self, index: PartitionIndex, partition: PartitionImage) {
        self.partitions.insert_mut(index, partition);
    }
    pub(crate) fn partition_mut(&mut self, index: PartitionIndex) -> Option<&mut PartitionImage> {
        self.partitions.get_mut(&index)
    }

    /// The name.
    pub fn name(&self) -> &TopicName {
        &self.name
    }
    /// The id.
    pub fn id(&self) -> TopicId {
        self.id
    }
    /// How many partitions the topic has.
    pub fn partition_count(&self) -> usize {
        self.partitions.size()
    }
    /// One partition.
    pub fn partition(&self, index: PartitionIndex) -> Option<&PartitionImage> {
        self.partitions.get(&index)
    }
    /// The partitions, from the lowest index.
    pub fn partitions(&self) -> impl Iterator<Item = (PartitionIndex, &PartitionImage)> {
        self.partitions.iter().map(|(&index, partition)| (index, partition))
    }
    /// The partitions from `start` (inclusive) on, from the lowest index.
    pub fn partitions_from(&self, start: PartitionIndex) -> impl Iterator<Item = (PartitionIndex, &PartitionImage)> {
        self.partitions.range(start..).map(|(&index, partition)| (index, partition))
    }
}
