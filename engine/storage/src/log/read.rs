//! Reading, without the log's lock.

use super::Shared;
use super::shared::{LogEnd, SegmentList};
use crate::error::StorageError;
use crate::leader_epochs::EpochEndOffset;
use crate::segment::{AbortedEntry, EntryHead, Location, Segment};
use ottla_model::{LeaderEpoch, Offset, ProducerId, Timestamp};
use ottla_records::{FileSlice, Record, Records};
use std::io;
use std::sync::Arc;

/// Reads a log that somebody else may be appending to. Cheap to clone; all clones and the
/// [`PartitionLog`](super::PartitionLog) see the same log.
#[derive(Debug, Clone)]
pub struct LogReader {
    shared: Arc<Shared>,
}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRequest {
    /// The first offset that is wanted. The batch that holds it is returned whole, earlier records of it included.
    pub start_offset: Offset,
    /// How many bytes at most. The last batch may be cut by it, as Kafka's consumers expect.
    pub max_bytes: u32,
    /// Only batches that end below this offset (exclusive): the log end, the high watermark or the last stable offset.
    pub upper_bound: Offset,
    /// Return the first batch whole even if it is larger than `max_bytes`.
    pub whole_first_batch: bool,
    /// Look up which aborted transactions have records in the range (`read_committed`).
    pub aborted_transactions: bool,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRead {
    /// Batches back to back, out of one segment; empty if there is nothing below the bound.
    pub records: Records,
    /// The base offset of the first batch, if there is one.
    pub first_batch_offset: Option<Offset>,
    /// The first batch is larger than `max_bytes` and was cut (or left out): nothing useful can be made of it.
    pub first_batch_incomplete: bool,
    /// Aborted transactions in the range, by last offset; empty if they were not asked for.
    pub aborted_transactions: Vec<AbortedTransaction>,
}

/// A transaction that was aborted: its producer's records from `first_offset` up to its abort marker do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Whose.
    pub producer_id: ProducerId,
    /// Of its first record.
    pub first_offset: Offset,
}

/// An offset that was found by its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampedOffset {
    /// The record's offset.
    pub offset: Offset,
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// The leader epoch of its batch, if it has one.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// `OFFSET_OUT_OF_RANGE`.
    #[error("offset {requested} is not between log start {log_start_offset} and log end {log_end_offset}")]
    OffsetOutOfRange {
        /// What was asked for.
        requested: Offset,
        /// The first offset that is there.
        log_start_offset: Offset,
        /// The offset of the next record; for a deletion, the high watermark.
        log_end_offset: Offset,
    },
    /// `KAFKA_STORAGE_ERROR`.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// How often a read begins anew because the segment that it was in has left the log meanwhile.
const ATTEMPTS_MAX: usize = 3;

