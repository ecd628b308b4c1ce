//! Records of `__remote_log_metadata`, the way Java prints the objects that Kafka makes of them.

use bytes::Bytes;
use ottla_model::Uuid;
use ottla_protocol::{DecodeError, RemoteLogMetadataRecord, record_frame};

/// A segment's states, by their numbers.
const SEGMENT_STATES: [&str; 4] =
    ["COPY_SEGMENT_STARTED", "COPY_SEGMENT_FINISHED", "DELETE_SEGMENT_STARTED", "DELETE_SEGMENT_FINISHED"];
/// A deleted partition's states, by their numbers.
const PARTITION_STATES: [&str; 3] =
    ["DELETE_PARTITION_MARKED", "DELETE_PARTITION_STARTED", "DELETE_PARTITION_FINISHED"];

pub(super) fn text(bytes: Bytes) -> Result<String, DecodeError> {
    use RemoteLogMetadataRecord as R;
    let (record, _version) = record_frame::decode(bytes)?;
    Ok(match record {
        R::RemoteLogSegmentMetadataRecord(segment) => {
            let id = &segment.remote_log_segment_id;
            let topic = &id.topic_id_partition;
            format!(
                "RemoteLogSegmentMetadata{{remoteLogSegmentId={}, startOffset={}, endOffset={}, brokerId={}, \
                 maxTimestampMs={}, eventTimestampMs={}, segmentLeaderEpochs={}, segmentSizeInBytes={}, \
                 customMetadata={}, state={}, txnIdxEmpty={}}}",
                segment_id(topic_partition(topic.id, &topic.name, topic.partition), id.id),
                segment.start_offset,
                segment.end_offset,
                segment.broker_id,
                segment.max_timestamp_ms,
                segment.event_timestamp_ms,
                epochs(segment.segment_leader_epochs.iter().map(|entry| (entry.leader_epoch, entry.offset))),
                segment.segment_size_in_bytes,
                custom(segment.custom_metadata.as_ref()),
                state(&SEGMENT_STATES, segment.remote_log_segment_state),
                segment.txn_index_empty
            )
        }
        R::RemoteLogSegmentMetadataUpdateRecord(update) => {
            let id = &update.remote_log_segment_id;
            let topic = &id.topic_id_partition;
            format!(
                "RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={}, customMetadata={}, state={}, \
                 eventTimestampMs={}, brokerId={}}}",
                segment_id(topic_partition(topic.id, &topic.name, topic.partition), id.id),
                custom(update.custom_metadata.as_ref()),
                state(&SEGMENT_STATES, update.remote_log_segment_state),
                update.event_timestamp_ms,
                update.broker_id
            )
        }
        R::RemotePartitionDeleteMetadataRecord(partition) => {
            let topic = &partition.topic_id_partition;
            format!(
                "RemotePartitionDeleteMetadata{{topicPartition={}, state={}, eventTimestampMs={}, brokerId={}}}",
                topic_partition(topic.id, &topic.name, topic.partition),
                state(&PARTITION_STATES, partition.remote_partition_delete_state),
                partition.event_timestamp_ms,
                partition.broker_id
            )
        }
        R::RemoteLogSegmentMetadataSnapshotRecord(segment) => format!(
            "RemoteLogSegmentMetadataSnapshot{{segmentId={}, startOffset={}, endOffset={}, maxTimestampMs={}, \
             segmentLeaderEpochs={}, segmentSizeInBytes={}, customMetadata={}, state={}, txnIdxEmpty={}}}",
            segment.segment_id,
            segment.start_offset,
            segment.end_offset,
            segment.max_timestamp_ms,
            epochs(segment.segment_leader_epochs.iter().map(|entry| (entry.leader_epoch, entry.offset))),
            segment.segment_size_in_bytes,
            custom(segment.custom_metadata.as_ref()),
            state(&SEGMENT_STATES, segment.remote_log_segment_state),
            segment.txn_index_empty
        ),
    })
}

fn topic_partition(id: Uuid, name: &str, partition: i32) -> String {
    format!("{id}:{name}-{partition}")
}

fn segment_id(topic_partition: String, id: Uuid) -> String {
    format!("RemoteLogSegmentId{{topicIdPartition={topic_partition}, id={id}}}")
}

fn epochs(epochs: impl Iterator<Item = (i32, i64)>) -> String {
    let sorted: std::collections::BTreeMap<i32, i64> = epochs.collect();
    let entries: Vec<String> = sorted.iter().map(|(epoch, offset)| format!("{epoch}={offset}")).collect();
    format!("{{{}}}", entries.join(", "))
}

fn custom(metadata: Option<&Bytes>) -> String {
    match metadata {
        Some(bytes) => format!("Optional[CustomMetadata{{{} bytes}}]", bytes.len()),
        None => "Optional.empty".to_owned(),
    }
}

/// A number without a state is `null` in Kafka.
fn state(states: &[&'static str], number: i8) -> &'static str {
    usize::try_from(number).ok().and_then(|number| states.get(number)).copied().unwrap_or("null")
}
