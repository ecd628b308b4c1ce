//! `--reset-offsets`: sets, or shows how it would set, the offsets of groups that have no members.

mod csv;
mod plan;
mod target;

use super::list::chosen;
use super::options::{GroupsOptions, Scope};
use super::partitions::{describe_topics, partitions_of};
use super::problem::{Problem, print_error};
use super::topic_argument::{self, TopicArgument};
use crate::java::exception::Exception;
use crate::java::hash_order::sort_as_new_map;
use crate::streams::Streams;
use ottla_client::ClientError;
use ottla_client::admin::{Admin, CommittedOffset, GroupState};
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicName, TopicPartition};
use plan::Plan;
use std::collections::BTreeMap;

/// What a group has committed.
type Committed = BTreeMap<TopicPartition, CommittedOffset>;

/// Resets each group that was chosen and prints its new offsets.
pub(super) async fn run(admin: &Admin, options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let groups = chosen(admin, options).await?;
    let mut described = admin.describe_consumer_groups(&groups).await;
    sort_as_new_map(&mut described, |(group, _)| group);
    let mut plans = Vec::new();
    for (group, description) in described {
        let plan = match description.map(|group| group.state) {
            Ok(GroupState::Empty | GroupState::Dead) => reset(admin, options, &group, streams).await?,
            Ok(state) => {
                let message = format!(
                    "Assignments can only be reset if the group '{group}' is inactive, but the current state is {state}."
                );
                print_error(&message, streams)?;
                Plan::default()
            }
            // A group may be given offsets before it exists.
            Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => {
                reset(admin, options, &group, streams).await?
            }
            Err(error) => return Err(Exception::in_future(&error).unchecked().into()),
        };
        plans.push((group, plan));
    }
    if options.exports() {
        writeln!(streams.output, "{}", csv::write(&plans, options.names_one_group()))?;
    } else {
        plan::print(&plans, streams)?;
    }
    Ok(())
}

async fn reset(
    admin: &Admin,
    options: &GroupsOptions,
    group: &str,
    streams: &mut Streams<'_>,
) -> Result<Plan, Problem> {
    let partitions = match options.scope()? {
        Scope::AllTopics => {
            // Kafka's client keeps what a group has committed in a map, too.
            let committed = committed(admin, group).await?;
            let mut partitions: Vec<_> =
                committed.keys().map(|partition| (partition.topic.to_string(), partition.partition.value())).collect();
            plan::sort(&mut partitions, |(topic, partition)| (topic, *partition));
            partitions
        }
        Scope::Topics(topics) => named(admin, &topics).await?,
        Scope::File => Vec::new(),
    };
    let partitions = existing(admin, partitions).await?;
    let plan = target::plan(admin, options, group, partitions, streams).await?;
    if options.executes() {
        commit(admin, group, &plan).await?;
    }
    Ok(plan)
}

async fn committed(admin: &Admin, group: &str) -> Result<Committed, Problem> {
    let committed = admin.list_consumer_group_offsets(group, None).await;
    let committed = committed.map_err(|error| Exception::in_future(&error).unchecked())?;
    Ok(committed.into_iter().filter_map(|(partition, offset)| Some((partition, offset?))).collect())
}

/// The partitions that `--topic` names, those with a number first. They need not exist.
async fn named(admin: &Admin, arguments: &[&str]) -> Result<Vec<(String, i32)>, Problem> {
    let mut partitions = Vec::new();
    let mut topics = Vec::new();
    for argument in arguments {
        match topic_argument::parse(argument)? {
            TopicArgument::Topic(topic) => topics.push(topic.to_owned()),
            TopicArgument::Partitions(named) => {
                partitions.extend(named.into_iter().map(|(topic, partition)| (topic.to_owned(), partition)));
            }
        }
    }
    let described = describe_topics(admin, topics.into_iter()).await;
    for topic in described.map_err(|error| Exception::from(&error))? {
        let indexes = topic.partitions.iter().map(|partition| partition.index.value());
        partitions.extend(indexes.map(|index| (topic.name.clone(), index)));
    }
    Ok(partitions)
}

/// The same partitions, every one of which exists and has a leader.
async fn existing(admin: &Admin, partitions: Vec<(String, i32)>) -> Result<Vec<TopicPartition>, Problem> {
    let topics = describe_topics(admin, partitions.iter().map(|(topic, _)| topic.clone())).await;
    let known = partitions_of(&topics.map_err(|error| Exception::in_future(&error).unchecked())?);
    let mut existing = Vec::new();
    let mut missing = Vec::new();
    for (topic, index) in partitions {
        let named = TopicName::new(&topic)
            .map(|topic| TopicPartition { topic, partition: PartitionIndex::new(index) })
            .ok()
            .filter(|partition| known.contains_key(partition));
        match named {
            Some(partition) => existing.push(partition),
            None => missing.push(format!("{topic}-{index}")),
        }
    }
    let complaint = |code, partitions: Vec<String>, what: &str| {
        let message = format!("The partitions \"{}\" {what}", partitions.join(","));
        Problem::Failed(Exception::from(&ClientError::refused(code, Some(message))))
    };
    if !missing.is_empty() {
        return Err(complaint(ErrorCode::UnknownTopicOrPartition, missing, "do not exist"));
    }
    let leaderless: Vec<_> =
        existing.iter().filter(|one| known.get(one) == Some(&false)).map(ToString::to_string).collect();
    if !leaderless.is_empty() {
        return Err(complaint(ErrorCode::LeaderNotAvailable, leaderless, "have no leader"));
    }
    Ok(existing)
}

async fn commit(admin: &Admin, group: &str, plan: &Plan) -> Result<(), Problem> {
    let offsets: Vec<_> = plan
        .offsets()
        .iter()
        .map(|(partition, offset)| (partition.clone(), CommittedOffset::at(Offset::new(*offset))))
        .collect();
    let committed = admin.alter_consumer_group_offsets(group, &offsets).await;
    let outcomes = committed.map_err(|error| Exception::from(&error))?;
    let failed: Vec<_> =
        outcomes.into_iter().filter_map(|(partition, outcome)| Some((partition, outcome.err()?))).collect();
    let Some((_, error)) = failed.first() else { return Ok(()) };
    let partitions: Vec<_> = failed.iter().map(|(partition, _)| partition.to_string()).collect();
    let message = format!("Failed altering group offsets for the following partitions: [{}]", partitions.join(", "));
    Err(Exception { message, ..Exception::from(error) }.into())
}
