//! Records of the coordinators' topics, on their way to the log and back.

use bytes::Bytes;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};

/// A record to be appended, as it stands in the log. Its timestamp is the moment of the append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoordinatorRecord {
    /// The key: type and fields ([`ottla_protocol::GroupCoordinatorKey`]).
    pub key: Bytes,
    /// The value: version and fields; `None` is a tombstone.
    pub value: Option<Bytes>,
}

/// A record that is in the log: just appended, or read while loading.
#[derive(Debug, Clone)]
pub struct ReplayedRecord {
    /// The key. May be a slice of something larger: whatever is kept of it is copied.
    pub key: Bytes,
    /// The value, as the key; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Where it stands in the log.
    pub offset: Offset,
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// Whose transaction it is part of, if its batch is transactional: it counts when the transaction is committed.
    pub transaction: Option<(ProducerId, ProducerEpoch)>,
}
