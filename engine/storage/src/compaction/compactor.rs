//! Compacting one log after another.

use super::group::group;
use super::index::fill;
use super::key_offsets::KeyOffsets;
use super::pick::between;
use super::retain::{LastRecord, Rules};
use super::rewrite::{Counts, Destination, rewrite};
use super::transactions::Transactions;
use crate::error::StorageError;
use crate::log::{LogConfig, PartitionLog, SegmentList, Shared};
use crate::segment::{AbortedEntry, Segment};
use ottla_model::{Offset, ProducerId, Timestamp};
use std::collections::HashMap;
use std::hash::RandomState;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

/// What a compactor may use. (It uses as much of it as a log needs, while it is at it, and nothing between two logs.)
#[derive(Debug, Clone)]
pub struct CompactorSettings {
    /// `log.cleaner.dedupe.buffer.size`, as far as it is this compactor's: memory for keys, 24 bytes each.
    pub table_bytes: usize,
    /// `log.cleaner.io.buffer.load.factor`: how full that memory may get, 0 to 1.
    pub table_load_factor: f64,
    /// How many bytes are read, and how many written, at a time.
    pub buffer_bytes: usize,
    /// What keys are hashed with. Two different ones that nobody can guess.
    pub hashers: [RandomState; 2],
}

/// Compacts logs, one at a time.
#[derive(Debug)]
pub struct Compactor {
    settings: CompactorSettings,
}

/// How fast a compaction goes on, and whether.
pub trait Pace {
    /// So many bytes are about to be read, or have been written. May wait, so as to keep to
    /// `log.cleaner.io.max.bytes.per.second`. With `Break` the compaction ends as if it had not begun
    /// ([`CompactionError::Interrupted`]).
    fn moved(&mut self, bytes: u64) -> ControlFlow<()>;
}

/// Whoever owns the log that is to be compacted, and lends it for a moment.
pub trait LockLog {
    /// Does something with the log.
    fn with_log<R>(&self, act: impl FnOnce(&mut PartitionLog) -> R) -> R;
}

