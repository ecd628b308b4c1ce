//! What a log remembers of idempotent and transactional producers.

use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};

/// What is kept of producers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerStateConfig {
    /// `producer.id.expiration.ms`: after this much silence a producer is forgotten.
    pub expiration_ms: i64,
    /// `transaction.max.timeout.ms`: an open transaction older than this (and five minutes) is late.
    pub transaction_max_timeout_ms: i64,
}

impl Default for ProducerStateConfig {
    fn default() -> Self {
        Self { expiration_ms: 24 * 60 * 60 * 1000, transaction_max_timeout_ms: 15 * 60 * 1000 }
    }
}

/// One producer as `DescribeProducers` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveProducer {
    /// Which.
    pub producer_id: ProducerId,
    /// Its latest epoch.
    pub producer_epoch: ProducerEpoch,
    /// The sequence number of its last record, if it has written any in this epoch.
    pub last_sequence: Option<i32>,
    /// The largest timestamp of its last batch or marker.
    pub last_timestamp: Timestamp,
    /// The epoch of the coordinator that wrote its last marker, if there is one.
    pub coordinator_epoch: Option<i32>,
    /// Where its open transaction begins, if it has one.
    pub current_transaction_start: Option<Offset>,
}
