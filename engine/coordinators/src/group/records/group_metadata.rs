//! A classic group's generation (type 2): who its members are, and what each has been assigned.
//!
//! Versions 0 to 4 are read, 3 is written. Version 4 has the same fields, flexibly encoded; Kafka reads it and writes 3, so
//! that an older broker can take over (KIP-915).

use crate::CoordinatorRecord;
use bytes::Bytes;
use ottla_model::Timestamp;
use ottla_protocol::messages::group_metadata_value::MemberMetadata;
use ottla_protocol::messages::{GroupMetadataKey, GroupMetadataValue};
use ottla_protocol::{EncodeError, GroupCoordinatorKey, GroupCoordinatorValue};

/// The version that is written.
const VERSION: i16 = 3;
/// What stands for "not known" in numbers that older versions did not have.
const ABSENT: i8 = -1;

/// What the log knows of a classic group: its last completed generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMetadata {
    /// What the members speak among themselves (`consumer`, `connect`, `sr`); `None` in a group that never had any.
    pub protocol_type: Option<String>,
    /// The generation's number.
    pub generation: i32,
    /// The assignment strategy that was voted for; `None` when there are no members.
    pub protocol: Option<String>,
    /// The id of the member that assigns; `None` when there are no members.
    pub leader: Option<String>,
    /// When the group entered the state that this record says (empty, or stable). Offsets of an empty group are kept
    /// from then on. `None` in records of versions 0 and 1.
    pub current_state_timestamp: Option<Timestamp>,
    /// The members, in no order that means anything.
    pub members: Vec<GroupMember>,
}

/// A member of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// The id that the coordinator has given.
    pub member_id: String,
    /// The name that outlives restarts, if the member is static (KIP-345).
    pub group_instance_id: Option<String>,
    /// The client id of its requests.
    pub client_id: String,
    /// The address it came from, `/127.0.0.1`.
    pub client_host: String,
    /// How long a rebalance waits for it, in milliseconds.
    pub rebalance_timeout: i32,
    /// How long it may be silent, in milliseconds.
    pub session_timeout: i32,
    /// What it said for the protocol that was voted for.
    pub subscription: Bytes,
    /// What the leader has assigned to it.
    pub assignment: Bytes,
}

impl GroupMetadata {
    /// The record that says that this is the generation of `group`.
    ///
    /// # Errors
    /// A name is longer than a record can hold (32767 bytes).
    pub fn record(&self, group: &str) -> Result<CoordinatorRecord, EncodeError> {
        let value = GroupCoordinatorValue::from(GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.current_state_timestamp.map_or(ABSENT.into(), Timestamp::value),
            members: self.members.iter().cloned().map(MemberMetadata::from).collect(),
            unknown_tagged_fields: Vec::new(),
        });
        Ok(CoordinatorRecord { key: encode_key(group)?, value: Some(value.encode(VERSION)?) })
    }

    /// The record that says that `group` is no more. Its offsets have tombstones of their own.
    ///
    /// # Errors
    /// The group's id is longer than a record can hold (32767 bytes).
    pub fn tombstone(group: &str) -> Result<CoordinatorRecord, EncodeError> {
        Ok(CoordinatorRecord { key: encode_key(group)?, value: None })
    }
}

fn encode_key(group: &str) -> Result<Bytes, EncodeError> {
    GroupCoordinatorKey::from(GroupMetadataKey { group: group.to_owned() }).encode()
}

impl From<GroupMetadataValue> for GroupMetadata {
    fn from(value: GroupMetadataValue) -> Self {
        Self {
            protocol_type: Some(value.protocol_type).filter(|protocol_type| !protocol_type.is_empty()),
            generation: value.generation,
            protocol: value.protocol,
            leader: value.leader,
            current_state_timestamp: (value.current_state_timestamp != i64::from(ABSENT))
                .then(|| Timestamp::new(value.current_state_timestamp)),
            members: value.members.into_iter().map(GroupMember::from).collect(),
        }
    }
}

impl From<MemberMetadata> for GroupMember {
    fn from(member: MemberMetadata) -> Self {
        Self {
            // Version 0 is of a time when a rebalance waited as long as a session lasts.
            rebalance_timeout: if member.rebalance_timeout == i32::from(ABSENT) {
                member.session_timeout
            } else {
                member.rebalance_timeout
            },
            member_id: member.member_id,
            group_instance_id: member.group_instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            session_timeout: member.session_timeout,
            subscription: member.subscription,
            assignment: member.assignment,
        }
    }
}

impl From<GroupMember> for MemberMetadata {
    fn from(member: GroupMember) -> Self {
        Self {
            member_id: member.member_id,
            group_instance_id: member.group_instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            rebalance_timeout: member.rebalance_timeout,
            session_timeout: member.session_timeout,
            subscription: member.subscription,
            assignment: member.assignment,
            unknown_tagged_fields: Vec::new(),
        }
    }
}
