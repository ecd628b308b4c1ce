//! AddPartitionsToTxn: what a transaction is about to write to; and whether something is part of it.

use super::{AddPartitions, TransactionError, TransactionShard, TransactionState, VerifyPartitions, VerifyReply};
use crate::{CoordinatorRecord, Outcome};
use ottla_model::Timestamp;

impl TransactionShard {
    /// Partitions are part of the transaction from now on; the first ones begin it.
    pub fn add_partitions(&mut self, request: &AddPartitions, now: Timestamp) -> Outcome<Result<(), TransactionError>> {
        let mut records = Vec::new();
        let reply = self.add(request, now, &mut records);
        Outcome { records, reply, released: Vec::new() }
    }

    fn add(
        &mut self,
        request: &AddPartitions,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> Result<(), TransactionError> {
        let transaction = self.get(&request.transactional_id)?;
        let metadata = &transaction.metadata;
        // Before all else: once it is complete, the producer may have another id.
        if metadata.state.is_prepared() {
            return Err(TransactionError::ConcurrentTransactions);
        }
        transaction.check_producer(request.producer)?;
        let is_part = |partition| metadata.partitions.contains(partition);
        if metadata.state == TransactionState::Ongoing && request.partitions.iter().all(is_part) {
            return Ok(());
        }
        let next = metadata.with_partitions(request.partitions.clone(), request.client_version, now);
        let last_epoch = transaction.last_epoch;
        self.write(&request.transactional_id, next, last_epoch, records)?;
        Ok(())
    }

    /// Whether partitions are part of the producer's transaction, before a broker writes to them (KIP-890).
    pub fn verify_partitions(&self, request: &VerifyPartitions) -> Outcome<VerifyReply> {
        Outcome::reply(self.verify(request))
    }

    fn verify(&self, request: &VerifyPartitions) -> VerifyReply {
        let transaction = self.get(&request.transactional_id)?;
        transaction.check_producer(request.producer)?;
        let metadata = &transaction.metadata;
        if metadata.state.is_prepared() {
            return Err(TransactionError::ConcurrentTransactions);
        }
        let is_part = |partition| metadata.partitions.contains(partition);
        let verified = request
            .partitions
            .iter()
            .map(|partition| if is_part(partition) { Ok(()) } else { Err(TransactionError::TransactionAbortable) });
        Ok(verified.collect())
    }
}
