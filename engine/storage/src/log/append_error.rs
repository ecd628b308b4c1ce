//! Why an append was refused.

use crate::error::StorageError;
use ottla_model::{Offset, ProducerEpoch, ProducerId, TopicPartition};
use ottla_records::Compression;

/// A record that made its batch be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Which record of the batch, from 0.
    pub batch_index: i32,
    /// Why, in Kafka's words.
    pub message: String,
}

/// Why an append was refused. The texts are Kafka's, so that they can be sent to the client as they are; the error code
/// that goes with each is named, and is for the edge to write.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// `INVALID_RECORD`: the batch, or records in it, break a rule.
    #[error("{message}")]
    InvalidRecord {
        /// Which rule.
        message: String,
        /// The records, if it is they who break it.
        records: Vec<RejectedRecord>,
    },
    /// `INVALID_TIMESTAMP`: records are too far from the leader's clock, or claim to have its time.
    #[error("One or more records have been rejected due to invalid timestamp")]
    InvalidTimestamp {
        /// Which records, those with other faults included.
        records: Vec<RejectedRecord>,
    },
    /// `CORRUPT_MESSAGE`: not the bytes that the producer wrote, or no batch at all.
    #[error("{message}")]
    Corrupt {
        /// What is wrong.
        message: String,
    },
    /// `UNKNOWN_SERVER_ERROR`, as Kafka has it: the records cannot be taken out of the batch, which has come as it was
    /// sent. Its codec is unknown, or what is there was not made by it.
    #[error("{message}")]
    Unreadable {
        /// What is wrong.
        message: String,
    },
    /// `MESSAGE_TOO_LARGE`: the batch is larger than `max.message.bytes`.
    #[error(
        "The record batch size in the append to {topic_partition} is {size} bytes which exceeds the maximum configured value of {maximum})."
    )]
    BatchTooLarge {
        /// Where to.
        topic_partition: TopicPartition,
        /// Bytes of the batch; after compression anew if the topic asks for that.
        size: usize,
        /// `max.message.bytes`.
        maximum: u32,
    },
    /// `RECORD_LIST_TOO_LARGE`: does not fit into a segment.
    #[error(
        "Message batch size is {size} bytes in append to partition {topic_partition}, which exceeds the maximum configured segment size of {maximum}."
    )]
    LargerThanSegment {
        /// Where to.
        topic_partition: TopicPartition,
        /// Bytes of all batches.
        size: usize,
        /// `segment.bytes`.
        maximum: u32,
    },
    /// `UNSUPPORTED_COMPRESSION_TYPE`: the codec may not be used here.
    #[error("{codec:?} may not be used for this append to {topic_partition}")]
    UnsupportedCompression {
        /// Where to.
        topic_partition: TopicPartition,
        /// Which codec.
        codec: Compression,
    },
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER`: a batch of this idempotent producer is missing before this one.
    #[error("{message}")]
    OutOfOrderSequence {
        /// In Kafka's words.
        message: String,
    },
    /// `INVALID_PRODUCER_EPOCH`: a later instance of the producer has written already.
    #[error(
        "Epoch of producer {producer_id} at offset {offset} in {topic_partition} is {producer_epoch}, which is {relation} the last seen epoch {current_epoch}"
    )]
    InvalidProducerEpoch {
        /// Where to.
        topic_partition: TopicPartition,
        /// Where it would have been written.
        offset: Offset,
        /// Which producer.
        producer_id: ProducerId,
        /// Of the refused batch.
        producer_epoch: ProducerEpoch,
        /// `<`, or `<=` for markers of transactions version 2.
        relation: &'static str,
        /// The epoch that has been seen.
        current_epoch: ProducerEpoch,
    },
    /// `INVALID_TXN_STATE`: a batch outside of a transaction while one is open, or the reverse.
    #[error("{message}")]
    InvalidTransactionState {
        /// In Kafka's words.
        message: String,
    },
    /// `TRANSACTION_COORDINATOR_FENCED`: a later coordinator has written a marker already.
    #[error(
        "Invalid coordinator epoch for producerId {producer_id} at offset {offset} in partition {topic_partition}: {coordinator_epoch} (zombie), {current_epoch} (current)"
    )]
    CoordinatorFenced {
        /// Where to.
        topic_partition: TopicPartition,
        /// Where it would have been written.
        offset: Offset,
        /// Whose transaction.
        producer_id: ProducerId,
        /// Of the refused marker.
        coordinator_epoch: i32,
        /// The epoch that has been seen.
        current_epoch: i32,
    },
    /// Followers and Raft only: the offsets are not those that the log must go on with.
    #[error("{message}")]
    UnexpectedOffset {
        /// What was found.
        message: String,
        /// Offset of the first batch.
        first_offset: Offset,
        /// Offset of the last record.
        last_offset: Offset,
    },
    /// `KAFKA_STORAGE_ERROR`: the disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
