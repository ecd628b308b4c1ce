//! Appending.

use super::PartitionLog;
use super::append_error::AppendError;
use super::config::Validation;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};

/// Who a leader appends for, which decides what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer: everything is checked.
    Client,
    /// A coordinator of this broker: control batches are allowed, sequence numbers are not checked.
    Coordinator,
}

/// How a leader appends.
#[derive(Debug, Clone)]
pub struct LeaderAppend {
    /// The leader's epoch, written into every batch.
    pub leader_epoch: LeaderEpoch,
    /// On whose behalf.
    pub origin: AppendOrigin,
    /// The transactions feature's level by which the end markers among the records were made (KIP-890, KIP-1228); 0
    /// where there are none.
    pub transaction_version: i16,
    /// Overrides [`LogConfig::validation`](super::LogConfig::validation).
    pub validation: Option<Validation>,
    /// The time.
    pub now: Timestamp,
}

impl LeaderAppend {
    /// As a producer's request asks for it.
    pub const fn from_client(leader_epoch: LeaderEpoch, now: Timestamp) -> Self {
        Self { leader_epoch, origin: AppendOrigin::Client, transaction_version: 0, validation: None, now }
    }
    /// As a coordinator of this broker asks for it.
    pub const fn from_coordinator(leader_epoch: LeaderEpoch, now: Timestamp) -> Self {
        Self { leader_epoch, origin: AppendOrigin::Coordinator, transaction_version: 0, validation: None, now }
    }
}

/// What an append came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first record.
    pub base_offset: Offset,
    /// Offset of the last record, inclusive.
    pub last_offset: Offset,
    /// Under `LogAppendTime`, the timestamp that all the records were given; of a duplicate, the timestamp that it was
    /// first appended with. To be told to the producer.
    pub log_append_time: Option<Timestamp>,
    /// Where the log started at that moment.
    pub log_start_offset: Offset,
    /// The batch is in the log already, and nothing was written: an idempotent producer sent it twice. The offsets are
    /// those of the first time.
    pub duplicate: bool,
    /// Bytes written to the log.
    pub bytes: u32,
    /// Records written to the log, by the batches' offsets.
    pub records: u32,
}

impl PartitionLog {
    /// Appends what a producer or a coordinator wrote: checks it, gives it offsets, the leader's epoch and, where the
    /// topic says so, another codec or timestamps, and writes it with one system call.
    ///
    /// `records` is not copied. Base offset and leader epoch, which the CRC does not cover, are patched in a copy of the
    /// 61 bytes of header that is written in front of the untouched rest.
    ///
    /// When this returns, the records are in the kernel's page cache and readers see them. They are on disk when a flush
    /// that began later has succeeded.
    ///
    /// # Errors
    /// See [`AppendError`]. Nothing has been appended then.
    pub fn append_as_leader(&mut self, records: Bytes, append: &LeaderAppend) -> Result<Appended, AppendError> {
        let _ = (records, append);
        unimplemented!()
    }

    /// Appends batches as they are, offsets, epochs and all: what a follower copies from its leader. Batches of an epoch
    /// above `leader_epoch`, and an incomplete one at the end, are left out. `Ok(None)` if nothing is left.
    ///
    /// # Errors
    /// Corrupt batches, offsets that go back or are below the log end, or the disk's. Nothing has been appended then.
    pub fn append_as_follower(
        &mut self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Option<Appended>, AppendError> {
        let _ = (records, leader_epoch, now);
        unimplemented!()
    }

    /// Appends batches as they are, as the leader of a Raft quorum, which gives offsets and epochs itself. Every batch
    /// must have `leader_epoch`, and the first must begin at the log end.
    ///
    /// # Errors
    /// As for a follower, and batches of another epoch. Nothing has been appended then.
    pub fn append_as_raft_leader(
        &mut self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        let _ = (records, leader_epoch, now);
        unimplemented!()
    }
}
