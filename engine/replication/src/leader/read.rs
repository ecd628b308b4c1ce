//! A leader is read from.

use crate::leadership::NotLeader;
use crate::partition::Partition;
use ottla_model::{LeaderEpoch, Offset};
use ottla_records::Records;
use ottla_storage::{AbortedTransaction, EpochEndOffset, ReadError, ReadRequest, StorageError};

/// How far a reader may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Consumers: up to the high watermark, open and aborted transactions included.
    ReadUncommitted,
    /// Consumers: up to the last stable offset, told which transactions were aborted.
    ReadCommitted,
    /// Replicas, and tools that look at everything: up to the log's end.
    LogEnd,
}

/// What a Fetch wants of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchSpec {
    /// The first offset wanted.
    pub fetch_offset: Offset,
    /// Bytes at most.
    pub max_bytes: u32,
    /// Return a first batch whole even if it is larger than `max_bytes`.
    pub whole_first_batch: bool,
    /// How far.
    pub isolation: Isolation,
    /// The leader epoch that the client believes in.
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// The epoch of the last record that the client has (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
}

/// What a Fetch got of one partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// Up to here everything is committed, exclusive.
    pub high_watermark: Offset,
    /// Up to here every transaction is decided, exclusive.
    pub last_stable_offset: Offset,
    /// The first offset that is there.
    pub log_start_offset: Offset,
    /// What was found at the fetch offset.
    pub outcome: FetchOutcome,
}

/// What was found at the fetch offset.
#[derive(Debug, Clone, PartialEq)]
pub enum FetchOutcome {
    /// Record batches, or none yet.
    Records {
        /// Batches back to back; the first holds the fetch offset.
        records: Records,
        /// With [`Isolation::ReadCommitted`]: the aborted transactions among them.
        aborted_transactions: Option<Vec<AbortedTransaction>>,
    },
    /// The client's log is not a prefix of this one: it parts here at the latest.
    Diverging(EpochEndOffset),
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadRefused {
    /// See [`NotLeader`].
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// `OFFSET_OUT_OF_RANGE`.
    #[error("the fetch offset is outside of the log")]
    OffsetOutOfRange,
    /// `KAFKA_STORAGE_ERROR`.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<ReadError> for ReadRefused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::OffsetOutOfRange { .. } => Self::OffsetOutOfRange,
            ReadError::Storage(error) => Self::Storage(error),
        }
    }
}

impl Partition {
    /// Reads what a client may see from `fetch_offset` on.
    ///
    /// # Errors
    /// See [`ReadRefused`].
    pub fn fetch(&self, spec: &FetchSpec) -> Result<Fetched, ReadRefused> {
        let role = self.read_role();
        role.as_leader(spec.current_leader_epoch)?;
        let reader = self.reader();
        // In this order: the last stable offset never passes a high watermark that is read after it.
        let last_stable_offset = reader.last_stable_offset();
        let high_watermark = reader.high_watermark();
        let log_start_offset = reader.log_start_offset();
        let fetched = |outcome| Fetched { high_watermark, last_stable_offset, log_start_offset, outcome };

        if let Some(epoch) = spec.last_fetched_epoch {
            let end = reader.end_offset_for_epoch(epoch).ok_or(ReadRefused::OffsetOutOfRange)?;
            if spec.fetch_offset < log_start_offset {
                return Err(ReadRefused::OffsetOutOfRange);
            }
            if end.leader_epoch < epoch || end.end_offset < spec.fetch_offset {
                return Ok(fetched(FetchOutcome::Diverging(end)));
            }
        }
        let read = reader.read(&ReadRequest {
            start_offset: spec.fetch_offset,
            max_bytes: spec.max_bytes,
            upper_bound: self.upper_bound(spec.isolation),
            whole_first_batch: spec.whole_first_batch,
            aborted_transactions: spec.isolation == Isolation::ReadCommitted,
        })?;
        let aborted_transactions = (spec.isolation == Isolation::ReadCommitted).then_some(read.aborted_transactions);
        Ok(fetched(FetchOutcome::Records { records: read.records, aborted_transactions }))
    }

    /// The end (exclusive) of what a reader of that isolation may see.
    pub(crate) fn upper_bound(&self, isolation: Isolation) -> Offset {
        match isolation {
            Isolation::ReadUncommitted => self.reader().high_watermark(),
            Isolation::ReadCommitted => self.reader().last_stable_offset(),
            Isolation::LogEnd => self.reader().log_end_offset(),
        }
    }
}
