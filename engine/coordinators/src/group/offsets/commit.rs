//! OffsetCommit and TxnOffsetCommit, once it is settled that the committer may.

use super::{CommitPartition, CommitRequest, CommitTopic, OffsetStore, PartitionResult, TopicResult};
use crate::CoordinatorRecord;
use crate::group::records::{CommittedOffset, OffsetKey};
use crate::group::{GroupError, GroupSettings};
use ottla_model::{Timestamp, Uuid};

/// The longest text that a record can hold, in bytes, whatever the broker allows.
const RECORDED_METADATA_MAX: usize = i16::MAX as usize;

impl OffsetStore {
    /// Decides a commit of somebody who may: pushes a record for each partition that can be committed. A partition whose
    /// text is too long does not keep the others from being committed.
    ///
    /// A transaction's commit is the same, but that its records are appended with the producer's id, and that Kafka does
    /// not write down the topic's.
    pub(crate) fn commit(
        &self,
        request: &CommitRequest,
        is_transactional: bool,
        settings: &GroupSettings,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> Vec<TopicResult> {
        let expire_timestamp = request.retention.map(|milliseconds| now.plus_milliseconds(milliseconds));
        let mut commit = |topic: &CommitTopic, partition: &CommitPartition| {
            check_metadata(&partition.metadata, settings)?;
            let key = OffsetKey {
                group: request.committer.group_id.clone(),
                topic: topic.topic.as_str().to_owned(),
                partition: partition.partition,
            };
            let committed = CommittedOffset {
                offset: partition.offset,
                leader_epoch: partition.leader_epoch,
                metadata: partition.metadata.clone(),
                commit_timestamp: now,
                expire_timestamp,
                topic_id: if is_transactional { Uuid::ZERO } else { topic.topic_id },
            };
            // Only the group's name can be too long for a record now.
            records.push(key.record(&committed).map_err(|_| GroupError::RecordsTooLarge)?);
            Ok(())
        };
        let topics = request.topics.iter();
        topics
            .map(|topic| TopicResult {
                topic: topic.topic.clone(),
                topic_id: topic.topic_id,
                partitions: (topic.partitions.iter())
                    .map(|partition| PartitionResult {
                        partition: partition.partition,
                        result: commit(topic, partition),
                    })
                    .collect(),
            })
            .collect()
    }
}

/// Kafka compares Java's length of the text, UTF-16 code units, with a setting that speaks of bytes.
fn check_metadata(metadata: &str, settings: &GroupSettings) -> Result<(), GroupError> {
    let is_too_long = metadata.len() > RECORDED_METADATA_MAX
        || (metadata.len() > settings.offset_metadata_max
            && metadata.encode_utf16().count() > settings.offset_metadata_max);
    if is_too_long { Err(GroupError::OffsetMetadataTooLarge) } else { Ok(()) }
}
