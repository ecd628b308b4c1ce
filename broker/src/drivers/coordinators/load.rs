//! From a partition's log to a shard that serves.

use super::HostedShard;
use bytes::Bytes;
use ottla_coordinators::{ReplayedRecord, Shard};
use ottla_model::{Offset, ProducerEpoch, ProducerId};
use ottla_records::{Batch, ControlRecordType, LogEntry, log_entries};
use ottla_storage::{ReadError, ReadRequest};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What the records of one batch may come to when they are decompressed. No batch that a broker of any configuration
/// takes from a coordinator comes near it.
const DECOMPRESSED_MAX: usize = 256 * 1024 * 1024;

/// Why a log cannot be read to its end.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("at offset {at}: {reason}")]
    Unreadable { at: Offset, reason: String },
}

/// What a load came to, for the log.
#[derive(Debug, Default)]
struct Tally {
    records: u64,
    bytes: u64,
    /// Records, or batches of them, that were named and left out.
    refused: u64,
}

/// Replays the log of `shard` into `fresh`, and has it serve. What cannot be understood is named and left out: the groups
/// beside it are worth more than the one that it speaks of.
pub(super) fn load<S: Shard + Send + 'static>(
    shard: &HostedShard<S>,
    mut fresh: S,
    buffer_bytes: u32,
    stopping: &AtomicBool,
) {
    let begun = Instant::now();
    let mut tally = Tally::default();
    match replay_all(shard, &mut fresh, buffer_bytes, stopping, &mut tally) {
        Ok(Some(end)) => {
            shard.serve(fresh, end);
            if tally.records > 0 {
                let Tally { records, bytes, refused } = tally;
                let (name, took) = (shard.partition().name(), begun.elapsed());
                let left_out = if refused > 0 { format!(", {refused} left out") } else { String::new() };
                tracing::info!("loaded {records} records ({bytes} bytes) of {name} in {took:?}{left_out}");
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!("cannot load {}, whose groups are not served: {error}", shard.partition().name());
            shard.unload();
        }
    }
}

/// Gives the end of what was replayed, exclusive; `None` if the shard is not wanted any more.
fn replay_all<S: Shard + Send + 'static>(
    shard: &HostedShard<S>,
    fresh: &mut S,
    buffer_bytes: u32,
    stopping: &AtomicBool,
    tally: &mut Tally,
) -> Result<Option<Offset>, LoadError> {
    let reader = shard.partition().partition().reader();
    let mut next = reader.log_start_offset();
    while next < reader.log_end_offset() {
        if stopping.load(Ordering::Relaxed) || !shard.is_loading() {
            return Ok(None);
        }
        let read = reader.read(&ReadRequest {
            start_offset: next,
            max_bytes: buffer_bytes,
            upper_bound: reader.log_end_offset(),
            whole_first_batch: true,
            aborted_transactions: false,
        });
        let read = match read {
            Ok(read) => read,
            // Retention or a deletion of records has overtaken this load.
            Err(ReadError::OffsetOutOfRange { log_start_offset, .. }) if log_start_offset > next => {
                next = log_start_offset;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if read.records.is_empty() {
            // Compaction may have left nothing between here and the end.
            break;
        }
        let read_up_to = replay_piece(shard, fresh, read.records.read_all()?, next, tally)?;
        if read_up_to <= next {
            return Err(LoadError::Unreadable { at: next, reason: "no whole batch where one should be".to_owned() });
        }
        next = read_up_to;
    }
    Ok(Some(reader.log_end_offset().max(next)))
}

/// Replays the batches of one read; gives the offset behind the last whole one.
fn replay_piece<S: Shard + Send + 'static>(
    shard: &HostedShard<S>,
    fresh: &mut S,
    bytes: Bytes,
    from: Offset,
    tally: &mut Tally,
) -> Result<Offset, LoadError> {
    let name = shard.partition().name();
    let mut next = from;
    for entry in log_entries(bytes) {
        let entry = entry.map_err(|error| LoadError::Unreadable { at: next, reason: error.to_string() })?;
        if let Err(error) = entry.verify_crc() {
            tracing::error!("{name}: the batch at offset {next} is left out: {error}");
            tally.refused += 1;
        } else {
            replay_entry(shard, fresh, &entry, from, tally);
        }
        tally.bytes += entry.size_in_bytes() as u64;
        next = entry.last_offset().next();
    }
    Ok(next)
}

fn replay_entry<S: Shard + Send + 'static>(
    shard: &HostedShard<S>,
    fresh: &mut S,
    entry: &LogEntry,
    from: Offset,
    tally: &mut Tally,
) {
    let name = shard.partition().name();
    let records = match entry.records(DECOMPRESSED_MAX) {
        Ok(records) => records,
        Err(error) => {
            tally.refused += 1;
            return tracing::error!("{name}: the batch up to offset {} is left out: {error}", entry.last_offset());
        }
    };
    let control = control_batch(entry);
    let transaction = transaction_of(entry);
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                tally.refused += 1;
                return tracing::error!("{name}: the batch up to offset {} is cut: {error}", entry.last_offset());
            }
        };
        if record.offset < from {
            continue; // the batch begins before what is left of the log
        }
        tally.records += 1;
        let offset = record.offset;
        if let Some(batch) = control {
            end_transaction(fresh, batch, record.key.as_deref());
            continue;
        }
        let replayed = ReplayedRecord {
            // Without a key it says nothing of anybody; the shard refuses it by its empty one.
            key: record.key.unwrap_or_default(),
            value: record.value,
            offset,
            timestamp: record.timestamp,
            transaction,
        };
        if let Err(error) = fresh.replay(replayed) {
            tally.refused += 1;
            tracing::error!("{name}: the record at offset {offset} is left out: {error}");
        }
    }
}

fn control_batch(entry: &LogEntry) -> Option<&Batch> {
    match entry {
        LogEntry::Batch(batch) if batch.header.attributes.is_control() => Some(batch),
        LogEntry::Batch(_) | LogEntry::Legacy(_) => None,
    }
}

fn transaction_of(entry: &LogEntry) -> Option<(ProducerId, ProducerEpoch)> {
    match entry {
        LogEntry::Batch(batch) if batch.header.attributes.is_transactional() => {
            Some((batch.header.producer_id, batch.header.producer_epoch))
        }
        LogEntry::Batch(_) | LogEntry::Legacy(_) => None,
    }
}

/// Other control records than the ends of transactions say nothing to coordinators.
fn end_transaction<S: Shard>(fresh: &mut S, batch: &Batch, key: Option<&[u8]>) {
    match ControlRecordType::from_key(key) {
        Ok(ControlRecordType::Commit) => fresh.replay_end_of_transaction(batch.header.producer_id, true),
        Ok(ControlRecordType::Abort) => fresh.replay_end_of_transaction(batch.header.producer_id, false),
        Ok(_) | Err(_) => {}
    }
}
