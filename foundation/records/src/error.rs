//! What can be wrong with record bytes.

use crate::compression::{DecompressError, UnknownCompression};

/// The frame or the header is not that of a batch. Kafka's brokers answer `CORRUPT_MESSAGE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Fewer bytes than the fixed part needs.
    #[error("{available} bytes cannot hold a header of {needed} bytes")]
    TooShort {
        /// Bytes of the fixed part.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// The length field is smaller than the fixed part that must follow it.
    #[error("batch length {length} is below the minimum of {minimum}")]
    LengthBelowMinimum {
        /// The length field: bytes after itself.
        length: i32,
        /// The smallest that this magic allows.
        minimum: i32,
    },
    /// The slice is not exactly as long as the length field says.
    #[error("batch of {stated} bytes in a slice of {available} bytes")]
    LengthMismatch {
        /// Whole size by the length field.
        stated: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// A format that does not exist.
    #[error("unknown magic {0}")]
    UnknownMagic(i8),
    /// A format of before Kafka 0.11 where only magic 2 may stand.
    #[error("magic {0} is no longer allowed here")]
    LegacyMagic(i8),
    /// The bytes are not those that were written.
    #[error("stored crc is {stored:#010x}, computed crc is {computed:#010x}")]
    CrcMismatch {
        /// As it stands in the header.
        stored: u32,
        /// Over the bytes that are there.
        computed: u32,
    },
}

/// The batch is whole but what it holds is not a sequence of records. Kafka's brokers answer `INVALID_RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The header's record count is negative.
    #[error("record count {0} is negative")]
    NegativeRecordCount(i32),
    /// The bytes end inside of the batch's records.
    #[error("the batch's bytes end before its last record does")]
    PrematureEnd,
    /// Bytes follow the last record.
    #[error("bytes remain after the batch's last record")]
    BytesAfterLastRecord,
    /// A variable-length integer goes on past its fifth (tenth) byte.
    #[error("variable-length integer does not end")]
    VarintTooLong,
    /// A field of the record reaches beyond the length that the record begins with.
    #[error("record of {length} bytes is too short for its fields")]
    FieldBeyondRecord {
        /// The record's own length field.
        length: i32,
    },
    /// The record's fields end before its length does.
    #[error("record of {length} bytes has {left} bytes after its last field")]
    BytesAfterLastField {
        /// The record's own length field.
        length: i32,
        /// Bytes that no field accounts for.
        left: usize,
    },
    /// The count of headers is negative or larger than the bytes that are left.
    #[error("record header count {0} is not possible")]
    HeaderCount(i32),
    /// A header's key must not be null.
    #[error("record header key length {0} is negative")]
    NegativeHeaderKeyLength(i32),
    /// The codec in the attributes does not exist (or not in this format).
    #[error(transparent)]
    UnknownCompression(#[from] UnknownCompression),
    /// The records cannot be decompressed, or are too large when they are.
    #[error(transparent)]
    Decompress(#[from] DecompressError),
    /// A message inside of a legacy wrapper message is corrupt.
    #[error("inner message: {0}")]
    InnerMessage(BatchError),
    /// A legacy message's key or value reaches beyond the message.
    #[error("legacy message's field of {length} bytes reaches beyond the message")]
    FieldBeyondMessage {
        /// The field's length.
        length: i32,
    },
    /// A legacy wrapper message without a value, or with nothing in it.
    #[error("compressed legacy message holds no messages")]
    EmptyWrapper,
    /// A legacy wrapper inside of a legacy wrapper.
    #[error("inner legacy message is itself compressed")]
    NestedCompression,
    /// The wrapper's offset, that of its last message, is below the last relative offset inside.
    #[error("wrapper offset {wrapper} is below its last inner offset {inner}")]
    WrapperOffset {
        /// Of the wrapper.
        wrapper: i64,
        /// Of the last inner message.
        inner: i64,
    },
}
