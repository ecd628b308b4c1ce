//! What a broker allows transactions.

use super::TransactionVersion;

/// What a broker allows transactions, from its configuration. All times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionSettings {
    /// `transaction.max.timeout.ms`: the longest time-out that a transaction may ask for.
    pub timeout_max: i32,
    /// `transactional.id.expiration.ms`: how long a transactional id is known of which nothing is heard.
    pub transactional_id_expiration: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`: how often transactions are aborted whose time is
    /// over.
    pub abort_interval: i64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`: how often expired transactional ids are forgotten.
    pub expiration_interval: i64,
    /// `transaction.two.phase.commit.enable`: whether a producer may say that its transactions never time out (KIP-939).
    pub two_phase_commit: bool,
    /// The finalized feature `transaction.version`: how records are written, and how the broker itself aborts.
    pub transaction_version: TransactionVersion,
}

impl Default for TransactionSettings {
    /// Kafka's defaults.
    fn default() -> Self {
        Self {
            timeout_max: 15 * 60 * 1_000,
            transactional_id_expiration: 7 * 24 * 60 * 60 * 1_000,
            abort_interval: 10_000,
            expiration_interval: 60 * 60 * 1_000,
            two_phase_commit: false,
            transaction_version: TransactionVersion::V2,
        }
    }
}
