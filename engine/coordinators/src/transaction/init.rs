//! InitProducerId: a producer begins, or goes on after an error.

use super::records::{LAST_EPOCH, TransactionMetadata};
use super::shard::Transaction;
use super::transition::{FIRST_EPOCH, raised};
use super::{InitProducerId, InitReply, Producer, TransactionError, TransactionShard, TransactionState};
use crate::{CoordinatorRecord, Outcome};
use ottla_model::{ProducerEpoch, Timestamp};

impl TransactionShard {
    /// A producer begins, and fences whoever had the transactional id before; or goes on with what it
    /// [knows](InitProducerId::known), if it has not been fenced itself.
    ///
    /// A transaction that is open is aborted: until that is complete, the answer is
    /// [`TransactionError::ConcurrentTransactions`], the first time with records.
    pub fn init_producer_id(&mut self, request: &InitProducerId, now: Timestamp) -> Outcome<InitReply> {
        let mut records = Vec::new();
        let reply = self.check_init(request).and_then(|()| self.init(request, now, &mut records));
        Outcome { records, reply, released: Vec::new() }
    }

    fn check_init(&self, request: &InitProducerId) -> Result<(), TransactionError> {
        if request.transactional_id.is_empty() {
            return Err(TransactionError::InvalidTransactionalId);
        }
        if request.enable_two_phase_commit && !self.settings.two_phase_commit {
            return Err(TransactionError::TwoPhaseCommitDisabled);
        }
        if request.keep_prepared {
            return Err(TransactionError::CannotKeepPrepared);
        }
        if !request.enable_two_phase_commit && !(1..=self.settings.timeout_max).contains(&request.timeout) {
            return Err(TransactionError::InvalidTransactionTimeout);
        }
        Ok(())
    }

    fn init(&mut self, request: &InitProducerId, now: Timestamp, records: &mut Vec<CoordinatorRecord>) -> InitReply {
        let transactional_id = &*request.transactional_id;
        let timeout = if request.enable_two_phase_commit { i32::MAX } else { request.timeout };
        let Some(transaction) = self.transactions.get(transactional_id) else {
            // Whatever it was called when the transactional id was known last.
            let next = TransactionMetadata::new(self.draw_producer_id()?, timeout, now);
            return self.answer(transactional_id, next, None, records);
        };
        if transaction.metadata.state.is_prepared() {
            return Err(TransactionError::ConcurrentTransactions);
        }
        transaction.check_id(request.known)?;
        if transaction.metadata.state == TransactionState::Ongoing {
            // The epoch of the abort is nobody's: whoever asks again gets the next one.
            self.fence(transactional_id, now, records)?;
            return Err(TransactionError::ConcurrentTransactions);
        }
        let (next, last_epoch) = match transaction.next_producer(request.known)? {
            NextProducer::Of { epoch, last_epoch } => {
                let metadata = &transaction.metadata;
                (metadata.initialised(metadata.producer_id, epoch, timeout, now), last_epoch)
            }
            NextProducer::Another { last_epoch } => {
                let producer_id = self.draw_producer_id()?;
                (transaction.metadata.initialised(producer_id, FIRST_EPOCH, timeout, now), last_epoch)
            }
        };
        self.answer(transactional_id, next, last_epoch, records)
    }

    fn answer(
        &mut self,
        transactional_id: &str,
        next: TransactionMetadata,
        last_epoch: Option<ProducerEpoch>,
        records: &mut Vec<CoordinatorRecord>,
    ) -> InitReply {
        let next = self.write(transactional_id, next, last_epoch, records)?;
        Ok(Producer { id: next.producer_id, epoch: next.producer_epoch })
    }

    /// Aborts the transaction that is open, and keeps the producer from going on.
    pub(super) fn fence(
        &mut self,
        transactional_id: &str,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> Result<(), TransactionError> {
        let version = self.version();
        let metadata = &self.get(transactional_id)?.metadata;
        let (next_producer_id, last_epoch) = if version.raises_epochs() {
            let is_exhausted = metadata.is_epoch_exhausted();
            (is_exhausted.then(|| self.draw_producer_id()).transpose()?, Some(metadata.producer_epoch))
        } else {
            (None, None)
        };
        let next = metadata.fenced(version, next_producer_id, now);
        self.write(transactional_id, next, last_epoch, records)?;
        Ok(())
    }
}

/// What a producer calls itself from now on.
enum NextProducer {
    /// The same id, with another epoch.
    Of { epoch: ProducerEpoch, last_epoch: Option<ProducerEpoch> },
    /// Another id, with the first epoch: those of this one are used up.
    Another { last_epoch: Option<ProducerEpoch> },
}

impl Transaction {
    /// That somebody who goes on has the producer id; or had it until its epochs were used up, and has not heard the
    /// answer that said so.
    fn check_id(&self, known: Option<Producer>) -> Result<(), TransactionError> {
        let Some(known) = known else { return Ok(()) };
        let had_it = self.metadata.previous_producer_id == Some(known.id) && known.epoch >= LAST_EPOCH;
        if known.id == self.metadata.producer_id || had_it { Ok(()) } else { Err(TransactionError::ProducerFenced) }
    }

    fn next_producer(&self, known: Option<Producer>) -> Result<NextProducer, TransactionError> {
        let current = self.metadata.producer_epoch;
        // Somebody new forgets the epoch before, so that nobody can take the new one for the answer to his request.
        let last_epoch = known.map(|_| current);
        match known {
            Some(known) if known.epoch != current => {
                // A request that is repeated is answered as the first time. (Where the epochs are used up, Kafka stumbles
                // over this one: UNKNOWN_SERVER_ERROR.)
                let is_repeated = self.last_epoch == Some(known.epoch);
                let same = NextProducer::Of { epoch: current, last_epoch: self.last_epoch };
                if is_repeated { Ok(same) } else { Err(TransactionError::ProducerFenced) }
            }
            _ if self.metadata.is_epoch_exhausted() => Ok(NextProducer::Another { last_epoch }),
            _ => Ok(NextProducer::Of { epoch: raised(current), last_epoch }),
        }
    }
}
