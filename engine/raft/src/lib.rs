//! The KRaft quorum as a pure core: no files, no sockets, no clock, no randomness.
//!
//! [`Quorum`] decides; a *driver* does. The driver tells the core what happened ([`Event`]) and what time it is; the core
//! answers with what must be done ([`Action`]), in order. Around the core stand the formats of the metadata log, as pure
//! functions between bytes and values: batches ([`MetadataBatchReader`], [`batch`]), snapshots ([`snapshot`]), the
//! `quorum-state` file ([`ElectionState`]) and what a freshly formatted directory holds ([`bootstrap`]).
//!
//! Records of the metadata log that are not the quorum's own are opaque here: one record is one *frame*, the bytes that
//! `ottla_protocol::record_frame` makes of it. What they mean is the business of the controller.
//!
//! # Driver contract
//!
//! **Opening**, once per process, before any network:
//! 1. List the metadata partition's directory and pass the names to [`snapshot::recover_files`]; delete what it says.
//! 2. If [`snapshot::log_must_restart_at`] says so, truncate the log fully and let it start at that offset.
//! 3. Feed a [`ControlHistory`]: first the newest snapshot, then every batch of the log from the snapshot's end (or from
//!    the log's start) to the log's end. Uncommitted batches count: a voter set is in force once it is in the log.
//! 4. Parse `quorum-state`, if there is one, with [`ElectionState::parse`].
//! 5. Call [`Quorum::open`] and carry out the actions that it returns.
//!
//! **Running.** One task owns the core. For each thing that happens it calls [`Quorum::step`] or [`Quorum::propose`] and
//! carries out the returned actions **in the order given, all of them, before it calls again**:
//! 6. [`Action::PersistQuorumState`]: write the text to `quorum-state.tmp`, sync it, rename it to `quorum-state`, sync the
//!    directory. It must be durable before the next action is begun.
//! 7. [`Action::Append`]: append the bytes to the log as they are; offsets and epoch are already in them.
//! 8. [`Action::Sync`]: make the log durable, at leisure and on any thread, then report [`Event::LogSynced`] with the log
//!    end offset *as it was when the sync was begun*. Several pending syncs may be served by one. The first one after
//!    opening covers what an earlier process wrote, too: that it can be read does not say that it is durable.
//! 9. [`Action::Commit`]: everything below the offset is committed and may be replayed and shown. It never goes back.
//! 10. [`Action::BecomeLeader`]: all that earlier leaders committed lies below the last `Commit`; once it is replayed, the
//!     controller may begin to propose in this epoch. [`Action::LoseLeadership`]: it must stop.
//! 11. When [`snapshot::SnapshotPolicy::due`] says so after a committed batch: write a snapshot of the image as it is at the
//!     end of that batch, never of anything beyond the high watermark, with [`snapshot::SnapshotWriter`] and
//!     [`snapshot::SnapshotHead::at`], to [`SnapshotId::partial_file_name`]; sync, make it read-only, rename it to
//!     [`SnapshotId::file_name`], sync the directory. Then, and now and again, give up what
//!     [`snapshot::MetadataRetention::cleanup`] names.
//! 12. An action that fails (write, sync, rename) is the end of this process' part in the quorum: do not call the core
//!     again, stop. After a failed sync nobody knows what is on the disk; only a restart that reads it does.
//! 13. Call [`Quorum::step`] with [`Event::Tick`] at [`Quorum::next_tick_at`], if that is some time. A quorum of one asks
//!     for no ticks, unless it is told to keep an idle log moving ([`QuorumConfig::append_no_op_when_idle`]).
//!
//! # What the core promises
//! * The epoch never goes back, across restarts too: an epoch in which this node led is never led a second time.
//! * No action of an epoch is given before the `PersistQuorumState` that makes the epoch durable.
//! * The high watermark never goes back in one process, and passes only over what is durable on a majority of the voters
//!   and only once a record of the leader's own epoch is among it (Raft §5.4.2). Apache Kafka counts the leader itself
//!   before its `fsync` returns; we do not.
//!
//! # What is here today
//! A quorum of one voter. [`Quorum::open`] refuses other voter sets by name ([`OpenError`]); the roles that need peers
//! (prospective, follower, observer) come with them, one file each beside those in [`quorum`].

pub mod batch;
pub mod bootstrap;
mod history;
mod kraft_version;
pub mod quorum;
mod quorum_state;
pub mod snapshot;
pub mod voters;

pub use batch::{BatchContent, ControlRecord, MetadataBatch, MetadataBatchReader, ReadError};
pub use history::ControlHistory;
pub use kraft_version::{KRaftVersion, UnknownKRaftVersion};
pub use quorum::{Action, Event, OpenError, OpenedLog, Proposal, ProposeError, Quorum, QuorumConfig, RoleName};
pub use quorum_state::{ElectionState, QuorumStateError};
pub use snapshot::SnapshotId;
pub use voters::{Endpoint, ReplicaKey, Voter, VoterSet};

use ottla_model::{LeaderEpoch, Offset};

/// An end of a log: the offset after its last record, and the epoch of that record.
///
/// Of two logs the one with the higher epoch is ahead; within an epoch, the longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OffsetAndEpoch {
    /// Exclusive end offset.
    pub offset: Offset,
    /// Epoch of the last record below `offset`; 0 if there is none.
    pub epoch: LeaderEpoch,
}

impl Ord for OffsetAndEpoch {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.epoch, self.offset).cmp(&(other.epoch, other.offset))
    }
}
impl PartialOrd for OffsetAndEpoch {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
