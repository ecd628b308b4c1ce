//! A leader appends.

use crate::leadership::{LeaderState, NotLeader};
use crate::partition::Partition;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Timestamp};
use ottla_storage::{AppendError, Appended, LeaderAppend};

/// What a producer wants to be sure of before it is answered (`acks`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredAcks {
    /// 0: nothing; there is no answer.
    None,
    /// 1: the leader has it.
    Leader,
    /// -1, `all`: all replicas in sync have it, and they are enough.
    All,
}

impl RequiredAcks {
    /// As it stands on the wire; `None` for any other number than 0, 1 and -1.
    pub const fn from_wire(acks: i16) -> Option<Self> {
        match acks {
            0 => Some(Self::None),
            1 => Some(Self::Leader),
            -1 => Some(Self::All),
            _ => None,
        }
    }
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendRefused {
    /// See [`NotLeader`].
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// `NOT_ENOUGH_REPLICAS`: fewer replicas are in sync than `min.insync.replicas` asks for.
    #[error(
        "The size of the current ISR {in_sync} is insufficient to satisfy the min.isr requirement of {required} for partition {partition}"
    )]
    NotEnoughReplicas {
        /// Of which partition.
        partition: String,
        /// How many are in sync.
        in_sync: usize,
        /// How many must be.
        required: usize,
    },
    /// The log refused.
    #[error(transparent)]
    Log(#[from] AppendError),
}

impl Partition {
    /// Appends a producer's record batches. When this returns, readers see them as far as they are committed; they are
    /// on disk when a flush that begins later succeeds.
    ///
    /// # Errors
    /// See [`AppendRefused`]; nothing has been appended then.
    pub fn append(&self, records: Bytes, acks: RequiredAcks, now: Timestamp) -> Result<Appended, AppendRefused> {
        let role = self.read_role();
        let leader = role.as_leader(None)?;
        self.append_under(leader, records, acks, &LeaderAppend::from_client(leader.epoch, now))
    }

    /// Appends what a coordinator of this broker has decided, under the leadership that the coordinator was made for: one
    /// that has not heard yet that its time is over appends nothing. As many replicas must be in sync as for
    /// [`RequiredAcks::All`].
    ///
    /// # Errors
    /// See [`AppendRefused`]; nothing has been appended then.
    pub fn append_from_coordinator(
        &self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Appended, AppendRefused> {
        let role = self.read_role();
        let leader = role.as_leader(Some(leader_epoch))?;
        self.append_under(leader, records, RequiredAcks::All, &LeaderAppend::from_coordinator(leader.epoch, now))
    }

    fn append_under(
        &self,
        leader: &LeaderState,
        records: Bytes,
        acks: RequiredAcks,
        append: &LeaderAppend,
    ) -> Result<Appended, AppendRefused> {
        if acks == RequiredAcks::All && leader.is_under_min_in_sync(self.min_in_sync_replicas()) {
            return Err(AppendRefused::NotEnoughReplicas {
                partition: self.lock_log().topic_partition().to_string(),
                in_sync: leader.in_sync_replica_count,
                required: leader.required_in_sync(self.min_in_sync_replicas()),
            });
        }
        let mut log = self.lock_log();
        let appended = log.append_as_leader(records, append)?;
        self.advance_high_watermark(leader, &mut log);
        Ok(appended)
    }
}
