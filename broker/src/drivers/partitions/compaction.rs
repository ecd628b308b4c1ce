//! What compaction asks of the partitions as a whole.

use super::{HostedPartition, Partitions};
use ottla_model::{Offset, TopicPartition};
use ottla_storage::{CheckpointKind, LockLog, PartitionLog, StorageError};
use std::sync::{Arc, PoisonError};

impl LockLog for HostedPartition {
    fn with_log<R>(&self, act: impl FnOnce(&mut PartitionLog) -> R) -> R {
        act(&mut self.partition().lock_log())
    }
}

impl Partitions {
    /// The partitions that something has been done to since this was last asked.
    pub fn take_changed_since_compaction(&self) -> Vec<Arc<HostedPartition>> {
        let partitions = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        partitions.values().filter(|partition| partition.take_change(CheckpointKind::Cleaner)).cloned().collect()
    }

    /// Writes down how far the partitions of a log directory have been compacted. Those that are gone are left out: a
    /// topic that is created under the same name begins anew.
    ///
    /// # Errors
    /// The disk's.
    pub fn checkpoint_compaction(&self, directory: usize) -> Result<(), StorageError> {
        let in_directory = |partition: &Arc<HostedPartition>| partition.directory() == directory;
        let offsets: Vec<(TopicPartition, Offset)> = self
            .all()
            .into_iter()
            .filter(in_directory)
            .filter_map(|partition| Some((partition.name().clone(), partition.partition().lock_log().cleaned_to()?)))
            .collect();
        let entries = offsets.iter().map(|(name, offset)| (name, *offset));
        self.directories[directory].write_checkpoint(CheckpointKind::Cleaner, entries)
    }
}
