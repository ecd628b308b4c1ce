//! What all messages have in common.

use crate::{ApiKey, DecodeError, EncodeError, Reader, Versioned, Writer};
use std::ops::RangeInclusive;

/// A message: something with a name and versions of its own.
pub trait Message: Versioned + Default + Clone + std::fmt::Debug + PartialEq {
    /// The name, as Kafka spells it: `ProduceRequest`.
    const NAME: &'static str;
    /// The first version that is still alive.
    const LOWEST_VERSION: i16;
    /// The last version, stable or not.
    const HIGHEST_VERSION: i16;

    /// All versions.
    fn versions() -> RangeInclusive<i16> {
        Self::LOWEST_VERSION..=Self::HIGHEST_VERSION
    }

    /// Reads the message. What comes after it is left in `reader`: ask [`Reader::remaining`], or say
    /// [`Reader::expect_end`].
    ///
    /// # Errors
    /// The version does not exist, or the bytes are not a message of it.
    fn decode(reader: &mut Reader, version: i16) -> Result<Self, DecodeError> {
        if !Self::versions().contains(&version) {
            return Err(DecodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        Self::read(reader, version)
    }

    /// Appends the message.
    ///
    /// # Errors
    /// The version does not exist, or has no place for what the message says; `writer` may then hold a part of it.
    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if !Self::versions().contains(&version) {
            return Err(EncodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        self.write(writer, version)
    }
}

/// A message that asks for something.
pub trait Request: Message {
    /// What it asks for.
    const API_KEY: ApiKey;
    /// What answers it.
    type Response: Message;
}
