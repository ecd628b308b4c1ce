//! Record bytes on their way out: in memory, or still in the segment file they were written to.

use bytes::{Bytes, BytesMut};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Record batches as bytes, unparsed. What was decoded from a request is always [`Records::Memory`], a slice of the
/// request's buffer; what a fetch reads from a log is [`Records::File`], so that it can leave without being copied.
#[derive(Debug, Clone, PartialEq)]
pub enum Records {
    /// In memory.
    Memory(Bytes),
    /// In a file.
    File(FileSlice),
}

/// A part of an open file. The bytes must not change while the slice lives: segments are only appended to.
#[derive(Debug, Clone)]
pub struct FileSlice {
    /// The open file; dropped when the last slice of it is.
    pub file: Arc<File>,
    /// Where the slice begins, in bytes from the start of the file.
    pub position: u64,
    /// How many bytes it has.
    pub length: u32,
}

impl Records {
    /// No records: not the same as an absent `Records`.
    pub const fn empty() -> Self {
        Self::Memory(Bytes::new())
    }
    /// How many bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(slice) => slice.length as usize,
        }
    }
    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The bytes themselves; free when they are in memory.
    ///
    /// # Errors
    /// The file's, if there is one and it cannot be read or has become shorter.
    pub fn read_all(&self) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File(slice) => slice.read_all(),
        }
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}

impl FileSlice {
    /// Reads the slice into memory, without moving any file cursor.
    ///
    /// # Errors
    /// The file's; `UnexpectedEof` if it has become shorter.
    pub fn read_all(&self) -> io::Result<Bytes> {
        let mut bytes = BytesMut::zeroed(self.length as usize);
        self.file.read_exact_at(&mut bytes, self.position)?;
        Ok(bytes.freeze())
    }
}

/// Two slices are equal when they are the same part of the same open file; the contents are not read.
impl PartialEq for FileSlice {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && self.position == other.position && self.length == other.length
    }
}
