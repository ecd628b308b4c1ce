//! `--describe`.

use super::describe_text::{PartitionLine, TopicLine};
use super::options::TopicsOptions;
use super::{Problem, select};
use crate::java::hash_order::{sort_as_copied_map, sort_as_new_map, sort_as_sized_map};
use crate::streams::Streams;
use ottla_client::ClientError;
use ottla_client::admin::{Admin, ConfigEntry, ConfigResource, PartitionDescription, Reassignment, TopicDescription};
use ottla_model::{BrokerId, ErrorCode, TopicId, TopicName, TopicPartition};
use std::collections::{HashMap, HashSet};

/// Prints the topics that were chosen, with their partitions or those that a report wants.
pub(super) async fn run(admin: &Admin, options: &TopicsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let topics = match wanted_id(options)? {
        Some(id) => by_id(admin, options, id).await?,
        None => by_name(admin, options).await?,
    };
    let mut configs = configs(admin, &topics).await?;
    let live_brokers = admin.describe_cluster().await?.brokers.into_iter().map(|broker| broker.id).collect();
    let moves = moves(admin, &topics).await?;
    let report = Report { options, live_brokers };
    for topic in &topics {
        let config = configs.remove(&topic.name).unwrap_or_default();
        let moves_of = |partition: &PartitionDescription| {
            let topic = TopicName::new(&topic.name).ok()?;
            moves.get(&TopicPartition { topic, partition: partition.index })
        };
        if report.shows_topics() && (!options.report_overrides() || config.iter().any(differs)) {
            let first_move = topic.partitions.first().and_then(moves_of);
            let line = TopicLine { topic, config: &config, replication_factor: replication_factor(topic, first_move) };
            writeln!(streams.output, "{line}")?;
        }
        for partition in &topic.partitions {
            let reassignment = moves_of(partition);
            if report.wants(partition, reassignment, &config)? {
                writeln!(streams.output, "{}", PartitionLine { topic: &topic.name, partition, reassignment })?;
            }
        }
    }
    Ok(())
}

/// Whether the value is somebody's choice.
pub(super) fn differs(entry: &ConfigEntry) -> bool {
    entry.source != ottla_client::admin::ConfigSource::Default
}

fn wanted_id(options: &TopicsOptions) -> Result<Option<TopicId>, Problem> {
    let Some(text) = options.topic_id()? else { return Ok(None) };
    if text.chars().count() > 24 {
        let prefix: String = text.chars().take(24).collect();
        return Err(Problem::illegal_argument(format!(
            "Input string with prefix `{prefix}` is too long to be decoded as a base64 UUID"
        )));
    }
    let id: TopicId =
        text.parse().map_err(|error: ottla_model::UuidParseError| Problem::illegal_argument(error.to_string()))?;
    Ok((!id.is_zero()).then_some(id))
}

async fn by_id(admin: &Admin, options: &TopicsOptions, id: TopicId) -> Result<Vec<TopicDescription>, Problem> {
    let topics = admin.list_topics().await?;
    let exists = topics.iter().any(|topic| topic.id == id && !(topic.is_internal && options.exclude_internal()));
    if !exists {
        let missing = || Problem::illegal_argument(format!("TopicId '{id}' does not exist as expected"));
        return if options.if_exists() { Ok(Vec::new()) } else { Err(missing()) };
    }
    let described = admin.describe_topics_by_id(&[id]).await?;
    described.into_iter().map(|(_, topic)| topic.map_err(Problem::from)).collect()
}

async fn by_name(admin: &Admin, options: &TopicsOptions) -> Result<Vec<TopicDescription>, Problem> {
    let mut names = select::names(admin, options).await?;
    select::ensure_found(&names, options)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // The maps that the names go through in Kafka's client.
    sort_as_sized_map(&mut names, String::as_str);
    sort_as_copied_map(&mut names, String::as_str);
    sort_as_sized_map(&mut names, String::as_str);
    let described = admin.describe_topics(&names, options.partitions_per_answer()?).await?;
    described.into_iter().map(|(_, topic)| topic.map_err(Problem::from)).collect()
}

