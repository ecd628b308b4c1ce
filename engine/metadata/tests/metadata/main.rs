//! Tests of what the crate does for those who use it.

mod activation;
mod brokers;
mod configs;
mod decides_as_kafka_did;
mod deltas;
mod features;
mod kafka_written_log;
mod partitions;
mod random_operations;
mod support;
mod topics;
