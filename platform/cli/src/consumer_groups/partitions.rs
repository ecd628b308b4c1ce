//! What the cluster knows of the partitions that groups read.

use super::PARTITIONS_PER_ANSWER;
use super::problem::Problem;
use crate::java::exception::Exception;
use crate::java::hash_order::{sort_as_copied_map, sort_as_sized_map};
use ottla_client::ClientError;
use ottla_client::admin::{Admin, OffsetSpec, TopicDescription};
use ottla_client::config::IsolationLevel;
use ottla_model::{ErrorCode, TopicName, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// What Kafka's client says of a topic without a name, without asking a broker.
pub(super) fn nameless_topic() -> ClientError {
    let message = "The given topic name '' cannot be represented in a request.".to_owned();
    ClientError::refused(ErrorCode::InvalidTopicException, Some(message))
}

/// Describes topics, each once, in the order in which Kafka's client lists them.
///
/// # Errors
/// Some topic is not there.
pub(super) async fn describe_topics(
    admin: &Admin,
    names: impl Iterator<Item = String>,
) -> Result<Vec<TopicDescription>, ClientError> {
    let mut seen = BTreeSet::new();
    let mut names: Vec<String> = names.filter(|name| seen.insert(name.clone())).collect();
    if names.iter().any(String::is_empty) {
        return Err(nameless_topic());
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // The maps that the names go through there.
    sort_as_sized_map(&mut names, String::as_str);
    sort_as_copied_map(&mut names, String::as_str);
    sort_as_sized_map(&mut names, String::as_str);
    let described = admin.describe_topics(&names, PARTITIONS_PER_ANSWER).await?;
    described.into_iter().map(|(_, topic)| topic).collect()
}

/// Every partition of these topics, and whether it has a leader now.
pub(super) fn partitions_of(topics: &[TopicDescription]) -> BTreeMap<TopicPartition, bool> {
    let mut partitions = BTreeMap::new();
    for topic in topics {
        let Ok(name) = TopicName::new(&topic.name) else { continue };
        for partition in &topic.partitions {
            let named = TopicPartition { topic: name.clone(), partition: partition.index };
            partitions.insert(named, partition.leader.is_some());
        }
    }
    partitions
}

/// Those of `partitions` that nobody leads.
pub(super) async fn partitions_without_leader(
    admin: &Admin,
    partitions: &[TopicPartition],
) -> Result<BTreeSet<TopicPartition>, Problem> {
    let names = partitions.iter().map(|partition| partition.topic.to_string());
    let topics = describe_topics(admin, names).await.map_err(|error| Exception::in_future(&error).unchecked())?;
    let known = partitions_of(&topics);
    Ok(partitions.iter().filter(|partition| known.get(partition) == Some(&false)).cloned().collect())
}

/// The end of each partition.
pub(super) async fn ends(
    admin: &Admin,
    partitions: &[TopicPartition],
) -> Result<BTreeMap<TopicPartition, i64>, Problem> {
    let found = offsets(admin, partitions, OffsetSpec::Latest).await?;
    Ok(found.into_iter().filter_map(|(partition, offset)| Some((partition, offset?))).collect())
}

/// An offset of each partition; `None` if there is no such record.
pub(super) async fn offsets(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
) -> Result<BTreeMap<TopicPartition, Option<i64>>, Problem> {
    let each: BTreeSet<TopicPartition> = partitions.iter().cloned().collect();
    let asked: Vec<_> = each.into_iter().map(|partition| (partition, spec)).collect();
    let mut found = BTreeMap::new();
    for (partition, outcome) in admin.list_offsets(&asked, IsolationLevel::ReadUncommitted).await {
        let listed = outcome.map_err(|error| Exception::in_future(&error).unchecked())?;
        found.insert(partition, listed.offset.map(|offset| offset.value()));
    }
    Ok(found)
}