async fn configs(admin: &Admin, topics: &[TopicDescription]) -> Result<HashMap<String, Vec<ConfigEntry>>, Problem> {
    if topics.is_empty() {
        return Ok(HashMap::new());
    }
    let resources: Vec<_> = topics.iter().map(|topic| ConfigResource::Topic(topic.name.clone())).collect();
    let mut by_topic = HashMap::new();
    for (resource, entries) in admin.describe_configs(&resources).await? {
        let ConfigResource::Topic(name) = resource else { continue };
        let mut entries = entries?;
        sort_as_new_map(&mut entries, |entry| &entry.name);
        by_topic.insert(name, entries);
    }
    Ok(by_topic)
}

/// Partitions on the move; a cluster that does not tell, or not us, has none.
async fn moves(admin: &Admin, topics: &[TopicDescription]) -> Result<HashMap<TopicPartition, Reassignment>, Problem> {
    let mut partitions = Vec::new();
    for topic in topics {
        let Ok(name) = TopicName::new(&topic.name) else { continue };
        let of_topic = topic.partitions.iter().map(|partition| partition.index);
        partitions.extend(of_topic.map(|partition| TopicPartition { topic: name.clone(), partition }));
    }
    match admin.list_partition_reassignments(Some(&partitions)).await {
        Ok(moves) => Ok(moves),
        Err(ClientError::UnsupportedVersion(_)) => Ok(HashMap::new()),
        Err(error) if error.code() == Some(ErrorCode::ClusterAuthorizationFailed) => Ok(HashMap::new()),
        Err(error) => Err(error.into()),
    }
}

/// How many replicas the topic's first partition has, or will have again once it has moved.
fn replication_factor(topic: &TopicDescription, reassignment: Option<&Reassignment>) -> usize {
    topic.partitions.first().map_or(0, |partition| settled_replicas(partition, reassignment))
}

fn settled_replicas(partition: &PartitionDescription, reassignment: Option<&Reassignment>) -> usize {
    match reassignment {
        // A move that ended after it was listed no longer shows among the replicas.
        Some(moving)
            if partition
                .replicas
                .iter()
                .any(|id| moving.adding_replicas.contains(id) || moving.removing_replicas.contains(id)) =>
        {
            moving.replicas.len().saturating_sub(moving.adding_replicas.len())
        }
        _ => partition.replicas.len(),
    }
}

/// Which lines are wanted.
struct Report<'a> {
    options: &'a TopicsOptions,
    live_brokers: HashSet<BrokerId>,
}

impl Report<'_> {
    /// Whether topics are shown, and with them all their partitions: no report on partitions is asked for.
    fn shows_topics(&self) -> bool {
        !self.options.report_unavailable()
            && !self.options.report_under_replicated()
            && !self.options.report_under_min_isr()
            && !self.options.report_at_min_isr()
    }

    fn wants(
        &self,
        partition: &PartitionDescription,
        reassignment: Option<&Reassignment>,
        config: &[ConfigEntry],
    ) -> Result<bool, Problem> {
        if self.options.report_overrides() {
            return Ok(false);
        }
        if self.shows_topics() {
            return Ok(true);
        }
        let in_sync = partition.in_sync_replicas.len();
        if self.options.report_under_replicated() && settled_replicas(partition, reassignment) > in_sync {
            return Ok(true);
        }
        let leader_is_live = partition.leader.is_some_and(|leader| self.live_brokers.contains(&leader));
        if self.options.report_unavailable() && !leader_is_live {
            return Ok(true);
        }
        if self.options.report_under_min_isr()
            && (partition.leader.is_none() || in_sync < in_sync_replicas_min(config)?)
        {
            return Ok(true);
        }
        Ok(self.options.report_at_min_isr() && in_sync == in_sync_replicas_min(config)?)
    }
}

fn in_sync_replicas_min(config: &[ConfigEntry]) -> Result<usize, Problem> {
    let entry = config.iter().find(|entry| entry.name == "min.insync.replicas");
    let value = entry.and_then(|entry| entry.value.as_deref()).unwrap_or_default();
    value.parse().map_err(|_| Problem::illegal_argument(format!("For input string: \"{value}\"")))
}
