//! Going through what is dirty, and remembering the last offset of each key.

use super::compactor::{CompactionError, Pace};
use super::key_offsets::{Full, KeyOffsets};
use super::pick::between;
use super::source::{DECOMPRESSED_MAX, Source};
use super::transactions::Transactions;
use super::{Compaction, retain};
use crate::segment::Segment;
use ottla_model::Offset;
use ottla_records::{LogEntry, Record, RecordError};

/// Enters the keys of all records from the first dirty offset on, until the table is full or what can be compacted ends.
/// Aborted records count for nothing.
pub(super) fn fill(
    table: &mut KeyOffsets,
    compaction: &Compaction,
    read_size: usize,
    pace: &mut dyn Pace,
) -> Result<(), CompactionError> {
    let (from, end) = (compaction.first_dirty_offset, compaction.end_offset);
    let dirty = between(&compaction.segments, from, end);
    let mut transactions = Transactions::default();
    transactions.expect(compaction.aborted_before(dirty.first().map_or(from, |first| first.base_offset()), end)?);
    for (number, segment) in dirty.iter().enumerate() {
        let next = dirty.get(number + 1).map_or(end, |next| next.base_offset());
        if fill_from(table, segment, from, &mut transactions, read_size, pace)?.is_err() {
            return Ok(());
        }
        // Offsets between the last record and the next segment have no records.
        if let Some(last) = next.value().checked_sub(1) {
            table.reach(Offset::new(last));
        }
    }
    Ok(())
}

fn fill_from(
    table: &mut KeyOffsets,
    segment: &Segment,
    from: Offset,
    transactions: &mut Transactions,
    read_size: usize,
    pace: &mut dyn Pace,
) -> Result<Result<(), Full>, CompactionError> {
    let corrupt = |offset: Offset, reason: &dyn std::fmt::Display| {
        CompactionError::from(segment.corrupt(format!("batch that ends with offset {offset}: {reason}")))
    };
    let mut source = Source::new(segment, segment.position_of(from, segment.size())?, read_size)?;
    while let Some(entry) = source.next(pace)? {
        let last_offset = entry.last_offset();
        let put = |table: &mut KeyOffsets, record: Result<Record, RecordError>| {
            let record = record.map_err(|error| corrupt(last_offset, &error))?;
            match record.key {
                Some(key) if record.offset >= from => Ok(table.put(&key, record.offset)),
                _ => Ok::<_, CompactionError>(Ok(())),
            }
        };
        match &entry {
            LogEntry::Batch(batch) if batch.header.attributes.is_control() => {
                transactions.on_control(batch).map_err(|error| corrupt(last_offset, &error))?;
            }
            LogEntry::Batch(batch) => {
                if !transactions.on_data(&batch.header) {
                    let records = batch.records_streaming(DECOMPRESSED_MAX);
                    for record in records.map_err(|error| corrupt(last_offset, &error))? {
                        if put(table, record)?.is_err() {
                            return Ok(Err(Full));
                        }
                    }
                }
            }
            LogEntry::Legacy(message) => {
                transactions.on_legacy(last_offset);
                for record in retain::legacy_records(message).map_err(|error| corrupt(last_offset, &error))? {
                    if put(table, Ok(record))?.is_err() {
                        return Ok(Err(Full));
                    }
                }
            }
        }
        if last_offset >= from {
            table.reach(last_offset);
        }
    }
    Ok(Ok(()))
}
