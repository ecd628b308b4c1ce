//! What of a batch stays.

use super::key_offsets::KeyOffsets;
use super::source::DECOMPRESSED_MAX;
use super::transactions::{ControlBatchError, Transactions};
use crate::segment::AbortedEntry;
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{Batch, BatchHeader, LegacyMessage, Record, RecordError};
use std::collections::HashMap;

/// What a producer has written last, so that it can go on where it was after the log has been read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastRecord {
    /// The batch that ends with this offset has its last sequence number.
    Data(Offset),
    /// Nothing in this epoch but a marker.
    Marker(ProducerEpoch),
}

/// What decides, the same for all batches of one compaction.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub(super) table: &'a KeyOffsets,
    /// The table speaks of nothing above it (inclusive), and neither does this compaction.
    pub(super) latest: Offset,
    /// When the compaction began.
    pub(super) now: Timestamp,
    /// `delete.retention.ms`
    pub(super) delete_retention_ms: i64,
    /// Where what can be compacted ends (exclusive).
    pub(super) end_offset: Offset,
    pub(super) producers: &'a HashMap<ProducerId, LastRecord>,
}

/// What is to become of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// None of its records stay, whatever they are.
    pub(super) drops_records: bool,
    /// What is done if no record stays.
    pub(super) keeps_header: bool,
    /// It is the marker of a transaction of which nothing is left: its time runs from now on.
    pub(super) is_idle_marker: bool,
    /// To be entered into the transaction index.
    pub(super) aborts: Option<AbortedEntry>,
}

impl Rules<'_> {
    /// Looks at a batch as a whole, in its turn.
    pub(super) fn judge(&self, batch: &Batch, transactions: &mut Transactions) -> Result<Verdict, ControlBatchError> {
        let header = &batch.header;
        let mut verdict = if header.attributes.is_control() {
            let control = transactions.on_control(batch)?;
            // A marker that is found to be idle gets a horizon, and goes when that has passed.
            let is_over = header.delete_horizon().is_some_and(|horizon| horizon <= self.now);
            Verdict {
                drops_records: control.is_idle && is_over,
                keeps_header: false,
                is_idle_marker: control.is_idle,
                aborts: control.aborts,
            }
        } else {
            let drops_records = transactions.on_data(header);
            Verdict { drops_records, keeps_header: false, is_idle_marker: false, aborts: None }
        };
        // The first so that its producer can go on, the second so that the log still ends here if all that follows is
        // compacted away.
        verdict.keeps_header = self.is_last_of_producer(header) || header.next_offset() == self.end_offset;
        Ok(verdict)
    }

    fn is_last_of_producer(&self, header: &BatchHeader) -> bool {
        let last = header.idempotent_producer_id().and_then(|id| self.producers.get(&id));
        match last {
            Some(LastRecord::Data(offset)) => header.last_offset() == *offset,
            Some(LastRecord::Marker(epoch)) => header.attributes.is_control() && header.producer_epoch == *epoch,
            None => false,
        }
    }

    /// Whether a record of a batch of data stays, if no rule about the whole batch says that none does.
    pub(super) fn keeps(&self, record: &Record, header: &BatchHeader) -> bool {
        let tombstones_stay = header.delete_horizon().is_none_or(|horizon| self.now < horizon);
        self.keeps_record(record, tombstones_stay)
    }

    /// The same for a message of before Kafka 0.11, whose tombstones have no horizon of their own.
    pub(super) fn keeps_legacy(&self, record: &Record, tombstones_stay: bool) -> bool {
        self.keeps_record(record, tombstones_stay)
    }

    fn keeps_record(&self, record: &Record, tombstones_stay: bool) -> bool {
        if record.offset > self.latest {
            return true;
        }
        // A record without a key can be in a log that has not always been compacted. It is in nobody's place.
        let Some(key) = &record.key else { return false };
        let is_last = self.table.get(key).is_none_or(|last| record.offset >= last);
        is_last && (record.value.is_some() || tombstones_stay)
    }
}

/// The records of a message of before Kafka 0.11.
pub(super) fn legacy_records(message: &LegacyMessage) -> Result<Vec<Record>, RecordError> {
    message.records(DECOMPRESSED_MAX)
}
