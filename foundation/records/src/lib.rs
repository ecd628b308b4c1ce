//! Record batches: read, check, build, compress.
//!
//! A log, a produce request and a fetch response all carry the same thing: batches back to back. This crate knows their
//! bytes (`docs/formats/record-batch.md`) and nothing about who sends or stores them.
//!
//! * Read: [`batches`] cuts bytes into whole [`Batch`]es, [`Batch::records`] and [`Batch::summaries`] look inside.
//!   [`log_entries`] does the same where message sets of before 2017 (magic 0 and 1) may still lie.
//! * Change in place: [`BatchMut`] is what a leader does to a batch before it is appended.
//! * Write: [`BatchBuilder`], and [`end_transaction_marker`] for the one control record that brokers write.
//!
//! Every length is checked against what is left before it is believed, and whatever decompresses takes an upper bound
//! for what may come out.

mod attributes;
mod batch;
mod batch_mut;
mod batches;
mod builder;
mod checksum;
mod compression;
mod control;
mod error;
mod header;
mod legacy;
mod log_entry;
mod record;
mod record_iterator;
mod record_walk;
mod records;
mod stream_source;
mod summary;
mod varint;

pub use attributes::{Attributes, TimestampType};
pub use batch::Batch;
pub use batch_mut::BatchMut;
pub use batches::{Batches, ShortTail, batches};
pub use builder::{AppendError, BatchBuilder, BuildError};
pub use checksum::{crc32, crc32c};
pub use compression::{
    CompressError, Compression, CompressionLevelOutOfRange, Compressor, DecompressError, Decompressor,
    UnknownCompression,
};
pub use control::{
    ControlRecordError, ControlRecordType, EndTransactionMarker, TransactionOutcome, end_transaction_marker,
};
pub use error::{BatchError, RecordError};
pub use header::{BatchHeader, decrement_sequence, increment_sequence};
pub use legacy::LegacyMessage;
pub use log_entry::{LogEntries, LogEntry, LogEntryPrefix, log_entries};
pub use record::{Record, RecordHeader};
pub use record_iterator::RecordIterator;
pub use records::{FileSlice, Records};
pub use summary::{RecordSummary, Summaries};
