//! `.timeindex`: which offsets have which timestamps.

use super::super::failure::Failure;
use super::arguments::Arguments;
use super::findings::Findings;
use super::index::OffsetIndex;
use super::log_file::LogFile;
use super::{absolute, base_offset, cannot_read, sibling};
use bytes::{Buf, Bytes};
use ottla_records::LogEntry;
use std::io::Write;
use std::path::Path;

/// Timestamp i64, offset from the segment's first i32.
const ENTRY_SIZE: usize = 12;

/// What stands for no timestamp at all.
const NO_TIMESTAMP: i64 = -1;

/// What one batch may decompress to.
const DECOMPRESSED_MAX: usize = i32::MAX as usize;

/// A time index file, as it is.
struct TimeIndex {
    base_offset: i64,
    bytes: Bytes,
}

struct Entry {
    timestamp: i64,
    offset: i64,
}

impl TimeIndex {
    fn len(&self) -> usize {
        self.bytes.len() / ENTRY_SIZE
    }
    fn entry(&self, index: usize) -> Entry {
        let mut bytes = &self.bytes[index * ENTRY_SIZE..];
        Entry { timestamp: bytes.get_i64(), offset: self.base_offset.wrapping_add(bytes.get_i32().into()) }
    }
    fn check(&self, path: &Path) -> Result<(), Failure> {
        let corrupt = |why: String| {
            Failure::Said(format!(
                "Corrupt time index found, time index file ({}) has non-zero size but {why}",
                absolute(path)
            ))
        };
        if let Some(last) = self.len().checked_sub(1) {
            let (first, last) = (self.entry(0), self.entry(last));
            if last.timestamp < first.timestamp {
                return Err(corrupt(format!(
                    "the last timestamp is {} which is less than the first timestamp {}",
                    last.timestamp, first.timestamp
                )));
            }
            if last.offset < self.base_offset {
                return Err(corrupt(format!(
                    "the last offset is {} which is less than the first offset {}",
                    last.offset, self.base_offset
                )));
            }
        }
        if !self.bytes.len().is_multiple_of(ENTRY_SIZE) {
            return Err(Failure::Said(format!(
                "Time index file {} is corrupt, found {} bytes which is neither positive nor a multiple of {ENTRY_SIZE}",
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
    let offsets = OffsetIndex::read(&sibling(path, "index"), base_offset)?;
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let index = TimeIndex { base_offset, bytes: bytes.into() };
    if arguments.index_sanity_check {
        index.check(path)?;
        return Ok(writeln!(out, "{} passed sanity check.", path.display())?);
    }
    let mut previous = NO_TIMESTAMP;
    for number in 0..index.len() {
        let entry = index.entry(number);
        // After a crash there may be zeros behind the last entry.
        if entry.offset == base_offset && number > 0 {
            return Ok(());
        }
        let position = u64::try_from(offsets.lookup(entry.offset).position).unwrap_or(0);
        match batch_that_reaches(&log, position, entry.offset)? {
            None => findings.offset_not_found(path, entry.offset, -1),
            Some(batch) if batch.last_offset().value() != entry.offset => {
                findings.offset_not_found(path, entry.offset, batch.last_offset().value());
            }
            Some(batch) => {
                let timestamp = max_timestamp(&batch)?;
                if timestamp != entry.timestamp {
                    findings.timestamp_mismatch(path, entry.timestamp, timestamp);
                }
                if previous >= entry.timestamp {
                    findings.timestamp_out_of_order(path, entry.timestamp, previous);
                }
            }
        }
        if !arguments.verify_index_only {
            writeln!(out, "timestamp: {} offset: {}", entry.timestamp, entry.offset)?;
        }
        previous = entry.timestamp;
    }
    Ok(())
}

/// The first batch from `position` on whose last offset is at least `offset`.
fn batch_that_reaches(log: &LogFile<'_>, position: u64, offset: i64) -> Result<Option<LogEntry>, Failure> {
    for entry in log.entries_from(position) {
        let (_, entry) = entry?;
        if entry.last_offset().value() >= offset {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

fn max_timestamp(batch: &LogEntry) -> Result<i64, Failure> {
    let mut max = NO_TIMESTAMP;
    for record in batch.records(DECOMPRESSED_MAX).map_err(Failure::said)? {
        max = max.max(record.map_err(Failure::said)?.timestamp.value());
    }
    Ok(max)
}
