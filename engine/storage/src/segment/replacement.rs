//! Segments that take the place of others, and those that give way.
//!
//! Compaction writes a segment under names with `.cleaned`, gives it `.swap` when it is complete and on disk, renames the
//! files that it replaces to `.deleted`, and takes the suffix off. Opening a log knows what to do at each stage
//! (`recovery/leftovers.rs`), in Kafka too.

use super::sparse_index::IndexEntry;
use super::{FileKind, Home, OffsetEntry, Segment, Suffix, Tables, TimeEntry, file_name};
use crate::disk::Create;
use crate::error::StorageError;
use ottla_model::{Offset, Timestamp};
use std::io;
use std::sync::{Arc, PoisonError};

impl Segment {
    /// Begins a segment that is to replace others: an empty `.cleaned` file, in place of any that is there.
    pub(crate) fn create_cleaned(home: &Arc<Home>, base_offset: Offset) -> Result<Arc<Self>, StorageError> {
        for kind in FileKind::OF_SEGMENT {
            home.remove_if_there(&file_name(base_offset, kind, Suffix::Cleaned))?;
        }
        home.open(&file_name(base_offset, FileKind::Log, Suffix::Cleaned), Create::Anew)?;
        Ok(Arc::new(Self::new(home, base_offset, Suffix::Cleaned, 0, Tables::empty(base_offset))))
    }

    /// Makes everything in the files survive a power cut (not their names).
    pub(crate) fn sync_files(&self) -> Result<(), StorageError> {
        for kind in FileKind::OF_SEGMENT {
            let name = self.name(kind);
            if let Some(file) = self.home.open_if_there(&name)? {
                file.sync().map_err(StorageError::io("sync", &self.home.path(&name)))?;
            }
        }
        Ok(())
    }

    /// Removes the files of a segment that did not become part of the log.
    pub(crate) fn discard(&self) -> Result<(), StorageError> {
        let names = self.names();
        for kind in FileKind::OF_SEGMENT {
            self.home.remove_if_there(&names.of(kind))?;
        }
        Ok(())
    }

    /// Gives the files another suffix, the log file first. Returns their new names.
    pub(crate) fn rename_to(&self, suffix: Suffix) -> Result<Vec<String>, StorageError> {
        let mut present = self.suffix.write().unwrap_or_else(PoisonError::into_inner);
        let mut names = Vec::new();
        for kind in FileKind::OF_SEGMENT {
            let to = file_name(self.base_offset, kind, suffix);
            if self.home.rename_if_there(&file_name(self.base_offset, kind, *present), &to)? {
                names.push(to);
            }
        }
        *present = suffix;
        Ok(names)
    }

    /// Gives the files the suffix of those that are about to be removed. Returns their new names. Whoever has the segment
    /// can go on reading it.
    pub(crate) fn mark_deleted(&self) -> Result<Vec<String>, StorageError> {
        if let Ok(file) = self.log_file() {
            // Set already if this is a second attempt, then to the same file.
            let _ = self.kept_open.set(file);
        }
        self.rename_to(Suffix::Deleted)
    }

    /// Bytes of the offset index and of the time index.
    pub(crate) fn index_sizes(&self) -> Result<(u64, u64), StorageError> {
        let (offsets, times) = {
            let tables = self.tables();
            (tables.offsets.known_len(), tables.times.known_len())
        };
        let bytes = |known: Option<u32>, size: usize, kind| match known {
            Some(count) => Ok(u64::from(count) * size as u64),
            None => self.size_of(kind),
        };
        Ok((
            bytes(offsets, OffsetEntry::SIZE, FileKind::OffsetIndex)?,
            bytes(times, TimeEntry::SIZE, FileKind::TimeIndex)?,
        ))
    }

    fn size_of(&self, kind: FileKind) -> Result<u64, StorageError> {
        let name = self.name(kind);
        match self.home.open_if_there(&name)? {
            Some(file) => file.len().map_err(StorageError::io("read", &self.home.path(&name))),
            None => Ok(0),
        }
    }

    /// When the log file was last written to.
    pub(crate) fn modified(&self) -> Result<Timestamp, StorageError> {
        let modified = self.log_file()?.modified();
        modified.map(Timestamp::new).map_err(|error| StorageError::io("read", &self.path(FileKind::Log))(error))
    }

    /// Makes the files look as if they had been written at that time: retention goes by it where records have no
    /// timestamps.
    pub(crate) fn set_modified(&self, modified: Timestamp) -> Result<(), StorageError> {
        for kind in [FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex] {
            let name = self.name(kind);
            let Some(file) = self.home.open_if_there(&name)? else { continue };
            match file.set_modified(modified.value()) {
                // A file system without such times has none to keep.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                outcome => outcome.map_err(StorageError::io("set the time of", &self.home.path(&name)))?,
            }
        }
        Ok(())
    }
}
