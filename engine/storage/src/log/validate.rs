//! What a leader checks before it appends, and what it changes.
//!
//! The rules, their order and their texts are Kafka's. Where it looks into every record of every batch, a compressed batch
//! is opened here only if the topic needs it (see [`Validation`]): the CRC says that the producer's bytes have arrived, and
//! a producer that counts its own records wrongly hurts only those who read them.

use super::append::{AppendOrigin, LeaderAppend};
use super::append_error::{AppendError, RejectedRecord};
use super::config::{LogConfig, TopicCompression, Validation};
use super::recompress::recompress;
use crate::producer_state::Marker;
use bytes::Bytes;
use ottla_model::{Offset, Timestamp, TopicPartition};
use ottla_records::{
    Batch, BatchError, BatchHeader, Compression, Compressor, ControlRecordError, EndTransactionMarker, LogEntryPrefix,
    RecordError, RecordSummary, TimestampType,
};

/// What decides about a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) topic_partition: &'a TopicPartition,
    pub(super) config: &'a LogConfig,
    pub(super) append: &'a LeaderAppend,
    /// Of the first record, once it is appended.
    pub(super) base_offset: Offset,
}

/// A batch as it will stand in the log.
#[derive(Debug)]
pub(super) struct Validated {
    pub(super) header: BatchHeader,
    pub(super) payload: Bytes,
    pub(super) marker: Option<Marker>,
}

/// How many bytes a batch may decompress to where only its records' fixed parts are looked at. None is kept; this bounds
/// the work that one request can ask for, at what the length fields of one batch could describe uncompressed.
const LOOKED_AT_MAX: usize = i32::MAX as usize;
/// How many faulty records an answer names. A compressed batch can hold millions.
const REJECTED_RECORDS_MAX: usize = 10_000;

/// Checks what is to be appended and makes of it what is.
pub(super) fn validate(records: &Bytes, rules: &Rules<'_>) -> Result<Validated, AppendError> {
    let batch = only_batch(records, rules)?;
    check_batch(&batch, rules)?;
    let codec = batch.header.attributes.compression().map_err(|error| unreadable_records(error.into()))?;
    if codec == Compression::Zstd && !rules.append.zstd_allowed {
        return Err(AppendError::UnsupportedCompression { topic_partition: rules.topic_partition.clone(), codec });
    }
    check_fields(&batch.header, rules)?;

    let target = target_codec(&batch.header, codec, rules);
    let seen = if target.is_some() || must_look_inside(&batch.header, codec, rules) {
        Some(look_inside(&batch, rules)?)
    } else {
        None
    };
    if target.is_some() || seen.is_some_and(|seen| !seen.in_sequence) {
        return recompress(&batch, target.unwrap_or_else(|| codec.into()), rules);
    }
    let header = stamped(&batch, seen.map(|seen| seen.max_timestamp), rules);
    let marker = marker_of(&batch).map_err(|error| invalid_record(error.to_string()))?;
    Ok(Validated { header, payload: batch.payload(), marker })
}

/// The one batch that there must be. An incomplete one after it is passed over, as Kafka does.
fn only_batch(records: &Bytes, rules: &Rules<'_>) -> Result<Batch, AppendError> {
    let first = whole_entry(records)?.ok_or_else(|| invalid_record("Record batch has no batches at all".to_owned()))?;
    if first.magic != BatchHeader::MAGIC {
        return Err(invalid_record(format!(
            "Only record batches with magic version 2 may be appended to {}",
            rules.topic_partition
        )));
    }
    if whole_entry(&records[first.size_in_bytes..])?.is_some() {
        return Err(invalid_record("Compressed outer record has more than one batch".to_owned()));
    }
    Batch::parse(records.slice(..first.size_in_bytes)).map_err(corrupt)
}

fn whole_entry(bytes: &[u8]) -> Result<Option<LogEntryPrefix>, AppendError> {
    let prefix = LogEntryPrefix::parse(bytes).map_err(corrupt)?;
    Ok(prefix.filter(|prefix| prefix.size_in_bytes <= bytes.len()))
}

/// Where it claims to begin, its size and its CRC.
fn check_batch(batch: &Batch, rules: &Rules<'_>) -> Result<(), AppendError> {
    let header = &batch.header;
    if rules.append.origin == AppendOrigin::Client && header.base_offset != Offset::ZERO {
        return Err(invalid_record(format!(
            "The baseOffset of the record batch in the append to {} should be 0, but it is {}",
            rules.topic_partition, header.base_offset
        )));
    }
    check_size(batch.size_in_bytes(), rules)?;
    batch.verify_crc().map_err(|_| AppendError::Corrupt {
        message: format!(
            "Record is corrupt (stored crc = {}) in topic partition {}.",
            header.crc, rules.topic_partition
        ),
    })
}

