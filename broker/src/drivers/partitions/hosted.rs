//! A partition with what this broker does around its rules: who waits for it, where it lies, when it is flushed.

use crate::waiting::{Awaited, FetchWaiters};
use bytes::Bytes;
use ottla_config::broker::AckDurability;
use ottla_model::{LeaderEpoch, Timestamp, TopicIdPartition, TopicPartition};
use ottla_replication::{AppendRefused, Partition, RequiredAcks};
use ottla_storage::{Appended, CheckpointKind, FlushScope, StorageError};
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

/// One partition that this broker has a replica of.
#[derive(Debug)]
pub struct HostedPartition {
    id: TopicIdPartition,
    name: TopicPartition,
    /// Which of the node's log directories it lies in.
    directory: usize,
    partition: Partition,
    fetch_waiters: FetchWaiters,
    /// `flush.messages`.
    flush_after_records: AtomicI64,
    /// `flush.ms`.
    flush_after_ms: AtomicI64,
    /// Which checkpoints may say something old of this partition: a bit for each [`CheckpointKind`].
    stale_checkpoints: AtomicU8,
}

/// When a partition's records are flushed without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlushPolicy {
    /// `flush.messages`; `i64::MAX` leaves it to the system.
    pub after_records: i64,
    /// `flush.ms`; `i64::MAX` leaves it to the system.
    pub after_ms: i64,
}

impl HostedPartition {
    pub(in crate::drivers) fn new(
        id: TopicIdPartition,
        name: TopicPartition,
        directory: usize,
        partition: Partition,
        flush: FlushPolicy,
    ) -> Self {
        Self {
            id,
            name,
            directory,
            partition,
            fetch_waiters: FetchWaiters::default(),
            flush_after_records: AtomicI64::new(flush.after_records),
            flush_after_ms: AtomicI64::new(flush.after_ms),
            stale_checkpoints: AtomicU8::new(u8::MAX),
        }
    }

    /// The partition by its topic's id.
    pub fn id(&self) -> TopicIdPartition {
        self.id
    }
    /// The partition by its topic's name.
    pub fn name(&self) -> &TopicPartition {
        &self.name
    }
    /// Which of the node's log directories it lies in.
    pub fn directory(&self) -> usize {
        self.directory
    }
    /// Its rules and its log.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// Appends what a producer sent and wakes those who wait for it.
    ///
    /// # Errors
    /// Nothing was appended.
    pub fn append(&self, records: Bytes, acks: RequiredAcks, now: Timestamp) -> Result<Appended, AppendRefused> {
        let appended = self.partition.append(records, acks, now)?;
        self.note_append(&appended, now)?;
        Ok(appended)
    }

    /// Appends what a coordinator has decided that works in `leader_epoch`, and wakes those who wait for it.
    ///
    /// # Errors
    /// Nothing was appended.
    pub fn append_from_coordinator(
        &self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Appended, AppendRefused> {
        let appended = self.partition.append_from_coordinator(records, leader_epoch, now)?;
        self.note_append(&appended, now)?;
        Ok(appended)
    }

    fn note_append(&self, appended: &Appended, now: Timestamp) -> Result<(), AppendRefused> {
        if !appended.duplicate {
            self.fetch_waiters.wake();
            self.note_change();
            if self.flush_after_records.load(Ordering::Relaxed) != i64::MAX {
                self.flush_if_many_unflushed(now)?;
            }
        }
        Ok(())
    }

    /// Whether an answer that promises a record to all replicas in sync must wait for this broker's disk.
    pub fn must_be_durable(&self, durability: AckDurability) -> bool {
        match durability {
            AckDurability::Never => false,
            AckDurability::Auto => self.partition.in_sync_replica_count() == Some(1),
            AckDurability::Always => true,
        }
    }

    /// Its offsets are no longer those of the last checkpoints.
    pub fn note_change(&self) {
        self.stale_checkpoints.store(u8::MAX, Ordering::Relaxed);
    }

    /// Whether its offsets may have changed since this was last asked for that kind of checkpoint.
    pub(super) fn take_change(&self, kind: CheckpointKind) -> bool {
        let bit = 1 << kind as u8;
        // Of ten thousand partitions few have changed, and only those need be written to.
        self.stale_checkpoints.load(Ordering::Relaxed) & bit != 0
            && self.stale_checkpoints.fetch_and(!bit, Ordering::Relaxed) & bit != 0
    }

    pub(super) fn set_flush_policy(&self, flush: FlushPolicy) {
        self.flush_after_records.store(flush.after_records, Ordering::Relaxed);
        self.flush_after_ms.store(flush.after_ms, Ordering::Relaxed);
    }

    /// Makes everything appended so far durable. Appends go on meanwhile.
    ///
    /// # Errors
    /// The disk's; the log takes no more appends then.
    pub fn flush(&self, scope: FlushScope, now: Timestamp) -> Result<(), StorageError> {
        let ticket = self.partition.lock_log().begin_flush(scope)?;
        if ticket.is_empty() {
            return Ok(());
        }
        let outcome = ticket.sync();
        self.partition.lock_log().complete_flush(outcome, now)?;
        self.note_change();
        Ok(())
    }

    fn flush_if_many_unflushed(&self, now: Timestamp) -> Result<(), AppendRefused> {
        let unflushed = self.partition.lock_log().unflushed_records();
        if unflushed >= self.flush_after_records.load(Ordering::Relaxed) {
            self.flush(FlushScope::Everything, now).map_err(|error| AppendRefused::Log(error.into()))?;
        }
        Ok(())
    }

    /// Closes the log.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn close(self, now: Timestamp) -> Result<(), StorageError> {
        self.partition.close(now).map(drop)
    }

    /// Flushes if the oldest unflushed record is older than `flush.ms`.
    ///
    /// # Errors
    /// The disk's.
    pub fn flush_if_old(&self, now: Timestamp) -> Result<(), StorageError> {
        let after_ms = self.flush_after_ms.load(Ordering::Relaxed);
        if after_ms == i64::MAX {
            return Ok(());
        }
        let since = self.partition.lock_log().unflushed_since();
        match since {
            Some(since) if now.milliseconds_since(since) >= after_ms => self.flush(FlushScope::Everything, now),
            _ => Ok(()),
        }
    }
}

impl Awaited for HostedPartition {
    fn fetch_waiters(&self) -> &FetchWaiters {
        &self.fetch_waiters
    }
}
