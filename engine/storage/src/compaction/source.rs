//! Reading a segment from one end to the other, in large pieces.

use super::compactor::{CompactionError, Pace};
use crate::StorageError;
use crate::disk::DiskFile;
use crate::segment::{FileKind, Segment};
use bytes::{Bytes, BytesMut};
use ottla_records::{LogEntry, LogEntryPrefix};
use std::sync::Arc;

/// What may come out of one compressed batch.
pub(super) const DECOMPRESSED_MAX: usize = i32::MAX as usize;

/// The whole entries of a segment, their CRCs checked.
#[derive(Debug)]
pub(super) struct Source<'a> {
    segment: &'a Segment,
    file: Arc<dyn DiskFile>,
    /// Of the next byte to be read from the file.
    position: u64,
    end: u64,
    read_size: usize,
    buffer: Bytes,
}

impl<'a> Source<'a> {
    /// From `position` on, which must be the beginning of an entry.
    pub(super) fn new(segment: &'a Segment, position: u64, read_size: usize) -> Result<Self, StorageError> {
        Ok(Self {
            segment,
            file: segment.log_file()?,
            position,
            end: segment.size(),
            read_size: read_size.max(LogEntryPrefix::SIZE),
            buffer: Bytes::new(),
        })
    }

    /// The next entry, or `None` at the end.
    pub(super) fn next(&mut self, pace: &mut dyn Pace) -> Result<Option<LogEntry>, CompactionError> {
        let mut size = self.entry_size()?;
        if size.is_none_or(|size| size > self.buffer.len()) {
            self.read_more(size.unwrap_or(0), pace)?;
            size = self.entry_size()?;
        }
        let Some(size) = size.filter(|size| *size <= self.buffer.len()) else {
            return if self.buffer.is_empty() {
                Ok(None)
            } else {
                Err(self.segment.corrupt("the last batch is not there to its end".to_owned()).into())
            };
        };
        let at = self.position - self.buffer.len() as u64;
        let corrupt = |error| CompactionError::from(self.segment.corrupt(format!("at byte {at}: {error}")));
        let entry = LogEntry::parse(self.buffer.split_to(size)).map_err(corrupt)?;
        // A batch is about to be written anew, with a CRC that says that it is as it should be.
        entry.verify_crc().map_err(corrupt)?;
        Ok(Some(entry))
    }

    fn entry_size(&self) -> Result<Option<usize>, StorageError> {
        let prefix = LogEntryPrefix::parse(&self.buffer).map_err(|error| {
            let at = self.position - self.buffer.len() as u64;
            self.segment.corrupt(format!("at byte {at}: {error}"))
        })?;
        Ok(prefix.map(|prefix| prefix.size_in_bytes))
    }

    /// Reads on until `wanted` bytes are there, or the file ends.
    fn read_more(&mut self, wanted: usize, pace: &mut dyn Pace) -> Result<(), CompactionError> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let size = wanted.max(self.read_size).saturating_sub(self.buffer.len()).min(left);
        if size == 0 {
            return Ok(());
        }
        pace.moved(size as u64).is_continue().then_some(()).ok_or(CompactionError::Interrupted)?;
        let mut bytes = BytesMut::with_capacity(self.buffer.len() + size);
        bytes.extend_from_slice(&self.buffer);
        bytes.resize(self.buffer.len() + size, 0);
        let kept = self.buffer.len();
        let read = self
            .file
            .read_at(&mut bytes[kept..], self.position)
            .map_err(|error| StorageError::io("read", &self.segment.path(FileKind::Log))(error))?;
        if read < size {
            return Err(self.segment.corrupt(format!("ends at byte {}", self.position + read as u64)).into());
        }
        self.position += size as u64;
        self.buffer = bytes.freeze();
        Ok(())
    }
}
