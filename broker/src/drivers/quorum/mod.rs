//! The metadata log: does what the quorum's core asks for, and replays what is committed.
//!
//! Owned by one thread (the controller's). A change is appended first, replayed at once so that the next decision sees
//! it, and shown to the rest of the node when the disk has it: [`MetadataLog::carry_out`] any number of times, then one
//! [`MetadataLog::commit`].

mod files;
mod open;

pub use open::{OpenMetadataLog, QuorumError};

use files::MetadataFiles;
use ottla_metadata::controller::{Controller, ControllerResult};
use ottla_metadata::{MetadataDelta, MetadataImage, Published, RecordPosition, records};
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_protocol::MetadataRecord;
use ottla_raft::snapshot::{
    MetadataRetention, SnapshotFacts, SnapshotHead, SnapshotPolicy, SnapshotProgress, StoredLog,
};
use ottla_raft::{Action, Event, KRaftVersion, Quorum, SnapshotId};
use ottla_storage::{FlushScope, PartitionLog};
use std::io;

/// What one batch of records may come to before it is cut into several. Far below the limit of a batch, so that a frame
/// more never matters.
const BATCH_BYTES: usize = 1024 * 1024;

/// The metadata log of this node, which leads its quorum.
#[derive(Debug)]
pub struct MetadataLog {
    files: MetadataFiles,
    log: PartitionLog,
    quorum: Quorum,
    controller: Controller,
    /// Follows what the controller has decided, for the rest of the node.
    delta: MetadataDelta,
    /// As of the last commit.
    committed: MetadataImage,
    leading: Option<LeaderEpoch>,
    sync_wanted: bool,
    snapshots: Vec<SnapshotFacts>,
    policy: SnapshotPolicy,
    progress: SnapshotProgress,
    retention: MetadataRetention,
}

impl MetadataLog {
    /// The controller. It decides on everything that has been appended, committed or not.
    pub fn controller(&mut self) -> &mut Controller {
        &mut self.controller
    }

    /// The version of the quorum's own control records (`kraft.version`).
    pub fn kraft_version(&self) -> KRaftVersion {
        self.quorum.kraft_version()
    }

    /// Appends what the controller decided; gives its reply, to be sent after the next [`Self::commit`].
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn carry_out<T>(&mut self, decided: ControllerResult<T>, now: Timestamp) -> Result<T, QuorumError> {
        self.append(&decided.records, decided.atomic, now)?;
        Ok(decided.reply)
    }

    /// The offset that the next record will have.
    pub fn next_offset(&self) -> Offset {
        self.quorum.log_end().offset
    }

    /// Appends records and replays them. With `atomic`, a crash leaves all of them or none.
    ///
    /// # Errors
    /// Nothing more can be appended in this process' lifetime: see [`QuorumError`].
    fn append(&mut self, decided: &[MetadataRecord], atomic: bool, now: Timestamp) -> Result<(), QuorumError> {
        let version = self.controller.metadata_version();
        let frames = decided.iter().map(|record| records::encode(record, version)).collect::<Result<Vec<_>, _>>()?;
        let mut first = 0;
        while first < frames.len() {
            let mut size = 0;
            let fitting = frames[first..].iter().take_while(|frame| {
                size += frame.len();
                atomic || size <= BATCH_BYTES || size == frame.len()
            });
            let count = fitting.count();
            let epoch = self.leading.ok_or(QuorumError::NotLeading)?;
            let (proposal, actions) = self.quorum.propose(epoch, &frames[first..first + count], now)?;
            self.perform(actions.into(), now)?;
            for (index, record) in decided[first..first + count].iter().enumerate() {
                let offset = proposal.base_offset + index as i64;
                let position = RecordPosition { offset, epoch, timestamp: now };
                self.controller.replay(position, record)?;
                self.delta.replay(position, record)?;
            }
            self.progress.bytes += size as u64;
            first += count;
        }
        Ok(())
    }