pub(super) fn check_size(size: usize, rules: &Rules<'_>) -> Result<(), AppendError> {
    let maximum = rules.config.max_message_bytes;
    if size > maximum as usize {
        return Err(AppendError::BatchTooLarge { topic_partition: rules.topic_partition.clone(), size, maximum });
    }
    Ok(())
}

/// Counts and flags.
fn check_fields(header: &BatchHeader, rules: &Rules<'_>) -> Result<(), AppendError> {
    let partition = rules.topic_partition;
    if rules.append.origin != AppendOrigin::Client {
        return Ok(());
    }
    let (first, last, count) = (header.base_offset, header.last_offset(), header.record_count);
    let count_from_offsets = i64::from(header.last_offset_delta) + 1;
    if count_from_offsets <= 0 {
        return Err(invalid_record(format!(
            "Batch has an invalid offset range: [{first}, {last}] in topic partition {partition}"
        )));
    }
    if count <= 0 {
        return Err(invalid_record(format!(
            "Invalid reported count for record batch: {count} in topic partition {partition}"
        )));
    }
    if count_from_offsets != i64::from(count) {
        return Err(invalid_record(format!(
            "Inconsistent batch offset range [{first}, {last}] and count of records {count} in topic partition {partition}"
        )));
    }
    if header.attributes.is_control() {
        return Err(invalid_record(format!(
            "Clients are not allowed to write control records in topic partition {partition}"
        )));
    }
    match header.idempotent_producer_id() {
        Some(producer_id) if header.base_sequence < 0 => Err(invalid_record(format!(
            "Invalid sequence number {} in record batch with producerId {producer_id} in topic partition {partition}",
            header.base_sequence
        ))),
        // Kafka finds this out when it asks the transaction coordinator about producer -1.
        None if header.attributes.is_transactional() => Err(invalid_record(format!(
            "Transactional record batch without a producer id in topic partition {partition}"
        ))),
        _ => Ok(()),
    }
}

/// The codec that the topic asks for, if it is another one than the batch has. Control batches stay uncompressed.
fn target_codec(header: &BatchHeader, codec: Compression, rules: &Rules<'_>) -> Option<Compressor> {
    match rules.config.compression {
        TopicCompression::Producer => None,
        TopicCompression::Fixed(_) if codec == Compression::None && header.attributes.is_control() => None,
        TopicCompression::Fixed(compressor) => (compressor.compression() != codec).then_some(compressor),
    }
}

/// Whether the header leaves something open that the topic wants to know.
fn must_look_inside(header: &BatchHeader, codec: Compression, rules: &Rules<'_>) -> bool {
    let config = rules.config;
    let is_create_time = config.timestamp_type == TimestampType::CreateTime;
    codec == Compression::None
        || rules.append.validation.unwrap_or(config.validation) == Validation::Full
        || config.compact
        || header.attributes.timestamp_type() == TimestampType::LogAppendTime
        || is_create_time && config.timestamp_before_max_ms != i64::MAX
        || is_create_time && is_out_of_range(header.max_timestamp, rules)
}

/// What a look at every record has shown.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// -1 if no record has a timestamp.
    max_timestamp: Timestamp,
    /// Whether the records count their offsets from 0 without gaps.
    in_sequence: bool,
}

