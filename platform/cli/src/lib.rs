//! Kafka's command-line tools, by their names and options.
//!
//! [`run`] runs one on this process's streams: same options, same output, same exit codes as the tools of Apache Kafka
//! 4.3, so that scripts need not know the difference. [`tools`] lists them; [`install_links`] makes links by the names of
//! Kafka's scripts. Everything reaches a cluster through `ottla-client`, that is through the Kafka protocol alone, so the
//! tools work with any Kafka cluster.

mod client_options;
mod console_consumer;
mod console_producer;
mod consumer_groups;
mod delete_records;
mod failure;
mod get_offsets;
mod groups;
mod java;
mod links;
mod log;
mod options;
mod re2;
mod registry;
mod signals;
mod streams;
mod topic_filter;
mod topics;

pub use failure::KAFKA_VERSION;
pub use links::install as install_links;
pub use registry::{Tool, find, run, tools};
pub use streams::Streams;
