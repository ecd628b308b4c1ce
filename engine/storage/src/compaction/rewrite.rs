//! Writing what stays of a row of segments into one.

use super::compactor::{CompactionError, Pace};
use super::retain::{Rules, Verdict, legacy_records};
use super::source::{DECOMPRESSED_MAX, Source};
use super::transactions::Transactions;
use crate::error::StorageError;
use crate::segment::{EntryHead, Segment, Written};
use bytes::{Bytes, BytesMut};
use ottla_model::{Offset, Timestamp};
use ottla_records::{
    Batch, BatchBuilder, BatchError, BatchHeader, BatchMut, BuildError, LegacyMessage, LogEntry, Record, RecordError,
    TimestampType,
};
use std::io::IoSlice;
use std::sync::Arc;

/// Records read and kept.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) kept: u64,
    /// Records without a key, which a compacted log has no place for.
    pub(super) without_key: u64,
}

/// Why a batch cannot be written anew.
#[derive(Debug, thiserror::Error)]
enum RewriteError {
    #[error(transparent)]
    Read(#[from] RecordError),
    #[error(transparent)]
    Header(#[from] BatchError),
    #[error(transparent)]
    Append(#[from] ottla_records::AppendError),
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// The new segment, written through a buffer.
pub(super) struct Destination<'a> {
    segment: Arc<Segment>,
    index_interval_bytes: u64,
    bytes_since_index_entry: u64,
    buffer: BytesMut,
    buffer_size: usize,
    /// Of the batches in the buffer.
    heads: Vec<EntryHead>,
    pace: &'a mut dyn Pace,
}

impl<'a> Destination<'a> {
    pub(super) fn new(
        segment: Arc<Segment>,
        index_interval_bytes: u32,
        buffer_size: usize,
        pace: &'a mut dyn Pace,
    ) -> Self {
        Self {
            segment,
            index_interval_bytes: u64::from(index_interval_bytes),
            bytes_since_index_entry: 0,
            buffer: BytesMut::new(),
            buffer_size,
            heads: Vec::new(),
            pace,
        }
    }

    fn push(&mut self, bytes: &[u8], header: BatchHeader) -> Result<(), CompactionError> {
        if self.segment.relative(header.last_offset()).is_none() {
            return Err(CompactionError::Uncleanable(format!(
                "offset {} is too far from the beginning of {}",
                header.last_offset(),
                self.segment.base_offset()
            )));
        }
        self.heads.push(EntryHead {
            position: self.segment.size() + self.buffer.len() as u64,
            size: bytes.len() as u64,
            first_offset: header.base_offset,
            last_offset: header.last_offset(),
            max_timestamp: header.max_timestamp,
            batch: Some(header),
        });
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= self.buffer_size { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), CompactionError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.segment.write(&[IoSlice::new(&self.buffer)])?;
        let (interval, since) = (self.index_interval_bytes, &mut self.bytes_since_index_entry);
        self.segment.publish(self.heads.drain(..).map(|head| {
            let indexed = *since > interval;
            *since = if indexed { 0 } else { *since } + head.size;
            Written { head, indexed }
        }));
        if self.segment.index_write_is_due() {
            self.segment.persist_indexes()?;
        }
        let written = self.buffer.len() as u64;
        self.buffer.clear();
        self.pace.moved(written).is_continue().then_some(()).ok_or(CompactionError::Interrupted)
    }

    /// Ends the segment: everything is on the disk when this returns, under names with `.cleaned`.
    pub(super) fn finish(mut self, modified: Timestamp) -> Result<Arc<Segment>, CompactionError> {
        self.flush()?;
        self.segment.finish()?;
        self.segment.release_memory();
        self.segment.sync_files()?;
        self.segment.set_modified(modified)?;
        Ok(self.segment)
    }
}

/// Writes what stays of a segment. `legacy_tombstones_stay` is about messages of before Kafka 0.11.
pub(super) fn rewrite(
    segment: &Segment,
    destination: &mut Destination<'_>,
    rules: &Rules<'_>,
    transactions: &mut Transactions,
    legacy_tombstones_stay: bool,
    read_size: usize,
) -> Result<Counts, CompactionError> {
    let mut counts = Counts::default();
    let corrupt = |offset: Offset, reason: &dyn std::fmt::Display| {
        CompactionError::from(segment.corrupt(format!("batch that ends with offset {offset}: {reason}")))
    };
    let mut source = Source::new(segment, 0, read_size)?;
    while let Some(entry) = source.next(destination.pace)? {
        let last_offset = entry.last_offset();
        match &entry {
            LogEntry::Batch(batch) => {
                let verdict = rules.judge(batch, transactions).map_err(|error| corrupt(last_offset, &error))?;
                if let Some(aborted) = verdict.aborts {
                    destination.segment.push_aborted(aborted);
                }
                match keep(batch, &verdict, rules, &mut counts).map_err(|error| corrupt(last_offset, &error))? {
                    Kept::Nothing => {}
                    Kept::AsItIs => destination.push(batch.bytes(), batch.header)?,
                    Kept::Header => {
                        let header = batch.header.emptied();
                        destination.push(&header.to_bytes(), header)?;
                    }
                    Kept::Anew(bytes, header) => destination.push(&bytes, header)?,
                }
            }
            LogEntry::Legacy(message) => {
                transactions.on_legacy(last_offset);
                let kept = keep_legacy(message, rules, legacy_tombstones_stay, &mut counts);
                if let Some((bytes, header)) = kept.map_err(|error| corrupt(last_offset, &error))? {
                    destination.push(&bytes, header)?;
                }
            }
        }
    }
    Ok(counts)
}

enum Kept {
    Nothing,
    AsItIs,
    /// The header alone, without records.
    Header,
    Anew(Bytes, BatchHeader),
}

fn keep(batch: &Batch, verdict: &Verdict, rules: &Rules<'_>, counts: &mut Counts) -> Result<Kept, RewriteError> {
    let header = &batch.header;
    let record_count = u64::try_from(header.record_count).unwrap_or(0);
    counts.read += record_count;
    let without_records = if verdict.keeps_header { Kept::Header } else { Kept::Nothing };
    if verdict.drops_records {
        return Ok(without_records);
    }
    let is_control = header.attributes.is_control();
    // Which stay is found out first: whether there is a tombstone among them decides about the bytes of all.
    let (mut stays, mut kept, mut has_tombstones) = (Vec::new(), 0_u64, false);
    for record in batch.records_streaming(DECOMPRESSED_MAX)? {
        let record = record?;
        let is_kept = is_control || rules.keeps(&record, header);
        kept += u64::from(is_kept);
        has_tombstones |= is_kept && record.value.is_none();
        counts.without_key += u64::from(!is_control && record.key.is_none());
        stays.push(is_kept);
    }
    counts.kept += kept;
    if kept == 0 {
        return Ok(without_records);
    }
    let needs_horizon = (has_tombstones || verdict.is_idle_marker) && header.delete_horizon().is_none();
    if kept == record_count && !needs_horizon {
        return Ok(Kept::AsItIs);
    }
    let horizon = match needs_horizon {
        true => Some(rules.now.plus_milliseconds(rules.delete_retention_ms)),
        false => header.delete_horizon(),
    };
    // By what the batch says it is: the level that it was compressed with is not to be seen in it.
    let codec = header.attributes.compression().map_err(RecordError::from)?;
    let mut builder = BatchBuilder::new(header.base_offset, codec)
        .partition_leader_epoch(header.partition_leader_epoch)
        .producer(header.producer_id, header.producer_epoch, header.base_sequence)
        .transactional(header.attributes.is_transactional())
        .control(is_control);
    if let Some(time) = header.log_append_time() {
        builder = builder.log_append_time(time);
    }
    // Kafka writes none that is negative, which a clock before 1970 would make.
    if let Some(horizon) = horizon.filter(|horizon| horizon.value() >= 0) {
        builder = builder.delete_horizon(horizon);
    }
    for (record, _) in batch.records_streaming(DECOMPRESSED_MAX)?.zip(stays).filter(|(_, stays)| *stays) {
        append(&mut builder, &record?)?;
    }
    // The last offset stays that of the batch as it was: with it goes the producer's last sequence number.
    let (bytes, header) = finished(builder, Some(header.last_offset_delta))?;
    Ok(Kept::Anew(bytes, header))
}

/// Messages of before Kafka 0.11 become batches of today.
fn keep_legacy(
    message: &LegacyMessage,
    rules: &Rules<'_>,
    tombstones_stay: bool,
    counts: &mut Counts,
) -> Result<Option<(Bytes, BatchHeader)>, RewriteError> {
    let records = legacy_records(message)?;
    counts.read += records.len() as u64;
    counts.without_key += records.iter().filter(|record| record.key.is_none()).count() as u64;
    let kept: Vec<&Record> = records.iter().filter(|record| rules.keeps_legacy(record, tombstones_stay)).collect();
    let Some(first) = kept.first() else { return Ok(None) };
    counts.kept += kept.len() as u64;
    let has_tombstones = kept.iter().any(|record| record.value.is_none());
    let codec = message.attributes().compression().map_err(RecordError::from)?;
    let mut builder = BatchBuilder::new(first.offset, codec);
    if message.magic() > 0 && message.attributes().timestamp_type() == TimestampType::LogAppendTime {
        builder = builder.log_append_time(message.timestamp());
    }
    let horizon = rules.now.plus_milliseconds(rules.delete_retention_ms);
    if has_tombstones && horizon.value() >= 0 {
        builder = builder.delete_horizon(horizon);
    }
    for record in kept {
        append(&mut builder, record)?;
    }
    finished(builder, None).map(Some)
}

fn append(builder: &mut BatchBuilder, record: &Record) -> Result<(), RewriteError> {
    let (key, value) = (record.key.as_deref(), record.value.as_deref());
    Ok(builder.append_at(record.offset, record.timestamp, key, value, &record.headers)?)
}

fn finished(builder: BatchBuilder, last_offset_delta: Option<i32>) -> Result<(Bytes, BatchHeader), RewriteError> {
    let mut bytes = BytesMut::from(builder.build()?);
    if let Some(delta) = last_offset_delta {
        BatchMut::parse(&mut bytes)?.set_last_offset_delta(delta);
    }
    let bytes = bytes.freeze();
    let header = BatchHeader::parse(&bytes)?;
    Ok((bytes, header))
}

impl From<StorageError> for CompactionError {
    fn from(error: StorageError) -> Self {
        match error {
            // What is in the log cannot be read: trying again will not help.
            StorageError::Corrupt { .. } => Self::Uncleanable(error.to_string()),
            error => Self::Storage(error),
        }
    }
}
