//! Every Kafka message, generated from the published definitions.
//!
//! * [`messages`]: a struct for each message, and a module for the structs inside of each. [`Message::decode`] and
//!   [`Message::encode`] take the version; `Default` has the defaults of the definitions.
//! * [`Reader`] and [`Writer`]: what they decode from and encode to. Bytes and record batches are slices of the request,
//!   never copies; record batches that lie in a file leave as a [`Chunk::File`].
//! * [`ApiKey`]: which requests there are, in which versions, on which listeners; [`Request`] ties a request to its key
//!   and its response.
//! * [`MetadataRecord`] with [`record_frame`], [`GroupCoordinatorKey`], … : the records of Kafka's own topics.
//!
//! Whatever comes from outside may be hostile: every length and every count is checked against what is left before
//! anything is allocated for it.

#[cfg(feature = "json")]
pub mod json;
pub mod record_frame;

mod api_key;
mod coordinator_record;
mod error;
mod generated;
mod message;
mod reader;
mod record_set;
mod tagged;
mod varint;
mod versioned;
mod writer;

pub use api_key::{ListenerKind, PRODUCE_ADVERTISED_LOWEST_VERSION, UnknownApiKey};
pub use error::{DecodeError, EncodeError};
pub use generated::api_keys::ApiKey;
pub use generated::messages;
pub use generated::record_sets::{
    GroupCoordinatorKey, GroupCoordinatorValue, MetadataRecord, RemoteLogMetadataRecord, ShareCoordinatorKey,
    ShareCoordinatorValue, TransactionCoordinatorKey, TransactionCoordinatorValue,
};
pub use message::{Message, Request};
pub use reader::Reader;
pub use record_set::{RecordKey, RecordSet};
pub use tagged::RawTaggedField;
pub use versioned::Versioned;
pub use writer::{Chunk, Writer};
