//! Segments: the files that a log is made of.

mod cursor;
mod file_names;
mod find;
mod home;
mod index_entries;
mod open_files;
mod recent;
mod replacement;
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
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use transaction_index::TransactionIndex;

/// One segment. Readers and the log's owner share it; only the owner appends and truncates.
///
/// The records up to [`Self::size`] are whole entries; what may lie beyond is an append under way.
#[derive(Debug)]
pub(crate) struct Segment {
    base_offset: Offset,
    home: Arc<Home>,
    /// What the names of its files end with. Whoever opens one by name holds this for as long: another segment may be
    /// about to get the names that this one has.
    suffix: RwLock<Suffix>,
    log: Arc<FileSlot>,
    /// The log file of a segment that has left the log, for those who still read it: its name may be another's soon.
    kept_open: OnceLock<Arc<dyn DiskFile>>,
    size: AtomicU64,
    tables: Mutex<Tables>,
}

/// The names of a segment's files. They stay what they are while this is held, so do not ask for another one meanwhile.
#[derive(Debug)]
struct Names<'a> {
    base_offset: Offset,
    suffix: RwLockReadGuard<'a, Suffix>,
}

impl Names<'_> {
    fn of(&self, kind: FileKind) -> String {
        file_name(self.base_offset, kind, *self.suffix)
    }
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
        Self::create_first(home, base_offset)
    }

    /// As [`Self::create`], where it is known that there is no file of that name.
    pub(crate) fn create_first(home: &Arc<Home>, base_offset: Offset) -> Result<Arc<Self>, StorageError> {
        home.open(&file_name(base_offset, FileKind::Log, Suffix::None), Create::Anew)?;
        Ok(Arc::new(Self::new(home, base_offset, Suffix::None, 0, Tables::empty(base_offset))))
    }

    /// A segment that lies on disk with `size` bytes of records.
    pub(crate) fn on_disk(home: &Arc<Home>, base_offset: Offset, size: u64, has_transaction_index: bool) -> Self {
        Self::new(
            home,
            base_offset,
            Suffix::None,
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

    fn new(home: &Arc<Home>, base_offset: Offset, suffix: Suffix, size: u64, tables: Tables) -> Self {
        Self {
            base_offset,
            home: Arc::clone(home),
            suffix: RwLock::new(suffix),
            log: Arc::default(),
            kept_open: OnceLock::new(),
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
        if let Some(file) = self.kept_open.get() {
            return Ok(Arc::clone(file));
        }
        self.open_log(&self.names().of(FileKind::Log))
    }
    fn open_log(&self, name: &str) -> Result<Arc<dyn DiskFile>, StorageError> {
        let path = self.home.path(name);
        self.home
            .open_files
            .get(&self.log, || self.home.disk.open(&path, Create::Never))
            .map_err(StorageError::io("open", &path))
    }
    /// The path of one of its files.
    pub(crate) fn path(&self, kind: FileKind) -> PathBuf {
        self.home.path(&self.name(kind))
    }
    fn name(&self, kind: FileKind) -> String {
        self.names().of(kind)
    }
    fn names(&self) -> Names<'_> {
        let suffix = self.suffix.read().unwrap_or_else(PoisonError::into_inner);
        Names { base_offset: self.base_offset, suffix }
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

    /// Gives back memory that only an active segment needs.
    pub(crate) fn release_memory(&self) {
        let mut tables = self.tables();
        tables.recent = RecentBatches::default();
        tables.offsets.shrink();
        tables.times.shrink();
    }
}

impl Tables {
    /// Of a segment without records.
    fn empty(base_offset: Offset) -> Self {
        Self {
            offsets: SparseIndex::empty(),
            times: SparseIndex::empty(),
            aborted: TransactionIndex::new(false),
            recent: RecentBatches::default(),
            largest: Some(LargestTimestamp::none(base_offset)),
        }
    }
}

impl LargestTimestamp {
    /// As if there were no record with a timestamp.
    pub(crate) const fn none(base_offset: Offset) -> Self {
        Self { timestamp: Timestamp::new(-1), last_offset: base_offset }
    }
}
