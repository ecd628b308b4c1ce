//! A table of all messages (feature `catalogue`): for tests, fuzzing and tools that learn at run time which message they
//! are to handle. It pulls in the code of every message.

use super::{JsonError, JsonMessage, MessageSchema};
use crate::{DecodeError, EncodeError, Reader, Writer};
use bytes::Bytes;
use serde_json::Value;
use std::any::Any;
use std::fmt::Debug;

pub use crate::generated::catalogue::CATALOGUE;

/// A message whose type is known at run time only.
pub trait AnyMessage: Any + Debug {
    /// The message's shape.
    fn schema(&self) -> &'static MessageSchema;
    /// The message's bytes.
    ///
    /// # Errors
    /// As [`Message::encode`](crate::Message::encode).
    fn encode(&self, version: i16) -> Result<Bytes, EncodeError>;
    /// The message as JSON.
    ///
    /// # Errors
    /// As [`JsonMessage::to_json`].
    fn to_json(&self, version: i16) -> Result<Value, JsonError>;
    /// Whether the other is of the same type and says the same.
    fn equals(&self, other: &dyn AnyMessage) -> bool;
    /// For a downcast.
    fn as_any(&self) -> &dyn Any;
}

impl<M: JsonMessage + 'static> AnyMessage for M {
    fn schema(&self) -> &'static MessageSchema {
        M::SCHEMA
    }
    fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut writer = Writer::new();
        M::encode(self, &mut writer, version)?;
        writer.finish_to_bytes()
    }
    fn to_json(&self, version: i16) -> Result<Value, JsonError> {
        JsonMessage::to_json(self, version)
    }
    fn equals(&self, other: &dyn AnyMessage) -> bool {
        other.as_any().downcast_ref::<M>() == Some(self)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

type AnyDecoded<E> = Result<Box<dyn AnyMessage>, E>;

/// One kind of message.
#[derive(Debug)]
pub struct Entry {
    /// Its shape.
    pub schema: &'static MessageSchema,
    decode: fn(&mut Reader, i16) -> AnyDecoded<DecodeError>,
    from_json: fn(&Value, i16) -> AnyDecoded<JsonError>,
}

impl Entry {
    pub(crate) const fn of<M: JsonMessage + 'static>() -> Self {
        Self {
            schema: M::SCHEMA,
            decode: |reader, version| Ok(Box::new(M::decode(reader, version)?)),
            from_json: |json, version| Ok(Box::new(M::from_json(json, version)?)),
        }
    }
    /// The message with this name, as Kafka spells it.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.binary_search_by(|entry| entry.schema.name.cmp(name)).ok().map(|index| &CATALOGUE[index])
    }
    /// Reads a message of this kind.
    ///
    /// # Errors
    /// As [`Message::decode`](crate::Message::decode).
    pub fn decode(&self, reader: &mut Reader, version: i16) -> Result<Box<dyn AnyMessage>, DecodeError> {
        (self.decode)(reader, version)
    }
    /// Reads a message of this kind.
    ///
    /// # Errors
    /// As [`JsonMessage::from_json`].
    pub fn from_json(&self, json: &Value, version: i16) -> Result<Box<dyn AnyMessage>, JsonError> {
        (self.from_json)(json, version)
    }
}

/// Reads a message of the kind with this name, and nothing after it. `None` if there is no such kind.
pub fn decode_by_name(name: &str, version: i16, bytes: Bytes) -> Option<Result<Box<dyn AnyMessage>, DecodeError>> {
    let entry = Entry::named(name)?;
    let mut reader = Reader::new(bytes);
    Some(entry.decode(&mut reader, version).and_then(|message| reader.expect_end().map(|()| message)))
}
