//! Opening what a clean shutdown, or a crash, has left.
//!
//! In order: [`leftovers`] completes or undoes what was under way with files; the segments are listed; those that were
//! written to since the recovery point are [scanned](scan), unless the shutdown was clean; the first batch that is not
//! whole and valid is where the log ends; the [producers](producers) are loaded from the last snapshot and what has come
//! after it.

mod leftovers;
mod load;
mod producers;
mod scan;

pub(crate) use load::load;
pub(crate) use producers::rebuild_producers;

use ottla_model::Offset;

/// What opening a log came to. Anything but a clean open deserves a line in the broker's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Base offsets of the segments that were scanned.
    pub scanned_segments: Vec<Offset>,
    /// Bytes that were read and checked.
    pub scanned_bytes: u64,
    /// The tail that was cut, if one was.
    pub tail_cut: Option<TailCut>,
    /// Base offsets of segments that went: after the cut, or below a log start that is beyond the log's end.
    pub removed_segments: Vec<Offset>,
    /// Base offsets of segments whose indexes were made anew although the segment was not to be scanned.
    pub rebuilt_indexes: Vec<Offset>,
    /// Files that an interrupted deletion, compaction or split had left.
    pub leftovers: Vec<String>,
    /// Files that could not be understood and were done without, with the reason.
    pub ignored_files: Vec<String>,
}

/// The end of a log that was not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailCut {
    /// The segment's base offset.
    pub segment: Offset,
    /// Bytes of it that were kept: whole, valid batches.
    pub kept_bytes: u64,
    /// Bytes of it that were cut, those of removed segments not included.
    pub cut_bytes: u64,
    /// The offset that the log now ends with (exclusive).
    pub log_end_offset: Offset,
    /// What was found there.
    pub reason: String,
}

impl RecoveryReport {
    /// Whether nothing had to be looked at or put right.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}