impl LogReader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The first offset that is still there.
    pub fn log_start_offset(&self) -> Offset {
        self.shared.log_start_offset()
    }
    /// The offset of the next record.
    pub fn log_end_offset(&self) -> Offset {
        self.shared.end().offset
    }
    /// See [`PartitionLog::high_watermark`](super::PartitionLog::high_watermark).
    pub fn high_watermark(&self) -> Offset {
        self.shared.high_watermark()
    }
    /// See [`PartitionLog::last_stable_offset`](super::PartitionLog::last_stable_offset).
    pub fn last_stable_offset(&self) -> Offset {
        self.shared.last_stable_offset()
    }
    /// Records below this offset are on disk: the end of the last flush that succeeded.
    pub fn durable_offset(&self) -> Offset {
        self.shared.durable_offset()
    }
    /// Bytes in all segments' record files.
    pub fn size_in_bytes(&self) -> u64 {
        self.shared.segments().size_in_bytes()
    }
    /// Whether an fsync of this log has failed; it takes no appends then.
    pub fn is_poisoned(&self) -> bool {
        self.shared.poisoned().is_some()
    }

    /// Reads batches from the one that holds `start_offset` on, out of one segment.
    ///
    /// # Errors
    /// An offset below the log start or above the log end; the disk's.
    pub fn read(&self, request: &ReadRequest) -> Result<LogRead, ReadError> {
        let mut attempt = 1;
        loop {
            match self.try_read(request) {
                Err(ReadError::Storage(error)) if attempt < ATTEMPTS_MAX && may_have_been_removed(&error) => {
                    attempt += 1
                }
                read => return read,
            }
        }
    }

    fn try_read(&self, request: &ReadRequest) -> Result<LogRead, ReadError> {
        // The end before the segments: a segment list is never older than an end that was seen before it.
        let end = self.shared.end();
        let start_offset = request.start_offset;
        let log_start_offset = self.log_start_offset();
        if start_offset < log_start_offset || start_offset > end.offset {
            return Err(ReadError::OffsetOutOfRange {
                requested: start_offset,
                log_start_offset,
                log_end_offset: end.offset,
            });
        }
        let upper_bound = request.upper_bound.min(end.offset);
        if start_offset >= upper_bound {
            return Ok(LogRead::nothing());
        }
        let segments = self.shared.segments();
        let Some(index) = segments.index_of(start_offset) else { return Ok(LogRead::nothing()) };
        for (number, segment) in segments.as_slice().iter().enumerate().skip(index) {
            if segment.base_offset() >= upper_bound {
                break;
            }
            let limit = limit_in(segment, segments.as_slice().get(number + 1), upper_bound, &end)?;
            if let Some(first) = segment.find(start_offset, limit)? {
                return Ok(self.take(request, &segments, number, &first, limit, upper_bound)?);
            }
        }
        Ok(LogRead::nothing())
    }

    fn take(
        &self,
        request: &ReadRequest,
        segments: &SegmentList,
        number: usize,
        first: &Location,
        limit: u64,
        upper_bound: Offset,
    ) -> Result<LogRead, StorageError> {
        let segment = &segments.as_slice()[number];
        let mut wanted = u64::from(request.max_bytes);
        if request.whole_first_batch {
            wanted = wanted.max(first.size);
        }
        let available = limit.saturating_sub(first.position);
        let length = u32::try_from(wanted.min(available)).unwrap_or(u32::MAX);
        let aborted_transactions = if request.aborted_transactions {
            // An offset that is surely not among what is returned: what begins there or later is no concern of this read.
            let next_segment = || segments.as_slice().get(number + 1).map(|next| next.base_offset());
            let end = segment.offset_beyond(first.position + u64::from(length))?.or_else(next_segment);
            let end = end.map_or(upper_bound, |end| end.min(upper_bound));
            aborted_between(&segments.as_slice()[number..], request.start_offset, end)?
        } else {
            Vec::new()
        };
        Ok(LogRead {
            records: slice(segment, first.position, length)?,
            first_batch_offset: Some(first.first_offset),
            first_batch_incomplete: u64::from(length) < first.size,
            aborted_transactions,
        })
    }

    /// How many bytes lie between `start_offset` and `upper_bound`, whole batches, as a fetch that waits for `min_bytes`
    /// wants to know. Zero where `upper_bound` is not above `start_offset`.
    ///
    /// # Errors
    /// The disk's.
    pub fn bytes_between(&self, start_offset: Offset, upper_bound: Offset) -> Result<u64, StorageError> {
        let end = self.shared.end();
        let upper_bound = upper_bound.min(end.offset);
        let segments = self.shared.segments();
        let segments = segments.from(start_offset);
        let mut bytes = 0;
        for (number, segment) in segments.iter().enumerate() {
            if start_offset >= upper_bound || segment.base_offset() >= upper_bound {
                break;
            }
            let limit = limit_in(segment, segments.get(number + 1), upper_bound, &end)?;
            let from = if number == 0 { segment.position_of(start_offset, limit)? } else { 0 };
            bytes += limit.saturating_sub(from);
        }
        Ok(bytes)
    }

    /// The first record whose timestamp is not below `timestamp`, to the record, whatever the high watermark.
    ///
    /// # Errors
    /// The disk's.
    pub fn offset_for_timestamp(&self, timestamp: Timestamp) -> Result<Option<TimestampedOffset>, StorageError> {
        let end = self.shared.end();
        let log_start_offset = self.log_start_offset();
        for segment in self.shared.segments().from(log_start_offset) {
            if segment.largest_timestamp()?.timestamp < timestamp {
                continue;
            }
            if let Some(found) = segment.find_timestamp(timestamp, log_start_offset, size_at(segment, &end))? {
                return Ok(Some(timestamped(&found)));
            }
        }
        Ok(None)
    }

    /// The first record with the largest timestamp in the log (`ListOffsets` with -3).
    ///
    /// # Errors
    /// The disk's.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampedOffset>, StorageError> {
        let end = self.shared.end();
        let log_start_offset = self.log_start_offset();
        let segments = self.shared.segments();
        let mut segments = segments.from(log_start_offset);
        // What a segment knows of its largest timestamp includes records that have been deleted.
        let mut best_of_cut = None;
        if let Some((first, others)) =
            segments.split_first().filter(|(first, _)| first.base_offset() < log_start_offset)
        {
            best_of_cut = first.find_largest_timestamp_from(log_start_offset, size_at(first, &end))?;
            segments = others;
        }
        let mut best: Option<(Timestamp, &Arc<Segment>)> = None;
        for segment in segments {
            let largest = segment.largest_timestamp()?.timestamp;
            if best.is_none_or(|(timestamp, _)| largest > timestamp) {
                best = Some((largest, segment));
            }
        }
        match (best_of_cut, best) {
            (Some(found), best) if best.is_none_or(|(timestamp, _)| timestamp <= found.1.timestamp) => {
                Ok(Some(timestamped(&found)))
            }
            (_, Some((_, segment))) => {
                Ok(segment.find_largest_timestamp(size_at(segment, &end))?.as_ref().map(timestamped))
            }
            (_, None) => Ok(None),
        }
    }

    /// The epoch of the last batch, or the one assigned since.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.shared.epochs().latest()
    }
    /// The epoch that the record of this offset was (or will be) written in.
    pub fn epoch_of_offset(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.shared.epochs().of_offset(offset)
    }
    /// Where `epoch` ends in this log: the largest epoch not above it, and the start offset of the next one (the log end
    /// for the latest). `None` is Kafka's "undefined": the epoch is above all that this log knows.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> Option<EpochEndOffset> {
        self.shared.epochs().end_offset(epoch, self.log_end_offset())
    }
}

