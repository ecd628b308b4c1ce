//! What only the log's owner does to a segment.

use super::cursor::{Cursor, CursorError};
use super::file_names::FileKind;
use super::recent::RecentBatch;
use super::sparse_index::{IndexEntry, IndexFile, SparseIndex};
use super::{AbortedEntry, EntryHead, LargestTimestamp, OffsetEntry, RecentBatches, Segment, Tables, TimeEntry};
use crate::error::StorageError;
use ottla_model::Offset;
use std::io::IoSlice;
use std::sync::atomic::Ordering;

/// A batch that has just been written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) head: EntryHead,
    /// Whether so many bytes have been written since the last index entry that this batch gets one.
    pub(crate) indexed: bool,
}

impl Segment {
    /// Writes bytes after the records that are there. Readers do not see them before [`Self::publish`].
    pub(crate) fn write(&self, pieces: &[IoSlice<'_>]) -> Result<(), StorageError> {
        let file = self.log_file()?;
        file.write_at(pieces, self.size()).map_err(|error| StorageError::io("write", &self.path(FileKind::Log))(error))
    }

    /// Cuts what a failed write may have left after the records.
    pub(crate) fn cut_unpublished(&self) -> Result<(), StorageError> {
        let file = self.log_file()?;
        file.set_len(self.size()).map_err(StorageError::io("truncate", &self.path(FileKind::Log)))
    }

    /// Makes batches that were written visible to readers, and enters them into the tables. `entries` gives each batch.
    pub(crate) fn publish(&self, entries: impl IntoIterator<Item = Written>) {
        let mut tables = self.tables();
        let mut end = self.size();
        for Written { head, indexed } in entries {
            let largest = tables.largest.get_or_insert(LargestTimestamp::none(self.base_offset()));
            if head.max_timestamp > largest.timestamp {
                *largest = LargestTimestamp { timestamp: head.max_timestamp, last_offset: head.last_offset };
            }
            if indexed {
                self.index(&mut tables, &head);
            }
            tables.recent.push(RecentBatch {
                first_offset: head.first_offset,
                last_offset: head.last_offset,
                position: head.position,
                size: head.size,
            });
            end = head.end();
        }
        drop(tables);
        self.size.store(end, Ordering::Release);
    }

    /// Enters a batch into both indexes.
    fn index(&self, tables: &mut Tables, head: &EntryHead) {
        let (Some(relative_offset), Ok(position)) = (self.relative(head.last_offset), i32::try_from(head.position))
        else {
            return; // Cannot be: the segment is rolled before. An entry that is missing costs a longer walk.
        };
        if tables.offsets.last().is_none_or(|last| last.relative_offset < relative_offset) {
            tables.offsets.push(OffsetEntry { relative_offset, position });
        }
        self.push_largest(tables);
    }

    /// Enters the largest timestamp into the time index, if it is larger than the last entry's.
    fn push_largest(&self, tables: &mut Tables) {
        let Some(largest) = tables.largest else { return };
        let timestamp = largest.timestamp.value();
        if timestamp > tables.times.last().map_or(-1, |last| last.timestamp)
            && let Some(relative_offset) = self.relative(largest.last_offset)
        {
            tables.times.push(TimeEntry { timestamp, relative_offset });
        }
    }

    /// Adds an aborted transaction.
    pub(crate) fn push_aborted(&self, entry: AbortedEntry) {
        self.tables().aborted.push(entry);
    }

    /// Whether another pair of index entries still fits into indexes of at most `bytes_max` bytes each. One place in the
    /// time index is kept free for the entry that ends it.
    pub(crate) fn indexes_are_full(&self, bytes_max: u32) -> bool {
        let tables = self.tables();
        let capacity = |size: usize| bytes_max / size as u32;
        tables.offsets.len() >= capacity(OffsetEntry::SIZE)
            || tables.times.len() >= capacity(TimeEntry::SIZE).saturating_sub(1)
    }

    /// Whether so many index entries wait that they should be written.
    pub(crate) fn index_write_is_due(&self) -> bool {
        let tables = self.tables();
        tables.offsets.is_due() || tables.times.is_due()
    }

    /// Writes index entries that wait in memory.
    pub(crate) fn persist_indexes(&self) -> Result<(), StorageError> {
        self.persist_index(FileKind::OffsetIndex, |tables| &mut tables.offsets)?;
        self.persist_index(FileKind::TimeIndex, |tables| &mut tables.times)?;
        let name = self.name(FileKind::TransactionIndex);
        self.tables().aborted.persist(&self.home, &name)?;
        Ok(())
    }

    fn persist_index<E: IndexEntry>(
        &self,
        kind: FileKind,
        index: impl Fn(&mut Tables) -> &mut SparseIndex<E>,
    ) -> Result<(), StorageError> {
        // Only the owner appends, so what is written meanwhile is still the beginning of what waits afterwards.
        let unwritten = index(&mut self.tables()).unwritten();
        let name = self.name(kind);
        let file = IndexFile::open_or_create(&self.home, &name)?;
        if unwritten.count > 0 {
            file.write(&unwritten)?;
            index(&mut self.tables()).wrote(unwritten.count);
        }
        Ok(())
    }

    /// Ends the indexes: the time index gets a last entry, by which retention will go.
    pub(crate) fn finish(&self) -> Result<(), StorageError> {
        self.enter_largest()?;
        self.persist_indexes()
    }

    /// Enters the largest timestamp into the time index.
    pub(crate) fn enter_largest(&self) -> Result<(), StorageError> {
        self.largest_timestamp()?;
        self.push_largest(&mut self.tables());
        Ok(())
    }

    /// Writes indexes that were made anew for records below the recovery point. The next recovery will
    /// [trust](Self::keep_trusted_tables) them if the offset index says that there is something to trust, so that one is
    /// written when the others are on disk.
    pub(crate) fn write_rebuilt_indexes(&self) -> Result<(), StorageError> {
        self.persist_index(FileKind::TimeIndex, |tables| &mut tables.times)?;
        let name = self.name(FileKind::TransactionIndex);
        self.tables().aborted.persist(&self.home, &name)?;
        for kind in [FileKind::TimeIndex, FileKind::TransactionIndex] {
            if let Some(file) = self.home.open_if_there(&self.name(kind))? {
                file.sync().map_err(StorageError::io("sync", &self.path(kind)))?;
            }
        }
        self.home.sync_directory()?;
        self.persist_index(FileKind::OffsetIndex, |tables| &mut tables.offsets)
    }

    /// Whether the offset index has an entry for a batch that ends below `offset`.
    pub(crate) fn has_index_entry_below(&self, offset: Offset) -> Result<bool, StorageError> {
        let relative = self.relative_forced(offset);
        Ok(self
            .last_kept::<OffsetEntry>(
                FileKind::OffsetIndex,
                |tables| &tables.offsets,
                |entry| entry.relative_offset < relative,
            )?
            .is_some())
    }

    /// Makes ready a segment on disk to be appended to: the indexes' last entries are looked up.
    ///
    /// False if the indexes are not such as the records could have: they must be rebuilt then.
    pub(crate) fn activate(&self) -> Result<bool, StorageError> {
        let offsets = self.load_index::<OffsetEntry>(FileKind::OffsetIndex)?;
        let times = self.load_index::<TimeEntry>(FileKind::TimeIndex)?;
        let (Some(offsets), Some(times)) = (offsets, times) else { return Ok(false) };
        let size = self.size();
        let sound =
            offsets.last().is_none_or(|last| {
                // Relative offset and position 0 together cannot be the last of several: that is a preallocated file's tail.
                last.relative_offset >= 0
                    && u64::try_from(last.position).is_ok_and(|position| position < size)
                    && (last.position > 0 || offsets.len() == 1)
            }) && times.last().is_none_or(|last| last.relative_offset >= 0 && last.timestamp > 0 || times.len() == 1);
        if sound {
            let largest = self.largest_of(times.last());
            let mut tables = self.tables();
            (tables.offsets, tables.times, tables.largest) = (offsets, times, Some(largest));
        }
        Ok(sound)
    }

    /// Where the last batch that is indexed begins, of a segment that is [active](Self::activate).
    pub(crate) fn last_indexed_position(&self) -> u64 {
        self.tables().offsets.last().map_or(0, |last| u64::try_from(last.position).unwrap_or(0))
    }

    /// `None` if there is no such file, or it does not consist of whole entries.
    fn load_index<E: IndexEntry>(&self, kind: FileKind) -> Result<Option<SparseIndex<E>>, StorageError> {
        let name = self.name(kind);
        let Some(file) = IndexFile::open(&self.home, &name)? else { return Ok(None) };
        let (count, last) = file.search::<E>(None, |_| true)?;
        Ok(Some(SparseIndex::loaded(count, last)))
    }

    /// Removes all entries whose last offset is not below `offset`, durably: what a crash would bring back could stand
    /// behind what is written from now on, as if it belonged there.
    pub(crate) fn truncate_to(&self, offset: Offset) -> Result<(), StorageError> {
        let position = self.position_of(offset, self.size())?;
        self.tables().recent.clear();
        let relative = self.relative_forced(offset);
        self.truncate_index::<OffsetEntry>(
            FileKind::OffsetIndex,
            |tables| &mut tables.offsets,
            |entry| entry.relative_offset < relative,
        )?;
        self.truncate_index::<TimeEntry>(
            FileKind::TimeIndex,
            |tables| &mut tables.times,
            |entry| entry.relative_offset < relative,
        )?;
        let name = self.name(FileKind::TransactionIndex);
        self.tables().aborted.truncate_to(&self.home, &name, offset)?;

        self.size.store(position, Ordering::Release);
        let file = self.log_file()?;
        file.set_len(position).map_err(StorageError::io("truncate", &self.path(FileKind::Log)))?;
        file.sync().map_err(StorageError::io("sync", &self.path(FileKind::Log)))?;
        self.find_largest_again()
    }

    fn truncate_index<E: IndexEntry>(
        &self,
        kind: FileKind,
        index: impl Fn(&mut Tables) -> &mut SparseIndex<E>,
        keep: impl Fn(&E) -> bool,
    ) -> Result<(), StorageError> {
        // What waits goes to the file first, so that there is one place to cut.
        self.persist_index(kind, &index)?;
        let name = self.name(kind);
        let file = IndexFile::open_or_create(&self.home, &name)?;
        let (kept, last) = file.search(None, keep)?;
        if kept < file.len::<E>()? {
            file.truncate::<E>(kept)?;
            file.sync()?;
        }
        *index(&mut self.tables()) = SparseIndex::loaded(kept, last);
        Ok(())
    }

    /// After a truncation: the time index's last entry, or what has come after it and is larger.
    fn find_largest_again(&self) -> Result<(), StorageError> {
        let last = self.tables().times.last();
        let mut largest = self.largest_of(last);
        let from = self.position_of(largest.last_offset, self.size())?;
        let file = self.log_file()?;
        let mut cursor = Cursor::new(&*file, from, self.size());
        while let Some(head) = cursor.next().map_err(|error| self.cursor_failed(error))? {
            if head.max_timestamp > largest.timestamp {
                largest = LargestTimestamp { timestamp: head.max_timestamp, last_offset: head.last_offset };
            }
        }
        self.tables().largest = Some(largest);
        Ok(())
    }

    /// As [`Self::reset_tables`], for a segment with records below the recovery point: a crash that comes before the
    /// indexes are made anew must find none to trust.
    pub(crate) fn reset_trusted_tables(&self) -> Result<(), StorageError> {
        let name = self.name(FileKind::OffsetIndex);
        if let Some(file) = self.home.open_if_there(&name)? {
            let path = self.path(FileKind::OffsetIndex);
            if !file.is_empty().map_err(StorageError::io("read", &path))? {
                file.set_len(0).map_err(StorageError::io("truncate", &path))?;
                file.sync().map_err(StorageError::io("sync", &path))?;
            }
        }
        self.reset_tables()
    }

    /// Prepares for being scanned anew from the beginning: nothing is known any more, and the index files that there are
    /// are empty.
    pub(crate) fn reset_tables(&self) -> Result<(), StorageError> {
        for kind in [FileKind::OffsetIndex, FileKind::TimeIndex] {
            if let Some(file) = IndexFile::open(&self.home, &self.name(kind))? {
                file.truncate::<OffsetEntry>(0)?;
            }
        }
        if self.tables().aborted.has_file() {
            self.home.remove_if_there(&self.name(FileKind::TransactionIndex))?;
        }
        *self.tables() = Tables::empty(self.base_offset());
        Ok(())
    }

    /// Prepares for being scanned anew from the last batch that is indexed and ends below `trusted_below`: returns that
    /// batch. `None` if there is no such, or the indexes do not agree with the records.
    pub(crate) fn keep_trusted_tables(&self, trusted_below: Offset) -> Result<Option<EntryHead>, StorageError> {
        let size = self.size();
        let relative = self.relative_forced(trusted_below);
        let (offsets_name, times_name) = (self.name(FileKind::OffsetIndex), self.name(FileKind::TimeIndex));
        let (Some(offsets_file), Some(times_file)) =
            (IndexFile::open(&self.home, &offsets_name)?, IndexFile::open(&self.home, &times_name)?)
        else {
            return Ok(None);
        };
        let (offsets_kept, last) = offsets_file.sound_prefix::<OffsetEntry>(|entry| {
            (0..relative).contains(&entry.relative_offset)
                && u64::try_from(entry.position).is_ok_and(|position| position < size)
        })?;
        let Some(last) = last else { return Ok(None) };
        let last_offset = self.absolute(last.relative_offset);
        let position = u64::try_from(last.position).unwrap_or(0);
        let log = self.log_file()?;
        let head = match Cursor::new(&*log, position, size).next() {
            Ok(Some(head)) if head.last_offset == last_offset => head,
            Ok(_) | Err(CursorError::NoEntry { .. }) => return Ok(None),
            Err(error) => return Err(self.cursor_failed(error)),
        };
        let (times_kept, last_time) = times_file
            .sound_prefix::<TimeEntry>(|entry| (0..=last.relative_offset).contains(&entry.relative_offset))?;
        offsets_file.truncate::<OffsetEntry>(offsets_kept)?;
        times_file.truncate::<TimeEntry>(times_kept)?;

        let name = self.name(FileKind::TransactionIndex);
        let mut tables = self.tables();
        // Not the batch itself: it is scanned again.
        tables.aborted.truncate_to(&self.home, &name, last_offset)?;
        tables.offsets = SparseIndex::loaded(offsets_kept, Some(last));
        tables.times = SparseIndex::loaded(times_kept, last_time);
        tables.recent = RecentBatches::default();
        tables.largest = Some(self.largest_of(last_time));
        Ok(Some(head))
    }

    /// Enters a batch that was found by a scan.
    pub(crate) fn enter_scanned(&self, head: &EntryHead, indexed: bool) {
        let mut tables = self.tables();
        let largest = tables.largest.get_or_insert(LargestTimestamp::none(self.base_offset()));
        if head.max_timestamp > largest.timestamp {
            *largest = LargestTimestamp { timestamp: head.max_timestamp, last_offset: head.last_offset };
        }
        if indexed {
            self.index(&mut tables, head);
        }
    }

    /// Cuts the records after `size` bytes, durably: nothing of it may come back behind what is written from now on.
    pub(crate) fn cut_to(&self, size: u64) -> Result<(), StorageError> {
        self.size.store(size, Ordering::Release);
        self.cut_unpublished()?;
        self.log_file()?.sync().map_err(StorageError::io("sync", &self.path(FileKind::Log)))
    }

    /// Enters the largest timestamp into the time index of a segment that was ended, perhaps without the entry that ends
    /// it having got to the disk. False if the indexes must be rebuilt.
    pub(crate) fn finish_again(&self) -> Result<bool, StorageError> {
        if !self.activate()? {
            return Ok(false);
        }
        self.find_largest_again()?;
        self.finish()?;
        Ok(true)
    }

    /// Whether the transaction index can be what it is said to be.
    pub(crate) fn transaction_index_is_sound(&self) -> Result<bool, StorageError> {
        match self.aborted() {
            Ok(entries) => Ok(entries.iter().all(|entry| entry.last_offset >= self.base_offset())),
            Err(StorageError::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
