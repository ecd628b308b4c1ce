//! What the log knows of a transactional id.

use crate::transaction::{TransactionState, TransactionVersion};
use ottla_model::{PartitionIndex, ProducerEpoch, ProducerId, Timestamp, TopicName, TopicPartition};
use ottla_protocol::messages::TransactionLogValue;
use ottla_protocol::messages::transaction_log_value::PartitionsSchema;
use std::collections::BTreeSet;

/// What stands for "none" in producer ids, epochs and timestamps.
const ABSENT: i64 = -1;

/// What the log knows of a transactional id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionMetadata {
    /// How far it is.
    pub state: TransactionState,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// The producer's id before the last change, often the same; tells a request that is repeated although the id has
    /// changed meanwhile.
    pub previous_producer_id: Option<ProducerId>,
    /// The id that the producer has once this transaction is complete, because the epochs of this one are used up.
    pub next_producer_id: Option<ProducerId>,
    /// The producer's epoch.
    pub producer_epoch: ProducerEpoch,
    /// How long a transaction may take, in milliseconds. The largest number: as long as it likes (KIP-939).
    pub timeout: i32,
    /// What is part of the transaction. Kept until it is complete.
    pub partitions: BTreeSet<TopicPartition>,
    /// When the transaction began; outlasts it. `None` if there was none since the producer came.
    pub start: Option<Timestamp>,
    /// When all this was decided.
    pub last_update: Timestamp,
    /// What the client followed when it last did something in a transaction.
    pub client_version: TransactionVersion,
}

/// Why what a record says cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransaction {
    /// There is no such state, or none that is ever recorded.
    #[error("there is no state {id}")]
    UnknownState {
        /// What stands for the state.
        id: i8,
    },
    /// The client follows something that is not known here.
    #[error("transaction.version {level} is not known")]
    UnknownVersion {
        /// The feature's level.
        level: i16,
    },
    /// There is no such producer.
    #[error("a producer has neither a negative id nor a negative epoch")]
    NoProducer,
}

impl TransactionMetadata {
    /// Whether its transactions may take as long as they like (KIP-939).
    pub fn never_times_out(&self) -> bool {
        self.timeout == i32::MAX
    }

    /// Whether there is no epoch after this one that a producer may have.
    pub fn is_epoch_exhausted(&self) -> bool {
        self.producer_epoch >= LAST_EPOCH
    }
}

/// The highest epoch that a producer is given: the one above it is for fencing.
pub(in crate::transaction) const LAST_EPOCH: ProducerEpoch = ProducerEpoch::new(i16::MAX - 1);

impl TryFrom<TransactionLogValue> for TransactionMetadata {
    type Error = InvalidTransaction;

    /// A topic that no broker could have is passed over.
    fn try_from(value: TransactionLogValue) -> Result<Self, InvalidTransaction> {
        let id = value.transaction_status;
        let state = TransactionState::from_id(id).ok_or(InvalidTransaction::UnknownState { id })?;
        let level = value.client_transaction_version;
        let client_version =
            TransactionVersion::from_level(level).ok_or(InvalidTransaction::UnknownVersion { level })?;
        if value.producer_id < 0 || value.producer_epoch < 0 {
            return Err(InvalidTransaction::NoProducer);
        }
        let topics = value.transaction_partitions.filter(|_| state != TransactionState::Empty).unwrap_or_default();
        let partitions = topics.into_iter().flat_map(|PartitionsSchema { topic, partition_ids, .. }| {
            let topic = TopicName::new(&topic).ok();
            partition_ids.into_iter().filter_map(move |partition| {
                Some(TopicPartition { topic: topic.clone()?, partition: PartitionIndex::new(partition) })
            })
        });
        Ok(Self {
            state,
            producer_id: ProducerId::new(value.producer_id),
            previous_producer_id: present(value.previous_producer_id).map(ProducerId::new),
            next_producer_id: present(value.next_producer_id).map(ProducerId::new),
            producer_epoch: ProducerEpoch::new(value.producer_epoch),
            timeout: value.transaction_timeout_ms,
            partitions: partitions.collect(),
            start: present(value.transaction_start_timestamp_ms).map(Timestamp::new),
            last_update: Timestamp::new(value.transaction_last_update_timestamp_ms),
            client_version,
        })
    }
}

impl From<&TransactionMetadata> for TransactionLogValue {
    fn from(metadata: &TransactionMetadata) -> Self {
        Self {
            producer_id: metadata.producer_id.value(),
            previous_producer_id: metadata.previous_producer_id.map_or(ABSENT, ProducerId::value),
            next_producer_id: metadata.next_producer_id.map_or(ABSENT, ProducerId::value),
            producer_epoch: metadata.producer_epoch.value(),
            transaction_timeout_ms: metadata.timeout,
            transaction_status: metadata.state.id(),
            transaction_partitions: (metadata.state != TransactionState::Empty).then(|| topics(&metadata.partitions)),
            transaction_last_update_timestamp_ms: metadata.last_update.value(),
            transaction_start_timestamp_ms: metadata.start.map_or(ABSENT, Timestamp::value),
            client_transaction_version: metadata.client_version.level(),
            ..Self::default()
        }
    }
}

/// The partitions, by topic.
fn topics(partitions: &BTreeSet<TopicPartition>) -> Vec<PartitionsSchema> {
    let mut topics: Vec<PartitionsSchema> = Vec::new();
    for TopicPartition { topic, partition } in partitions {
        match topics.last_mut() {
            Some(last) if last.topic == topic.as_str() => last.partition_ids.push(partition.value()),
            _ => topics.push(PartitionsSchema {
                topic: topic.as_str().to_owned(),
                partition_ids: vec![partition.value()],
                ..PartitionsSchema::default()
            }),
        }
    }
    topics
}

/// The number, unless it stands for "none".
fn present(value: i64) -> Option<i64> {
    (value != ABSENT).then_some(value)
}
