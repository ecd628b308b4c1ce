//! Finding entries of a segment by offset and by timestamp. Called by readers, at any time.

use super::cursor::{Cursor, CursorError, EntryHead};
use super::file_names::FileKind;
use super::sparse_index::{IndexEntry, IndexFile, Probe, SparseIndex};
use super::transaction_index::entries_in_file;
use super::{AbortedEntry, LargestTimestamp, OffsetEntry, Segment, Tables, TimeEntry};
use crate::disk::DiskFile;
use crate::error::StorageError;
use bytes::{Bytes, BytesMut};
use ottla_model::{Offset, Timestamp};
use ottla_records::{LogEntry, Record};

/// Where a batch lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    /// Offset of its first record; of its last, if it is a legacy message.
    pub(crate) first_offset: Offset,
    /// From the beginning of the file.
    pub(crate) position: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// What may come out of one compressed batch when it is searched by timestamp.
const DECOMPRESSED_MAX: usize = i32::MAX as usize;

impl Segment {
    /// The first entry with a record at `offset` or above it, among those that begin before `limit` bytes.
    pub(crate) fn find(&self, offset: Offset, limit: u64) -> Result<Option<Location>, StorageError> {
        let recent = self.tables().recent.find(offset);
        if let Some(found) = recent {
            return Ok(found.filter(|batch| batch.position < limit).map(|batch| Location {
                first_offset: batch.first_offset,
                position: batch.position,
                size: batch.size,
            }));
        }
        let file = self.log_file()?;
        let from = self.position_not_after(offset)?.min(limit);
        let found = match self.first_reaching(&*file, from, limit, offset) {
            // An index that leads astray (a foreign writer's, or one that was not synced) costs time, not records.
            Err(StorageError::Corrupt { .. }) if from > 0 => self.first_reaching(&*file, 0, limit, offset)?,
            found => found?,
        };
        Ok(found.map(|head| Location { first_offset: head.first_offset, position: head.position, size: head.size }))
    }

    /// Where the first entry with a record at `offset` or above it begins, or `limit` if there is none before that.
    pub(crate) fn position_of(&self, offset: Offset, limit: u64) -> Result<u64, StorageError> {
        Ok(self.find(offset, limit)?.map_or(limit, |location| location.position))
    }

    /// The byte that the index gives for the last batch that is known to end at `offset` or before it.
    fn position_not_after(&self, offset: Offset) -> Result<u64, StorageError> {
        let relative = self.relative_forced(offset);
        let entry = self.last_kept::<OffsetEntry>(
            FileKind::OffsetIndex,
            |tables| &tables.offsets,
            |entry| entry.relative_offset <= relative,
        )?;
        Ok(entry.map_or(0, |entry| u64::try_from(entry.position).unwrap_or(0)))
    }

    /// The last entry of an index for which `keep` holds. The segment is locked only to look into memory.
    pub(super) fn last_kept<E: IndexEntry>(
        &self,
        kind: FileKind,
        index: impl Fn(&Tables) -> &SparseIndex<E>,
        keep: impl Fn(&E) -> bool,
    ) -> Result<Option<E>, StorageError> {
        let probe = index(&self.tables()).probe_last_kept(&keep);
        match probe {
            Probe::Found(entry) => Ok(Some(entry)),
            Probe::InFile(Some(0)) => Ok(None),
            Probe::InFile(count) => {
                let names = self.names();
                match IndexFile::open(&self.home, &names.of(kind))? {
                    Some(file) => Ok(file.search(count, keep)?.1),
                    None => Ok(None),
                }
            }
        }
    }

