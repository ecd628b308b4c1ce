//! One partition's log.

mod append;
mod append_error;
mod config;
mod flush;
mod read;

pub use append::{AppendOrigin, Appended, LeaderAppend};
pub use append_error::{AppendError, RejectedRecord};
pub use config::{LogConfig, TopicCompression, Validation};
pub use flush::{FlushOutcome, FlushScope, FlushTicket};
pub use read::{AbortedTransaction, LogRead, LogReader, ReadError, ReadRequest, TimestampedOffset};

use crate::disk::Disk;
use crate::error::StorageError;
use crate::producer_state::{ActiveProducer, ProducerStateConfig};
use crate::recovery::RecoveryReport;
use crate::segment::OpenFiles;
use ottla_model::{LeaderEpoch, Offset, Timestamp, TopicId, TopicPartition};
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
    /// The topic's configuration.
    pub config: LogConfig,
    /// What is kept of producers.
    pub producers: ProducerStateConfig,
    /// From `recovery-point-offset-checkpoint`: everything below is on disk for sure. Zero if it is not known.
    pub recovery_point: Offset,
    /// From `log-start-offset-checkpoint`: everything below has been deleted. Zero if it is not there.
    pub log_start_offset: Offset,
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
pub struct PartitionLog {}

impl PartitionLog {
    /// Opens the log that lies in a directory, or begins one there: completes or undoes what a crash interrupted, checks
    /// what was written since the recovery point and cuts what is not whole. The report says what that came to.
    ///
    /// # Errors
    /// The disk's, files that are corrupt beyond what can be rebuilt, or another topic's id.
    pub fn open(open: OpenLog) -> Result<(Self, RecoveryReport), StorageError> {
        let _ = open;
        unimplemented!()
    }

    /// For those who read. Cheap to clone; stays right when the log changes.
    pub fn reader(&self) -> LogReader {
        unimplemented!()
    }
    /// Whose log this is.
    pub fn topic_partition(&self) -> &TopicPartition {
        unimplemented!()
    }
    /// The topic's id, if it is known.
    pub fn topic_id(&self) -> Option<TopicId> {
        unimplemented!()
    }
    /// The partition's directory, under its present name.
    pub fn directory(&self) -> PathBuf {
        unimplemented!()
    }
    /// The topic's configuration as this log knows it.
    pub fn config(&self) -> &LogConfig {
        unimplemented!()
    }
    /// Replaces the configuration; holds from the next operation on.
    pub fn set_config(&mut self, config: LogConfig) {
        let _ = config;
        unimplemented!()
    }

    /// The first offset that is still there.
    pub fn log_start_offset(&self) -> Offset {
        unimplemented!()
    }
    /// The offset of the next record.
    pub fn log_end_offset(&self) -> Offset {
        unimplemented!()
    }
    /// Everything below is on disk for sure: what goes into `recovery-point-offset-checkpoint`.
    pub fn recovery_point(&self) -> Offset {
        unimplemented!()
    }
    /// What goes into `log-start-offset-checkpoint`: the log start offset, if the first segment's name does not say it.
    pub fn log_start_offset_to_checkpoint(&self) -> Option<Offset> {
        unimplemented!()
    }
    /// Bytes in all segments' record files.
    pub fn size_in_bytes(&self) -> u64 {
        unimplemented!()
    }
    /// How many segments there are, the active one included.
    pub fn segment_count(&self) -> usize {
        unimplemented!()
    }

    /// The high watermark: below it, records are replicated as widely as they must be. The log keeps it, because
    /// retention and the last stable offset depend on it; what it should be is for others to say.
    pub fn high_watermark(&self) -> Offset {
        unimplemented!()
    }
    /// Sets the high watermark, forced between log start and log end. It may go back (after a truncation). Returns what
    /// it then is.
    pub fn set_high_watermark(&mut self, high_watermark: Offset) -> Offset {
        let _ = high_watermark;
        unimplemented!()
    }
    /// Raises the high watermark, to the log end at most; never lowers it. Returns the new value if it changed.
    pub fn raise_high_watermark(&mut self, high_watermark: Offset) -> Option<Offset> {
        let _ = high_watermark;
        unimplemented!()
    }
    /// The offset that consumers with `read_committed` read up to: the first record of the first transaction that is
    /// open, or decided above the high watermark; the high watermark if there is none.
    pub fn last_stable_offset(&self) -> Offset {
        unimplemented!()
    }