fn look_inside(batch: &Batch, rules: &Rules<'_>) -> Result<Seen, AppendError> {
    let mut seen = Seen { max_timestamp: BatchHeader::NO_TIMESTAMP, in_sequence: true };
    let mut rejected = Vec::new();
    let mut any_timestamp_rejected = false;
    for (index, record) in (0_i32..).zip(batch.summaries(LOOKED_AT_MAX).map_err(unreadable_records)?) {
        let record = record.map_err(unreadable_records)?;
        if let Some((fault, message)) = record_fault(batch, &record, rules) {
            any_timestamp_rejected |= fault == RecordFault::Timestamp;
            rejected.push(RejectedRecord { batch_index: index, message });
            if rejected.len() == REJECTED_RECORDS_MAX {
                break;
            }
        }
        seen.max_timestamp = seen.max_timestamp.max(record.timestamp);
        seen.in_sequence &= record.offset_delta == index;
    }
    match (rejected.is_empty(), any_timestamp_rejected) {
        (true, _) => Ok(seen),
        (false, true) => Err(AppendError::InvalidTimestamp { records: rejected }),
        (false, false) => Err(AppendError::InvalidRecord { message: summary_of(&rejected), records: rejected }),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RecordFault {
    Key,
    Timestamp,
}

fn record_fault(batch: &Batch, record: &RecordSummary, rules: &Rules<'_>) -> Option<(RecordFault, String)> {
    let Rules { config, topic_partition, append, .. } = rules;
    if config.compact && !record.has_key() {
        let message = format!("Compacted topic cannot accept message without key in topic partition {topic_partition}");
        return Some((RecordFault::Key, message));
    }
    if config.timestamp_type == TimestampType::CreateTime && record.timestamp != BatchHeader::NO_TIMESTAMP {
        return is_out_of_range(record.timestamp, rules).then(|| {
            let now = append.now.value();
            // As Java does: with the default of 2^63-1 ms before, the range's beginning wraps around.
            let from = now.wrapping_sub(config.timestamp_before_max_ms);
            let to = now.wrapping_add(config.timestamp_after_max_ms);
            let message = format!(
                "Timestamp {} of message with offset {} is out of range. The timestamp should be within [{from}, {to}]",
                record.timestamp, record.offset
            );
            (RecordFault::Timestamp, message)
        });
    }
    (batch.header.attributes.timestamp_type() == TimestampType::LogAppendTime).then(|| {
        let message = format!(
            "Invalid timestamp type in message {}. Producer should not set timestamp type to LogAppendTime.",
            described(batch, record)
        );
        (RecordFault::Timestamp, message)
    })
}

/// A record as Kafka prints it: by the name of what it was read with.
fn described(batch: &Batch, record: &RecordSummary) -> String {
    let is_plain = batch.header.attributes.compression() == Ok(Compression::None);
    format!(
        "{}(offset={}, timestamp={}, key={} bytes, value={} bytes)",
        if is_plain { "DefaultRecord" } else { "PartialDefaultRecord" },
        record.offset,
        record.timestamp,
        record.key_size.unwrap_or(0),
        record.value_size.unwrap_or(0)
    )
}

fn is_out_of_range(timestamp: Timestamp, rules: &Rules<'_>) -> bool {
    let age = rules.append.now.milliseconds_since(timestamp);
    timestamp != BatchHeader::NO_TIMESTAMP
        && (age > rules.config.timestamp_before_max_ms || age.saturating_neg() > rules.config.timestamp_after_max_ms)
}

fn summary_of(rejected: &[RejectedRecord]) -> String {
    let shown: Vec<String> = rejected
        .iter()
        .take(3)
        .map(|record| format!("RecordError(batchIndex={}, message='{}')", record.batch_index, record.message))
        .collect();
    format!(
        "One or more records have been rejected due to {} record errors in total, and only showing the first three errors at \
         most: [{}]",
        rejected.len(),
        shown.join(", ")
    )
}

/// The header as it goes into the log: offset, epoch and time are the leader's.
fn stamped(batch: &Batch, seen_max_timestamp: Option<Timestamp>, rules: &Rules<'_>) -> BatchHeader {
    let timestamp_type = rules.config.timestamp_type;
    let max_timestamp = match timestamp_type {
        TimestampType::LogAppendTime => rules.append.now,
        TimestampType::CreateTime => seen_max_timestamp.unwrap_or(batch.header.max_timestamp),
    };
    let mut header = BatchHeader {
        base_offset: rules.base_offset,
        partition_leader_epoch: rules.append.leader_epoch,
        ..batch.header
    };
    // Only these two are under the CRC.
    if header.max_timestamp != max_timestamp || header.attributes.timestamp_type() != timestamp_type {
        header.max_timestamp = max_timestamp;
        header.attributes = header.attributes.known_bits().with_timestamp_type(timestamp_type);
        header.crc = header.compute_crc(&batch.payload());
    }
    header
}

/// The end of a transaction that a batch holds, if it is a control batch of a producer. Compaction may have left such a
/// batch empty.
pub(crate) fn marker_of(batch: &Batch) -> Result<Option<Marker>, MarkerError> {
    /// Markers are not compressed, and tiny.
    const MARKER_BATCH_MAX: usize = 1 << 16;
    if !batch.header.attributes.is_control() || batch.header.idempotent_producer_id().is_none() {
        return Ok(None);
    }
    let Some(record) = batch.records(MARKER_BATCH_MAX)?.next().transpose()? else { return Ok(None) };
    let marker = EndTransactionMarker::parse(record.key.as_deref(), record.value.as_deref())?;
    Ok(Some(Marker { marker, timestamp: record.timestamp }))
}

/// A control batch of a producer that holds no end of a transaction.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MarkerError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Control(#[from] ControlRecordError),
}

pub(super) fn invalid_record(message: String) -> AppendError {
    AppendError::InvalidRecord { message, records: Vec::new() }
}
/// Records that cannot be read are invalid ones, except where Kafka fails to find out more.
pub(super) fn unreadable_records(error: RecordError) -> AppendError {
    let message = error.to_string();
    match error {
        RecordError::UnknownCompression(_) | RecordError::Decompress(_) => AppendError::Unreadable { message },
        _ => invalid_record(message),
    }
}
fn corrupt(error: BatchError) -> AppendError {
    AppendError::Corrupt { message: format!("Record batch is corrupt ({error})") }
}
