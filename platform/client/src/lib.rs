//! A Kafka client: producer, consumer, admin.
//!
//! It knows brokers by their protocol only, so it works with Apache Kafka as it does with Ottla. Everything is async and
//! runs on whatever tokio runtime it is started on.
//!
//! * [`config`]: Kafka's client configurations, by their names.
//! * [`admin`]: topics, configs, offsets, the cluster.
//! * [`producer`]: sending records.
//! * [`consumer`]: reading records, of chosen partitions or shared with a group.

pub mod admin;
mod backoff;
mod clock;
mod cluster;
pub mod config;
mod connection;
pub mod consumer;
mod error;
mod group_coordinator;
mod list_offsets;
mod pacer;
pub mod producer;
mod random;

pub use cluster::{Broker, PartitionMetadata, TopicMetadata};
pub use error::ClientError;
