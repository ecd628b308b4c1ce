//! Records of the metadata log: where they stand, at which version they are written, how they become bytes.

mod version;

pub use version::record_version;

use crate::features::MetadataVersion;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_protocol::{DecodeError, EncodeError, MetadataRecord, record_frame};

/// Where in the metadata log a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPosition {
    /// Its offset.
    pub offset: Offset,
    /// The epoch of the leader that appended it.
    pub epoch: LeaderEpoch,
    /// When it was appended.
    pub timestamp: Timestamp,
}

/// Bytes in the metadata log that are no record which this software knows. Fatal: whoever skips one no longer knows
/// what the cluster agreed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record at offset {offset} of the metadata log cannot be read: {reason}")]
pub struct UnreadableRecord {
    /// The record's offset.
    pub offset: Offset,
    /// Names the type and the version where those are what is unknown.
    #[source]
    pub reason: DecodeError,
}

/// Reads the value of a record of the metadata log.
///
/// # Errors
/// The type or the version is unknown, or the bytes are not such a record.
pub fn decode(offset: Offset, value: Bytes) -> Result<MetadataRecord, UnreadableRecord> {
    match record_frame::decode(value) {
        Ok((record, _version)) => Ok(record),
        Err(reason) => Err(UnreadableRecord { offset, reason }),
    }
}

/// Makes the value of a record of the metadata log, at the version that `metadata_version` asks for.
///
/// # Errors
/// That version has no place for what the record says: a bug in what made the record.
pub fn encode(record: &MetadataRecord, metadata_version: MetadataVersion) -> Result<Bytes, EncodeError> {
    record_frame::encode(record, record_version(record, metadata_version))
}

#[cfg(test)]
mod tests {
    use super::decode;
    use bytes::Bytes;
    use ottla_model::Offset;

    #[test]
    fn what_cannot_be_read_says_what_and_where() {
        let unknown_type = decode(Offset::new(7), Bytes::from_static(&[1, 6, 0])).unwrap_err();
        assert_eq!(
            unknown_type.to_string(),
            format!("the record at offset 7 of the metadata log cannot be read: {}", unknown_type.reason)
        );
        assert!(unknown_type.to_string().contains('6'));
        let unknown_version = decode(Offset::new(8), Bytes::from_static(&[1, 2, 9])).unwrap_err().to_string();
        assert!(unknown_version.contains("TopicRecord") && unknown_version.contains('9'), "{unknown_version}");
    }
}
