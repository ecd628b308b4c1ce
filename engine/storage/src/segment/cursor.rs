//! Walking over the entries of a log file by their fixed parts, without reading what is in them.

use crate::disk::DiskFile;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::{BatchError, BatchHeader, LogEntryPrefix};
use std::io;

/// The fixed part of an entry: a batch, or a message of before Kafka 0.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryHead {
    /// Where it begins in the file.
    pub(crate) position: u64,
    /// Bytes of the whole entry.
    pub(crate) size: u64,
    /// Offset of the first record; of a legacy message, that of the last, because only decompressing it would tell.
    pub(crate) first_offset: Offset,
    /// Offset of the last record, inclusive.
    pub(crate) last_offset: Offset,
    /// The largest timestamp; -1 if there is none.
    pub(crate) max_timestamp: Timestamp,
    /// The whole header, with magic 2.
    pub(crate) batch: Option<BatchHeader>,
}

impl EntryHead {
    /// Where the next entry begins.
    pub(crate) const fn end(&self) -> u64 {
        self.position + self.size
    }
    /// The epoch of the leader that appended the batch.
    pub(crate) fn leader_epoch(&self) -> Option<LeaderEpoch> {
        self.batch.as_ref().and_then(BatchHeader::leader_epoch)
    }
}

/// Why a walk cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CursorError {
    /// What lies at this position is no entry.
    #[error("at byte {position}: {error}")]
    NoEntry {
        /// From the beginning of the file.
        position: u64,
        /// What is wrong with it.
        error: BatchError,
    },
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One read's worth. Between two index entries lie about as many bytes, so a search needs one read as a rule.
const READ_SIZE: usize = 4096;
/// Where a legacy message of magic 1 has its timestamp.
const LEGACY_TIMESTAMP: usize = 18;

/// Walks over the entries of a file from one position to another.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    file: &'a dyn DiskFile,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    buffer_position: u64,
}

impl<'a> Cursor<'a> {
    /// `position` must be the beginning of an entry, or `end`.
    pub(crate) const fn new(file: &'a dyn DiskFile, position: u64, end: u64) -> Self {
        Self { file, position, end, buffer: Vec::new(), buffer_position: position }
    }

    /// The next entry. `None` at the end, and before an entry that is not there to its end.
    pub(crate) fn next(&mut self) -> Result<Option<EntryHead>, CursorError> {
        let position = self.position;
        let left = self.end.saturating_sub(position);
        let bytes = self.fixed_part(left)?;
        let no_entry = |error| CursorError::NoEntry { position, error };
        let Some(prefix) = LogEntryPrefix::parse(bytes).map_err(no_entry)? else { return Ok(None) };
        let size = prefix.size_in_bytes as u64;
        if size > left {
            return Ok(None);
        }
        let head = if prefix.magic == BatchHeader::MAGIC {
            let header = BatchHeader::parse(bytes).map_err(no_entry)?;
            EntryHead {
                position,
                size,
                first_offset: header.base_offset,
                last_offset: header.last_offset(),
                max_timestamp: header.max_timestamp,
                batch: Some(header),
            }
        } else {
            EntryHead {
                position,
                size,
                first_offset: prefix.offset,
                last_offset: prefix.offset,
                max_timestamp: legacy_timestamp(prefix.magic, bytes),
                batch: None,
            }
        };
        self.position = head.end();
        Ok(Some(head))
    }

    /// The first bytes of the entry at the present position: as many as the largest header has, or all that are left.
    fn fixed_part(&mut self, left: u64) -> io::Result<&[u8]> {
        let wanted = BatchHeader::SIZE.min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffered_end = self.buffer_position + self.buffer.len() as u64;
        if self.position < self.buffer_position || self.position + wanted as u64 > buffered_end {
            let size = READ_SIZE.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.resize(size, 0);
            let read = self.file.read_at(&mut self.buffer, self.position)?;
            self.buffer.truncate(read);
            self.buffer_position = self.position;
        }
        // Not beyond the buffer: the read began at this position, or an earlier one reached further.
        let from = (self.position - self.buffer_position) as usize;
        let to = (from + wanted).min(self.buffer.len());
        Ok(&self.buffer[from..to])
    }
}

fn legacy_timestamp(magic: i8, bytes: &[u8]) -> Timestamp {
    match bytes.get(LEGACY_TIMESTAMP..).and_then(|rest| rest.first_chunk()) {
        Some(&timestamp) if magic > 0 => Timestamp::new(i64::from_be_bytes(timestamp)),
        _ => BatchHeader::NO_TIMESTAMP,
    }
}