impl LogRead {
    const fn nothing() -> Self {
        Self {
            records: Records::empty(),
            first_batch_offset: None,
            first_batch_incomplete: false,
            aborted_transactions: Vec::new(),
        }
    }
}

/// How many bytes of a segment a reader may see that has seen this end.
fn size_at(segment: &Segment, end: &LogEnd) -> u64 {
    if segment.base_offset() == end.segment { end.position } else { segment.size() }
}

/// Where the batches that end below `upper_bound` end in a segment.
fn limit_in(
    segment: &Segment,
    next: Option<&Arc<Segment>>,
    upper_bound: Offset,
    end: &LogEnd,
) -> Result<u64, StorageError> {
    let size = size_at(segment, end);
    let is_all_below = upper_bound == end.offset || next.is_some_and(|next| next.base_offset() <= upper_bound);
    if is_all_below { Ok(size) } else { segment.position_of(upper_bound, size) }
}

fn slice(segment: &Segment, position: u64, length: u32) -> Result<Records, StorageError> {
    let file = segment.log_file()?;
    Ok(match file.as_file() {
        Some(file) => Records::File(FileSlice { file: Arc::clone(file), position, length }),
        None => Records::Memory(segment.read_bytes(&*file, position, length as usize)?),
    })
}

/// The aborted transactions with records from `start` (inclusive) to `end` (exclusive), by last offset.
fn aborted_between(
    segments: &[Arc<Segment>],
    start: Offset,
    end: Offset,
) -> Result<Vec<AbortedTransaction>, StorageError> {
    let mut aborted = Vec::new();
    for segment in segments {
        for AbortedEntry { producer_id, first_offset, last_offset, last_stable_offset } in segment.aborted()? {
            if last_offset >= start && first_offset < end {
                aborted.push(AbortedTransaction { producer_id, first_offset });
            }
            // Later entries end later than this stable offset, and began after it.
            if last_stable_offset >= end {
                return Ok(aborted);
            }
        }
    }
    Ok(aborted)
}

fn timestamped((head, record): &(EntryHead, Record)) -> TimestampedOffset {
    TimestampedOffset { offset: record.offset, timestamp: record.timestamp, leader_epoch: head.leader_epoch() }
}

/// Whether a read may have failed because its segment was taken out of the log, or cut, while it was looked at.
fn may_have_been_removed(error: &StorageError) -> bool {
    match error {
        StorageError::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
        StorageError::Corrupt { .. } => true,
        _ => false,
    }
}
