//! Records that share a log and are told apart by a number.

use crate::{DecodeError, EncodeError, Reader, Writer};
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// An enum of all records that one kind of log may hold.
pub trait RecordSet: Sized + Clone + Debug + PartialEq {
    /// The number that says which record this is.
    fn record_type(&self) -> i16;
    /// The name that Kafka's tools print: `TOPIC_RECORD`, `OFFSET_COMMIT`.
    fn type_name(&self) -> &'static str;
    /// [`Self::type_name`] of a type of record; `None` if there is no such type.
    fn name_of(record_type: i16) -> Option<&'static str>;
    /// The versions of a type of record; `None` if there is no such type.
    fn versions(record_type: i16) -> Option<RangeInclusive<i16>>;

    /// Reads a record whose type and version are known already.
    ///
    /// # Errors
    /// The type or the version does not exist, or the bytes are not such a record.
    fn decode_body(reader: &mut Reader, record_type: i16, version: i16) -> Result<Self, DecodeError>;

    /// Appends the record without its type and version.
    ///
    /// # Errors
    /// The version does not exist, or has no place for what the record says.
    fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError>;

    /// The record as JSON, without its type and version.
    ///
    /// # Errors
    /// The version does not exist, or has no place for what the record says.
    #[cfg(feature = "json")]
    fn body_to_json(&self, version: i16) -> Result<serde_json::Value, crate::json::JsonError>;
}

/// A set of keys: all have version 0, and nothing else.
pub trait RecordKey: RecordSet {}
