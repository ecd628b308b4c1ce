//! `--delete-offsets`.

use super::options::GroupsOptions;
use super::partitions::{nameless_topic, partitions_of};
use super::problem::{Problem, print_error};
use super::topic_argument::{self, TopicArgument};
use super::{MISSING, NAME_WIDTH_MIN, PARTITIONS_PER_ANSWER};
use crate::java::exception::Exception;
use crate::java::text::{length, padded};
use crate::streams::Streams;
use ottla_client::ClientError;
use ottla_client::admin::Admin;
use ottla_model::{ErrorCode, PartitionIndex, TopicName, TopicPartition};
use std::collections::BTreeSet;

/// What became of a partition; of a topic that could not be looked at there is no partition.
struct Line {
    topic: String,
    partition: Option<i32>,
    outcome: Result<(), ClientError>,
}

/// Deletes what the group has committed for the topics that were named.
pub(super) async fn run(admin: &Admin, options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let group = options.group()?;
    let (partitions, mut lines) = partitions(admin, options).await?;
    let asked: Vec<TopicPartition> = partitions.into_iter().collect();
    let (overall, mut outcomes) = match admin.delete_consumer_group_offsets(group, &asked).await {
        Ok(outcomes) => (None, outcomes),
        Err(error) => {
            let each = asked.iter().map(|partition| (partition.clone(), Err(error.clone()))).collect();
            (Some(error), each)
        }
    };
    for partition in &asked {
        let at = outcomes.iter().position(|(named, _)| named == partition);
        let outcome = at.map_or_else(|| Err(silent(partition)), |at| outcomes.swap_remove(at).1);
        let index = Some(partition.partition.value());
        lines.push(Line { topic: partition.topic.to_string(), partition: index, outcome });
    }
    let failed_partition =
        || lines.iter().filter(|line| line.partition.is_some()).find_map(|line| line.outcome.clone().err());
    match overall.or_else(failed_partition) {
        None => writeln!(streams.output, "Request succeeded for deleting offsets from group {group}.")?,
        Some(error) => print_error(&explained(&error), streams)?,
    }
    print(&mut lines, streams)
}

fn silent(partition: &TopicPartition) -> ClientError {
    ClientError::IllegalArgument(format!(
        "Offset deletion result for partition \"{partition}\" was not included in the response"
    ))
}

/// The partitions that are meant, and what is to be said of topics that could not be looked at.
async fn partitions(admin: &Admin, options: &GroupsOptions) -> Result<(BTreeSet<TopicPartition>, Vec<Line>), Problem> {
    let mut partitions = BTreeSet::new();
    let mut lines = Vec::new();
    let mut topics = BTreeSet::new();
    for text in options.topics() {
        match topic_argument::parse(text)? {
            TopicArgument::Topic("") => {
                lines.push(Line { topic: String::new(), partition: None, outcome: Err(nameless_topic()) });
            }
            TopicArgument::Topic(topic) => {
                topics.insert(topic.to_owned());
            }
            TopicArgument::Partitions(named) => {
                for (topic, partition) in named {
                    let partition = PartitionIndex::new(partition);
                    match TopicName::new(topic) {
                        Ok(topic) => {
                            partitions.insert(TopicPartition { topic, partition });
                        }
                        // No group can have committed anything for such a topic.
                        Err(_) => lines.push(Line {
                            topic: topic.to_owned(),
                            partition: Some(partition.value()),
                            outcome: Err(ClientError::refused(ErrorCode::UnknownTopicOrPartition, None)),
                        }),
                    }
                }
            }
        }
    }
    let topics: Vec<String> = topics.into_iter().collect();
    if topics.is_empty() {
        return Ok((partitions, lines));
    }
    let described = admin.describe_topics(&topics, PARTITIONS_PER_ANSWER).await;
    let described =
        described.unwrap_or_else(|error| topics.iter().map(|topic| (topic.clone(), Err(error.clone()))).collect());
    for (topic, described) in described {
        match described {
            Ok(described) => partitions.extend(partitions_of(&[described]).into_keys()),
            Err(error) => lines.push(Line { topic, partition: None, outcome: Err(error) }),
        }
    }
    Ok((partitions, lines))
}

fn explained(error: &ClientError) -> String {
    let code = match error {
        ClientError::Timeout(_) => ErrorCode::RequestTimedOut,
        ClientError::Disconnected(_) => ErrorCode::NetworkException,
        ClientError::UnsupportedVersion(_) => ErrorCode::UnsupportedVersion,
        other => other.code().unwrap_or(ErrorCode::UnknownServerError),
    };
    match code {
        ErrorCode::InvalidGroupId
        | ErrorCode::GroupIdNotFound
        | ErrorCode::GroupAuthorizationFailed
        | ErrorCode::NonEmptyGroup => code.message().to_owned(),
        ErrorCode::GroupSubscribedToTopic
        | ErrorCode::TopicAuthorizationFailed
        | ErrorCode::UnknownTopicOrPartition => {
            "Encountered some partition-level error, see the follow-up details.".to_owned()
        }
        other => format!("Encountered some unknown error: {}", other.name()),
    }
}

fn print(lines: &mut [Line], streams: &mut Streams<'_>) -> Result<(), Problem> {
    lines.sort_by_key(|line| format!("{}{}", line.topic, line.partition.unwrap_or(-1)));
    let width = lines.iter().map(|line| length(&line.topic)).fold(NAME_WIDTH_MIN, usize::max);
    let mut print = |topic: &str, partition: &str, status: &str| {
        let (topic, status) = (padded(topic, width), padded(status, 15));
        write!(streams.output, "\n{topic} {partition:<10} {status}")
    };
    print("TOPIC", "PARTITION", "STATUS")?;
    for line in lines {
        let partition = line.partition.map_or_else(|| MISSING.to_owned(), |partition| partition.to_string());
        let status = match &line.outcome {
            Ok(()) => "Successful".to_owned(),
            Err(error) => format!("Error: {}", Exception::in_future(error).message),
        };
        print(&line.topic, &partition, &status)?;
    }
    writeln!(streams.output)?;
    Ok(())
}
