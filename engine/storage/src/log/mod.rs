//! One partition's log.

mod append;
mod append_error;
mod compact;
mod config;
mod delete_records;
mod flush;
mod offsets;
mod read;
mod recompress;
mod retention;
mod roll;
mod shared;
mod truncate;
mod validate;

pub use append::{AppendOrigin, Appended, LeaderAppend};
pub use append_error::{AppendError, RejectedRecord};
pub use config::{LogConfig, TopicCompression, Validation};
pub use flush::{FlushOutcome, FlushScope, FlushTicket};
pub use read::{AbortedTransaction, LogRead, LogReader, ReadError, ReadRequest, TimestampedOffset};

pub(crate) use shared::{DoomedFiles, SegmentList, Shared};
pub(crate) use validate::marker_of;

use crate::disk::Disk;
use crate::error::StorageError;
use crate::producer_state::{ActiveProducer, ProducerStateConfig, ProducerStates};
use crate::recovery::{self, RecoveryReport};
use crate::segment::{OpenFiles, Segment};
use ottla_model::{Offset, Timestamp, TopicId, TopicPartition};
use roll::ActiveSegment;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What it takes to open (or begin) a log.
#[derive(Debug, Clone)]
pub struct OpenLog {
    /// The disk that the directory is on.
    pub disk: Arc<dyn Disk>,
    /// The bound on open segment files that this log shares with others.
    pub open_files: Arc<OpenFiles>,
    /// The partition's directory; created if it is missing.
    pub directory: PathBuf,
    /// Whose log it is.
    pub topic_partition: TopicPartition,
    /// The topic's id: written down if the directory has none yet, compared if it has. `None` takes what is there.
    pub topic_id: Option<TopicId>,
    /// The topic's configuration; all its partitions may share it.
    pub config: Arc<LogConfig>,
    /// What is kept of producers.
    pub producers: ProducerStateConfig,
    /// From `recovery-point-offset-checkpoint`: everything below is on disk for sure. Zero if it is not known.
    pub recovery_point: Offset,
    /// From `log-start-offset-checkpoint`: everything below has been deleted. Zero if it is not there.
    pub log_start_offset: Offset,
    /// From `cleaner-offset-checkpoint`: everything below has been compacted. `None` if it is not there.
    pub cleaned_to: Option<Offset>,
    /// Whether the log directory was shut down cleanly: nothing is scanned then.
    pub clean_shutdown: bool,
    /// What the jitter of `segment.jitter.ms` is drawn from, by segment. Different for each log, so that they do not all
    /// roll at once.
    pub jitter_seed: u64,
    /// The time.
    pub now: Timestamp,
}

/// One partition's log, and the only one who may change it. Wrap it in a lock; readers take a [`LogReader`] and do not
/// wait for that lock.
///
/// Offsets that hold at any time: log start ≤ last stable ≤ high watermark ≤ log end, and recovery point ≤ log end.
#[derive(Debug)]
pub struct PartitionLog {
    shared: Arc<Shared>,
    topic_partition: TopicPartition,
    topic_id: Option<TopicId>,
    config: Arc<LogConfig>,
    active: ActiveSegment,
    jitter_seed: u64,
    producers: ProducerStates,
    producer_config: ProducerStateConfig,
    /// The offsets of the producer snapshots on disk, ascending.
    snapshots: Vec<Offset>,
    /// Everything below is on disk, and need not be looked at after a crash.
    recovery_point: Offset,
    /// When the oldest record above the recovery point was appended.
    unflushed_since: Option<Timestamp>,
    /// Producer snapshots that are written but not synced.
    unsynced_snapshots: Vec<Offset>,
    /// The first segment whose indexes have been written to since they were synced, if that was not because of records
    /// above the recovery point.
    unsynced_from: Option<Offset>,
    /// Whether files have been created or renamed since the directory was synced.
    names_unsynced: bool,
    /// Whether this directory's own name has been synced.
    directory_unsynced: bool,
    /// Everything below has been compacted, once; `None` if nothing ever was.
    cleaned_to: Option<Offset>,
    /// Raised by every truncation: a flush that began before one says nothing about what has come after it.
    generation: u64,
    /// Whether anything has happened since the log was opened that the next open should find.
    is_changed: bool,
    /// Whether a failed write may have left something after the records that could not be cut yet.
    has_torn_tail: bool,
    doomed: Vec<DoomedFiles>,
}

/// What a log begins its life in memory with.
#[derive(Debug)]
pub(crate) struct LoadedLog {
    pub(crate) shared: Shared,
    pub(crate) topic_partition: TopicPartition,
    pub(crate) topic_id: Option<TopicId>,
    pub(crate) config: Arc<LogConfig>,
    pub(crate) producers: ProducerStates,
    pub(crate) producer_config: ProducerStateConfig,
    pub(crate) snapshots: Vec<Offset>,
    pub(crate) recovery_point: Offset,
    pub(crate) cleaned_to: Option<Offset>,
    pub(crate) unsynced_from: Option<Offset>,
    pub(crate) names_unsynced: bool,
    pub(crate) directory_unsynced: bool,
    pub(crate) doomed: Vec<DoomedFiles>,
    /// Whether closing the log must write down what opening it has found out.
    pub(crate) is_changed: bool,
    pub(crate) jitter_seed: u64,
    pub(crate) now: Timestamp,
}

