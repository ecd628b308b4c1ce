//! Control records: what brokers and controllers say to each other inside of a log. No consumer is shown them.
//!
//! The key tells the type; the values of all types but the two transaction markers are messages of the Kafka protocol
//! (`LeaderChangeMessage`, `SnapshotHeaderRecord`, `SnapshotFooterRecord`, `KRaftVersionRecord`, `VotersRecord`).

use crate::builder::{BatchBuilder, BuildError};
use crate::compression::Compression;
use crate::header::BatchHeader;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};

/// What a control record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ControlRecordType {
    /// The producer's transaction is aborted (0).
    Abort,
    /// The producer's transaction is committed (1).
    Commit,
    /// A new leader of the metadata quorum (2, KIP-595).
    LeaderChange,
    /// A metadata snapshot begins (3, KIP-630).
    SnapshotHeader,
    /// A metadata snapshot is complete (4, KIP-630).
    SnapshotFooter,
    /// The version of the quorum's protocol (5, KIP-853).
    KraftVersion,
    /// The quorum's voters (6, KIP-853).
    KraftVoters,
    /// A type of a later version, to be ignored.
    Unknown(i16),
}

/// A control record that cannot be read. Kafka's brokers answer `INVALID_RECORD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ControlRecordError {
    /// Control records have a key.
    #[error("control record has no key")]
    NoKey,
    /// A version and a type.
    #[error("control record key of {0} bytes is too short")]
    KeyTooShort(usize),
    /// Versions begin at 0.
    #[error("Invalid version found for control record: {0}. May indicate data corruption")]
    KeyVersion(i16),
    /// The record is not the end of a transaction.
    #[error("control record type {0:?} does not end a transaction")]
    NotEndOfTransaction(ControlRecordType),
    /// A version and an epoch.
    #[error("end transaction marker of {0} bytes is too short")]
    MarkerTooShort(usize),
    /// Versions begin at 0.
    #[error("Invalid version found for end transaction marker: {0}. May indicate data corruption")]
    MarkerVersion(i16),
}

/// The version of keys and markers that we write. Later ones only add to it, so they are read like it.
const VERSION: i16 = 0;

impl ControlRecordType {
    /// The number in the key.
    pub const fn id(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::LeaderChange => 2,
            Self::SnapshotHeader => 3,
            Self::SnapshotFooter => 4,
            Self::KraftVersion => 5,
            Self::KraftVoters => 6,
            Self::Unknown(id) => id,
        }
    }

    /// The type of this number.
    pub const fn from_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::KraftVersion,
            6 => Self::KraftVoters,
            id => Self::Unknown(id),
        }
    }

    /// Reads a control record's key: version i16, type i16, and whatever a later version adds.
    ///
    /// # Errors
    /// No key, a key that is too short, or a negative version.
    pub fn from_key(key: Option<&[u8]>) -> Result<Self, ControlRecordError> {
        let key = key.ok_or(ControlRecordError::NoKey)?;
        let &[v0, v1, t0, t1, ..] = key else { return Err(ControlRecordError::KeyTooShort(key.len())) };
        let version = i16::from_be_bytes([v0, v1]);
        if version < VERSION {
            return Err(ControlRecordError::KeyVersion(version));
        }
        Ok(Self::from_id(i16::from_be_bytes([t0, t1])))
    }

    /// A control record's key: version i16 = 0, type i16.
    pub const fn to_key(self) -> [u8; 4] {
        let ([v0, v1], [t0, t1]) = (VERSION.to_be_bytes(), self.id().to_be_bytes());
        [v0, v1, t0, t1]
    }
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionOutcome {
    /// Its records are to be ignored by consumers that read committed.
    Abort,
    /// Its records count.
    Commit,
}

impl TransactionOutcome {
    /// The type of the marker.
    pub const fn control_record_type(self) -> ControlRecordType {
        match self {
            Self::Abort => ControlRecordType::Abort,
            Self::Commit => ControlRecordType::Commit,
        }
    }
}

/// The marker that ends a producer's transaction in a partition (KIP-98).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// Commit or abort.
    pub outcome: TransactionOutcome,
    /// Epoch of the transaction coordinator (the leader epoch of its partition), which fences older ones.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// Reads key and value of a control record. The value: version i16, coordinator epoch i32, and whatever a later
    /// version adds.
    ///
    /// # Errors
    /// The key is unreadable or of another type, the value is missing, too short or of a negative version.
    pub fn parse(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, ControlRecordError> {
        let outcome = match ControlRecordType::from_key(key)? {
            ControlRecordType::Abort => TransactionOutcome::Abort,
            ControlRecordType::Commit => TransactionOutcome::Commit,
            other => return Err(ControlRecordError::NotEndOfTransaction(other)),
        };
        let value = value.unwrap_or_default();
        let &[v0, v1, e0, e1, e2, e3, ..] = value else { return Err(ControlRecordError::MarkerTooShort(value.len())) };
        let version = i16::from_be_bytes([v0, v1]);
        if version < VERSION {
            return Err(ControlRecordError::MarkerVersion(version));
        }
        Ok(Self { outcome, coordinator_epoch: i32::from_be_bytes([e0, e1, e2, e3]) })
    }

    /// The marker's value: version i16 = 0, coordinator epoch i32.
    pub const fn to_value(self) -> [u8; 6] {
        let ([v0, v1], [e0, e1, e2, e3]) = (VERSION.to_be_bytes(), self.coordinator_epoch.to_be_bytes());
        [v0, v1, e0, e1, e2, e3]
    }
}

/// The batch that ends a producer's transaction: one control record, without a sequence number.
///
/// # Errors
/// [`BuildError::TransactionalWithoutProducerId`] or [`BuildError::NegativeProducerEpoch`] if the producer is none.
pub fn end_transaction_marker(
    base_offset: Offset,
    timestamp: Timestamp,
    leader_epoch: LeaderEpoch,
    producer_id: ProducerId,
    producer_epoch: ProducerEpoch,
    marker: EndTransactionMarker,
) -> Result<Bytes, BuildError> {
    let mut builder = BatchBuilder::new(base_offset, Compression::None)
        .partition_leader_epoch(leader_epoch)
        .producer(producer_id, producer_epoch, BatchHeader::NO_SEQUENCE)
        .transactional(true)
        .control(true);
    let key = marker.outcome.control_record_type().to_key();
    // The clock of a node that stands before 1970 must not keep a transaction from ending.
    let timestamp = timestamp.max(BatchHeader::NO_TIMESTAMP);
    builder.append(timestamp, Some(&key), Some(&marker.to_value()), &[]).map_err(|_| BuildError::Empty)?;
    builder.build()
}
