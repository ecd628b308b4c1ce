//! Any record of `__consumer_offsets`.

use super::{CommittedOffset, GroupMetadata, OffsetKey, OtherGroupKind, OtherGroupRecord};
use bytes::Bytes;
use ottla_protocol::messages::{GroupMetadataValue, LegacyOffsetCommitValue, OffsetCommitValue};
use ottla_protocol::{DecodeError, GroupCoordinatorKey as Key, Message, Reader};

/// What a record says. `None` for a value is a tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRecord {
    /// What a group has committed for one partition, or that it has nothing committed there any more.
    Offset {
        /// Which group, and which partition.
        key: OffsetKey,
        /// What is committed.
        committed: Option<CommittedOffset>,
    },
    /// A classic group's generation, or that there is no such group any more.
    Group {
        /// The group's id.
        group: String,
        /// Its generation.
        metadata: Option<GroupMetadata>,
    },
    /// Something about a group that is not classic.
    Other(OtherGroupRecord),
    /// A type that nobody knows: of a newer broker, left over from an upgrade that was undone. To be passed over.
    Unknown {
        /// The key's type.
        record_type: i16,
    },
}

impl GroupRecord {
    /// Reads a record by its key and value as they stand in the log.
    ///
    /// # Errors
    /// The bytes are not what the key's type says, or the value's version is newer than we are: nothing may be concluded
    /// from a log that holds such a record.
    pub fn read(key: Bytes, value: Option<Bytes>) -> Result<Self, DecodeError> {
        use OtherGroupKind::{Consumer, Share, Streams};
        let is_tombstone = value.is_none();
        let about =
            |kind, group, is_existence| Ok(Self::Other(OtherGroupRecord { kind, group, is_existence, is_tombstone }));
        let key = match Key::decode(key) {
            Err(DecodeError::UnknownRecordType { record_type }) => return Ok(Self::Unknown { record_type }),
            key => key?,
        };
        match key {
            Key::LegacyOffsetCommit(key) => Ok(Self::Offset {
                key: key.into(),
                committed: read_value::<LegacyOffsetCommitValue>(value)?.map(CommittedOffset::from),
            }),
            Key::OffsetCommit(key) => Ok(Self::Offset {
                key: key.into(),
                committed: read_value::<OffsetCommitValue>(value)?.map(CommittedOffset::from),
            }),
            Key::GroupMetadata(key) => Ok(Self::Group {
                group: key.group,
                metadata: read_value::<GroupMetadataValue>(value)?.map(GroupMetadata::from),
            }),

            Key::ConsumerGroupMetadata(key) => about(Consumer, key.group_id, true),
            Key::ConsumerGroupPartitionMetadata(key) => about(Consumer, key.group_id, false),
            Key::ConsumerGroupMemberMetadata(key) => about(Consumer, key.group_id, false),
            Key::ConsumerGroupTargetAssignmentMetadata(key) => about(Consumer, key.group_id, false),
            Key::ConsumerGroupTargetAssignmentMember(key) => about(Consumer, key.group_id, false),
            Key::ConsumerGroupCurrentMemberAssignment(key) => about(Consumer, key.group_id, false),
            Key::ConsumerGroupRegularExpression(key) => about(Consumer, key.group_id, false),

            Key::ShareGroupMetadata(key) => about(Share, key.group_id, true),
            Key::ShareGroupMemberMetadata(key) => about(Share, key.group_id, false),
            Key::ShareGroupTargetAssignmentMetadata(key) => about(Share, key.group_id, false),
            Key::ShareGroupTargetAssignmentMember(key) => about(Share, key.group_id, false),
            Key::ShareGroupCurrentMemberAssignment(key) => about(Share, key.group_id, false),
            Key::ShareGroupStatePartitionMetadata(key) => about(Share, key.group_id, false),

            Key::StreamsGroupMetadata(key) => about(Streams, key.group_id, true),
            Key::StreamsGroupMemberMetadata(key) => about(Streams, key.group_id, false),
            Key::StreamsGroupTargetAssignmentMetadata(key) => about(Streams, key.group_id, false),
            Key::StreamsGroupTargetAssignmentMember(key) => about(Streams, key.group_id, false),
            Key::StreamsGroupCurrentMemberAssignment(key) => about(Streams, key.group_id, false),
            Key::StreamsGroupTopology(key) => about(Streams, key.group_id, false),
        }
    }
}

/// A value is its version and its fields.
fn read_value<M: Message>(value: Option<Bytes>) -> Result<Option<M>, DecodeError> {
    let Some(value) = value else { return Ok(None) };
    let mut reader = Reader::new(value);
    let version = reader.int16()?;
    let message = M::decode(&mut reader, version)?;
    reader.expect_end()?;
    Ok(Some(message))
}
