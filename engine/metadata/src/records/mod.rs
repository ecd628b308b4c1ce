//! Records of the metadata log: where they stand, at which version they are written, how they become bytes.

mod version;

pub use version::record_version;

use crate::features::MetadataVersion;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_protocol::{DecodeError, EncodeError, MetadataRecord, Reader, record_frame};
use std::fmt;

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
#[error("the record at offset {offset} of the metadata log{kind} cannot be read: {reason}")]
pub struct UnreadableRecord {
    /// The record's offset.
    pub offset: Offset,
    /// What the record says it is.
    pub kind: RecordKind,
    /// What is wrong with it.
    #[source]
    pub reason: DecodeError,
}

/// What a record says it is, if one can get that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKind(Option<(u32, u32)>);

impl RecordKind {
    /// Reads type and version of a record whose rest may be anything.
    fn of(value: Bytes) -> Self {
        let mut reader = Reader::new(value);
        let mut next = || reader.unsigned_varint().ok();
        Self(next().and_then(|_frame_version| Some((next()?, next()?))))
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((record_type, version)) => write!(f, " (type {record_type}, version {version})"),
            None => Ok(()),
        }
    }
}

/// Reads the value of a record of the metadata log.
///
/// # Errors
/// The type or the version is unknown, or the bytes are not such a record.
pub fn decode(offset: Offset, value: Bytes) -> Result<MetadataRecord, UnreadableRecord> {
    match record_frame::decode(value.clone()) {
        Ok((record, _version)) => Ok(record),
        Err(reason) => Err(UnreadableRecord { offset, kind: RecordKind::of(value), reason }),
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
        let refused = |bytes: &'static [u8]| decode(Offset::new(7), Bytes::from_static(bytes)).unwrap_err().to_string();
        assert_eq!(
            refused(&[1, 6, 2]),
            "the record at offset 7 of the metadata log (type 6, version 2) cannot be read: unknown record type 6"
        );
        assert_eq!(
            refused(&[1, 2, 9]),
            "the record at offset 7 of the metadata log (type 2, version 9) cannot be read: TopicRecord has no version 9"
        );
        assert!(refused(&[]).starts_with("the record at offset 7 of the metadata log cannot be read: "));
    }
}
