//! Keys and values of `__transaction_state`: one key for each transactional id, and under it how far it is.
//!
//! | written | when |
//! |---|---|
//! | value version 1 | from [`TransactionVersion::V1`] on |
//! | value version 0 | before; has no place for the previous and next producer id, and for what the client follows |
//!
//! Partitions are null in a record of an [`Empty`](super::TransactionState::Empty) transactional id. `NextProducerEpoch` (tag 3) is
//! neither written nor looked at, as in Kafka 4.3. Nothing in a record says which epoch the producer had before.

mod metadata;
#[cfg(test)]
mod tests;

pub(super) use metadata::LAST_EPOCH;
pub use metadata::{InvalidTransaction, TransactionMetadata};

use super::TransactionVersion;
use crate::CoordinatorRecord;
use bytes::Bytes;
use ottla_protocol::messages::TransactionLogKey;
use ottla_protocol::{
    DecodeError, EncodeError, TransactionCoordinatorKey as Key, TransactionCoordinatorValue as Value,
};

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionRecord {
    /// How far a transactional id is; `None`: nobody has it any more.
    Transaction {
        /// The transactional id.
        transactional_id: String,
        /// How far it is.
        metadata: Option<Result<TransactionMetadata, InvalidTransaction>>,
    },
    /// A type that nobody knows: of a newer broker, left over from an upgrade that was undone. To be passed over.
    Unknown {
        /// The key's type.
        record_type: i16,
    },
}

impl TransactionRecord {
    /// Reads a record by its key and value as they stand in the log.
    ///
    /// # Errors
    /// The bytes are not what the key's type says, or the value's version is newer than we are.
    pub fn read(key: Bytes, value: Option<Bytes>) -> Result<Self, DecodeError> {
        let key = match Key::decode(key) {
            Err(DecodeError::UnknownRecordType { record_type }) => return Ok(Self::Unknown { record_type }),
            key => key?,
        };
        let metadata = match value {
            None => None,
            Some(value) => {
                let (Value::TransactionLog(value), _) = key.decode_value(value)?;
                Some(TransactionMetadata::try_from(value))
            }
        };
        let Key::TransactionLog(TransactionLogKey { transactional_id }) = key;
        Ok(Self::Transaction { transactional_id, metadata })
    }
}

impl TransactionMetadata {
    /// The record that says that `transactional_id` is so far.
    ///
    /// # Errors
    /// The transactional id is longer than a record can hold (32767 bytes), or the version has no place for what is to be
    /// said (see [`Self::as_recorded`]).
    pub fn record(
        &self,
        transactional_id: &str,
        version: TransactionVersion,
    ) -> Result<CoordinatorRecord, EncodeError> {
        let value = Value::TransactionLog(self.into()).encode(value_version(version))?;
        Ok(CoordinatorRecord { key: encode_key(transactional_id)?, value: Some(value) })
    }

    /// The record that says that nobody has the transactional id any more.
    ///
    /// # Errors
    /// The transactional id is longer than a record can hold (32767 bytes).
    pub fn tombstone(transactional_id: &str) -> Result<CoordinatorRecord, EncodeError> {
        Ok(CoordinatorRecord { key: encode_key(transactional_id)?, value: None })
    }

    /// What is left of it in a record of this version: all, or without what version 0 has no place for.
    #[must_use]
    pub fn as_recorded(self, version: TransactionVersion) -> Self {
        if value_version(version) > 0 {
            return self;
        }
        Self { previous_producer_id: None, next_producer_id: None, client_version: TransactionVersion::V0, ..self }
    }
}

/// The version of the value that is written.
fn value_version(version: TransactionVersion) -> i16 {
    match version {
        TransactionVersion::V0 => 0,
        TransactionVersion::V1 | TransactionVersion::V2 => 1,
    }
}

fn encode_key(transactional_id: &str) -> Result<Bytes, EncodeError> {
    Key::from(TransactionLogKey { transactional_id: transactional_id.to_owned() }).encode()
}
