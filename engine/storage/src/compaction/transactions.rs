//! Which batches belong to aborted transactions, and which markers have nothing left to end.

use crate::segment::AbortedEntry;
use ottla_model::{Offset, ProducerId};
use ottla_records::{Batch, BatchHeader, ControlRecordError, ControlRecordType, RecordError};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Larger control batches are none that anybody writes.
const CONTROL_BATCH_MAX: usize = 1 << 16;

/// The transactions that are open at the batch that is looked at. Batches come in the log's order, from the first
/// segment on.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    /// Aborted ones that begin further on, by first offset.
    to_come: BTreeMap<(Offset, ProducerId), AbortedEntry>,
    /// Aborted ones that have begun.
    aborted: HashMap<ProducerId, OpenAborted>,
    /// Producers whose transaction has a batch that stays, and will be committed (or is not decided).
    committed: HashSet<ProducerId>,
}

#[derive(Debug)]
struct OpenAborted {
    entry: AbortedEntry,
    /// Whether there is a batch of it in the log.
    has_batches: bool,
}

/// What is to become of a control batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ControlBatch {
    /// Nothing that it speaks of is in the log any more.
    pub(super) is_idle: bool,
    /// The transaction that it aborts, if there is something left of it: an entry for the transaction index.
    pub(super) aborts: Option<AbortedEntry>,
}

/// A control batch that holds what none can hold.
#[derive(Debug, thiserror::Error)]
pub(super) enum ControlBatchError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Control(#[from] ControlRecordError),
}

impl Transactions {
    /// Takes note of aborted transactions that have records in the segment that comes next. The same may be told several
    /// times, for each segment that the transaction has records in.
    pub(super) fn expect(&mut self, aborted: impl IntoIterator<Item = AbortedEntry>) {
        self.to_come.extend(aborted.into_iter().map(|entry| ((entry.first_offset, entry.producer_id), entry)));
    }

    fn begin_up_to(&mut self, offset: Offset) {
        while let Some(first) = self.to_come.first_entry().filter(|first| first.key().0 <= offset) {
            let entry = first.remove();
            self.aborted.entry(entry.producer_id).or_insert(OpenAborted { entry, has_batches: false });
        }
    }

    /// Takes note of a batch of data. True if it was aborted.
    pub(super) fn on_data(&mut self, header: &BatchHeader) -> bool {
        self.begin_up_to(header.last_offset());
        if !header.attributes.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&header.producer_id) {
            Some(transaction) => {
                transaction.has_batches = true;
                true
            }
            None => {
                self.committed.insert(header.producer_id);
                false
            }
        }
    }

    /// Takes note of a message of before Kafka 0.11, which knows no transactions.
    pub(super) fn on_legacy(&mut self, last_offset: Offset) {
        self.begin_up_to(last_offset);
    }

    /// Takes note of a control batch.
    pub(super) fn on_control(&mut self, batch: &Batch) -> Result<ControlBatch, ControlBatchError> {
        self.begin_up_to(batch.header.last_offset());
        let record = batch.records(CONTROL_BATCH_MAX)?.next().transpose()?;
        let Some(record) = record else {
            // An earlier compaction has left the batch alone, for its producer's sake.
            return Ok(ControlBatch { is_idle: true, aborts: None });
        };
        let producer_id = batch.header.producer_id;
        Ok(match ControlRecordType::from_key(record.key.as_deref())? {
            ControlRecordType::Abort => {
                let left = self.aborted.remove(&producer_id).filter(|transaction| transaction.has_batches);
                ControlBatch { is_idle: left.is_none(), aborts: left.map(|transaction| transaction.entry) }
            }
            ControlRecordType::Commit => ControlBatch { is_idle: !self.committed.remove(&producer_id), aborts: None },
            _ => ControlBatch { is_idle: false, aborts: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ControlBatch, Transactions};
    use crate::segment::AbortedEntry;
    use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
    use ottla_records::{
        Batch, BatchBuilder, Compression, EndTransactionMarker, TransactionOutcome, end_transaction_marker,
    };

    fn data(id: i64, offset: i64) -> Batch {
        let mut builder = BatchBuilder::new(Offset::new(offset), Compression::None)
            .producer(ProducerId::new(id), ProducerEpoch::new(0), 0)
            .transactional(true);
        builder.append(Timestamp::new(1), Some(b"k"), None, &[]).unwrap();
        Batch::parse(builder.build().unwrap()).unwrap()
    }
    fn marker(id: i64, offset: i64, outcome: TransactionOutcome) -> Batch {
        let marker = EndTransactionMarker { outcome, coordinator_epoch: 0 };
        let (id, epoch) = (ProducerId::new(id), ProducerEpoch::new(0));
        let bytes =
            end_transaction_marker(Offset::new(offset), Timestamp::new(1), LeaderEpoch::new(0), id, epoch, marker);
        Batch::parse(bytes.unwrap()).unwrap()
    }
    fn aborted(id: i64, first: i64, last: i64) -> AbortedEntry {
        AbortedEntry {
            producer_id: ProducerId::new(id),
            first_offset: Offset::new(first),
            last_offset: Offset::new(last),
            last_stable_offset: Offset::new(last + 1),
        }
    }
    const IDLE: ControlBatch = ControlBatch { is_idle: true, aborts: None };

    #[test]
    fn a_marker_is_needed_while_there_are_batches_of_its_transaction() {
        let mut transactions = Transactions::default();
        let entry = aborted(1, 0, 3);
        transactions.expect([entry]);
        assert!(transactions.on_data(&data(1, 0).header));
        assert!(!transactions.on_data(&data(2, 1).header));
        // Told again with the next segment.
        transactions.expect([entry]);
        let abort = transactions.on_control(&marker(1, 3, TransactionOutcome::Abort)).unwrap();
        assert_eq!(abort, ControlBatch { is_idle: false, aborts: Some(entry) });
        let commit = transactions.on_control(&marker(2, 4, TransactionOutcome::Commit)).unwrap();
        assert_eq!(commit, ControlBatch { is_idle: false, aborts: None });

        assert!(!transactions.on_data(&data(1, 5).header), "the next transaction of the same producer");
    }

    #[test]
    fn a_marker_without_batches_is_idle() {
        let mut transactions = Transactions::default();
        transactions.expect([aborted(1, 0, 3)]);
        assert_eq!(transactions.on_control(&marker(1, 3, TransactionOutcome::Abort)).unwrap(), IDLE);
        assert_eq!(transactions.on_control(&marker(2, 4, TransactionOutcome::Commit)).unwrap(), IDLE);
        let emptied = marker(2, 5, TransactionOutcome::Commit).header.emptied().to_bytes();
        let emptied = Batch::parse(bytes::Bytes::copy_from_slice(&emptied)).unwrap();
        assert_eq!(transactions.on_control(&emptied).unwrap(), IDLE);
    }
}
