//! From one state of a transactional id to the next: what is to be recorded. Who may ask for it is decided elsewhere.

use super::records::TransactionMetadata;
use super::{TransactionState, TransactionVersion};
use ottla_model::{ProducerEpoch, ProducerId, Timestamp, TopicPartition};
use std::collections::BTreeSet;

/// The first epoch of every producer id.
pub(super) const FIRST_EPOCH: ProducerEpoch = ProducerEpoch::new(0);

impl TransactionMetadata {
    /// A transactional id that nobody has had before.
    pub(super) fn new(producer_id: ProducerId, timeout: i32, now: Timestamp) -> Self {
        Self {
            state: TransactionState::Empty,
            producer_id,
            // As Kafka: the id before the first one is the first one.
            previous_producer_id: Some(producer_id),
            next_producer_id: None,
            producer_epoch: FIRST_EPOCH,
            timeout,
            partitions: BTreeSet::new(),
            start: None,
            last_update: now,
            client_version: TransactionVersion::V0,
        }
    }

    /// A producer has come (or has come back), and calls itself so from now on.
    pub(super) fn initialised(
        &self,
        producer_id: ProducerId,
        producer_epoch: ProducerEpoch,
        timeout: i32,
        now: Timestamp,
    ) -> Self {
        Self {
            state: TransactionState::Empty,
            producer_id,
            producer_epoch,
            timeout,
            partitions: BTreeSet::new(),
            start: None,
            ..self.following(now)
        }
    }

    /// Partitions are part of the transaction; the first ones begin it.
    pub(super) fn with_partitions(
        &self,
        partitions: Vec<TopicPartition>,
        client_version: TransactionVersion,
        now: Timestamp,
    ) -> Self {
        let mut next = self.following(now);
        next.start = if self.state == TransactionState::Ongoing { self.start } else { Some(now) };
        next.state = TransactionState::Ongoing;
        next.partitions.extend(partitions);
        next.client_version = client_version;
        next
    }

    /// It is decided how the transaction ends, for a client that follows `client_version`. `next_producer_id` is the
    /// producer's when the transaction is complete, if the epochs of the present one are used up.
    pub(super) fn prepared(
        &self,
        commit: bool,
        client_version: TransactionVersion,
        next_producer_id: Option<ProducerId>,
        now: Timestamp,
    ) -> Self {
        let mut next = self.following(now);
        next.state = if commit { TransactionState::PrepareCommit } else { TransactionState::PrepareAbort };
        if client_version.raises_epochs() {
            next.producer_epoch = raised(self.producer_epoch);
        }
        if self.state != TransactionState::Ongoing {
            // To abort what has not begun is allowed; it needs a beginning all the same.
            next.start = Some(now);
        }
        next.next_producer_id = next_producer_id;
        next.client_version = client_version;
        next
    }

    /// The transaction is aborted, and whoever is in it cannot go on: the epoch is raised, whatever the client follows.
    pub(super) fn fenced(
        &self,
        version: TransactionVersion,
        next_producer_id: Option<ProducerId>,
        now: Timestamp,
    ) -> Self {
        if version.raises_epochs() {
            return self.prepared(false, version, next_producer_id, now);
        }
        let mut next = self.prepared(false, TransactionVersion::V0, None, now);
        next.producer_epoch = raised(self.producer_epoch);
        next
    }

    /// All partitions know how the transaction has ended.
    pub(super) fn completed(&self, now: Timestamp) -> Self {
        let mut next = self.following(now);
        next.state = if self.state == TransactionState::PrepareCommit {
            TransactionState::CompleteCommit
        } else {
            TransactionState::CompleteAbort
        };
        if let Some(producer_id) = self.next_producer_id.filter(|_| self.client_version.raises_epochs()) {
            next.producer_id = producer_id;
            next.producer_epoch = FIRST_EPOCH;
        }
        next.next_producer_id = None;
        next.partitions = BTreeSet::new();
        next
    }

    /// The same, later.
    fn following(&self, now: Timestamp) -> Self {
        Self { previous_producer_id: Some(self.producer_id), last_update: now, ..self.clone() }
    }
}

/// The epoch after this one. The highest one is never given to a producer, and stays.
pub(super) fn raised(epoch: ProducerEpoch) -> ProducerEpoch {
    ProducerEpoch::new(epoch.value().saturating_add(1))
}
