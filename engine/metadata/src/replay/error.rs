//! Why a record cannot be replayed.

use crate::features::UnknownMetadataVersion;
use crate::image::BrokerEpoch;
use ottla_model::{BrokerId, InvalidTopicName, Offset, PartitionIndex, TopicId, TopicName, Uuid};

/// A record that does not fit what came before it. Fatal: the log, or this software, is wrong about the cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{record} at offset {offset} of the metadata log cannot be applied: {misfit}")]
pub struct ReplayError {
    /// Where the record stands.
    pub offset: Offset,
    /// The record's type, as Kafka's tools print it.
    pub record: &'static str,
    /// What does not fit.
    #[source]
    pub misfit: Misfit,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The record changes a broker that is not registered.
    #[error("broker {0} is not registered")]
    UnknownBroker(BrokerId),
    /// The record changes another incarnation of the broker.
    #[error("broker {broker} is registered with epoch {registered}, not {given}")]
    BrokerEpoch {
        /// The broker.
        broker: BrokerId,
        /// The epoch of its registration.
        registered: BrokerEpoch,
        /// The epoch in the record.
        given: BrokerEpoch,
    },
    /// The name breaks the rules for topics' names.
    #[error(transparent)]
    TopicName(#[from] InvalidTopicName),
    /// There is a topic of that name.
    #[error("topic {name} exists already, with id {existing}")]
    TopicNameTaken {
        /// The name.
        name: TopicName,
        /// The id of the topic that has it.
        existing: TopicId,
    },
    /// There is a topic of that id.
    #[error("there is a topic with id {0} already")]
    TopicIdTaken(TopicId),
    /// There is no topic of that id.
    #[error("there is no topic with id {0}")]
    UnknownTopicId(TopicId),
    /// There is no topic of that name.
    #[error("there is no topic {0}")]
    UnknownTopicName(String),
    /// There is no such partition.
    #[error("topic {topic} has no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: TopicName,
        /// The partition it does not have.
        partition: PartitionIndex,
    },
    /// As many directories as replicas, or none.
    #[error("{directories} directories for {replicas} replicas")]
    DirectoryCount {
        /// How many directories the record has.
        directories: usize,
        /// How many replicas the partition has.
        replicas: usize,
    },
    /// A field with a value that means nothing.
    #[error("field {field} cannot be {value}")]
    FieldValue {
        /// The field.
        field: &'static str,
        /// Its value.
        value: i64,
    },
    /// A level of `metadata.version` that this software does not know.
    #[error("metadata.version: {0}")]
    MetadataVersion(#[from] UnknownMetadataVersion),
    /// A level that this software cannot work at.
    #[error("level {level} of feature {name} is not supported, only {supported}")]
    FeatureLevel {
        /// The feature.
        name: String,
        /// Its level.
        level: i16,
        /// The levels that are supported.
        supported: String,
    },
    /// There is no ACL of that id.
    #[error("there is no ACL with id {0}")]
    UnknownAcl(Uuid),
    /// A transaction begins within another, or ends where none began.
    #[error("no metadata transaction may begin, or none is there to end, at this place")]
    TransactionMarkerOutOfPlace,
}
