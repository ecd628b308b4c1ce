//! What the offset index and the time index have in common: fixed-size entries in ascending order in a file that is only
//! appended to.
//!
//! Kafka maps these files into memory and preallocates them; here the newest entries wait in memory until there are
//! enough of them for a write, and the rest is read where a search needs it. A crash loses what waits, and recovery makes
//! it anew from the records, as it does for whatever was not synced.
//!
//! [`SparseIndex`] is what is in memory, [`IndexFile`] is what is on disk: a search asks the first under its segment's
//! lock and the second without it, so that an append never waits for a search's reading.

use super::home::Home;
use crate::disk::{Create, DiskFile};
use crate::error::StorageError;
use std::io::{self, IoSlice};
use std::sync::Arc;

/// An entry of fixed size.
pub(crate) trait IndexEntry: Copy + PartialEq + std::fmt::Debug {
    /// Bytes on disk.
    const SIZE: usize;
    /// Appends the entry as it stands on disk.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads an entry from [`Self::SIZE`] bytes.
    fn take(bytes: &[u8]) -> Self;
    /// Whether `self` may stand directly before `next`.
    fn precedes(&self, next: &Self) -> bool;
}

/// How many entries wait in memory before they are written: an offset index entry stands for `index.interval.bytes` at
/// least, so this is one small write per quarter of a megabyte of records.
const ENTRIES_IN_MEMORY_MAX: usize = 64;
/// A search reads the file one entry at a time until no more than this many are left, then those at once.
const ENTRIES_READ_AT_ONCE: u32 = 256;

/// What is in memory of an index.
#[derive(Debug)]
pub(crate) struct SparseIndex<E> {
    /// Entries in the file; `None` if nothing has been appended since the log was opened: as many as fit into it.
    in_file: Option<u32>,
    /// Entries that are not in the file yet.
    waiting: Vec<E>,
    /// The last of all entries, if it is known; only an index that is appended to needs it.
    last: Option<E>,
}

/// What memory has to say to a search.
#[derive(Debug)]
pub(crate) enum Probe<E> {
    /// This is the entry.
    Found(E),
    /// It is among so many entries in the file, if it is anywhere.
    InFile(Option<u32>),
}

impl<E: IndexEntry> SparseIndex<E> {
    /// An index without entries.
    pub(crate) const fn empty() -> Self {
        Self { in_file: Some(0), waiting: Vec::new(), last: None }
    }
    /// An index of which everything is on disk and nothing is known.
    pub(crate) const fn on_disk() -> Self {
        Self { in_file: None, waiting: Vec::new(), last: None }
    }
    /// An index of which `in_file` entries are on disk, `last` being the last.
    pub(crate) const fn loaded(in_file: u32, last: Option<E>) -> Self {
        Self { in_file: Some(in_file), waiting: Vec::new(), last }
    }

    /// How many entries there are, as far as it is known.
    pub(crate) fn len(&self) -> u32 {
        self.in_file.unwrap_or(0) + self.waiting.len() as u32
    }
    /// How many entries there are, if that can be said without looking at the file.
    pub(crate) fn known_len(&self) -> Option<u32> {
        self.in_file.map(|in_file| in_file + self.waiting.len() as u32)
    }
    /// The last entry, as far as it is known.
    pub(crate) fn last(&self) -> Option<E> {
        self.last
    }
    /// Appends an entry; it is written to the file some time later.
    pub(crate) fn push(&mut self, entry: E) {
        self.waiting.push(entry);
        self.last = Some(entry);
    }
    /// Whether so many entries wait that they should be written.
    pub(crate) fn is_due(&self) -> bool {
        self.waiting.len() >= ENTRIES_IN_MEMORY_MAX
    }
    /// Gives back memory that only an active segment's index needs.
    pub(crate) fn shrink(&mut self) {
        self.waiting.shrink_to_fit();
    }

    /// What waits, as it goes to the file, and where to.
    pub(crate) fn unwritten(&self) -> Unwritten {
        let mut bytes = Vec::with_capacity(self.waiting.len() * E::SIZE);
        for entry in &self.waiting {
            entry.put(&mut bytes);
        }
        Unwritten { position: u64::from(self.in_file.unwrap_or(0)) * E::SIZE as u64, bytes, count: self.waiting.len() }
    }
    /// Takes note that the first `count` of what waited is in the file now.
    pub(crate) fn wrote(&mut self, count: usize) {
        self.waiting.drain(..count);
        self.in_file = Some(self.in_file.unwrap_or(0) + count as u32);
    }

    /// Asks for the last entry of those from the beginning for which `keep` holds; `keep` must not hold again after it
    /// has not.
    pub(crate) fn probe_last_kept(&self, keep: impl Fn(&E) -> bool) -> Probe<E> {
        match self.waiting.partition_point(keep) {
            0 => Probe::InFile(self.in_file),
            kept => Probe::Found(self.waiting[kept - 1]),
        }
    }
    /// Asks for the first entry in memory for which `keep` does not hold. Those in the file come before it.
    pub(crate) fn first_waiting_not_kept(&self, keep: impl Fn(&E) -> bool) -> (Option<u32>, Option<E>) {
        (self.in_file, self.waiting.get(self.waiting.partition_point(keep)).copied())
    }
}

