//! A log segment or snapshot, entry by entry, with one entry in memory at a time.

use super::super::failure::Failure;
use super::cannot_read;
use bytes::Bytes;
use ottla_records::{LogEntry, LogEntryPrefix};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A file of batches.
pub(super) struct LogFile<'a> {
    path: &'a Path,
    file: File,
    /// Where reading ends, exclusive.
    end: u64,
}

impl<'a> LogFile<'a> {
    /// Opens `path`, to read no further than `max_bytes`.
    pub(super) fn open(path: &'a Path, max_bytes: u64) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
        let length = file.metadata().map_err(|error| cannot_read(path, &error))?.len();
        Ok(Self { path, file, end: length.min(max_bytes) })
    }

    /// Bytes that may be read.
    pub(super) fn length(&self) -> u64 {
        self.end
    }

    /// The entry at `position`; `None` if there is no whole entry before the end.
    pub(super) fn entry_at(&self, position: u64) -> Result<Option<LogEntry>, Failure> {
        let rest = self.end.saturating_sub(position);
        let mut beginning = [0; LogEntryPrefix::SIZE];
        if rest < beginning.len() as u64 {
            return Ok(None);
        }
        self.read(&mut beginning, position)?;
        let corrupt = |error| Failure::Said(format!("{}: at position {position}: {error}", self.path.display()));
        let Some(prefix) = LogEntryPrefix::parse(&beginning).map_err(corrupt)? else { return Ok(None) };
        if prefix.size_in_bytes as u64 > rest {
            return Ok(None);
        }
        let mut bytes = vec![0; prefix.size_in_bytes];
        self.read(&mut bytes, position)?;
        LogEntry::parse(Bytes::from(bytes)).map(Some).map_err(corrupt)
    }

    /// All whole entries from `position` on, each with its own position.
    pub(super) fn entries_from(
        &self,
        mut position: u64,
    ) -> impl Iterator<Item = Result<(u64, LogEntry), Failure>> + use<'_, 'a> {
        std::iter::from_fn(move || {
            let entry = match self.entry_at(position) {
                Ok(entry) => entry?,
                Err(failure) => {
                    // Nothing more after an error.
                    position = self.end;
                    return Some(Err(failure));
                }
            };
            let at = position;
            position += entry.size_in_bytes() as u64;
            Some(Ok((at, entry)))
        })
    }

    fn read(&self, buffer: &mut [u8], position: u64) -> Result<(), Failure> {
        self.file.read_exact_at(buffer, position).map_err(|error| cannot_read(self.path, &error))
    }
}
