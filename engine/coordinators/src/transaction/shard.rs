//! One partition of `__transaction_state`: its transactional ids.

use super::listing::{DescribedTransaction, ListedTransaction, TransactionFilter};
use super::markers::Markers;
use super::records::{TransactionMetadata, TransactionRecord};
use super::timers::Timers;
use super::{ProducerIds, TransactionError, TransactionSettings, TransactionVersion, TransactionalId};
use crate::{AppendRefusal, CoordinatorRecord, Outcome, Released, ReplayError, ReplayedRecord, Shard};
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One partition of `__transaction_state`: its transactional ids, each with its producer and its transaction.
///
/// Nobody waits here: there are no [`WaiterId`](crate::WaiterId)s. What is to be done once an outcome's records are
/// committed: ask for [`markers_due`](Self::markers_due), and see to it that they are written, however long it takes.
#[derive(Debug)]
pub struct TransactionShard {
    pub(super) settings: Arc<TransactionSettings>,
    pub(super) producer_ids: Arc<dyn ProducerIds>,
    pub(super) transactions: BTreeMap<TransactionalId, Transaction>,
    pub(super) markers: Markers,
    pub(super) timers: Timers,
    /// The epochs before, of those whose records the last decision has sent to the log.
    presumed: BTreeMap<TransactionalId, Option<ProducerEpoch>>,
}

/// What is known of a transactional id.
#[derive(Debug)]
pub(super) struct Transaction {
    /// What the log says.
    pub(super) metadata: TransactionMetadata,
    /// Where it says so.
    offset: Offset,
    /// The epoch that the producer had before this one, if it was the same producer: so that InitProducerId can be
    /// repeated (KIP-360). No record has a place for it.
    pub(super) last_epoch: Option<ProducerEpoch>,
}

impl TransactionShard {
    /// A shard that knows nothing yet: replay the log, then [`loaded`](Shard::loaded).
    pub fn new(settings: Arc<TransactionSettings>, producer_ids: Arc<dyn ProducerIds>) -> Self {
        Self {
            settings,
            producer_ids,
            transactions: BTreeMap::new(),
            markers: Markers::default(),
            timers: Timers::default(),
            presumed: BTreeMap::new(),
        }
    }

    /// From now on other things are allowed: most of all, when the cluster agrees on another `transaction.version`.
    pub fn set_settings(&mut self, settings: Arc<TransactionSettings>) {
        self.settings = settings;
    }

    /// What is to be said of a transactional id.
    pub fn describe(&self, transactional_id: &str) -> Outcome<Result<DescribedTransaction, TransactionError>> {
        if transactional_id.is_empty() {
            return Outcome::reply(Err(TransactionError::InvalidTransactionalId));
        }
        let Some(Transaction { metadata, .. }) = self.transactions.get(transactional_id) else {
            return Outcome::reply(Err(TransactionError::TransactionalIdNotFound));
        };
        let partitions = self.markers.outstanding(transactional_id).unwrap_or(&metadata.partitions);
        Outcome::reply(Ok(DescribedTransaction {
            transactional_id: transactional_id.to_owned(),
            state: metadata.state,
            producer_id: metadata.producer_id,
            producer_epoch: metadata.producer_epoch,
            timeout: metadata.timeout,
            start: metadata.start,
            partitions: partitions.iter().cloned().collect(),
        }))
    }

    /// The transactional ids that pass the filter, in order.
    pub fn list(&self, filter: &TransactionFilter, now: Timestamp) -> Outcome<Vec<ListedTransaction>> {
        let all =
            self.transactions.iter().map(|(transactional_id, transaction)| (transactional_id, &transaction.metadata));
        let asked_for = all.filter(|(transactional_id, metadata)| filter.matches(transactional_id, metadata, now));
        let listed = asked_for.map(|(transactional_id, metadata)| ListedTransaction {
            transactional_id: transactional_id.to_string(),
            producer_id: metadata.producer_id,
            state: metadata.state,
        });
        Outcome::reply(listed.collect())
    }

    /// The transaction of a transactional id that must be one.
    pub(super) fn get(&self, transactional_id: &str) -> Result<&Transaction, TransactionError> {
        if transactional_id.is_empty() {
            return Err(TransactionError::InvalidTransactionalId);
        }
        self.transactions.get(transactional_id).ok_or(TransactionError::InvalidProducerIdMapping)
    }

    /// An id for a producer that needs another one.
    pub(super) fn draw_producer_id(&self) -> Result<ProducerId, TransactionError> {
        self.producer_ids.draw().ok_or(TransactionError::NoProducerId)
    }

