//! Opening the metadata log: from what lies on disk to the leadership of a quorum of one.

use super::MetadataLog;
use super::files::{MetadataFiles, QUORUM_STATE};
use bytes::Bytes;
use ottla_metadata::controller::{ActivationError, BootstrapMetadataError, Controller};
use ottla_metadata::records::{self, UnreadableRecord};
use ottla_metadata::{MetadataDelta, MetadataImage, RecordPosition, ReplayError};
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_protocol::EncodeError;
use ottla_raft::snapshot::{
    MetadataRetention, RecoverError, Snapshot, SnapshotError, SnapshotFacts, SnapshotPolicy, SnapshotProgress,
    log_must_restart_at, recover_files,
};
use ottla_raft::{
    BatchContent, ControlHistory, ElectionState, MetadataBatchReader, OffsetAndEpoch, OpenError, OpenedLog,
    ProposeError, Quorum, QuorumConfig, QuorumStateError, SnapshotId, VoterSet,
};
use ottla_storage::{AppendError, Disk, PartitionLog, ReadError, ReadRequest, StorageError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// How much of the log is read at a time.
const READ_BYTES: u32 = 4 * 1024 * 1024;

/// Why the metadata log cannot be opened, or can no longer be written.
#[derive(Debug, thiserror::Error)]
pub enum QuorumError {
    /// A file beside the log.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The log's files.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log refused a batch of the quorum.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be read where it should be.
    #[error(transparent)]
    Read(ReadError),
    /// A batch of the log is damaged.
    #[error(transparent)]
    Batch(#[from] ottla_raft::ReadError),
    /// A snapshot is damaged.
    #[error("snapshot {name}: {error}")]
    Snapshot {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        error: SnapshotError,
    },
    /// The log begins after 0 without a snapshot.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// `quorum-state` cannot be understood.
    #[error("{QUORUM_STATE}: {0}")]
    QuorumState(#[from] QuorumStateError),
    /// This node cannot take part.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A record is of a type or version that is not known.
    #[error(transparent)]
    Unreadable(#[from] UnreadableRecord),
    /// A record does not fit the ones before it.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A record cannot be written at the cluster's metadata version.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The core turned a proposal away.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// The first records cannot be written, or cannot be understood.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapMetadataError),
    /// The controller cannot become active.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// This node leads no more.
    #[error("this node does not lead the metadata quorum")]
    NotLeading,
}

/// What it takes to open the metadata log.
#[derive(Debug)]
pub struct OpenMetadataLog {
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// The metadata partition's directory.
    pub directory: PathBuf,
    /// Its log, opened.
    pub log: PartitionLog,
    /// Who this node is.
    pub quorum: QuorumConfig,
    /// The controller, at the beginning of the log.
    pub controller: Controller,
    /// `cluster.id`, which `quorum-state` of version 0 repeats.
    pub cluster_id: String,
    /// `controller.quorum.voters`; empty if the log says who votes.
    pub static_voters: VoterSet,
    /// When snapshots are made.
    pub snapshots: SnapshotPolicy,
    /// How long they and the log are kept.
    pub retention: MetadataRetention,
}

impl MetadataLog {
    /// Reads the newest snapshot and the log after it, and takes up the leadership of the quorum.
    ///
    /// # Errors
    /// See [`QuorumError`]; nothing that lies on disk has been lost then.
    pub fn open(open: OpenMetadataLog, now: Timestamp) -> Result<Self, QuorumError> {
        let OpenMetadataLog { disk, directory, mut log, quorum: config, controller, cluster_id, .. } = open;
        let files = MetadataFiles::new(disk, directory);
        let names = files.names()?;
        let recovered = recover_files(names.iter().map(String::as_str), log.log_start_offset())?;
        for name in &recovered.delete {
            files.remove(name)?;
        }
        let newest = recovered.newest();
        if let Some(offset) = log_must_restart_at(newest, log_end(&log)) {
            log.truncate_fully_and_start_at(offset, None, now)?;
        }

        let mut replayed = Replayed {
            history: ControlHistory::new(open.static_voters),
            controller,
            delta: MetadataDelta::new(MetadataImage::empty()),
            bytes: 0,
        };
        let mut snapshots = Vec::new();
        for id in recovered.snapshots {
            let snapshot = read_snapshot(&files, id)?;
            snapshots.push(SnapshotFacts {
                id,
                size: files.size(&id.file_name())?,
                last_contained_log_timestamp: snapshot.last_contained_log_timestamp,
            });
            if Some(id) == newest {
                replayed.load_snapshot(id, snapshot)?;
            }
        }
        let start = newest.map_or(Offset::ZERO, |id| id.end_offset).max(log.log_start_offset());
        replayed.load_log(&log, start)?;

        let election = match files.read(QUORUM_STATE)? {
            Some(content) => Some(ElectionState::parse(&String::from_utf8_lossy(&content), &cluster_id)?),
            None => None,
        };
        let end = match (log_end(&log), newest) {
            (end, Some(id)) if end.offset == id.end_offset => OffsetAndEpoch { offset: end.offset, epoch: id.epoch },
            (end, _) => end,
        };
        let opened = OpenedLog { history: replayed.history, election, end };
        let (quorum, actions) = Quorum::open(config, opened, now)?;
        replayed.controller.set_kraft_version(quorum.kraft_version().level());
        let mut metadata = Self {
            files,
            log,
            quorum,
            controller: replayed.controller,
            delta: replayed.delta,
            committed: MetadataImage::empty(),
            leading: None,
            sync_wanted: false,
            snapshots,
            policy: open.snapshots,
            progress: SnapshotProgress { bytes: replayed.bytes, since: now },
            retention: open.retention,
        };
        metadata.perform(actions, now)?;
        metadata.commit(now)?;
        // The control records that opened the epoch are no metadata, but the image reaches beyond them.
        let end = metadata.quorum.log_end();
        let position = RecordPosition { offset: end.offset - 1, epoch: end.epoch, timestamp: now };
        metadata.delta.skip(position);
        Ok(metadata)
    }
}

fn log_end(log: &PartitionLog) -> OffsetAndEpoch {
    let epoch = log.reader().latest_epoch().unwrap_or(LeaderEpoch::new(0));
    OffsetAndEpoch { offset: log.log_end_offset(), epoch }
}

fn read_snapshot(files: &MetadataFiles, id: SnapshotId) -> Result<Snapshot, QuorumError> {
    let name = id.file_name();
    let content = files.read(&name)?.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.clone()))?;
    Snapshot::read(content, id.epoch).map_err(|error| QuorumError::Snapshot { name, error })
}

/// What has been read so far.
struct Replayed {
    history: ControlHistory,
    controller: Controller,
    delta: MetadataDelta,
    bytes: u64,
}

impl Replayed {
    fn load_snapshot(&mut self, id: SnapshotId, snapshot: Snapshot) -> Result<(), QuorumError> {
        self.history.load_snapshot(id, &snapshot.control);
        if id == SnapshotId::FORMATTED {
            // It stands for nothing of the log. What Kafka 4.4 puts there besides is taken up by the first activation.
            return Ok(());
        }
        let offset = id.end_offset - 1;
        let position = RecordPosition { offset, epoch: id.epoch, timestamp: snapshot.last_contained_log_timestamp };
        for frame in snapshot.frames {
            self.replay(position, frame)?;
        }
        self.delta.skip(position);
        Ok(())
    }

    fn load_log(&mut self, log: &PartitionLog, mut next: Offset) -> Result<(), QuorumError> {
        let reader = log.reader();
        while next < reader.log_end_offset() {
            let read = reader.read(&ReadRequest {
                start_offset: next,
                max_bytes: READ_BYTES,
                upper_bound: reader.log_end_offset(),
                whole_first_batch: true,
                aborted_transactions: false,
            });
            let read = read.map_err(QuorumError::Read)?;
            let start = next;
            for batch in MetadataBatchReader::new(read.records.read_all()?) {
                let batch = match batch {
                    // The read ended within a batch; the next one begins with it.
                    Err(ottla_raft::ReadError::Tail(_)) if next > start => break,
                    batch => batch?,
                };
                next = batch.last_offset.next();
                self.bytes += batch.size_in_bytes as u64;
                self.history.observe_batch(&batch);
                let mut position =
                    RecordPosition { offset: batch.base_offset, epoch: batch.epoch, timestamp: batch.append_time };
                match batch.content {
                    BatchContent::Control(_) => {
                        self.delta.skip(RecordPosition { offset: batch.last_offset, ..position });
                    }
                    BatchContent::Data(frames) => {
                        for frame in frames {
                            self.replay(position, frame)?;
                            position.offset = position.offset.next();
                        }
                    }
                }
            }
            if next == start {
                return Err(io::Error::other(format!("the metadata log gives nothing at offset {next}")).into());
            }
        }
        Ok(())
    }

    fn replay(&mut self, position: RecordPosition, frame: Bytes) -> Result<(), QuorumError> {
        let record = records::decode(position.offset, frame)?;
        self.controller.replay(position, &record)?;
        self.delta.replay(position, &record)?;
        Ok(())
    }
}
