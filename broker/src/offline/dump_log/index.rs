//! `.index`: where in a segment offsets lie.

use super::super::failure::Failure;
use super::arguments::Arguments;
use super::findings::Findings;
use super::log_file::LogFile;
use super::{absolute, base_offset, cannot_read, sibling};
use bytes::{Buf, Bytes};
use std::io::Write;
use std::path::Path;

/// Offset from the segment's first i32, position i32.
const ENTRY_SIZE: usize = 8;

/// An index file, as it is. The active segment's is longer than its entries, with zeros at the end.
pub(super) struct OffsetIndex {
    base_offset: i64,
    bytes: Bytes,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) offset: i64,
    pub(super) position: i32,
}

impl OffsetIndex {
    pub(super) fn read(path: &Path, base_offset: i64) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
        Ok(Self { base_offset, bytes: bytes.into() })
    }
    fn len(&self) -> usize {
        self.bytes.len() / ENTRY_SIZE
    }
    fn entry(&self, index: usize) -> Entry {
        let mut bytes = &self.bytes[index * ENTRY_SIZE..];
        Entry { offset: self.base_offset.wrapping_add(bytes.get_i32().into()), position: bytes.get_i32() }
    }
    /// The last entry that is not beyond `offset`, or the segment's beginning.
    ///
    /// With zeros at the end the entries are not in order; whatever is found then is not beyond `offset` either.
    pub(super) fn lookup(&self, offset: i64) -> Entry {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.entry(middle).offset <= offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        match low {
            0 => Entry { offset: self.base_offset, position: 0 },
            found => self.entry(found - 1),
        }
    }
    fn check(&self, path: &Path) -> Result<(), Failure> {
        let last_offset = self.len().checked_sub(1).map(|last| self.entry(last).offset);
        if let Some(last_offset) = last_offset
            && last_offset < self.base_offset
        {
            return Err(Failure::Said(format!(
                "Corrupt index found, index file {} has non-zero size but the last offset is {last_offset} which is \
                 less than the base offset {}",
                absolute(path),
                self.base_offset
            )));
        }
        if !self.bytes.len().is_multiple_of(ENTRY_SIZE) {
            return Err(Failure::Said(format!(
                "Index file {} is corrupt, found {} bytes which is neither positive nor a multiple of {ENTRY_SIZE}",
                absolute(path),
                self.bytes.len()
            )));
        }
        Ok(())
    }
}

pub(super) fn dump(
    path: &Path,
    arguments: &Arguments,
    findings: &mut Findings,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let base_offset = base_offset(path)?;
    let log_path = sibling(path, "log");
    let log = LogFile::open(&log_path, u64::MAX)?;
    let index = OffsetIndex::read(path, base_offset)?;
    if index.len() == 0 {
        return Ok(writeln!(out, "{} is empty.", path.display())?);
    }
    if arguments.index_sanity_check {
        index.check(path)?;
        return Ok(writeln!(out, "{} passed sanity check.", path.display())?);
    }
    let max_message_size = usize::try_from(arguments.max_message_size)
        .map_err(|_| Failure::Said(format!("Invalid size: {}", arguments.max_message_size)))?;
    for number in 0..index.len() {
        let entry = index.entry(number);
        // After a crash there may be zeros behind the last entry.
        if entry.offset == base_offset && number > 0 {
            return Ok(());
        }
        let no_batch = || {
            Failure::Said(format!(
                "{}: no batch of at most {max_message_size} bytes at position {}",
                log_path.display(),
                entry.position
            ))
        };
        let position = u64::try_from(entry.position).map_err(|_| no_batch())?;
        let batch = log.entry_at(position)?.filter(|batch| batch.size_in_bytes() <= max_message_size);
        let last_offset = batch.ok_or_else(no_batch)?.last_offset().value();
        if last_offset != entry.offset {
            findings.index_mismatch(path, entry.offset, last_offset);
        }
        if !arguments.verify_index_only {
            writeln!(out, "offset: {} position: {}", entry.offset, entry.position)?;
        }
    }
    Ok(())
}