    /// What the cluster has agreed on.
    pub(super) fn version(&self) -> TransactionVersion {
        self.settings.transaction_version
    }

    /// Has `next` recorded. Returns what the record says of it: in old versions not all that was to be said.
    ///
    /// A transaction that has ended in no partition at all is complete with that.
    pub(super) fn write(
        &mut self,
        transactional_id: &str,
        next: TransactionMetadata,
        last_epoch: Option<ProducerEpoch>,
        records: &mut Vec<CoordinatorRecord>,
    ) -> Result<TransactionMetadata, TransactionError> {
        let next_producer_id = next.next_producer_id;
        let next = next.as_recorded(self.version());
        if next.next_producer_id != next_producer_id {
            // It would be forgotten, while the producer is told that it has it.
            return Err(TransactionError::NotRecordable);
        }
        let written = records.len();
        let mut push = |metadata: &TransactionMetadata| {
            records.push(metadata.record(transactional_id, self.settings.transaction_version)?);
            Ok::<_, ottla_protocol::EncodeError>(())
        };
        let mut pushed = push(&next);
        if pushed.is_ok() && next.state.is_prepared() && next.partitions.is_empty() {
            pushed = push(&next.completed(next.last_update).as_recorded(self.settings.transaction_version));
        }
        if pushed.is_err() {
            records.truncate(written);
            return Err(TransactionError::NotRecordable);
        }
        self.presumed.insert(transactional_id.into(), last_epoch);
        Ok(next)
    }
}

impl Shard for TransactionShard {
    fn replay(&mut self, record: ReplayedRecord) -> Result<(), ReplayError> {
        // The bytes may be slices of something larger, but all of them is copied by reading.
        let TransactionRecord::Transaction { transactional_id, metadata } =
            TransactionRecord::read(record.key, record.value)?
        else {
            return Ok(());
        };
        match metadata.transpose() {
            Err(reason) => return Err(ReplayError::ImpossibleTransaction { transactional_id, reason }),
            Ok(None) => self.forget(&transactional_id),
            Ok(Some(metadata)) => self.put(&transactional_id, metadata, record.offset),
        }
        Ok(())
    }

    /// Nothing in this topic is part of a transaction.
    fn replay_end_of_transaction(&mut self, _producer_id: ProducerId, _committed: bool) {}

    fn loaded(&mut self, now: Timestamp) -> Outcome<()> {
        self.timers.begin(now);
        for (transactional_id, Transaction { metadata, offset, .. }) in &self.transactions {
            self.markers.follow(transactional_id, metadata, *offset);
            self.timers.follow(transactional_id, metadata, &self.settings);
        }
        Outcome::reply(())
    }

    fn unload(&mut self) -> Vec<Released> {
        Vec::new()
    }

    fn next_wake(&self) -> Option<Timestamp> {
        let at_once = self.markers.has_complete().then(Timestamp::default);
        at_once.or_else(|| self.timers.next())
    }

    fn wake(&mut self, now: Timestamp) -> Outcome<()> {
        let mut records = Vec::new();
        self.complete_transactions(now, &mut records);
        self.wake_timers(now, &mut records);
        Outcome { records, reply: (), released: Vec::new() }
    }

    fn append_refused(&mut self, released: Vec<Released>, refusal: AppendRefusal, now: Timestamp) -> Vec<Released> {
        self.presumed.clear();
        self.timers.refused(refusal, now, &self.settings);
        released
    }
}

impl TransactionShard {
    fn put(&mut self, transactional_id: &str, metadata: TransactionMetadata, offset: Offset) {
        // One name for all that is kept about it.
        let known = self.transactions.get_key_value(transactional_id);
        let transactional_id =
            known.map_or_else(|| transactional_id.into(), |(known, _)| TransactionalId::clone(known));
        if self.timers.have_begun() {
            self.markers.follow(&transactional_id, &metadata, offset);
            self.timers.follow(&transactional_id, &metadata, &self.settings);
        }
        let presumed = self.presumed.remove(&transactional_id);
        match self.transactions.get_mut(&transactional_id) {
            Some(transaction) => {
                transaction.metadata = metadata;
                transaction.offset = offset;
                transaction.last_epoch = presumed.unwrap_or(transaction.last_epoch);
            }
            None => {
                let last_epoch = presumed.flatten();
                self.transactions.insert(transactional_id, Transaction { metadata, offset, last_epoch });
            }
        }
    }

    fn forget(&mut self, transactional_id: &str) {
        if let Some((transactional_id, _)) = self.transactions.remove_entry(transactional_id) {
            self.markers.forget(&transactional_id);
            self.timers.forget(&transactional_id);
        }
    }
}