    /// Says that `epoch` begins at `start_offset` (inclusive): what a new leader does with its log end offset before it
    /// appends. Entries of the same or later epochs, or at the same or later offsets, give way.
    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch, start_offset: Offset) {
        let _ = (epoch, start_offset);
        unimplemented!()
    }

    /// Removes all records with offsets of `offset_exclusive` and above. False if there were none.
    ///
    /// # Errors
    /// The disk's.
    pub fn truncate_to(&mut self, offset_exclusive: Offset, now: Timestamp) -> Result<bool, StorageError> {
        let _ = (offset_exclusive, now);
        unimplemented!()
    }
    /// Removes everything and begins anew at `offset`. `log_start_offset` is the same unless said otherwise (it may be
    /// below, when what is below lives in remote storage).
    ///
    /// # Errors
    /// The disk's.
    pub fn truncate_fully_and_start_at(
        &mut self,
        offset: Offset,
        log_start_offset: Option<Offset>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let _ = (offset, log_start_offset, now);
        unimplemented!()
    }
    /// Raises the log start offset (`DeleteRecords`, or a follower doing as its leader did). What lies below is not read
    /// any more; whole segments go with the next [`Self::delete_old_segments`]. False if the log starts there already.
    ///
    /// # Errors
    /// Above the high watermark nothing can be deleted.
    pub fn delete_records_before(&mut self, offset: Offset) -> Result<bool, ReadError> {
        let _ = offset;
        unimplemented!()
    }
    /// Retention: takes segments out of the log, oldest first, that are below the log start, more than `retention.bytes`
    /// allows, or older than `retention.ms`. Never goes beyond the high watermark. The files are renamed and stay for
    /// `file.delete.delay.ms`. Returns how many segments went.
    ///
    /// # Errors
    /// The disk's.
    pub fn delete_old_segments(&mut self, now: Timestamp) -> Result<usize, StorageError> {
        let _ = now;
        unimplemented!()
    }
    /// Removes the files of segments that left the log `file.delete.delay.ms` ago. Returns when the next are due, if
    /// there are any.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove_due_files(&mut self, now: Timestamp) -> Result<Option<Timestamp>, StorageError> {
        let _ = now;
        unimplemented!()
    }
    /// Begins a new segment at the log end, unless the active one is empty.
    ///
    /// # Errors
    /// The disk's.
    pub fn roll(&mut self, now: Timestamp) -> Result<(), StorageError> {
        let _ = now;
        unimplemented!()
    }

    /// Records appended since the last complete flush: for `flush.messages`.
    pub fn unflushed_records(&self) -> i64 {
        unimplemented!()
    }
    /// When the oldest unflushed record was appended: for `flush.ms`. `None` if all is flushed.
    pub fn unflushed_since(&self) -> Option<Timestamp> {
        unimplemented!()
    }
    /// Collects what must be synced. Short: writes index entries that are still in memory, but waits for no disk. Then
    /// call [`FlushTicket::sync`] without the log's lock, and [`Self::complete_flush`] with it. Appends may go on
    /// meanwhile; several tickets may be out at once.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin_flush(&mut self, scope: FlushScope) -> Result<FlushTicket, StorageError> {
        let _ = scope;
        unimplemented!()
    }
    /// Takes note of what was synced. Returns the offset below which records are now on disk.
    ///
    /// # Errors
    /// The sync's. The log takes no more appends then ([`StorageError::Poisoned`]).
    pub fn complete_flush(&mut self, outcome: FlushOutcome, now: Timestamp) -> Result<Offset, StorageError> {
        let _ = (outcome, now);
        unimplemented!()
    }
    /// Flushes everything, waiting for the disk.
    ///
    /// # Errors
    /// The disk's.
    pub fn flush(&mut self, now: Timestamp) -> Result<(), StorageError> {
        let _ = now;
        unimplemented!()
    }
    /// Flushes everything and writes what makes the next open quick: the last index entries and a producer snapshot.
    /// After all logs of a directory are closed, [`crate::LogDirectory::mark_clean_shutdown`] may be called.
    ///
    /// # Errors
    /// The disk's. The log is closed nevertheless, but then it must not count as clean.
    pub fn close(self, now: Timestamp) -> Result<(), StorageError> {
        let _ = now;
        unimplemented!()
    }
    /// Gives back memory that only a busy log needs. For logs that have not been used for a while.
    pub fn release_idle_memory(&mut self) {
        unimplemented!()
    }

    /// The producers that this log remembers, by producer id (`DescribeProducers`).
    pub fn active_producers(&self) -> Vec<ActiveProducer> {
        unimplemented!()
    }
    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now: Timestamp) {
        let _ = now;
        unimplemented!()
    }
    /// Whether a transaction has been open for longer than any transaction may be.
    pub fn has_late_transaction(&self, now: Timestamp) -> bool {
        let _ = now;
        unimplemented!()
    }

    /// Tells the log that its directory has been given another name.
    pub(crate) fn set_directory(&mut self, directory: &Path) {
        let _ = directory;
        unimplemented!()
    }
}
