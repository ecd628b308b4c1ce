//! The newtypes that both sides of the wire agree on. No I/O, no policy.
//!
//! A number with a meaning has a type with only the arithmetic that means something. Sentinels (`-1`, `-2`) stop at the
//! edge: inside, an absent thing is an `Option` and a choice is an enum.

mod error_code;
mod number;
mod topic;
mod uuid;

pub use error_code::{ErrorCode, UnknownErrorCode};
pub use number::{BrokerId, LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Timestamp};
pub use topic::{InvalidTopicName, TopicIdPartition, TopicName, TopicPartition};
pub use uuid::{TopicId, Uuid, UuidParseError};
