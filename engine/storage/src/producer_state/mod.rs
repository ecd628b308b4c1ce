//! What a log remembers of idempotent and transactional producers (KIP-98): which batches they wrote last, so that what
//! comes twice is told from what is new; which transactions are open; and which are decided above the high watermark.

mod check;
mod entry;
mod snapshot;

pub(crate) use check::{Checked, ProducerFault};
pub(crate) use snapshot::{decode as decode_snapshot, encode as encode_snapshot};

use entry::{BatchMemory, ProducerEntry};
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{BatchHeader, EndTransactionMarker, TransactionOutcome};
use std::collections::BTreeMap;

/// What is kept of producers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerStateConfig {
    /// `producer.id.expiration.ms`: after this much silence a producer is forgotten.
    pub expiration_ms: i64,
    /// `transaction.max.timeout.ms`: an open transaction older than this (and five minutes) is late.
    pub transaction_max_timeout_ms: i64,
}

impl Default for ProducerStateConfig {
    fn default() -> Self {
        Self { expiration_ms: 24 * 60 * 60 * 1000, transaction_max_timeout_ms: 15 * 60 * 1000 }
    }
}

/// How long after its latest possible end an open transaction counts as late.
const LATE_TRANSACTION_BUFFER_MS: i64 = 5 * 60 * 1000;

/// One producer as `DescribeProducers` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveProducer {
    /// Which.
    pub producer_id: ProducerId,
    /// Its latest epoch.
    pub producer_epoch: ProducerEpoch,
    /// The sequence number of its last record, if it has written any in this epoch.
    pub last_sequence: Option<i32>,
    /// The offset of its last record, if it has written any in this epoch.
    pub last_offset: Option<Offset>,
    /// The largest timestamp of its last batch or marker.
    pub last_timestamp: Timestamp,
    /// The epoch of the coordinator that wrote its last marker, if there is one.
    pub coordinator_epoch: Option<i32>,
    /// Where its open transaction begins, if it has one.
    pub current_transaction_start: Option<Offset>,
}

/// An end of transaction, as it stands in a control batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) marker: EndTransactionMarker,
    /// Of the control record.
    pub(crate) timestamp: Timestamp,
}

/// A transaction that a marker has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompletedTransaction {
    pub(crate) producer_id: ProducerId,
    pub(crate) first_offset: Offset,
    /// Of the marker.
    pub(crate) last_offset: Offset,
    pub(crate) is_aborted: bool,
    /// The last stable offset, were the high watermark above all: the first record of the transactions still open.
    pub(crate) last_stable_offset: Offset,
}

/// All producers of a log, as they are when it ends with [`Self::end_offset`].
#[derive(Debug, Default)]
pub(crate) struct ProducerStates {
    producers: BTreeMap<ProducerId, ProducerEntry>,
    /// Open transactions by first offset.
    open: BTreeMap<Offset, ProducerId>,
    /// First to last offset of transactions that are decided, perhaps not yet below the high watermark.
    decided: BTreeMap<Offset, Offset>,
    end_offset: Offset,
}

impl ProducerStates {
    pub(crate) const fn end_offset(&self) -> Offset {
        self.end_offset
    }
    pub(crate) const fn set_end_offset(&mut self, end_offset: Offset) {
        self.end_offset = end_offset;
    }
    /// Whether truncating a log with these producers cannot bring others back.
    pub(crate) fn is_empty(&self) -> bool {
        self.producers.is_empty() && self.decided.is_empty()
    }

    /// Forgets all; what follows is told from `end_offset` on.
    pub(crate) fn reset(&mut self, end_offset: Offset) {
        *self = Self { end_offset, ..Self::default() };
    }
    /// Takes over what a snapshot holds, other than producers that have been silent for too long.
    pub(crate) fn load(
        &mut self,
        producers: Vec<(ProducerId, ProducerEntry)>,
        end_offset: Offset,
        config: &ProducerStateConfig,
        now: Timestamp,
    ) {
        self.reset(end_offset);
        for (producer_id, entry) in producers {
            if !is_expired(&entry, config, now) {
                if let Some(start) = entry.transaction_start {
                    self.open.insert(start, producer_id);
                }
                self.producers.insert(producer_id, entry);
            }
        }
    }
    /// The content of a snapshot file.
    pub(crate) fn to_snapshot(&self) -> Vec<u8> {
        encode_snapshot(self.producers.iter().map(|(&id, entry)| (id, entry)))
    }

