//! A committed offset (type 1, and type 0 of old): where a group goes on in one partition.
//!
//! | written | when |
//! |---|---|
//! | value version 4 | always, but for |
//! | value version 1 | a commit whose request says how long it is to be kept (OffsetCommit v2–v4); has no place for epoch and topic id |

use crate::CoordinatorRecord;
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};
use ottla_protocol::messages::{LegacyOffsetCommitKey, LegacyOffsetCommitValue, OffsetCommitKey, OffsetCommitValue};
use ottla_protocol::{EncodeError, GroupCoordinatorKey, GroupCoordinatorValue};

/// The version that is written; the first with a topic id (KIP-848).
const VERSION: i16 = 4;
/// The version that is written when the offset has an expiry of its own; the only one that has a place for it.
const VERSION_WITH_EXPIRY: i16 = 1;
/// What stands for "none" in epochs and timestamps. Other negative numbers are kept as they are, as Kafka does.
const ABSENT: i8 = -1;

/// What a committed offset is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffsetKey {
    /// The group's id.
    pub group: String,
    /// The topic's name. The log may hold anything that once was one.
    pub topic: String,
    /// Which of its partitions.
    pub partition: PartitionIndex,
}

/// What a group has committed for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset that the group wants to read. Whatever the client has sent: nothing checks it against the log.
    pub offset: Offset,
    /// The epoch of the last record that was consumed, so that the group notices a log that was cut (KIP-320).
    pub leader_epoch: Option<LeaderEpoch>,
    /// The client's own text. Kafka's records have no difference between none and an empty one.
    pub metadata: String,
    /// When the coordinator took the commit.
    pub commit_timestamp: Timestamp,
    /// When the commit itself says that it expires; `None`: as long as `offsets.retention.minutes` says.
    pub expire_timestamp: Option<Timestamp>,
    /// The topic's id at the time of the commit; [`Uuid::ZERO`] if it was not known.
    pub topic_id: Uuid,
}

impl OffsetKey {
    /// The record that says that nothing is committed any more.
    ///
    /// # Errors
    /// A name is longer than a record can hold (32767 bytes).
    pub fn tombstone(&self) -> Result<CoordinatorRecord, EncodeError> {
        Ok(CoordinatorRecord { key: self.encode()?, value: None })
    }

    /// The record that says what is committed.
    ///
    /// # Errors
    /// A name or the metadata is longer than a record can hold (32767 bytes).
    pub fn record(&self, committed: &CommittedOffset) -> Result<CoordinatorRecord, EncodeError> {
        Ok(CoordinatorRecord { key: self.encode()?, value: Some(committed.encode()?) })
    }

    fn encode(&self) -> Result<bytes::Bytes, EncodeError> {
        GroupCoordinatorKey::from(OffsetCommitKey {
            group: self.group.clone(),
            topic: self.topic.clone(),
            partition: self.partition.value(),
        })
        .encode()
    }
}

impl CommittedOffset {
    fn encode(&self) -> Result<bytes::Bytes, EncodeError> {
        let version = if self.expire_timestamp.is_some() { VERSION_WITH_EXPIRY } else { VERSION };
        GroupCoordinatorValue::from(OffsetCommitValue {
            offset: self.offset.value(),
            leader_epoch: self.leader_epoch.map_or(ABSENT.into(), LeaderEpoch::value),
            metadata: self.metadata.clone(),
            commit_timestamp: self.commit_timestamp.value(),
            expire_timestamp: self.expire_timestamp.map_or(ABSENT.into(), Timestamp::value),
            topic_id: self.topic_id,
            unknown_tagged_fields: Vec::new(),
        })
        .encode(version)
    }
}

impl From<OffsetCommitKey> for OffsetKey {
    fn from(key: OffsetCommitKey) -> Self {
        Self { group: key.group, topic: key.topic, partition: PartitionIndex::new(key.partition) }
    }
}
impl From<LegacyOffsetCommitKey> for OffsetKey {
    fn from(key: LegacyOffsetCommitKey) -> Self {
        Self { group: key.group, topic: key.topic, partition: PartitionIndex::new(key.partition) }
    }
}

impl From<OffsetCommitValue> for CommittedOffset {
    fn from(value: OffsetCommitValue) -> Self {
        Self {
            offset: Offset::new(value.offset),
            leader_epoch: (value.leader_epoch != i32::from(ABSENT)).then(|| LeaderEpoch::new(value.leader_epoch)),
            metadata: value.metadata,
            commit_timestamp: Timestamp::new(value.commit_timestamp),
            expire_timestamp: (value.expire_timestamp != i64::from(ABSENT))
                .then(|| Timestamp::new(value.expire_timestamp)),
            topic_id: value.topic_id,
        }
    }
}
impl From<LegacyOffsetCommitValue> for CommittedOffset {
    fn from(value: LegacyOffsetCommitValue) -> Self {
        Self {
            offset: Offset::new(value.offset),
            leader_epoch: None,
            metadata: value.metadata,
            commit_timestamp: Timestamp::new(value.commit_timestamp),
            expire_timestamp: None,
            topic_id: Uuid::ZERO,
        }
    }
}
