//! Batches of the metadata log: always whole, never compressed, written once.
//!
//! A *data* batch holds records without keys, whose values are frames (`ottla_protocol::record_frame`). A *control* batch
//! holds the quorum's own records. Every record of a batch carries the batch's append time.

mod control;
mod read;
mod write;

pub use control::{ControlRecord, ControlRecordProblem, LeaderChange};
pub use read::{BatchContent, MetadataBatch, MetadataBatchReader, OddBatch, ReadError};
pub use write::{ControlBatch, DataBatch, TooLarge};

/// The most bytes that a batch may have, header included. The metadata log's `max.message.bytes`: replicas refuse more.
pub const SIZE_MAX: usize = 8 * 1024 * 1024;

/// The frame of a NoOpRecord: frame version 1, record type 20, version 0, no tagged fields.
pub const NO_OP_FRAME: [u8; 4] = [1, 20, 0, 0];
