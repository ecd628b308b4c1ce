//! Which transactions were aborted, by segment: `.txnindex`.

use super::home::Home;
use crate::disk::Create;
use crate::error::StorageError;
use bytes::{Buf, Bytes};
use ottla_model::{Offset, ProducerId};
use std::io::IoSlice;

/// One entry: a transaction whose abort marker lies in this segment. 34 bytes on disk: version i16 = 0, producer id i64,
/// first offset i64, last offset i64, last stable offset i64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AbortedEntry {
    /// Whose transaction.
    pub(crate) producer_id: ProducerId,
    /// Offset of its first record in this partition.
    pub(crate) first_offset: Offset,
    /// Offset of the abort marker.
    pub(crate) last_offset: Offset,
    /// The last stable offset once this transaction was decided: whoever reads only up to it needs no later entries.
    pub(crate) last_stable_offset: Offset,
}

impl AbortedEntry {
    /// Bytes on disk.
    pub(crate) const SIZE: usize = 34;
    const VERSION: i16 = 0;

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::VERSION.to_be_bytes());
        out.extend_from_slice(&self.producer_id.value().to_be_bytes());
        out.extend_from_slice(&self.first_offset.value().to_be_bytes());
        out.extend_from_slice(&self.last_offset.value().to_be_bytes());
        out.extend_from_slice(&self.last_stable_offset.value().to_be_bytes());
    }

    /// Reads one from [`Self::SIZE`] bytes; `None` for a version that does not exist yet.
    pub(crate) fn take(mut bytes: &[u8]) -> Option<Self> {
        (bytes.get_i16() <= Self::VERSION).then(|| Self {
            producer_id: ProducerId::new(bytes.get_i64()),
            first_offset: Offset::new(bytes.get_i64()),
            last_offset: Offset::new(bytes.get_i64()),
            last_stable_offset: Offset::new(bytes.get_i64()),
        })
    }
}

/// The aborted transactions of one segment. There are few, so they are read whole where they are asked for; most segments
/// have none, and no file.
#[derive(Debug)]
pub(crate) struct TransactionIndex {
    /// Whether there is a file.
    has_file: bool,
    /// Entries that are not in the file yet.
    waiting: Vec<AbortedEntry>,
}

impl TransactionIndex {
    pub(crate) const fn new(has_file: bool) -> Self {
        Self { has_file, waiting: Vec::new() }
    }

    pub(crate) fn push(&mut self, entry: AbortedEntry) {
        self.waiting.push(entry);
    }

    /// Whether there is a file with entries.
    pub(crate) const fn has_file(&self) -> bool {
        self.has_file
    }
    /// Whether there is a file with entries, and the entries that are not in it.
    pub(crate) fn parts(&self) -> (bool, Vec<AbortedEntry>) {
        (self.has_file, self.waiting.clone())
    }

    /// Writes what waits. Returns whether there is a file.
    pub(crate) fn persist(&mut self, home: &Home, name: &str) -> Result<bool, StorageError> {
        if self.waiting.is_empty() {
            return Ok(self.has_file);
        }
        let file = home.open(name, Create::IfMissing)?;
        let failed = || StorageError::io("write", &home.path(name));
        let end = file.len().map_err(failed())?;
        let mut bytes = Vec::with_capacity(self.waiting.len() * AbortedEntry::SIZE);
        for entry in &self.waiting {
            entry.put(&mut bytes);
        }
        // What an interrupted write has left at the end is overwritten.
        let end = end - end % AbortedEntry::SIZE as u64;
        file.write_at(&[IoSlice::new(&bytes)], end).map_err(failed())?;
        self.has_file = true;
        self.waiting.clear();
        Ok(true)
    }

    /// Removes the entries of transactions that end at `offset` or after it, durably.
    pub(crate) fn truncate_to(&mut self, home: &Home, name: &str, offset: Offset) -> Result<(), StorageError> {
        self.waiting.retain(|entry| entry.last_offset < offset);
        if !self.has_file {
            return Ok(());
        }
        let kept = entries_in_file(home, name)?.partition_point(|entry| entry.last_offset < offset);
        let Some(file) = home.open_if_there(name)? else { return Ok(()) };
        file.set_len((kept * AbortedEntry::SIZE) as u64).map_err(StorageError::io("truncate", &home.path(name)))?;
        file.sync().map_err(StorageError::io("sync", &home.path(name)))
    }
}

/// The entries in a file, by last offset; none if there is no file.
pub(crate) fn entries_in_file(home: &Home, name: &str) -> Result<Vec<AbortedEntry>, StorageError> {
    let bytes = home.read_if_there(name)?.unwrap_or_else(Bytes::new);
    bytes.chunks_exact(AbortedEntry::SIZE).map(AbortedEntry::take).collect::<Option<_>>().ok_or_else(|| {
        StorageError::Corrupt { path: home.path(name), reason: "an entry of an unknown version".to_owned() }
    })
}