    /// Takes note of a batch that is in the log now. `marker` is what is in it, if it is a control batch that ends a
    /// transaction. Nothing is checked.
    pub(crate) fn apply(&mut self, header: &BatchHeader, marker: Option<Marker>) -> Option<CompletedTransaction> {
        self.end_offset = header.next_offset();
        let producer_id = header.idempotent_producer_id()?;
        if header.attributes.is_control() {
            return self.apply_marker(producer_id, header, marker?);
        }
        let entry = self.producers.entry(producer_id).or_insert(ProducerEntry::unknown());
        entry.add_batch(
            header.producer_epoch,
            BatchMemory {
                last_sequence: header.last_sequence().unwrap_or(BatchHeader::NO_SEQUENCE),
                last_offset: header.last_offset(),
                offset_delta: header.last_offset_delta,
                timestamp: header.max_timestamp,
            },
        );
        if header.attributes.is_transactional() && entry.transaction_start.is_none() {
            entry.transaction_start = Some(header.base_offset);
            self.open.insert(header.base_offset, producer_id);
        }
        None
    }

    fn apply_marker(
        &mut self,
        producer_id: ProducerId,
        header: &BatchHeader,
        Marker { marker, timestamp }: Marker,
    ) -> Option<CompletedTransaction> {
        let entry = self.producers.entry(producer_id).or_insert(ProducerEntry::unknown());
        let first_offset = entry.end_transaction(header.producer_epoch, marker.coordinator_epoch, timestamp)?;
        let last_offset = header.base_offset;
        self.open.remove(&first_offset);
        self.decided.insert(first_offset, last_offset);
        Some(CompletedTransaction {
            producer_id,
            first_offset,
            last_offset,
            is_aborted: marker.outcome == TransactionOutcome::Abort,
            last_stable_offset: self.open.keys().next().map_or(last_offset.next(), |&first| first),
        })
    }

    /// The first record of the first transaction that is open, or decided but not below the high watermark.
    pub(crate) fn first_unstable_offset(&self) -> Option<Offset> {
        let open = self.open.keys().next();
        let decided = self.decided.keys().next();
        open.into_iter().chain(decided).min().copied()
    }
    /// What is decided below the high watermark (or the log start) is settled.
    pub(crate) fn settle_below(&mut self, offset: Offset) {
        if !self.decided.is_empty() {
            self.decided.retain(|_, &mut last_offset| last_offset >= offset);
        }
    }

    /// Forgets producers that have been silent for too long.
    pub(crate) fn expire(&mut self, config: &ProducerStateConfig, now: Timestamp) {
        self.producers.retain(|_, entry| !is_expired(entry, config, now));
    }
    pub(crate) fn active(&self) -> Vec<ActiveProducer> {
        self.producers.iter().map(|(&id, entry)| entry.to_active(id)).collect()
    }
    /// Whether the oldest open transaction's producer has been silent for longer than any transaction may last.
    pub(crate) fn has_late_transaction(&self, config: &ProducerStateConfig, now: Timestamp) -> bool {
        let Some(oldest) = self.open.values().next().and_then(|id| self.producers.get(id)) else { return false };
        let allowed = config.transaction_max_timeout_ms.saturating_add(LATE_TRANSACTION_BUFFER_MS);
        oldest.last_timestamp.value() > 0 && now.milliseconds_since(oldest.last_timestamp) > allowed
    }
}

/// A producer with an open transaction does not expire.
fn is_expired(entry: &ProducerEntry, config: &ProducerStateConfig, now: Timestamp) -> bool {
    entry.transaction_start.is_none() && now.milliseconds_since(entry.last_timestamp) >= config.expiration_ms
}

#[cfg(test)]
mod tests;
