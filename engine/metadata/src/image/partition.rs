//! One partition as the metadata log has it.

use ottla_model::{BrokerId, LeaderEpoch, Uuid};

/// Whether a partition's leader still has to make good for an unclean election (KIP-704).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaderRecoveryState {
    /// The leader was elected among the in-sync replicas, or has recovered.
    #[default]
    Recovered,
    /// The leader was elected outside of the in-sync replicas, and has not yet said that it has recovered.
    Recovering,
}

impl LeaderRecoveryState {
    /// The value in records and on the wire.
    pub const fn value(self) -> i8 {
        match self {
            Self::Recovered => 0,
            Self::Recovering => 1,
        }
    }
    /// The state of that value.
    pub const fn from_value(value: i8) -> Option<Self> {
        match value {
            0 => Some(Self::Recovered),
            1 => Some(Self::Recovering),
            _ => None,
        }
    }
}

/// One partition: where its replicas are and who leads them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionImage {
    /// The brokers that hold a replica, the preferred leader first.
    pub replicas: Box<[BrokerId]>,
    /// The log directory of each replica, in the order of `replicas` (KIP-858). As long as `replicas`.
    pub directories: Box<[Uuid]>,
    /// The replicas that are in sync. Empty only under eligible leader replicas (KIP-966), and then without a leader.
    pub in_sync_replicas: Box<[BrokerId]>,
    /// The replicas that a reassignment under way will take away.
    pub removing_replicas: Box<[BrokerId]>,
    /// The replicas that a reassignment under way has added.
    pub adding_replicas: Box<[BrokerId]>,
    /// Replicas that are not in sync, yet hold everything below the high watermark (KIP-966).
    pub eligible_leader_replicas: Box<[BrokerId]>,
    /// The last leader of a partition that has none (KIP-966).
    pub last_known_leaders: Box<[BrokerId]>,
    /// The leader.
    pub leader: Option<BrokerId>,
    /// Whether the leader still recovers from an unclean election.
    pub leader_recovery_state: LeaderRecoveryState,
    /// Raised with every election.
    pub leader_epoch: LeaderEpoch,
    /// Raised with every change of this partition.
    pub partition_epoch: i32,
}

impl PartitionImage {
    /// The replica that leads when all are in sync.
    pub fn preferred_leader(&self) -> Option<BrokerId> {
        self.replicas.first().copied()
    }
    /// Whether the preferred leader leads.
    pub fn has_preferred_leader(&self) -> bool {
        self.leader == self.preferred_leader()
    }
    /// Whether `broker` holds a replica.
    pub fn is_replica(&self, broker: BrokerId) -> bool {
        self.replicas.contains(&broker)
    }
    /// The log directory of `broker`'s replica, or `None` if it has no replica.
    pub fn directory_of(&self, broker: BrokerId) -> Option<Uuid> {
        let index = self.replicas.iter().position(|&replica| replica == broker)?;
        self.directories.get(index).copied()
    }
    /// Whether replicas are being added or taken away.
    pub fn is_reassigning(&self) -> bool {
        !self.removing_replicas.is_empty() || !self.adding_replicas.is_empty()
    }
}
