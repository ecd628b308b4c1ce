//! Topics that come and go.

use super::Misfit;
use crate::delta::MetadataChanges;
use crate::image::{ConfigResource, MetadataImage, PartitionImage, TopicImage};
use ottla_model::{PartitionIndex, TopicId, TopicName};
use ottla_protocol::messages::{ClearElrRecord, RemoveTopicRecord, TopicRecord};

pub(super) fn create(
    record: &TopicRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let name = TopicName::new(&record.name)?;
    if let Some(existing) = image.topics.id_of(name.as_str()) {
        return Err(Misfit::TopicNameTaken { name, existing });
    }
    if image.topics.by_id(record.topic_id).is_some() {
        return Err(Misfit::TopicIdTaken(record.topic_id));
    }
    image.topics.insert(TopicImage::new(name, record.topic_id));
    changes.topics.note_created(record.topic_id);
    Ok(())
}

pub(super) fn remove(
    record: &RemoveTopicRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    let name = image.topics.remove(record.topic_id).ok_or(Misfit::UnknownTopicId(record.topic_id))?;
    // The topic's configuration goes with it, without records of its own.
    let resource = ConfigResource::topic(name.as_str());
    let keys = image.configs.remove(&resource);
    if !keys.is_empty() {
        changes.configs.entry(resource).or_default().extend(keys);
    }
    changes.topics.note_deleted(record.topic_id, name);
    Ok(())
}

/// Forgets the eligible leader replicas of one topic, or of all if the record names none: after a change of
/// `min.insync.replicas` nobody knows who was eligible.
pub(super) fn clear_eligible_leader_replicas(
    record: &ClearElrRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    if record.topic_name.is_empty() {
        let topics: Vec<TopicId> = image.topics.iter().map(TopicImage::id).collect();
        for topic in topics {
            clear_topic(topic, image, changes);
        }
    } else {
        let unknown = || Misfit::UnknownTopicName(record.topic_name.clone());
        let topic = image.topics.id_of(&record.topic_name).ok_or_else(unknown)?;
        clear_topic(topic, image, changes);
    }
    Ok(())
}

fn clear_topic(id: TopicId, image: &mut MetadataImage, changes: &mut MetadataChanges) {
    let has_some = |partition: &PartitionImage| {
        !partition.eligible_leader_replicas.is_empty() || !partition.last_known_leaders.is_empty()
    };
    let Some(topic) = image.topics.by_id(id) else { return };
    let affected: Vec<PartitionIndex> =
        topic.partitions().filter(|(_, partition)| has_some(partition)).map(|(index, _)| index).collect();
    if affected.is_empty() {
        return;
    }
    let Some(topic) = image.topics.get_mut(id) else { return };
    for index in affected {
        if let Some(partition) = topic.partition_mut(index) {
            partition.eligible_leader_replicas = Box::default();
            partition.last_known_leaders = Box::default();
            partition.partition_epoch = partition.partition_epoch.wrapping_add(1);
            changes.topics.note_partition(id, index);
        }
    }
}
