//! Who leads a partition, and what follows from it for this broker.

use ottla_model::{BrokerId, LeaderEpoch, Offset};

/// What the controller has decided about a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who leads, if anybody does.
    pub leader: Option<BrokerId>,
    /// Raised with every election.
    pub leader_epoch: LeaderEpoch,
    /// How many replicas the partition has.
    pub replication_factor: usize,
    /// The replicas in sync, the leader among them.
    pub in_sync_replicas: Vec<BrokerId>,
}

/// Why a request for the leader cannot be served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLeader {
    /// `NOT_LEADER_OR_FOLLOWER`: another broker leads, or none does.
    #[error("this broker does not lead the partition")]
    Elsewhere,
    /// `FENCED_LEADER_EPOCH`: whoever asks has missed an election.
    #[error("leader epoch {requested} is older than {current}")]
    Fenced {
        /// The epoch that the request names.
        requested: LeaderEpoch,
        /// The epoch of this broker.
        current: LeaderEpoch,
    },
    /// `UNKNOWN_LEADER_EPOCH`: this broker has missed an election.
    #[error("leader epoch {requested} is newer than {current}")]
    Unknown {
        /// The epoch that the request names.
        requested: LeaderEpoch,
        /// The epoch of this broker.
        current: LeaderEpoch,
    },
}

/// What this broker is in the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It leads.
    Leader(LeaderState),
    /// It does not.
    NotLeader {
        /// The newest epoch that it knows; `None` before it was told of any.
        epoch: Option<LeaderEpoch>,
    },
}

/// What a leader knows of its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaderState {
    pub epoch: LeaderEpoch,
    /// Where the log ended when the epoch began (KIP-207): what lies below may be committed already.
    pub epoch_start_offset: Offset,
    pub replication_factor: usize,
    pub in_sync_replica_count: usize,
}

impl Role {
    /// The leader's state, if this broker leads and `expected_epoch`, where it is named, is the leader's.
    pub(crate) fn as_leader(&self, expected_epoch: Option<LeaderEpoch>) -> Result<&LeaderState, NotLeader> {
        let current = match self {
            Self::Leader(state) => Some(state.epoch),
            Self::NotLeader { epoch } => *epoch,
        };
        if let (Some(requested), Some(current)) = (expected_epoch, current) {
            if requested < current {
                return Err(NotLeader::Fenced { requested, current });
            }
            if requested > current {
                return Err(NotLeader::Unknown { requested, current });
            }
        }
        match self {
            Self::Leader(state) => Ok(state),
            Self::NotLeader { .. } => Err(NotLeader::Elsewhere),
        }
    }
}

impl LeaderState {
    /// How many replicas must be in sync for anything to be committed: `min.insync.replicas`, but never more than there
    /// are (KIP-966).
    pub(crate) fn required_in_sync(&self, min_in_sync_replicas: usize) -> usize {
        min_in_sync_replicas.min(self.replication_factor)
    }
    pub(crate) fn is_under_min_in_sync(&self, min_in_sync_replicas: usize) -> bool {
        self.in_sync_replica_count < self.required_in_sync(min_in_sync_replicas)
    }
}

#[cfg(test)]
mod tests {
    use super::{LeaderState, NotLeader, Role};
    use ottla_model::{LeaderEpoch, Offset};

    fn epoch(value: i32) -> LeaderEpoch {
        LeaderEpoch::new(value)
    }

    #[test]
    fn epochs_are_compared_before_leadership() {
        let state = LeaderState {
            epoch: epoch(5),
            epoch_start_offset: Offset::ZERO,
            replication_factor: 1,
            in_sync_replica_count: 1,
        };
        for role in [Role::Leader(state), Role::NotLeader { epoch: Some(epoch(5)) }] {
            let fenced = NotLeader::Fenced { requested: epoch(4), current: epoch(5) };
            assert_eq!(role.as_leader(Some(epoch(4))), Err(fenced));
            let unknown = NotLeader::Unknown { requested: epoch(6), current: epoch(5) };
            assert_eq!(role.as_leader(Some(epoch(6))), Err(unknown));
        }
        assert_eq!(Role::Leader(state).as_leader(Some(epoch(5))), Ok(&state));
        assert_eq!(Role::Leader(state).as_leader(None), Ok(&state));
        assert_eq!(Role::NotLeader { epoch: None }.as_leader(Some(epoch(1))), Err(NotLeader::Elsewhere));
    }

    #[test]
    fn no_more_replicas_are_required_than_there_are() {
        let state = LeaderState {
            epoch: epoch(0),
            epoch_start_offset: Offset::ZERO,
            replication_factor: 1,
            in_sync_replica_count: 1,
        };
        assert!(!state.is_under_min_in_sync(2));
        let of_three = LeaderState { replication_factor: 3, ..state };
        assert!(of_three.is_under_min_in_sync(2));
    }
}