impl LockLog for Mutex<PartitionLog> {
    fn with_log<R>(&self, act: impl FnOnce(&mut PartitionLog) -> R) -> R {
        act(&mut self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a log was not compacted. It is as it was then, or a part of its segments is compacted and the rest is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompactionError {
    /// The disk's.
    #[error(transparent)]
    Storage(StorageError),
    /// What is in the log cannot be compacted, and it is no use to try again.
    #[error("{0}")]
    Uncleanable(String),
    /// [`Pace`] said so, or segments have left the log meanwhile.
    #[error("interrupted")]
    Interrupted,
}

/// What a compaction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// The first offset that had not been compacted.
    pub from: Offset,
    /// The first offset that has not been compacted now.
    pub to: Offset,
    /// Segments that were read, and those that have taken their place.
    pub segments: (usize, usize),
    /// Bytes of records before and after.
    pub bytes: (u64, u64),
    /// Records before and after.
    pub records: (u64, u64),
    /// Records without a key, which went: a topic that has not always been compacted may have some.
    pub without_key: u64,
    /// How many keys there were in what was dirty.
    pub keys: usize,
}

/// A log as it is when its compaction begins. From [`PartitionLog::begin_compaction`].
#[derive(Debug)]
pub(crate) struct Compaction {
    pub(crate) shared: Arc<Shared>,
    pub(crate) segments: Arc<SegmentList>,
    pub(crate) config: Arc<LogConfig>,
    pub(crate) first_dirty_offset: Offset,
    /// Exclusive; the beginning of a segment.
    pub(crate) end_offset: Offset,
    pub(crate) log_start_offset: Offset,
    /// The log's, at that moment.
    pub(crate) generation: u64,
    pub(crate) producers: HashMap<ProducerId, LastRecord>,
}

impl Compaction {
    /// The aborted transactions with records from the segment that begins at `base_offset` up to `end` (exclusive).
    pub(super) fn aborted_before(&self, base_offset: Offset, end: Offset) -> Result<Vec<AbortedEntry>, StorageError> {
        let mut aborted = Vec::new();
        for segment in self.segments.from(base_offset) {
            for entry in segment.aborted()? {
                if entry.last_offset >= self.log_start_offset && entry.first_offset < end {
                    aborted.push(entry);
                }
                // Later entries end later than this stable offset, and began after it.
                if entry.last_stable_offset >= end {
                    return Ok(aborted);
                }
            }
        }
        Ok(aborted)
    }
}

impl Compactor {
    /// A compactor that uses so much.
    pub const fn new(settings: CompactorSettings) -> Self {
        Self { settings }
    }

    /// Compacts a log as far as its keys fit into memory. `None` if there is nothing that could be compacted. Whether it
    /// is worth it is for [`PartitionLog::cleanable`] to say.
    ///
    /// The log is locked only at the beginning and the end, and for as long as it takes to rename the files of each
    /// segment.
    ///
    /// # Errors
    /// See [`CompactionError`].
    pub fn compact(
        &self,
        log: &impl LockLog,
        now: Timestamp,
        pace: &mut dyn Pace,
    ) -> Result<Option<Compacted>, CompactionError> {
        let Some(compaction) = log.with_log(|log| log.begin_compaction(now))? else { return Ok(None) };
        let settings = &self.settings;
        let keys_max = u64::try_from(compaction.end_offset - compaction.first_dirty_offset).unwrap_or(0);
        let mut table =
            KeyOffsets::new(settings.hashers.clone(), settings.table_bytes, settings.table_load_factor, keys_max);
        fill(&mut table, &compaction, settings.buffer_bytes, pace)?;
        let Some(latest) = table.latest() else { return Ok(None) };

        let rules = Rules {
            table: &table,
            latest,
            now,
            delete_retention_ms: compaction.config.delete_retention_ms,
            end_offset: compaction.end_offset,
            producers: &compaction.producers,
        };
        let first = compaction.segments.as_slice().first().map_or(Offset::ZERO, |first| first.base_offset());
        let segments = between(&compaction.segments, first, latest.next());
        let mut compacted = Compacted {
            from: compaction.first_dirty_offset,
            to: latest.next(),
            segments: (segments.len(), 0),
            bytes: (segments.iter().map(|segment| segment.size()).sum(), 0),
            records: (0, 0),
            without_key: 0,
            keys: table.len(),
        };
        let mut round = Round {
            compaction: &compaction,
            rules,
            transactions: Transactions::default(),
            legacy_horizon: legacy_horizon(&compaction)?,
            buffer_bytes: settings.buffer_bytes,
        };
        for old in group(segments, compaction.end_offset, &compaction.config)? {
            let (new, counts) = round.rewrite_group(old, pace)?;
            compacted.segments.1 += 1;
            compacted.bytes.1 += new.size();
            compacted.records.0 += counts.read;
            compacted.records.1 += counts.kept;
            compacted.without_key += counts.without_key;
            log.with_log(|log| log.replace_segments(&compaction, old, &new, now))?;
        }
        // The checkpoint must not know of segments that a power cut may bring back.
        compaction.shared.home.sync_directory()?;
        log.with_log(|log| log.complete_compaction(&compaction, compacted.to))?;
        Ok(Some(compacted))
    }
}

/// A compaction on its way through the segments.
struct Round<'a> {
    compaction: &'a Compaction,
    rules: Rules<'a>,
    transactions: Transactions,
    /// Tombstones in messages of before Kafka 0.11 go with segments that were last written to at this time or before:
    /// they have been there for `delete.retention.ms` since the last compaction. `None` before the first.
    legacy_horizon: Option<Timestamp>,
    buffer_bytes: usize,
}

impl Round<'_> {
    /// Writes the segment that will take the place of `old`, which must not be none.
    fn rewrite_group(
        &mut self,
        old: &[Arc<Segment>],
        pace: &mut dyn Pace,
    ) -> Result<(Arc<Segment>, Counts), CompactionError> {
        let new = Segment::create_cleaned(&self.compaction.shared.home, old[0].base_offset())?;
        match self.write_group(old, &new, pace) {
            Ok(counts) => Ok((new, counts)),
            Err(error) => {
                // Worthless; and if it cannot be removed now, the next compaction or the next start does it.
                let _ = new.discard();
                Err(error)
            }
        }
    }

    fn write_group(
        &mut self,
        old: &[Arc<Segment>],
        new: &Arc<Segment>,
        pace: &mut dyn Pace,
    ) -> Result<Counts, CompactionError> {
        let compaction = self.compaction;
        let interval = compaction.config.index_interval_bytes;
        let mut destination = Destination::new(Arc::clone(new), interval, self.buffer_bytes, pace);
        let mut counts = Counts::default();
        let mut modified = Timestamp::new(0);
        for segment in old {
            let base_offset = segment.base_offset();
            let all = compaction.segments.as_slice();
            let next = all.partition_point(|other| other.base_offset() <= base_offset);
            let end = all.get(next).map_or(compaction.end_offset, |next| next.base_offset());
            self.transactions.expect(compaction.aborted_before(base_offset, end)?);
            modified = segment.modified()?;
            let tombstones_stay = self.legacy_horizon.is_none_or(|horizon| modified > horizon);
            let transactions = &mut self.transactions;
            let of_segment =
                rewrite(segment, &mut destination, &self.rules, transactions, tombstones_stay, self.buffer_bytes)?;
            counts.read += of_segment.read;
            counts.kept += of_segment.kept;
            counts.without_key += of_segment.without_key;
        }
        destination.finish(modified)?;
        Ok(counts)
    }
}

fn legacy_horizon(compaction: &Compaction) -> Result<Option<Timestamp>, StorageError> {
    let all = compaction.segments.as_slice();
    let clean = all.partition_point(|segment| segment.base_offset() < compaction.first_dirty_offset);
    let last = all[..clean].last().map(|last| last.modified()).transpose()?;
    Ok(last.map(|modified| modified.plus_milliseconds(compaction.config.delete_retention_ms.saturating_neg())))
}
