//! What is asked about transactions. Not the wire's messages: which version of which request it was, and whose, is known at
//! the edge.

use super::{TransactionError, TransactionVersion, TransactionalId};
use ottla_model::{Offset, ProducerEpoch, ProducerId, TopicPartition};

/// InitProducerId with a transactional id: a producer begins, and whoever had the transactional id before is fenced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitProducerId {
    /// The name that outlives restarts.
    pub transactional_id: String,
    /// How long its transactions may take, in milliseconds.
    pub timeout: i32,
    /// What the producer was told last, if it goes on after an error (version 3, KIP-360).
    pub known: Option<Producer>,
    /// Its transactions never time out: somebody else decides how they end (version 6, KIP-939).
    pub enable_two_phase_commit: bool,
    /// The transaction that is open is not to be aborted (version 6, KIP-939).
    pub keep_prepared: bool,
}

/// A producer, as it calls itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Producer {
    /// Its id.
    pub id: ProducerId,
    /// Its epoch.
    pub epoch: ProducerEpoch,
}

/// What became of an [`InitProducerId`]: what the producer has to call itself.
pub type InitReply = Result<Producer, TransactionError>;

/// AddPartitionsToTxn from a client (to version 3) or from a broker that writes for it (from version 4, KIP-890), and
/// AddOffsetsToTxn, which adds the partition of `__consumer_offsets` that the group belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPartitions {
    /// Whose transaction.
    pub transactional_id: String,
    /// Who the producer is.
    pub producer: Producer,
    /// What it is about to write to.
    pub partitions: Vec<TopicPartition>,
    /// What the client follows: [`TransactionVersion::of_add_partitions`]; for AddOffsetsToTxn [`TransactionVersion::V0`].
    pub client_version: TransactionVersion,
}

/// AddPartitionsToTxn from a broker that only asks (`VerifyOnly`): are these partitions part of the transaction?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyPartitions {
    /// Whose transaction.
    pub transactional_id: String,
    /// Who the producer is.
    pub producer: Producer,
    /// What it writes to.
    pub partitions: Vec<TopicPartition>,
}

/// What became of a [`VerifyPartitions`]: a result for each partition, in the order of the request.
/// [`TransactionError::TransactionAbortable`] for those that are not part of the transaction.
pub type VerifyReply = Result<Vec<Result<(), TransactionError>>, TransactionError>;

/// EndTxn: commit, or abort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndTransaction {
    /// Whose transaction.
    pub transactional_id: String,
    /// Who the producer is.
    pub producer: Producer,
    /// Whether it is to be committed.
    pub commit: bool,
    /// What the client follows: [`TransactionVersion::of_end_txn`].
    pub client_version: TransactionVersion,
}

/// What became of an [`EndTransaction`]: it is decided, and what the producer has to call itself from now on. `None` for
/// clients before [`TransactionVersion::V2`]: as before (the wire says -1).
pub type EndReply = Result<Option<Producer>, TransactionError>;

/// What partitions must be told of a transaction whose end is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkersToWrite {
    /// Which transaction.
    pub transaction: EndedTransaction,
    /// The producer, as the marker has to name it: with [`TransactionVersion::V2`] the epoch is higher than the one that
    /// the records were written with.
    pub producer: Producer,
    /// Whether what was written counts.
    pub committed: bool,
    /// How the marker is to be checked (`TransactionVersion` of WriteTxnMarkers version 2).
    pub client_version: TransactionVersion,
    /// Who must be told, in order.
    pub partitions: Vec<TopicPartition>,
}

/// One transaction of one transactional id, from the moment when its end is in the log. Never the same as another, whatever
/// happens to the coordinator: so a marker that is late does not count for the next transaction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndedTransaction {
    /// Whose transaction.
    pub transactional_id: TransactionalId,
    /// Where the log says how it ends.
    pub end: Offset,
}
