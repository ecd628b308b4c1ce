//! EndTxn: commit, or abort.
//!
//! Clients that follow [`V2`](super::TransactionVersion::V2) have another epoch after each transaction (KIP-890). So a request that is
//! repeated can be told from the next one: it comes with the epoch before the current one. What such a client gets when
//! the transaction is not open:
//!
//! | state          | abort, repeated | abort, anew | commit, repeated | commit, anew |
//! |----------------|-----------------|-------------|------------------|--------------|
//! | Empty          | fenced          | aborted     | fenced           | invalid      |
//! | CompleteAbort  | done            | aborted     | invalid          | invalid      |
//! | CompleteCommit | invalid         | aborted     | done             | invalid      |
//!
//! To abort what has not begun is allowed because a client may not know whether it has.
//!
//! Whose transaction was the last one is only then told by its epoch if it was raised when that ended. Where a client of
//! before [`V2`](super::TransactionVersion::V2) has taken over and ended one, the epoch before belongs to a producer that it has fenced:
//! Kafka 4.3 takes its EndTxn for a repeated one, and tells it the new producer's epoch. Here it is fenced.

use super::records::{LAST_EPOCH, TransactionMetadata};
use super::shard::Transaction;
use super::transition::{FIRST_EPOCH, raised};
use super::{EndReply, EndTransaction, Producer, TransactionError, TransactionShard, TransactionState};
use crate::{CoordinatorRecord, Outcome};
use ottla_model::Timestamp;

/// What to do about an EndTxn.
enum End {
    /// It is to be recorded.
    Write,
    /// It has been, and this is the same request again.
    Done,
}

impl TransactionShard {
    /// The transaction is committed, or aborted, as soon as the record is in the log; the partitions are told afterwards.
    /// Until all know, whoever asks for something else gets [`TransactionError::ConcurrentTransactions`].
    pub fn end(&mut self, request: &EndTransaction, now: Timestamp) -> Outcome<EndReply> {
        let mut records = Vec::new();
        let reply = self.end_transaction(request, now, &mut records);
        Outcome { records, reply, released: Vec::new() }
    }

    fn end_transaction(
        &mut self,
        request: &EndTransaction,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> EndReply {
        let transaction = self.get(&request.transactional_id)?;
        let metadata = &transaction.metadata;
        if !request.client_version.raises_epochs() {
            if let End::Write = transaction.check_end(request)? {
                let next = metadata.prepared(request.commit, request.client_version, None, now);
                let last_epoch = transaction.last_epoch;
                self.write(&request.transactional_id, next, last_epoch, records)?;
            }
            return Ok(None);
        }
        let producer = match transaction.check_end_with_epoch(request)? {
            End::Done => producer(metadata),
            End::Write => {
                let next_producer_id = metadata.is_epoch_exhausted().then(|| self.draw_producer_id()).transpose()?;
                let next = metadata.prepared(request.commit, request.client_version, next_producer_id, now);
                let last_epoch = Some(metadata.producer_epoch);
                let next = self.write(&request.transactional_id, next, last_epoch, records)?;
                producer(&next.completed(now))
            }
        };
        Ok(Some(producer))
    }
}

impl Transaction {
    /// What an EndTxn means whose client has one epoch for all of its transactions: repeated or not, nobody can tell.
    fn check_end(&self, request: &EndTransaction) -> Result<End, TransactionError> {
        use TransactionState::{CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit};
        self.check_producer(request.producer)?;
        match (self.metadata.state, request.commit) {
            (Ongoing, _) => Ok(End::Write),
            (CompleteCommit, true) | (CompleteAbort, false) => Ok(End::Done),
            (PrepareCommit | PrepareAbort, _) => Err(TransactionError::ConcurrentTransactions),
            (Empty, _) | (CompleteCommit, false) | (CompleteAbort, true) => {
                Err(TransactionError::InvalidTransactionState)
            }
        }
    }

    /// What an EndTxn means whose client has another epoch after each transaction.
    fn check_end_with_epoch(&self, request: &EndTransaction) -> Result<End, TransactionError> {
        use TransactionState::{CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit};
        let metadata = &self.metadata;
        // Before all else: once it is complete, the producer may have another id.
        if metadata.state.is_prepared() {
            return Err(TransactionError::ConcurrentTransactions);
        }
        let Producer { id, epoch } = request.producer;
        let has_another_id =
            metadata.previous_producer_id == Some(id) && epoch == LAST_EPOCH && metadata.producer_epoch == FIRST_EPOCH;
        if id != metadata.producer_id && !has_another_id {
            return Err(TransactionError::InvalidProducerIdMapping);
        }
        let is_current = epoch == metadata.producer_epoch;
        let had_epoch_before =
            has_another_id || (epoch < metadata.producer_epoch && raised(epoch) == metadata.producer_epoch);
        let ended_by_raising =
            matches!(metadata.state, CompleteCommit | CompleteAbort) && metadata.client_version.raises_epochs();
        let is_repeated = had_epoch_before && ended_by_raising;
        if !(is_current || is_repeated) {
            return Err(TransactionError::ProducerFenced);
        }
        match (metadata.state, request.commit) {
            (Ongoing, _) => Ok(End::Write),
            (CompleteCommit, true) | (CompleteAbort, false) if is_repeated => Ok(End::Done),
            (Empty | CompleteCommit | CompleteAbort, false) if !is_repeated => Ok(End::Write),
            (PrepareCommit | PrepareAbort, _) => Err(TransactionError::ConcurrentTransactions),
            (Empty | CompleteCommit | CompleteAbort, _) => Err(TransactionError::InvalidTransactionState),
        }
    }

    /// That this is the producer.
    pub(super) fn check_producer(&self, producer: Producer) -> Result<(), TransactionError> {
        if producer.id != self.metadata.producer_id {
            return Err(TransactionError::InvalidProducerIdMapping);
        }
        if producer.epoch != self.metadata.producer_epoch {
            return Err(TransactionError::ProducerFenced);
        }
        Ok(())
    }
}

fn producer(metadata: &TransactionMetadata) -> Producer {
    Producer { id: metadata.producer_id, epoch: metadata.producer_epoch }
}