/// Entries on their way to the file.
#[derive(Debug)]
pub(crate) struct Unwritten {
    position: u64,
    bytes: Vec<u8>,
    /// How many entries.
    pub(crate) count: usize,
}

/// An index file that is open.
#[derive(Debug)]
pub(crate) struct IndexFile<'a> {
    home: &'a Home,
    name: &'a str,
    file: Arc<dyn DiskFile>,
}

impl<'a> IndexFile<'a> {
    /// `None` if there is no such file: an index without entries.
    pub(crate) fn open(home: &'a Home, name: &'a str) -> Result<Option<Self>, StorageError> {
        Ok(home.open_if_there(name)?.map(|file| Self { home, name, file }))
    }
    /// Creates the file if there is none.
    pub(crate) fn open_or_create(home: &'a Home, name: &'a str) -> Result<Self, StorageError> {
        Ok(Self { home, name, file: home.open(name, Create::IfMissing)? })
    }

    fn failed(&self, operation: &'static str) -> impl FnOnce(io::Error) -> StorageError + use<> {
        StorageError::io(operation, &self.home.path(self.name))
    }

    /// Whole entries in the file; what is left over at its end is not counted.
    pub(crate) fn len<E: IndexEntry>(&self) -> Result<u32, StorageError> {
        let length = self.file.len().map_err(self.failed("read"))?;
        Ok(u32::try_from(length / E::SIZE as u64).unwrap_or(u32::MAX))
    }
    /// Writes entries.
    pub(crate) fn write(&self, entries: &Unwritten) -> Result<(), StorageError> {
        self.file.write_at(&[IoSlice::new(&entries.bytes)], entries.position).map_err(self.failed("write"))
    }
    /// Removes all entries after the first `count`.
    pub(crate) fn truncate<E: IndexEntry>(&self, count: u32) -> Result<(), StorageError> {
        self.file.set_len(u64::from(count) * E::SIZE as u64).map_err(self.failed("truncate"))
    }
    /// Makes what was written and removed survive a power cut.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.file.sync().map_err(self.failed("sync"))
    }

    /// How many of the first `count` entries (all, if that is `None`) `keep` holds for, and the last of those.
    pub(crate) fn search<E: IndexEntry>(
        &self,
        count: Option<u32>,
        keep: impl Fn(&E) -> bool,
    ) -> Result<(u32, Option<E>), StorageError> {
        let (mut low, mut high) = (0, count.map_or_else(|| self.len::<E>(), Ok)?);
        let mut last_kept = None;
        while high - low > ENTRIES_READ_AT_ONCE {
            let middle = low + (high - low) / 2;
            match self.entry::<E>(middle)? {
                Some(entry) if keep(&entry) => (low, last_kept) = (middle + 1, Some(entry)),
                _ => high = middle,
            }
        }
        let block = self.entries::<E>(low, high - low)?;
        let kept = block.partition_point(keep);
        if kept > 0 {
            last_kept = Some(block[kept - 1]);
        }
        Ok((low + kept as u32, last_kept))
    }

    /// The entries from the beginning that are in order (a preallocated file ends with zeros that are not) and that
    /// `keep` holds for: how many, and the last of them.
    pub(crate) fn sound_prefix<E: IndexEntry>(
        &self,
        keep: impl Fn(&E) -> bool,
    ) -> Result<(u32, Option<E>), StorageError> {
        let count = self.len::<E>()?;
        let (mut kept, mut last) = (0_u32, None::<E>);
        while kept < count {
            let block = self.entries::<E>(kept, ENTRIES_READ_AT_ONCE.min(count - kept))?;
            if block.is_empty() {
                break;
            }
            for entry in block {
                if last.is_some_and(|last| !last.precedes(&entry)) || !keep(&entry) {
                    return Ok((kept, last));
                }
                (kept, last) = (kept + 1, Some(entry));
            }
        }
        Ok((kept, last))
    }

    /// The entry with this number, from 0.
    pub(crate) fn entry<E: IndexEntry>(&self, number: u32) -> Result<Option<E>, StorageError> {
        Ok(self.entries(number, 1)?.first().copied())
    }

    /// Up to `count` entries from `first` on; fewer only where the file ends.
    fn entries<E: IndexEntry>(&self, first: u32, count: u32) -> Result<Vec<E>, StorageError> {
        let mut bytes = vec![0; count as usize * E::SIZE];
        let read = self.file.read_at(&mut bytes, u64::from(first) * E::SIZE as u64).map_err(self.failed("read"))?;
        Ok(bytes[..read].chunks_exact(E::SIZE).map(E::take).collect())
    }
}
