//! What members ask and are told. Not the wire's messages: what differs by version stands in fields of its own.

use crate::group::GroupError;
use bytes::Bytes;

/// JoinGroup: be part of the next generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// Which group.
    pub group_id: String,
    /// The member; empty if it has no id yet.
    pub member_id: String,
    /// Makes the member a static one (version 5, KIP-345).
    pub group_instance_id: Option<String>,
    /// The client id of the request's header; begins the ids that new members get.
    pub client_id: String,
    /// Where the request comes from, as Kafka writes it: `/127.0.0.1`.
    pub client_host: String,
    /// Milliseconds without a sign of life after which the member is given up.
    pub session_timeout: i32,
    /// Milliseconds that the member may take to join again when the group rebalances. Version 0 has none: its session
    /// time-out.
    pub rebalance_timeout: i32,
    /// `consumer`, `connect`, …
    pub protocol_type: String,
    /// What the member could follow, what it likes best first.
    pub protocols: Vec<JoinProtocol>,
    /// A new member is sent back with an id to join again (version 4, KIP-394).
    pub requires_known_member_id: bool,
    /// A leader can be told not to assign (version 9, KIP-814).
    pub supports_skipping_assignment: bool,
}

/// A protocol that a member could follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinProtocol {
    /// Its name: `range`, `cooperative-sticky`, …
    pub name: String,
    /// What the member has to say for it: its subscription, say. The leader reads it, the coordinator need not.
    pub metadata: Bytes,
}

/// The answer to a [`JoinRequest`].
pub type JoinReply = Result<Joined, JoinRefused>;

/// A member is part of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The generation.
    pub generation: i32,
    /// The group's protocol type (version 7 has a field for it).
    pub protocol_type: Option<String>,
    /// The protocol that the members have voted for.
    pub protocol_name: Option<String>,
    /// Who is to assign.
    pub leader: String,
    /// The leader need not assign: everybody has an assignment already (version 9).
    pub skip_assignment: bool,
    /// The member that has joined.
    pub member_id: String,
    /// All members, for the leader; nobody else is told.
    pub members: Vec<JoinedMember>,
}

/// A member, as its leader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member.
    pub member_id: String,
    /// Its instance id, if it is static (version 5).
    pub group_instance_id: Option<String>,
    /// What it said for the protocol that was voted for.
    pub metadata: Bytes,
}

/// A member may not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why.
    pub error: GroupError,
    /// What the answer has for the member's id: a new id with [`GroupError::MemberIdRequired`], otherwise the request's
    /// or none, as Kafka has it.
    pub member_id: String,
}

/// SyncGroup: pick up the assignment; for the leader: hand in everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// Which group.
    pub group_id: String,
    /// The generation that the member has joined.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// Its instance id, if it is static (version 3).
    pub group_instance_id: Option<String>,
    /// The protocol type that the member was told (version 5).
    pub protocol_type: Option<String>,
    /// The protocol that the member was told (version 5).
    pub protocol_name: Option<String>,
    /// Everybody's assignment, from the leader; a member that is missing gets an empty one.
    pub assignments: Vec<SyncAssignment>,
}

/// What the leader gives to one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncAssignment {
    /// The member.
    pub member_id: String,
    /// Its assignment; the coordinator does not look into it.
    pub assignment: Bytes,
}

/// The answer to a [`SyncRequest`].
pub type SyncReply = Result<Synced, GroupError>;

/// A member has its assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// The group's protocol type (version 5 has a field for it).
    pub protocol_type: Option<String>,
    /// The protocol that the members have voted for (version 5).
    pub protocol_name: Option<String>,
    /// What the leader gave to the member; may be empty.
    pub assignment: Bytes,
}

/// Heartbeat: still alive; is there news?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatRequest {
    /// Which group.
    pub group_id: String,
    /// The generation that the member is part of.
    pub generation: i32,
    /// The member.
    pub member_id: String,
    /// Its instance id, if it is static (version 3).
    pub group_instance_id: Option<String>,
}

/// LeaveGroup: these members are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRequest {
    /// Which group.
    pub group_id: String,
    /// Who leaves: one, before version 3.
    pub members: Vec<LeavingMember>,
}

/// A member that leaves, or that somebody removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingMember {
    /// The member; may be empty if the instance id is given: whoever has that place.
    pub member_id: String,
    /// Its instance id, if it is static (version 3).
    pub group_instance_id: Option<String>,
}

/// What became of a [`LeavingMember`], in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftMember {
    /// As in the request.
    pub member_id: String,
    /// As in the request.
    pub group_instance_id: Option<String>,
    /// It has left, or why not.
    pub result: Result<(), GroupError>,
}