    fn first_reaching(
        &self,
        file: &dyn DiskFile,
        from: u64,
        limit: u64,
        offset: Offset,
    ) -> Result<Option<EntryHead>, StorageError> {
        let mut cursor = Cursor::new(file, from, limit);
        while let Some(head) = cursor.next().map_err(|error| self.cursor_failed(error))? {
            if head.last_offset >= offset {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    pub(crate) fn cursor_failed(&self, error: CursorError) -> StorageError {
        let path = self.path(FileKind::Log);
        match error {
            CursorError::Io(error) => StorageError::io("read", &path)(error),
            corrupt @ CursorError::NoEntry { .. } => StorageError::Corrupt { path, reason: corrupt.to_string() },
        }
    }

    /// An offset that is certainly not in the first `bytes_end` bytes, as the index knows; it need not be the smallest
    /// such. `None` if the index does not reach that far.
    pub(crate) fn offset_beyond(&self, bytes_end: u64) -> Result<Option<Offset>, StorageError> {
        let before = |entry: &OffsetEntry| u64::try_from(entry.position).unwrap_or(0) < bytes_end;
        let (in_file, waiting) = self.tables().offsets.first_waiting_not_kept(before);
        let names = self.names();
        let name = names.of(FileKind::OffsetIndex);
        if in_file != Some(0)
            && let Some(file) = IndexFile::open(&self.home, &name)?
        {
            let (kept, _) = file.search(in_file, before)?;
            if kept < in_file.map_or_else(|| file.len::<OffsetEntry>(), Ok)? {
                return Ok(file.entry::<OffsetEntry>(kept)?.map(|entry| self.absolute(entry.relative_offset)));
            }
        }
        Ok(waiting.map(|entry| self.absolute(entry.relative_offset)))
    }

    pub(super) fn absolute(&self, relative: i32) -> Offset {
        Offset::new(self.base_offset().value().saturating_add(i64::from(relative)))
    }

    /// The largest timestamp of the segment's records. Of an inactive segment, the time index's last entry says it.
    pub(crate) fn largest_timestamp(&self) -> Result<LargestTimestamp, StorageError> {
        if let Some(largest) = self.tables().largest {
            return Ok(largest);
        }
        let names = self.names();
        let last = match IndexFile::open(&self.home, &names.of(FileKind::TimeIndex))? {
            Some(file) => file.search::<TimeEntry>(None, |_| true)?.1,
            None => None,
        };
        drop(names);
        let largest = self.largest_of(last);
        self.tables().largest = Some(largest);
        Ok(largest)
    }

    pub(super) fn largest_of(&self, last: Option<TimeEntry>) -> LargestTimestamp {
        last.map_or(LargestTimestamp::none(self.base_offset()), |entry| LargestTimestamp {
            timestamp: Timestamp::new(entry.timestamp),
            last_offset: self.absolute(entry.relative_offset),
        })
    }

    /// What retention goes by: the largest timestamp, or when the file was last written to if no record has one.
    pub(crate) fn retention_timestamp(&self) -> Result<Timestamp, StorageError> {
        let largest = self.largest_timestamp()?.timestamp;
        if largest.value() >= 0 {
            return Ok(largest);
        }
        self.modified()
    }

    /// The first record at `offset_min` or above it whose timestamp is not below `timestamp`, with the head of its
    /// batch.
    pub(crate) fn find_timestamp(
        &self,
        timestamp: Timestamp,
        offset_min: Offset,
        limit: u64,
    ) -> Result<Option<(EntryHead, Record)>, StorageError> {
        let indexed = self.last_kept::<TimeEntry>(
            FileKind::TimeIndex,
            |tables| &tables.times,
            |entry| entry.timestamp <= timestamp.value(),
        )?;
        let from_offset = indexed.map_or(self.base_offset(), |entry| self.absolute(entry.relative_offset));
        let from = self.position_not_after(from_offset.max(offset_min))?.min(limit);
        self.first_record(
            from,
            limit,
            |head| head.max_timestamp >= timestamp,
            |record| record.timestamp >= timestamp && record.offset >= offset_min,
        )
    }

    /// The first record with the segment's largest timestamp, with the head of its batch.
    pub(crate) fn find_largest_timestamp(&self, limit: u64) -> Result<Option<(EntryHead, Record)>, StorageError> {
        let largest = self.largest_timestamp()?;
        let from = self.position_not_after(largest.last_offset)?.min(limit);
        self.first_record(
            from,
            limit,
            |head| head.max_timestamp == largest.timestamp,
            |record| record.timestamp == largest.timestamp,
        )
    }

    /// The first record with the largest timestamp of those at `offset_min` or above it, with the head of its batch. Looks
    /// at every batch from there on.
    pub(crate) fn find_largest_timestamp_from(
        &self,
        offset_min: Offset,
        limit: u64,
    ) -> Result<Option<(EntryHead, Record)>, StorageError> {
        let from = self.position_not_after(offset_min)?.min(limit);
        let file = self.log_file()?;
        let mut cursor = Cursor::new(&*file, from, limit);
        let mut best: Option<(EntryHead, Record)> = None;
        while let Some(head) = cursor.next().map_err(|error| self.cursor_failed(error))? {
            let beaten = |timestamp| best.as_ref().is_some_and(|(_, best)| timestamp <= best.timestamp);
            if head.last_offset < offset_min || beaten(head.max_timestamp) {
                continue;
            }
            let corrupt = |error| self.corrupt(format!("at byte {}: {error}", head.position));
            for record in self.read_entry(&*file, &head)?.records(DECOMPRESSED_MAX).map_err(corrupt)? {
                let record = record.map_err(corrupt)?;
                if record.offset >= offset_min
                    && best.as_ref().is_none_or(|(_, best)| record.timestamp > best.timestamp)
                {
                    best = Some((head, record));
                }
            }
        }
        Ok(best)
    }

    fn first_record(
        &self,
        from: u64,
        limit: u64,
        in_batch: impl Fn(&EntryHead) -> bool,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Option<(EntryHead, Record)>, StorageError> {
        let file = self.log_file()?;
        let mut cursor = Cursor::new(&*file, from, limit);
        while let Some(head) = cursor.next().map_err(|error| self.cursor_failed(error))? {
            if !in_batch(&head) {
                continue;
            }
            let entry = self.read_entry(&*file, &head)?;
            let corrupt = |error| self.corrupt(format!("at byte {}: {error}", head.position));
            for record in entry.records(DECOMPRESSED_MAX).map_err(corrupt)? {
                let record = record.map_err(corrupt)?;
                if wanted(&record) {
                    return Ok(Some((head, record)));
                }
            }
        }
        Ok(None)
    }

    /// Reads a whole entry.
    pub(crate) fn read_entry(&self, file: &dyn DiskFile, head: &EntryHead) -> Result<LogEntry, StorageError> {
        let bytes = self.read_bytes(file, head.position, head.size as usize)?;
        LogEntry::parse(bytes).map_err(|error| self.corrupt(format!("at byte {}: {error}", head.position)))
    }

    /// Reads so many bytes; it is an error if they are not there.
    pub(crate) fn read_bytes(&self, file: &dyn DiskFile, position: u64, size: usize) -> Result<Bytes, StorageError> {
        let mut bytes = BytesMut::zeroed(size);
        let read = file
            .read_at(&mut bytes, position)
            .map_err(|error| StorageError::io("read", &self.path(FileKind::Log))(error))?;
        if read < size {
            return Err(self.corrupt(format!("ends at byte {}", position + read as u64)));
        }
        Ok(bytes.freeze())
    }

    pub(crate) fn corrupt(&self, reason: String) -> StorageError {
        StorageError::Corrupt { path: self.path(FileKind::Log), reason }
    }

    /// The entries of the transaction index.
    pub(crate) fn aborted(&self) -> Result<Vec<AbortedEntry>, StorageError> {
        let (has_file, waiting) = self.tables().aborted.parts();
        let mut entries = match has_file {
            true => {
                let names = self.names();
                entries_in_file(&self.home, &names.of(FileKind::TransactionIndex))?
            }
            false => Vec::new(),
        };
        // What waited a moment ago may have been written in between.
        let last_in_file = entries.last().map(|entry: &AbortedEntry| entry.last_offset);
        entries.extend(waiting.into_iter().filter(|entry| last_in_file.is_none_or(|last| entry.last_offset > last)));
        Ok(entries)
    }
}
