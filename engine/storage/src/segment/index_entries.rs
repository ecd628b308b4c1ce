//! The entries of the two sparse indexes (`docs/formats/segment-and-indexes.md`).

use super::sparse_index::IndexEntry;

/// One entry of a `.index` file: the batch with this last offset begins at this byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    /// Last offset of the batch less the segment's base offset.
    pub(crate) relative_offset: i32,
    /// Where the batch begins in the log file.
    pub(crate) position: i32,
}

impl IndexEntry for OffsetEntry {
    const SIZE: usize = 8;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }
    fn take(bytes: &[u8]) -> Self {
        Self { relative_offset: i32::from_be_bytes(field(bytes, 0)), position: i32::from_be_bytes(field(bytes, 4)) }
    }
    fn precedes(&self, next: &Self) -> bool {
        self.relative_offset < next.relative_offset && self.position < next.position
    }
}

/// One entry of a `.timeindex` file: no record up to this offset has a later timestamp than this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    /// Milliseconds since 1970.
    pub(crate) timestamp: i64,
    /// Last offset of the batch that holds a record with this timestamp, less the segment's base offset.
    pub(crate) relative_offset: i32,
}

impl IndexEntry for TimeEntry {
    const SIZE: usize = 12;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
    }
    fn take(bytes: &[u8]) -> Self {
        Self { timestamp: i64::from_be_bytes(field(bytes, 0)), relative_offset: i32::from_be_bytes(field(bytes, 8)) }
    }
    fn precedes(&self, next: &Self) -> bool {
        self.timestamp < next.timestamp && self.relative_offset <= next.relative_offset
    }
}

/// `N` bytes at a position that is inside of the entry.
fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&bytes[at..at + N]);
    value
}