    /// Waits until the disk has everything that was appended; gives the new image to show.
    ///
    /// # Errors
    /// The disk's. Nobody knows then what is on it: the node must stop.
    pub fn commit(&mut self, now: Timestamp) -> Result<Published, QuorumError> {
        if std::mem::take(&mut self.sync_wanted) {
            let synced = self.log.begin_flush(FlushScope::Records)?;
            let up_to = synced.offset();
            self.log.complete_flush(synced.sync(), now)?;
            let actions = self.quorum.step(Event::LogSynced { up_to }, now);
            self.perform(actions, now)?;
        }
        let published = self.delta.publish();
        self.committed = published.image.clone();
        Ok(published)
    }

    /// Makes a snapshot if one is due. Says whether one was made.
    ///
    /// # Errors
    /// The disk's. The log is as good as before.
    pub fn snapshot_if_due(&mut self, now: Timestamp) -> Result<bool, QuorumError> {
        if self.delta.in_transaction() || self.policy.due(self.progress, now).is_none() {
            return Ok(false);
        }
        self.write_snapshot(now)?;
        self.delete_what_is_superseded(now)?;
        Ok(true)
    }

    /// When [`Self::snapshot_if_due`] may have something to do although nothing is appended.
    pub fn snapshot_due_at(&self) -> Option<Timestamp> {
        self.policy.due_at(self.progress)
    }

    /// Flushes everything and closes the log.
    ///
    /// # Errors
    /// The disk's.
    pub fn close(mut self, now: Timestamp) -> Result<(), QuorumError> {
        let actions = self.quorum.step(Event::Resign, now);
        self.perform(actions, now)?;
        self.log.close(now)?;
        Ok(())
    }

    fn write_snapshot(&mut self, now: Timestamp) -> Result<(), QuorumError> {
        let image = &self.committed;
        let Some(provenance) = image.provenance() else { return Ok(()) };
        let id = SnapshotId { end_offset: provenance.last_offset.next(), epoch: provenance.last_epoch };
        let head = SnapshotHead::at(self.quorum.history(), id.end_offset, provenance.last_timestamp);
        let version = self.controller.metadata_version();
        let frames =
            image.snapshot().flatten().map(|record| records::encode(&record, version).map_err(io::Error::other));
        let size = self.files.write_snapshot(id, &head, frames, now)?;
        self.snapshots.push(SnapshotFacts { id, size, last_contained_log_timestamp: provenance.last_timestamp });
        self.progress = SnapshotProgress { bytes: 0, since: now };
        Ok(())
    }

    fn delete_what_is_superseded(&mut self, now: Timestamp) -> Result<(), QuorumError> {
        let segments = self.log.segment_sizes();
        let stored = StoredLog { start_offset: self.log.log_start_offset(), segments: &segments };
        let cleanup = self.retention.cleanup(stored, &self.snapshots, now);
        for id in cleanup.snapshots {
            self.files.delete_snapshot(id)?;
            self.snapshots.retain(|snapshot| snapshot.id != id);
        }
        if let Some(log_start_offset) = cleanup.log_start_offset {
            self.log.delete_records_before(log_start_offset).map_err(QuorumError::Read)?;
            self.log.delete_old_segments(now)?;
            self.log.remove_due_files(now)?;
        }
        Ok(())
    }

    /// Carries out what the core asks for, in order; a sync is put off until [`Self::commit`].
    fn perform(&mut self, actions: Vec<Action>, now: Timestamp) -> Result<(), QuorumError> {
        for action in actions {
            match action {
                Action::PersistQuorumState { contents } => self.files.write_quorum_state(&contents)?,
                Action::Append { epoch, batch, .. } => {
                    self.log.append_as_raft_leader(batch, epoch, now)?;
                }
                Action::Sync => self.sync_wanted = true,
                Action::Commit { up_to } => {
                    self.log.raise_high_watermark(up_to);
                }
                Action::BecomeLeader { epoch } => self.leading = Some(epoch),
                Action::LoseLeadership { .. } => self.leading = None,
            }
        }
        Ok(())
    }
}
