//! ListOffsets, as admin and consumer use it.

use crate::ClientError;
use crate::cluster::epoch_or_unknown;
use crate::config::IsolationLevel;
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
use ottla_protocol::messages::ListOffsetsRequest;
use ottla_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use std::collections::BTreeMap;

/// Which offset is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetSpec {
    /// The log's start.
    Earliest,
    /// The log's end, as far as readers may see it.
    Latest,
    /// That of the first record of this time or later.
    At(Timestamp),
    /// That of the record with the latest timestamp (KIP-734).
    MaxTimestamp,
    /// The start of what is on the leader's own disk (KIP-405).
    EarliestLocal,
    /// The last that has been copied to tiered storage (KIP-1005).
    LatestTiered,
    /// The first that has not been copied to tiered storage yet (KIP-1023).
    EarliestPendingUpload,
}

impl OffsetSpec {
    /// As the protocol has it, and the version of ListOffsets from which on that means something.
    pub(crate) fn wire(self) -> (i64, i16) {
        match self {
            Self::Earliest => (-2, 1),
            Self::Latest => (-1, 1),
            Self::At(time) => (time.value(), 1),
            Self::MaxTimestamp => (-3, 7),
            Self::EarliestLocal => (-4, 8),
            Self::LatestTiered => (-5, 9),
            Self::EarliestPendingUpload => (-6, 11),
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedOffset {
    /// The offset; `None` if there is no such record.
    pub offset: Option<Offset>,
    /// The timestamp of the record found by time.
    pub timestamp: Option<Timestamp>,
    /// The leader's epoch when the record was written, if the broker tells.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// An outcome for each partition.
pub(crate) type ListedOffsets = Vec<(TopicPartition, Result<ListedOffset, ClientError>)>;

/// The request for these partitions, each with the leader's epoch as far as it is known.
pub(crate) fn question<'a>(
    partitions: impl Iterator<Item = (&'a TopicPartition, Option<LeaderEpoch>, OffsetSpec)>,
    isolation_level: IsolationLevel,
) -> ListOffsetsRequest {
    let mut by_topic = BTreeMap::<&str, Vec<ListOffsetsPartition>>::new();
    for (partition, leader_epoch, spec) in partitions {
        by_topic.entry(partition.topic.as_str()).or_default().push(ListOffsetsPartition {
            partition_index: partition.partition.value(),
            current_leader_epoch: leader_epoch.map_or(-1, LeaderEpoch::value),
            timestamp: spec.wire().0,
            ..ListOffsetsPartition::default()
        });
    }
    let topics = by_topic.into_iter().map(|(name, partitions)| ListOffsetsTopic {
        name: name.to_owned(),
        partitions,
        ..ListOffsetsTopic::default()
    });
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level: isolation_level.wire(),
        topics: topics.collect(),
        ..ListOffsetsRequest::default()
    }
}

/// What the answer says of each partition.
pub(crate) fn read_answer(answer: ottla_protocol::messages::ListOffsetsResponse) -> Result<ListedOffsets, ClientError> {
    let mut outcomes = Vec::new();
    for topic in answer.topics {
        let name = TopicName::new(&topic.name).map_err(|error| ClientError::Malformed(error.to_string()))?;
        for partition in topic.partitions {
            let found = ListedOffset {
                offset: (partition.offset >= 0).then_some(Offset::new(partition.offset)),
                timestamp: (partition.timestamp >= 0).then_some(Timestamp::new(partition.timestamp)),
                leader_epoch: epoch_or_unknown(partition.leader_epoch),
            };
            let index = PartitionIndex::new(partition.partition_index);
            let outcome = ClientError::check(partition.error_code, None).map(|()| found);
            outcomes.push((TopicPartition { topic: name.clone(), partition: index }, outcome));
        }
    }
    Ok(outcomes)
}
