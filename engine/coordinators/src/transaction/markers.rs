//! Telling partitions how a transaction has ended.

use super::records::TransactionMetadata;
use super::timers::is_full;
use super::{EndedTransaction, MarkersToWrite, Producer, TransactionShard, TransactionState, TransactionalId};
use crate::{CoordinatorRecord, Outcome};
use ottla_model::{Offset, Timestamp, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// Which partitions of which transactions do not know yet. No log remembers that: after a restart all are told again, and
/// take it for what it is.
#[derive(Debug, Default)]
pub(super) struct Markers {
    prepared: BTreeMap<TransactionalId, Prepared>,
    /// Transactions that nobody has been told to write markers for yet.
    due: Vec<TransactionalId>,
    /// Transactions of which all partitions know, while the log does not say so.
    complete: BTreeSet<TransactionalId>,
}

#[derive(Debug)]
struct Prepared {
    /// Where the log says so.
    end: Offset,
    /// Who does not know yet.
    outstanding: BTreeSet<TopicPartition>,
}

impl Markers {
    /// Takes notice of what the log says of a transactional id, and where.
    pub(super) fn follow(
        &mut self,
        transactional_id: &TransactionalId,
        metadata: &TransactionMetadata,
        offset: Offset,
    ) {
        self.forget(transactional_id);
        if !metadata.state.is_prepared() {
            return;
        }
        let outstanding = metadata.partitions.clone();
        if outstanding.is_empty() {
            self.complete.insert(transactional_id.clone());
        } else {
            self.due.push(transactional_id.clone());
        }
        self.prepared.insert(transactional_id.clone(), Prepared { end: offset, outstanding });
    }

    pub(super) fn forget(&mut self, transactional_id: &TransactionalId) {
        self.prepared.remove(transactional_id);
        self.complete.remove(transactional_id);
    }

    /// Who does not know yet how the transaction has ended, if it is decided.
    pub(super) fn outstanding(&self, transactional_id: &str) -> Option<&BTreeSet<TopicPartition>> {
        Some(&self.prepared.get(transactional_id)?.outstanding)
    }

    /// Whether there are transactions whose completion is to be recorded.
    pub(super) fn has_complete(&self) -> bool {
        !self.complete.is_empty()
    }
}

impl TransactionShard {
    /// What has to be written because of what is in the log by now; each transaction is said once. To be asked for after
    /// [`loaded`](crate::Shard::loaded), and after every outcome of [`end`](Self::end),
    /// [`init_producer_id`](Self::init_producer_id) and [`wake`](crate::Shard::wake) that had records.
    ///
    /// Whoever takes them sees to it that they are written, and says so with [`markers_written`](Self::markers_written); if
    /// he forgets, a restart begins anew. Not before the records are committed, and on the disk as far as anything has to
    /// be: a transaction whose end gets lost ends otherwise. The coordinator's epoch in the marker is the epoch of the
    /// leadership that the shard was made for.
    pub fn markers_due(&mut self) -> Vec<MarkersToWrite> {
        let due = std::mem::take(&mut self.markers.due);
        let markers = due.into_iter().filter_map(|transactional_id| {
            let Prepared { end, outstanding } = self.markers.prepared.get(&transactional_id)?;
            let metadata = &self.transactions.get(&transactional_id)?.metadata;
            Some(MarkersToWrite {
                transaction: EndedTransaction { transactional_id, end: *end },
                producer: Producer { id: metadata.producer_id, epoch: metadata.producer_epoch },
                committed: metadata.state == TransactionState::PrepareCommit,
                client_version: metadata.client_version,
                partitions: outstanding.iter().cloned().collect(),
            })
        });
        markers.collect()
    }

    /// Partitions know how the transaction has ended; so do, in a manner of speaking, those that do not exist any more, and
    /// those that have heard of a later epoch of the producer. (Kafka leaves a transaction at that until the coordinator
    /// moves.) When all know, the transaction is complete. To say it twice, or too late, changes nothing.
    pub fn markers_written(
        &mut self,
        transaction: &EndedTransaction,
        partitions: &[TopicPartition],
        now: Timestamp,
    ) -> Outcome<()> {
        let mut records = Vec::new();
        let transactional_id = &transaction.transactional_id;
        if let Some(prepared) = self.markers.prepared.get_mut(transactional_id)
            && prepared.end == transaction.end
        {
            for partition in partitions {
                prepared.outstanding.remove(partition);
            }
            if prepared.outstanding.is_empty() {
                self.markers.complete.insert(transactional_id.clone());
                self.complete(transactional_id, now, &mut records);
            }
        }
        Outcome { records, reply: (), released: Vec::new() }
    }

    /// Records that transactions are complete: those that the log did not take when it was tried first.
    pub(super) fn complete_transactions(&mut self, now: Timestamp, records: &mut Vec<CoordinatorRecord>) {
        for transactional_id in self.markers.complete.iter().cloned().collect::<Vec<_>>() {
            if is_full(records) {
                return;
            }
            self.complete(&transactional_id, now, records);
        }
    }

    fn complete(&mut self, transactional_id: &TransactionalId, now: Timestamp, records: &mut Vec<CoordinatorRecord>) {
        let Some(transaction) = self.transactions.get(transactional_id) else { return };
        let (next, last_epoch) = (transaction.metadata.completed(now), transaction.last_epoch);
        // It was recorded before, and says less now: it fits.
        let _ = self.write(transactional_id, next, last_epoch, records);
    }
}
