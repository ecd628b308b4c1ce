//! One partition's log on disk, and the log directory.
//!
//! Synchronous, without a clock and without randomness: times, ids and seeds are arguments. Nothing here knows that there
//! are replicas or a wire. Every persisted byte is as Apache Kafka writes it (`docs/formats/`).
//!
//! * [`LogDirectory`] is one of `log.dirs`: its lock, identity, checkpoints and partitions.
//! * [`PartitionLog`] is one partition. Its owner (behind a lock of its own) appends, rolls, truncates, flushes; whoever
//!   reads holds a [`LogReader`], which never waits for an append's write.
//! * [`Disk`] is the seam below both.
//!
//! An append, a read and a flush in full:
//!
//! ```no_run
//! # use ottla_storage::*; use ottla_model::*; use bytes::Bytes;
//! # fn example(log: &mut PartitionLog, records: Bytes, now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
//! let appended = log.append_as_leader(records, &LeaderAppend::from_client(LeaderEpoch::new(3), now))?;
//! let reader = log.reader();
//! let read = reader.read(&ReadRequest {
//!     start_offset: appended.base_offset,
//!     max_bytes: 1 << 20,
//!     upper_bound: reader.log_end_offset(),
//!     whole_first_batch: true,
//!     aborted_transactions: false,
//! })?;
//! let synced = log.begin_flush(FlushScope::Records)?.sync(); // without the log's lock
//! log.complete_flush(synced, now)?;
//! # Ok(()) }
//! ```

mod checkpoint_text;
mod compaction;
pub mod disk;
mod error;
mod leader_epochs;
mod log;
mod log_dir;
mod partition_metadata;
mod producer_state;
mod recovery;
mod segment;

pub use compaction::{Cleanable, Compacted, CompactionError, Compactor, CompactorSettings, LockLog, Pace};
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::StorageError;
pub use leader_epochs::EpochEndOffset;
pub use log::{
    AbortedTransaction, AppendError, AppendOrigin, Appended, FlushOutcome, FlushScope, FlushTicket, LeaderAppend,
    LogConfig, LogRead, LogReader, OpenLog, PartitionLog, ReadError, ReadRequest, RejectedRecord, TimestampedOffset,
    TopicCompression, Validation,
};
pub use log_dir::{
    CheckpointKind, CleanShutdown, DirectoryKind, ExpectedIdentity, LogDirectory, LogDirectoryError, MetaProperties,
    OffsetCheckpoint, PartitionDirectory,
};
pub use producer_state::{ActiveProducer, ProducerStateConfig};
pub use recovery::{RecoveryReport, TailCut};
pub use segment::OpenFiles;
