//! The core: one replica's part in the quorum.
//!
//! [`Quorum`] holds the role that the replica plays (one file each in `role/`), and what every role shares: where the log
//! ends, what the log says of the voters, how far it is committed.

mod action;
mod open;
mod propose;
mod role;
mod step;

pub use action::{Action, Event};
pub use open::{OpenError, OpenedLog};
pub use propose::{Proposal, ProposeError};
pub use role::RoleName;

use crate::{ControlHistory, ElectionState, Endpoint, KRaftVersion, OffsetAndEpoch, ReplicaKey, Voter, VoterSet};
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp};
use role::Role;

/// What the core must be told of the node it runs in.
#[derive(Debug, Clone)]
pub struct QuorumConfig {
    /// This node's id.
    pub node_id: BrokerId,
    /// The directory id of the metadata directory (`meta.properties`).
    pub directory_id: ottla_model::Uuid,
    /// This node's own controller listeners, advertised, as other voters are to reach them.
    pub listeners: Vec<Endpoint>,
    /// `Some(interval in milliseconds)`: append a NoOpRecord when this leader's log has not grown for that long.
    ///
    /// Apache Kafka's `metadata.max.idle.interval.ms` (500) does so for ever. It serves replicas that judge by a moving
    /// log whether they are caught up; a quorum of one that nobody follows needs none, and `None` leaves it asleep.
    pub append_no_op_when_idle: Option<i64>,
}

impl QuorumConfig {
    /// Who this replica is.
    pub fn local(&self) -> ReplicaKey {
        ReplicaKey::new(self.node_id, self.directory_id)
    }
    fn local_voter(&self) -> Voter {
        Voter::local(self.local(), self.listeners.clone())
    }
}

/// One replica's part in the quorum. See the crate's documentation for how to drive it.
#[derive(Debug)]
pub struct Quorum {
    config: QuorumConfig,
    history: ControlHistory,
    role: Role,
    log_end: OffsetAndEpoch,
    high_watermark: Option<Offset>,
    last_append_at: Timestamp,
}

impl Quorum {
    /// The newest epoch that this replica knows.
    pub fn epoch(&self) -> LeaderEpoch {
        self.role.election().epoch
    }
    /// Who leads in that epoch, if that is known.
    pub fn leader(&self) -> Option<BrokerId> {
        self.role.election().leader
    }
    /// What `quorum-state` says, or will once the pending [`Action::PersistQuorumState`] is done.
    pub fn election(&self) -> ElectionState {
        self.role.election()
    }
    /// The role that this replica plays.
    pub fn role(&self) -> RoleName {
        self.role.name()
    }
    /// The end of the log with everything that was given in an [`Action::Append`].
    pub fn log_end(&self) -> OffsetAndEpoch {
        self.log_end
    }
    /// The exclusive end of what is known to be committed; `None` until a leader of this process' time has said so.
    pub fn high_watermark(&self) -> Option<Offset> {
        self.high_watermark
    }
    /// The voters now in force.
    pub fn voters(&self) -> &VoterSet {
        self.history.voters()
    }
    /// The level of `kraft.version` now in force.
    pub fn kraft_version(&self) -> KRaftVersion {
        self.history.kraft_version()
    }
    /// What the log says of voters and versions at each offset: a snapshot needs what was in force at its end.
    pub fn history(&self) -> &ControlHistory {
        &self.history
    }
    /// When to call [`Quorum::step`] with [`Event::Tick`], if ever. May have changed after every call.
    pub fn next_tick_at(&self) -> Option<Timestamp> {
        match (&self.role, self.config.append_no_op_when_idle) {
            (Role::Leader(_), Some(interval)) => Some(self.last_append_at.plus_milliseconds(interval)),
            _ => None,
        }
    }

    /// The action that makes the role durable as it is now.
    fn persist_election(&self) -> Action {
        Action::PersistQuorumState { contents: self.election().to_text(self.kraft_version(), self.voters()) }
    }
}
