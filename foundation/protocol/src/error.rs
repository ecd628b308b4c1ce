//! What can be wrong with bytes, and with values that are to become bytes.

/// Bytes that are not what they should be. The sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The message has no such version.
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// The message's name.
        message: &'static str,
        /// What was asked for.
        version: i16,
    },
    /// The bytes end before the value does.
    #[error("{needed} bytes are needed, but only {remaining} remain")]
    UnexpectedEnd {
        /// How many bytes the value takes at least.
        needed: usize,
        /// How many there are.
        remaining: usize,
    },
    /// A count that cannot be: not even the smallest elements would fit.
    #[error("{count} elements cannot fit in the {remaining} bytes that remain")]
    CountTooLarge {
        /// How many elements were announced.
        count: usize,
        /// How many bytes there are.
        remaining: usize,
    },
    /// Null where there must be a value.
    #[error("null where a value is required")]
    UnexpectedNull,
    /// Longer than the 32767 bytes that a string may have.
    #[error("a string of {length} bytes is too long")]
    StringTooLong {
        /// The length that was read.
        length: usize,
    },
    /// Not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
    /// More bytes than the number can have, or a number larger than its type.
    #[error("a variable-length number is too long")]
    VarintTooLong,
    /// Tags must ascend.
    #[error("tag {tag} does not come after tag {previous}")]
    TagOrder {
        /// The offending tag.
        tag: u32,
        /// The one before.
        previous: u32,
    },
    /// The tag is known, but not in this version.
    #[error("tag {tag} does not exist in version {version}")]
    TagNotInVersion {
        /// The tag.
        tag: u32,
        /// The message's version.
        version: i16,
    },
    /// A tagged field whose content is shorter than it says.
    #[error("tagged field {tag} has {unread} bytes too many")]
    TaggedFieldSize {
        /// The tag.
        tag: u32,
        /// How many bytes were left over.
        unread: usize,
    },
    /// Bytes after the end.
    #[error("{remaining} bytes after the end")]
    TrailingBytes {
        /// How many.
        remaining: usize,
    },
    /// No record of this kind of log has this type.
    #[error("unknown record type {record_type}")]
    UnknownRecordType {
        /// The type that was read.
        record_type: i16,
    },
    /// A metadata record's frame has another version than 1.
    #[error("unknown frame version {frame_version}")]
    UnknownFrameVersion {
        /// What was read.
        frame_version: u32,
    },
}

/// A value that cannot be said in the version at hand. We are at fault, or asked for too much.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The message has no such version.
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// The message's name.
        message: &'static str,
        /// What was asked for.
        version: i16,
    },
    /// The field has a value, and the version no place for it.
    #[error("{field} is set, but does not exist in version {version}")]
    FieldNotInVersion {
        /// `Struct.Field`, as the definitions spell them.
        field: &'static str,
        /// The message's version.
        version: i16,
    },
    /// The field is null, and the version wants a value.
    #[error("{field} is null, but may not be in version {version}")]
    FieldIsNull {
        /// `Struct.Field`, as the definitions spell them.
        field: &'static str,
        /// The message's version.
        version: i16,
    },
    /// There are unknown tagged fields, and the version is not flexible.
    #[error("tagged fields are set, but the version has none")]
    NotFlexible,
    /// Unknown tagged fields that do not ascend, or that have a known field's tag.
    #[error("tag {tag} is not in its place")]
    TagOrder {
        /// The offending tag.
        tag: u32,
    },
    /// A string of more than 32767 bytes, or something else of more than 2^31 - 1.
    #[error("a length of {length} is more than can be written")]
    TooLong {
        /// The length.
        length: usize,
    },
    /// Record bytes that lie in a file could not be read.
    #[error("record bytes cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// What `value` holds, for a field that may not be null in this version.
pub(crate) fn not_null<'a, T>(value: Option<&'a T>, field: &'static str, version: i16) -> Result<&'a T, EncodeError> {
    value.ok_or(EncodeError::FieldIsNull { field, version })
}
