//! What of a log can be compacted, and whether it is worth it.

use crate::error::StorageError;
use crate::log::{LogConfig, SegmentList};
use crate::segment::{Cursor, Segment};
use ottla_model::{Offset, Timestamp};
use std::sync::Arc;

/// What of a log can be compacted now. From [`PartitionLog::cleanable`](crate::PartitionLog::cleanable).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cleanable {
    /// Bytes in the segments that can be compacted and have not been, as a part of these and those that have been: 0 to
    /// 1. The dirtiest log goes first.
    pub dirty_ratio: f64,
    /// Whether it is worth it: more than `min.cleanable.dirty.ratio` is dirty, or something is older than
    /// `max.compaction.lag.ms`.
    pub is_due: bool,
    /// When the answer may be another one although nothing is appended, if that will be.
    pub look_again: Option<Timestamp>,
    /// The first offset that has not been compacted.
    pub first_dirty_offset: Offset,
    /// Where what can be compacted ends (exclusive): the beginning of a segment.
    pub first_uncleanable_offset: Offset,
}

/// What decides.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) segments: &'a SegmentList,
    pub(crate) config: &'a LogConfig,
    /// As the checkpoint has it.
    pub(crate) cleaned_to: Option<Offset>,
    pub(crate) log_start_offset: Offset,
    pub(crate) log_end_offset: Offset,
    pub(crate) last_stable_offset: Offset,
    pub(crate) now: Timestamp,
}

pub(crate) fn assess(situation: &Situation<'_>) -> Result<Cleanable, StorageError> {
    let Situation { segments, config, now, .. } = *situation;
    let first_dirty = first_dirty_offset(situation);
    let active = segments.active().base_offset();
    let dirty = between(segments, first_dirty, active);
    let (mut first_uncleanable, mut look_again) = (situation.last_stable_offset.min(active), None);
    if let Some((segment, ripe_at)) = first_too_young(dirty, config, now)? {
        first_uncleanable = first_uncleanable.min(segment);
        look_again = Some(ripe_at);
    }
    // Whole segments only.
    let at = segments.index_of(first_uncleanable.max(first_dirty).min(active)).unwrap_or(0);
    let first_uncleanable = segments.as_slice()[at].base_offset();

    let bytes = |segments: &[Arc<Segment>]| segments.iter().map(|segment| segment.size()).sum::<u64>();
    let cleanable_bytes = bytes(between(segments, first_dirty.min(first_uncleanable), first_uncleanable));
    let clean = segments.as_slice().partition_point(|segment| segment.base_offset() < first_dirty);
    let total_bytes = bytes(&segments.as_slice()[..clean]) + cleanable_bytes;
    let dirty_ratio = if total_bytes == 0 { 0.0 } else { cleanable_bytes as f64 / total_bytes as f64 };

    let overdue_at = overdue_at(dirty, config)?;
    let is_overdue = overdue_at.is_some_and(|overdue| overdue <= now);
    if let Some(overdue_at) = overdue_at.filter(|overdue| *overdue > now) {
        look_again = Some(look_again.map_or(overdue_at, |other| other.min(overdue_at)));
    }
    let is_due = cleanable_bytes > 0 && (is_overdue || dirty_ratio > config.min_cleanable_dirty_ratio);
    Ok(Cleanable {
        dirty_ratio,
        is_due,
        look_again,
        first_dirty_offset: first_dirty,
        first_uncleanable_offset: first_uncleanable,
    })
}

/// Where the log has been compacted to, unless the checkpoint speaks of another log than this: records may have been
/// deleted since, or lost.
fn first_dirty_offset(situation: &Situation<'_>) -> Offset {
    let possible = situation.log_start_offset..=situation.log_end_offset;
    situation.cleaned_to.filter(|cleaned_to| possible.contains(cleaned_to)).unwrap_or(situation.log_start_offset)
}

/// The segments from the one that holds `from` on, up to `end` (exclusive).
pub(super) fn between(segments: &SegmentList, from: Offset, end: Offset) -> &[Arc<Segment>] {
    let end = segments.as_slice().partition_point(|segment| segment.base_offset() < end);
    let from = segments.index_of(from).unwrap_or(0).min(end);
    &segments.as_slice()[from..end]
}

/// The first segment with a record younger than `min.compaction.lag.ms`, and when that will be old enough.
fn first_too_young(
    dirty: &[Arc<Segment>],
    config: &LogConfig,
    now: Timestamp,
) -> Result<Option<(Offset, Timestamp)>, StorageError> {
    let lag = config.min_compaction_lag_ms;
    if lag <= 0 {
        return Ok(None);
    }
    for segment in dirty {
        let largest = segment.retention_timestamp()?;
        if now.milliseconds_since(largest) < lag {
            return Ok(Some((segment.base_offset(), largest.plus_milliseconds(lag))));
        }
    }
    Ok(None)
}

/// When the oldest record that has not been compacted (as far as the segments' first batches tell) will be older than
/// `max.compaction.lag.ms`. `None` if there is no such bound, or no timestamp.
fn overdue_at(dirty: &[Arc<Segment>], config: &LogConfig) -> Result<Option<Timestamp>, StorageError> {
    if config.max_compaction_lag_ms == i64::MAX {
        return Ok(None);
    }
    let mut oldest: Option<Timestamp> = None;
    for segment in dirty {
        let file = segment.log_file()?;
        let first = Cursor::new(&*file, 0, segment.size()).next().map_err(|error| segment.cursor_failed(error))?;
        let timestamp = first.map(|head| head.max_timestamp).filter(|timestamp| timestamp.value() > 0);
        oldest = oldest.into_iter().chain(timestamp).min();
    }
    Ok(oldest.map(|oldest| oldest.plus_milliseconds(config.max_compaction_lag_ms.max(0).saturating_add(1))))
}