impl PartitionLog {
    /// Opens the log that lies in a directory, or begins one there: completes or undoes what a crash interrupted, checks
    /// what was written since the recovery point and cuts what is not whole. The report says what that came to.
    ///
    /// # Errors
    /// The disk's, files that are corrupt beyond what can be rebuilt, or another topic's id.
    pub fn open(open: OpenLog) -> Result<(Self, RecoveryReport), StorageError> {
        let (loaded, report) = recovery::load(open)?;
        let mut log = Self {
            shared: Arc::new(loaded.shared),
            topic_partition: loaded.topic_partition,
            topic_id: loaded.topic_id,
            config: loaded.config,
            active: ActiveSegment::opened(loaded.now),
            jitter_seed: loaded.jitter_seed,
            producers: loaded.producers,
            producer_config: loaded.producer_config,
            snapshots: loaded.snapshots,
            recovery_point: loaded.recovery_point,
            cleaned_to: loaded.cleaned_to,
            unflushed_since: None,
            unsynced_snapshots: Vec::new(),
            unsynced_from: loaded.unsynced_from,
            names_unsynced: loaded.names_unsynced,
            directory_unsynced: loaded.directory_unsynced,
            generation: 0,
            is_changed: loaded.is_changed,
            has_torn_tail: false,
            doomed: loaded.doomed,
        };
        log.unflushed_since = (log.unflushed_records() > 0).then_some(loaded.now);
        log.update_first_unstable_offset();
        Ok((log, report))
    }

    /// For those who read. Cheap to clone; stays right when the log changes.
    pub fn reader(&self) -> LogReader {
        LogReader::new(Arc::clone(&self.shared))
    }
    /// Whose log this is.
    pub fn topic_partition(&self) -> &TopicPartition {
        &self.topic_partition
    }
    /// The topic's id, if it is known.
    pub fn topic_id(&self) -> Option<TopicId> {
        self.topic_id
    }
    /// The partition's directory, under its present name.
    pub fn directory(&self) -> PathBuf {
        self.shared.home.directory()
    }
    /// The topic's configuration as this log knows it.
    pub fn config(&self) -> &Arc<LogConfig> {
        &self.config
    }
    /// Replaces the configuration; holds from the next operation on.
    pub fn set_config(&mut self, config: impl Into<Arc<LogConfig>>) {
        self.config = config.into();
    }

    /// Bytes in all segments' record files.
    pub fn size_in_bytes(&self) -> u64 {
        self.shared.segments().size_in_bytes()
    }
    /// Base offset and bytes of each segment, the active one last.
    pub fn segment_sizes(&self) -> Vec<(Offset, u64)> {
        self.shared.segments().as_slice().iter().map(|segment| (segment.base_offset(), segment.size())).collect()
    }
    /// How many segments there are, the active one included.
    pub fn segment_count(&self) -> usize {
        self.shared.segments().as_slice().len()
    }

    /// Removes the files of segments that left the log `file.delete.delay.ms` ago. Returns when the next are due, if
    /// there are any.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove_due_files(&mut self, now: Timestamp) -> Result<Option<Timestamp>, StorageError> {
        while let Some(first) = self.doomed.first().filter(|doomed| doomed.due <= now) {
            for name in &first.names {
                self.shared.home.remove_if_there(name)?;
            }
            self.doomed.remove(0);
        }
        Ok(self.doomed.first().map(|doomed| doomed.due))
    }

    /// Gives back memory that only a busy log needs. For logs that have not been used for a while.
    pub fn release_idle_memory(&mut self) {
        if self.persist_indexes().is_ok() {
            self.active_segment().release_memory();
        }
        self.unsynced_snapshots.shrink_to_fit();
        self.doomed.shrink_to_fit();
    }

    /// The producers that this log remembers, by producer id (`DescribeProducers`).
    pub fn active_producers(&self) -> Vec<ActiveProducer> {
        self.producers.active()
    }
    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now: Timestamp) {
        self.producers.expire(&self.producer_config, now);
    }
    /// Replaces what is kept of producers; holds from the next expiry on.
    pub fn set_producer_config(&mut self, config: ProducerStateConfig) {
        self.producer_config = config;
    }
    /// Whether a transaction has been open for longer than any transaction may be.
    pub fn has_late_transaction(&self, now: Timestamp) -> bool {
        self.producers.has_late_transaction(&self.producer_config, now)
    }

    /// Writes the index entries that wait in memory, and the index files if there are none yet.
    pub(crate) fn persist_indexes(&self) -> Result<(), StorageError> {
        self.active_segment().persist_indexes()
    }

    /// Tells the log that its directory has been given another name.
    pub(crate) fn set_directory(&mut self, directory: &Path) {
        self.shared.home.set_directory(directory);
    }

    fn active_segment(&self) -> Arc<Segment> {
        Arc::clone(self.shared.segments().active())
    }
}
