//! A log with the leadership it stands under.

use crate::leadership::{Assignment, LeaderState, Role};
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp};
use ottla_storage::{LogConfig, LogReader, PartitionLog, StorageError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// One replica of a partition, on this broker.
///
/// Locks, in the order in which they are taken: the role, then the log. Appends and reads hold the role for reading, so
/// a change of leadership comes before or after each of them, never amid.
#[derive(Debug)]
pub struct Partition {
    local: BrokerId,
    role: RwLock<Role>,
    min_in_sync_replicas: std::sync::atomic::AtomicUsize,
    log: Mutex<PartitionLog>,
    reader: LogReader,
}

impl Partition {
    /// A replica on broker `local` over its log. It leads nothing until [`Self::assign`] says so.
    pub fn new(local: BrokerId, log: PartitionLog, min_in_sync_replicas: usize) -> Self {
        Self {
            local,
            role: RwLock::new(Role::NotLeader { epoch: None }),
            min_in_sync_replicas: min_in_sync_replicas.into(),
            reader: log.reader(),
            log: Mutex::new(log),
        }
    }

    /// Takes over what the controller has decided. Decisions of older epochs than the last are ignored.
    pub fn assign(&self, assignment: &Assignment) {
        let mut role = self.role.write().unwrap_or_else(PoisonError::into_inner);
        let known_epoch = match &*role {
            Role::Leader(state) => Some(state.epoch),
            Role::NotLeader { epoch } => *epoch,
        };
        if known_epoch.is_some_and(|known| assignment.leader_epoch < known) {
            return;
        }
        if assignment.leader != Some(self.local) {
            *role = Role::NotLeader { epoch: Some(assignment.leader_epoch) };
            return;
        }
        let mut log = self.lock_log();
        let epoch_start_offset = match &*role {
            Role::Leader(state) if state.epoch == assignment.leader_epoch => state.epoch_start_offset,
            _ => {
                let log_end_offset = log.log_end_offset();
                log.assign_epoch_start(assignment.leader_epoch, log_end_offset);
                log_end_offset
            }
        };
        let state = LeaderState {
            epoch: assignment.leader_epoch,
            epoch_start_offset,
            replication_factor: assignment.replication_factor,
            in_sync_replica_count: assignment.in_sync_replicas.len(),
        };
        *role = Role::Leader(state);
        self.advance_high_watermark(&state, &mut log);
    }

    /// Takes over a changed topic configuration.
    pub fn configure(&self, config: Arc<LogConfig>, min_in_sync_replicas: usize) {
        self.min_in_sync_replicas.store(min_in_sync_replicas, std::sync::atomic::Ordering::Relaxed);
        self.lock_log().set_config(config);
    }

    /// The log, for what its owner does with it besides appending: flushing, retention, closing.
    pub fn lock_log(&self) -> MutexGuard<'_, PartitionLog> {
        // A panic amid an append leaves at worst bytes behind the log's end; they are overwritten or cut.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the log without its lock. What may be shown to whom is for [`Self::fetch`](Partition::fetch) to say.
    pub fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// The epoch that this broker leads in, if it leads.
    pub fn leading_epoch(&self) -> Option<LeaderEpoch> {
        match &*self.read_role() {
            Role::Leader(state) => Some(state.epoch),
            Role::NotLeader { .. } => None,
        }
    }

    /// How many replicas are in sync, if this broker leads.
    pub fn in_sync_replica_count(&self) -> Option<usize> {
        match &*self.read_role() {
            Role::Leader(state) => Some(state.in_sync_replica_count),
            Role::NotLeader { .. } => None,
        }
    }

    /// Closes the log: see [`PartitionLog::close`].
    ///
    /// # Errors
    /// The disk's.
    pub fn close(self, now: Timestamp) -> Result<Offset, StorageError> {
        self.log.into_inner().unwrap_or_else(PoisonError::into_inner).close(now)
    }

    pub(crate) fn read_role(&self) -> RwLockReadGuard<'_, Role> {
        self.role.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn min_in_sync_replicas(&self) -> usize {
        self.min_in_sync_replicas.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Commits what all replicas in sync have, unless too few are in sync to commit anything (KIP-966). Gives the high
    /// watermark if it moved.
    pub(crate) fn advance_high_watermark(&self, leader: &LeaderState, log: &mut PartitionLog) -> Option<Offset> {
        if leader.is_under_min_in_sync(self.min_in_sync_replicas()) {
            return None;
        }
        // With other replicas in sync, the high watermark is what the slowest of them has fetched, and their fetches
        // move it. Alone, the leader's log end is what all have.
        if leader.in_sync_replica_count > 1 {
            return None;
        }
        let log_end_offset = log.log_end_offset();
        log.raise_high_watermark(log_end_offset)
    }
}
