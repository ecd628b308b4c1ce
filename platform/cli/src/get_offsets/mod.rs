//! `kafka-get-offsets`: offsets of partitions by time.

mod filter;
mod options;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::log;
use crate::streams::Streams;
use crate::topic_filter::is_internal;
use filter::PartitionFilter;
use options::OffsetsOptions;
use ottla_client::ClientError;
use ottla_client::admin::Admin;
use ottla_client::config::{AdminConfig, IsolationLevel};
use ottla_model::{TopicName, TopicPartition};
use std::collections::BTreeMap;

/// Partitions asked for at a time.
const PARTITIONS_PER_ANSWER: i32 = 2000;

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn occurred(message: impl std::fmt::Display) -> Failure {
    Failure::Message(format!("Error occurred: {message}"))
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let options = OffsetsOptions::parse(words)?;
    let filter = options.filter()?;
    let spec = options.spec()?;
    let properties = options.client_properties()?;
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = AdminConfig::read(&properties)
        .map_err(|error| occurred(format!("Failed to create new KafkaAdminClient\nCaused by: {error}")))?;
    let found = block_on(async {
        let admin = Admin::new(config);
        let partitions = partitions(&admin, &filter, options.excludes_internal()).await.map_err(occurred)?;
        if partitions.is_empty() {
            return Err(occurred("Could not match any topic-partitions with the specified filters"));
        }
        let asked: Vec<_> = partitions.into_iter().map(|partition| (partition, spec)).collect();
        Ok(admin.list_offsets(&asked, IsolationLevel::ReadUncommitted).await)
    })??;
    let mut lines = BTreeMap::new();
    for (partition, outcome) in found {
        match outcome.map(|found| found.offset) {
            Ok(Some(offset)) => {
                lines.insert(partition.to_string(), format!("{}:{}:{offset}", partition.topic, partition.partition));
            }
            Ok(None) => {}
            Err(error) => tell_skipped(&partition, &error, streams)?,
        }
    }
    for line in lines.values() {
        writeln!(streams.output, "{line}")?;
    }
    Ok(())
}

fn tell_skipped(partition: &TopicPartition, error: &ClientError, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let name = error.exception_name();
    writeln!(streams.errors, "Skip getting offsets for topic-partition {partition} due to error: {name}: {error}")?;
    Ok(())
}

async fn partitions(
    admin: &Admin,
    filter: &PartitionFilter,
    exclude_internal: bool,
) -> Result<Vec<TopicPartition>, ClientError> {
    let topics = admin.list_topics().await?;
    let names: Vec<String> = topics
        .into_iter()
        .map(|topic| topic.name)
        .filter(|name| filter.allows_topic(name) && !(exclude_internal && is_internal(name)))
        .collect();
    let mut partitions = Vec::new();
    if names.is_empty() {
        return Ok(partitions);
    }
    for (name, description) in admin.describe_topics(&names, PARTITIONS_PER_ANSWER).await? {
        let Ok(topic) = TopicName::new(&name) else { continue };
        let indexes = description?.partitions.into_iter().map(|partition| partition.index);
        let wanted = indexes.filter(|index| filter.allows(&name, index.value()));
        partitions.extend(wanted.map(|partition| TopicPartition { topic: topic.clone(), partition }));
    }
    Ok(partitions)
}
