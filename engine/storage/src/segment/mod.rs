//! Segments: the files that a log is made of.

mod cursor;
mod file_names;
mod find;
mod home;
mod index_entries;
mod open_files;
mod recent;
mod sparse_index;
mod transaction_index;
mod write;

pub use open_files::OpenFiles;

pub(crate) use cursor::{Cursor, CursorError, EntryHead};
pub(crate) use file_names::{FileKind, Suffix, file_name, parse_file_name};
pub(crate) use find::Location;
pub(crate) use home::{Home, replace_file};
pub(crate) use index_entries::{OffsetEntry, TimeEntry};
pub(crate) use transaction_index::AbortedEntry;
pub(crate) use write::Written;

use crate::disk::{Create, DiskFile};
use crate::error::StorageError;
use open_files::FileSlot;
use ottla_model::{Offset, Timestamp};
use recent::RecentBatches;
use sparse_index::SparseIndex;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transaction_index::TransactionIndex;

/// One segment. Readers and the log's owner share it; only the owner appends and truncates.
///
/// The records up to [`Self::size`] are whole entries; what may lie beyond is an append under way.
#[derive(Debug)]
pub(crate) struct Segment {
    base_offset: Offset,
    home: Arc<Home>,
    log: Arc<FileSlot>,
    size: AtomicU64,
    tables: Mutex<Tables>,
}

/// What is known of a segment beside its records. Locked for moments only, never while the disk is waited for by readers.
#[derive(Debug)]
struct Tables {
    offsets: SparseIndex<OffsetEntry>,
    times: SparseIndex<TimeEntry>,
    aborted: TransactionIndex,
    /// The newest batches of the active segment.
    recent: RecentBatches,
    /// The largest timestamp and the last offset of the batch that has it. `None` until somebody looks.
    largest: Option<LargestTimestamp>,
}

/// The largest timestamp in a segment, and the last offset of the first batch that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LargestTimestamp {
    /// -1 if no record has one.
    pub(crate) timestamp: Timestamp,
    /// The segment's base offset if no record has one.
    pub(crate) last_offset: Offset,
}

impl Segment {
    /// Begins a segment: an empty log file, in place of any that a crash has left under that name.
    pub(crate) fn create(home: &Arc<Home>, base_offset: Offset) -> Result<Arc<Self>, StorageError> {
        for kind in [FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TransactionIndex] {
            home.remove_if_there(&file_name(base_offset, kind, Suffix::None))?;
        }
        home.open(&file_name(base_offset, FileKind::Log, Suffix::None), Create::Anew)?;
        let largest = LargestTimestamp::none(base_offset);
        Ok(Arc::new(Self::new(
            home,
            base_offset,
            0,
            Tables {
                offsets: SparseIndex::empty(),
                times: SparseIndex::empty(),
                aborted: TransactionIndex::new(false),
                recent: RecentBatches::default(),
                largest: Some(largest),
            },
        )))
    }

    /// A segment that lies on disk with `size` bytes of records.
    pub(crate) fn on_disk(home: &Arc<Home>, base_offset: Offset, size: u64, has_transaction_index: bool) -> Self {
        Self::new(
            home,
            base_offset,
            size,
            Tables {
                offsets: SparseIndex::on_disk(),
                times: SparseIndex::on_disk(),
                aborted: TransactionIndex::new(has_transaction_index),
                recent: RecentBatches::default(),
                largest: None,
            },
        )
    }

    fn new(home: &Arc<Home>, base_offset: Offset, size: u64, tables: Tables) -> Self {
        Self {
            base_offset,
            home: Arc::clone(home),
            log: Arc::default(),
            size: AtomicU64::new(size),
            tables: Mutex::new(tables),
        }
    }

    /// At or below the first offset in it, and its name.
    pub(crate) const fn base_offset(&self) -> Offset {
        self.base_offset
    }
    /// Bytes of records that readers may see.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }
    /// The log file, opened if it is not open.
    pub(crate) fn log_file(&self) -> Result<Arc<dyn DiskFile>, StorageError> {
        self.home
            .open_files
            .get(&self.log, || self.home.disk.open(&self.path(FileKind::Log), Create::Never))
            .map_err(|error| StorageError::io("open", &self.path(FileKind::Log))(error))
    }
    /// The path of one of its files.
    pub(crate) fn path(&self, kind: FileKind) -> PathBuf {
        self.home.path(&self.name(kind))
    }
    fn name(&self, kind: FileKind) -> String {
        file_name(self.base_offset, kind, Suffix::None)
    }
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `offset` as the indexes write it; `None` if it is too far from the base offset (or before it).
    pub(crate) fn relative(&self, offset: Offset) -> Option<i32> {
        let relative = offset.value().checked_sub(self.base_offset.value())?;
        i32::try_from(relative).ok().filter(|&relative| relative >= 0)
    }
    /// `offset` relative to the base, forced into what an index entry can say: for comparisons.
    fn relative_forced(&self, offset: Offset) -> i32 {
        offset.value().saturating_sub(self.base_offset.value()).clamp(-1, i64::from(i32::MAX)) as i32
    }

    /// Gives the files the suffix of those that are about to be removed. Returns their new names.
    pub(crate) fn mark_deleted(&self) -> Result<Vec<String>, StorageError> {
        let mut names = Vec::new();
        for kind in FileKind::OF_SEGMENT {
            let to = file_name(self.base_offset, kind, Suffix::Deleted);
            if self.home.rename_if_there(&self.name(kind), &to)? {
                names.push(to);
            }
        }
        Ok(names)
    }

    /// Gives back memory that only an active segment needs.
    pub(crate) fn release_memory(&self) {
        let mut tables = self.tables();
        tables.recent = RecentBatches::default();
        tables.offsets.shrink();
        tables.times.shrink();
    }
}

impl LargestTimestamp {
    /// As if there were no record with a timestamp.
    pub(crate) const fn none(base_offset: Offset) -> Self {
        Self { timestamp: Timestamp::new(-1), last_offset: base_offset }
    }
}
