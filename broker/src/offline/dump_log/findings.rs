//! What is wrong with indexes and logs: gathered while dumping, told at the end.

use super::absolute;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// What was found, by file.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Index offset → offset in the log.
    index_mismatches: BTreeMap<String, BTreeMap<i64, i64>>,
    timestamp_mismatches: BTreeMap<String, Vec<(i64, i64)>>,
    timestamps_out_of_order: BTreeMap<String, Vec<(i64, i64)>>,
    offsets_not_found: BTreeMap<String, Vec<(i64, i64)>>,
    /// Offset → the offset that follows it.
    gaps: BTreeMap<String, BTreeMap<i64, i64>>,
}

impl Findings {
    pub(super) fn index_mismatch(&mut self, path: &Path, index_offset: i64, log_offset: i64) {
        self.index_mismatches.entry(absolute(path)).or_default().insert(index_offset, log_offset);
    }
    pub(super) fn timestamp_mismatch(&mut self, path: &Path, index_timestamp: i64, log_timestamp: i64) {
        self.timestamp_mismatches.entry(absolute(path)).or_default().push((index_timestamp, log_timestamp));
    }
    pub(super) fn timestamp_out_of_order(&mut self, path: &Path, timestamp: i64, previous: i64) {
        self.timestamps_out_of_order.entry(absolute(path)).or_default().push((timestamp, previous));
    }
    /// `log_offset` is -1 if there is no batch at all that could hold the offset.
    pub(super) fn offset_not_found(&mut self, path: &Path, index_offset: i64, log_offset: i64) {
        self.offsets_not_found.entry(absolute(path)).or_default().push((index_offset, log_offset));
    }
    pub(super) fn gap(&mut self, path: &Path, offset: i64, following: i64) {
        self.gaps.entry(absolute(path)).or_default().insert(offset, following);
    }

    pub(super) fn print(&self, err: &mut dyn Write) -> io::Result<()> {
        for (path, offsets) in &self.index_mismatches {
            writeln!(err, "Mismatches in :{path}")?;
            for (index_offset, log_offset) in offsets.iter().rev() {
                writeln!(err, "  Index offset: {index_offset}, log offset: {log_offset}")?;
            }
        }
        for (path, timestamps) in &self.timestamp_mismatches {
            writeln!(err, "Found timestamp mismatch in :{path}")?;
            for (index_timestamp, log_timestamp) in timestamps {
                writeln!(err, "  Index timestamp: {index_timestamp}, log timestamp: {log_timestamp}")?;
            }
        }
        for (path, timestamps) in &self.timestamps_out_of_order {
            writeln!(err, "Found out of order timestamp in :{path}")?;
            for (timestamp, previous) in timestamps {
                writeln!(err, "  Index timestamp: {timestamp}, Previously indexed timestamp: {previous}")?;
            }
        }
        for (path, offsets) in &self.offsets_not_found {
            writeln!(err, "The following indexed offsets are not found in :{path}")?;
            for (index_offset, log_offset) in offsets {
                writeln!(err, "Indexed offset: {index_offset}, found log offset: {log_offset}")?;
            }
        }
        for (path, gaps) in &self.gaps {
            writeln!(err, "Non-consecutive offsets in {path}")?;
            for (offset, following) in gaps {
                writeln!(err, "  {offset} is followed by {following}")?;
            }
        }
        Ok(())
    }
}
