//! What a transaction's request can fail with.

/// Why a request about a transaction was not granted. Each is one error of the protocol; the edge knows its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The transactional id is empty. `INVALID_REQUEST`.
    #[error("a transaction needs a transactional id")]
    InvalidTransactionalId,
    /// The time-out is not positive, or longer than `transaction.max.timeout.ms`. `INVALID_TRANSACTION_TIMEOUT`.
    #[error("the transaction's time-out is not within the allowed range")]
    InvalidTransactionTimeout,
    /// Two-phase commit is not allowed here (KIP-939). `TRANSACTIONAL_ID_AUTHORIZATION_FAILED`.
    #[error("two-phase commit is not enabled")]
    TwoPhaseCommitDisabled,
    /// A prepared transaction was to be kept (KIP-939), which Kafka 4.3 has not built yet. `UNSUPPORTED_VERSION`.
    #[error("prepared transactions cannot be kept")]
    CannotKeepPrepared,
    /// The transactional id is still busy with what was asked before: try again. `CONCURRENT_TRANSACTIONS`.
    #[error("the last transaction is still being completed")]
    ConcurrentTransactions,
    /// A newer instance of the producer has taken over. `PRODUCER_FENCED`; older versions say `INVALID_PRODUCER_EPOCH`.
    #[error("a newer producer with the same transactional id has taken over")]
    ProducerFenced,
    /// The producer id is not the transactional id's, or nobody knows the transactional id.
    /// `INVALID_PRODUCER_ID_MAPPING`.
    #[error("the producer id does not belong to the transactional id")]
    InvalidProducerIdMapping,
    /// What was asked makes no sense now: to commit what was aborted, say. `INVALID_TXN_STATE`.
    #[error("the transaction is not in a state that allows this")]
    InvalidTransactionState,
    /// The partition is not part of the transaction. `TRANSACTION_ABORTABLE`.
    #[error("the partition has not been added to the transaction")]
    TransactionAbortable,
    /// Nobody has heard of the transactional id. `TRANSACTIONAL_ID_NOT_FOUND`.
    #[error("the transactional id does not exist")]
    TransactionalIdNotFound,
    /// A producer id is needed, and there is none at the moment: try again. `COORDINATOR_LOAD_IN_PROGRESS`.
    #[error("there is no producer id at the moment")]
    NoProducerId,
    /// The transactional id is longer than a record can hold, or records are of an old version that has no place for what
    /// a newer client needs. `UNKNOWN_SERVER_ERROR`.
    #[error("the transaction cannot be recorded")]
    NotRecordable,
}
