//! Partitions that come, and change.

use super::Misfit;
use crate::delta::MetadataChanges;
use crate::image::{LeaderRecoveryState, MetadataImage, PartitionImage};
use ottla_model::{BrokerId, LeaderEpoch, PartitionIndex, Uuid};
use ottla_protocol::messages::{PartitionChangeRecord, PartitionRecord};

/// In a record: the partition has no leader.
pub(crate) const NO_LEADER: i32 = -1;
/// In a [`PartitionChangeRecord`]: the leader, and with it the leader epoch, stays.
pub(crate) const NO_LEADER_CHANGE: i32 = -2;
/// In a [`PartitionChangeRecord`]: the leader's recovery state stays.
pub(crate) const NO_RECOVERY_STATE_CHANGE: i8 = -1;

pub(super) fn create(
    record: &PartitionRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let partition = from_record(record)?;
    let topic = image.topics.get_mut(record.topic_id).ok_or(Misfit::UnknownTopicId(record.topic_id))?;
    let index = PartitionIndex::new(record.partition_id);
    topic.set_partition(index, partition);
    changes.topics.note_partition(record.topic_id, index);
    Ok(())
}

pub(super) fn change(
    record: &PartitionChangeRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let topic = image.topics.get_mut(record.topic_id).ok_or(Misfit::UnknownTopicId(record.topic_id))?;
    let index = PartitionIndex::new(record.partition_id);
    let name = topic.name().clone();
    let partition = topic.partition_mut(index).ok_or(Misfit::UnknownPartition { topic: name, partition: index })?;
    *partition = changed(partition, record)?;
    changes.topics.note_partition(record.topic_id, index);
    Ok(())
}

/// What `partition` is after `record`.
pub(crate) fn changed(partition: &PartitionImage, record: &PartitionChangeRecord) -> Result<PartitionImage, Misfit> {
    let replicas = record.replicas.as_deref().map_or_else(|| partition.replicas.clone(), brokers);
    let directories = match &record.directories {
        Some(directories) => directories_for(directories, replicas.len())?,
        None if partition.directories.len() == replicas.len() => partition.directories.clone(),
        None => directories_for(&[], replicas.len())?,
    };
    let (leader, leader_epoch) = match record.leader {
        NO_LEADER_CHANGE => (partition.leader, partition.leader_epoch),
        leader => (optional_leader(leader)?, partition.leader_epoch.next()),
    };
    let leader_recovery_state = match record.leader_recovery_state {
        NO_RECOVERY_STATE_CHANGE => partition.leader_recovery_state,
        state => recovery_state(state)?,
    };
    let or_unchanged = |new: &Option<Vec<i32>>, old: &[BrokerId]| new.as_deref().map_or_else(|| old.into(), brokers);
    Ok(PartitionImage {
        in_sync_replicas: or_unchanged(&record.isr, &partition.in_sync_replicas),
        removing_replicas: or_unchanged(&record.removing_replicas, &partition.removing_replicas),
        adding_replicas: or_unchanged(&record.adding_replicas, &partition.adding_replicas),
        eligible_leader_replicas: or_unchanged(&record.eligible_leader_replicas, &partition.eligible_leader_replicas),
        last_known_leaders: or_unchanged(&record.last_known_elr, &partition.last_known_leaders),
        replicas,
        directories,
        leader,
        leader_recovery_state,
        leader_epoch,
        partition_epoch: partition.partition_epoch.wrapping_add(1),
    })
}

fn from_record(record: &PartitionRecord) -> Result<PartitionImage, Misfit> {
    Ok(PartitionImage {
        replicas: brokers(&record.replicas),
        directories: directories_for(&record.directories, record.replicas.len())?,
        in_sync_replicas: brokers(&record.isr),
        removing_replicas: brokers(&record.removing_replicas),
        adding_replicas: brokers(&record.adding_replicas),
        eligible_leader_replicas: record.eligible_leader_replicas.as_deref().map(brokers).unwrap_or_default(),
        last_known_leaders: record.last_known_elr.as_deref().map(brokers).unwrap_or_default(),
        leader: optional_leader(record.leader)?,
        leader_recovery_state: recovery_state(record.leader_recovery_state)?,
        leader_epoch: LeaderEpoch::new(record.leader_epoch),
        partition_epoch: record.partition_epoch,
    })
}

/// Broker ids as records have them.
pub(crate) fn ids(brokers: &[BrokerId]) -> Vec<i32> {
    brokers.iter().map(|broker| broker.value()).collect()
}

fn brokers(ids: &[i32]) -> Box<[BrokerId]> {
    ids.iter().copied().map(BrokerId::new).collect()
}

/// Records from before directories had ids have none, which stands for "migrating" on every replica.
fn directories_for(directories: &[Uuid], replicas: usize) -> Result<Box<[Uuid]>, Misfit> {
    match directories.len() {
        0 => Ok(vec![Uuid::MIGRATING_DIRECTORY; replicas].into()),
        count if count == replicas => Ok(directories.into()),
        count => Err(Misfit::DirectoryCount { directories: count, replicas }),
    }
}

fn optional_leader(leader: i32) -> Result<Option<BrokerId>, Misfit> {
    match leader {
        NO_LEADER => Ok(None),
        0.. => Ok(Some(BrokerId::new(leader))),
        _ => Err(Misfit::FieldValue { field: "leader", value: leader.into() }),
    }
}

fn recovery_state(value: i8) -> Result<LeaderRecoveryState, Misfit> {
    LeaderRecoveryState::from_value(value)
        .ok_or(Misfit::FieldValue { field: "leaderRecoveryState", value: value.into() })
}
