//! Messages as JSON, the way Kafka's own tools write and read them (feature `json`).
//!
//! A field's name is that of the definitions with a small first letter. Bytes are base64, ids are the texts they are
//! printed as. A field that the version does not have is left out, and so is a tagged field with its default value.
//! Record batches are base64 too (Kafka's tools leave them out). Unknown tagged fields have no place in JSON.

mod from_json;
mod schema;
mod text;
mod to_json;

#[cfg(feature = "catalogue")]
pub mod arbitrary;
#[cfg(feature = "catalogue")]
pub mod catalogue;

pub use schema::{FieldDefault, FieldKind, FieldSchema, MessageSchema, VersionRange};
pub use text::text;

use crate::{DecodeError, EncodeError, Message, Reader, RecordSet, Writer};
use serde_json::{Value, json};

/// A message that can be written and read as JSON: every message.
pub trait JsonMessage: Message {
    /// The message's shape.
    const SCHEMA: &'static MessageSchema;

    /// The message as JSON.
    ///
    /// # Errors
    /// The version has no place for what the message says.
    fn to_json(&self, version: i16) -> Result<Value, JsonError> {
        let mut writer = Writer::new();
        self.encode(&mut writer, version)?;
        let mut reader = Reader::new(writer.finish_to_bytes()?);
        Ok(to_json::message(&mut reader, Self::SCHEMA, version)?)
    }

    /// Reads a message. Fields that the version has must be there, tagged ones aside.
    ///
    /// # Errors
    /// The JSON is not such a message.
    fn from_json(json: &Value, version: i16) -> Result<Self, JsonError> {
        let mut writer = Writer::new();
        from_json::message(json, Self::SCHEMA, version, &Vec::new, &mut writer)?;
        Ok(Self::decode(&mut Reader::new(writer.finish_to_bytes()?), version)?)
    }
}

/// JSON that is no message, or a message that cannot be JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// A field that the version has is not there.
    #[error("{message}.{field} is missing")]
    Missing {
        /// The message's name.
        message: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// Not a value that the field can have.
    #[error("{message}.{field} is not a value of its type: {value}")]
    WrongType {
        /// The message's name.
        message: &'static str,
        /// The field's name; that of the message itself if it is no object.
        field: &'static str,
        /// What was there.
        value: Value,
    },
    /// The field has a value, and the version no place for it.
    #[error("{message}.{field} is set, but does not exist in version {version}")]
    NotInVersion {
        /// The message's name.
        message: &'static str,
        /// The field's name.
        field: &'static str,
        /// The version.
        version: i16,
    },
    /// What the message says cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// What was encoded could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// A record with its type, as `kafka-dump-log` prints it: `{"type":"TOPIC_RECORD","version":0,"data":{…}}`.
///
/// # Errors
/// The version has no place for what the record says.
pub fn record<R: RecordSet>(record: &R, version: i16) -> Result<Value, JsonError> {
    Ok(json!({ "type": record.type_name(), "version": version, "data": record.body_to_json(version)? }))
}
