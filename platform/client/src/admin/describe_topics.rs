//! What topics look like: DescribeTopicPartitions page by page (KIP-966), or Metadata where a broker does not have that.

use super::Admin;
use crate::ClientError;
use crate::cluster::{TopicMetadata, broker_ids, broker_or_nobody, epoch_or_unknown};
use ottla_model::{BrokerId, ErrorCode, LeaderEpoch, PartitionIndex, TopicId};
use ottla_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use ottla_protocol::messages::describe_topic_partitions_response::{
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use ottla_protocol::messages::metadata_request::MetadataRequestTopic;
use ottla_protocol::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, MetadataRequest};

/// A topic and its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: TopicId,
    /// Whether Kafka keeps its own state in it.
    pub is_internal: bool,
    /// Its partitions, by index.
    pub partitions: Vec<PartitionDescription>,
}

/// A partition and its replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDescription {
    /// Which of the topic's.
    pub index: PartitionIndex,
    /// Who leads it, if anybody does.
    pub leader: Option<BrokerId>,
    /// Since which election, if the broker tells.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Its replicas, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// Those in sync with the leader.
    pub in_sync_replicas: Vec<BrokerId>,
    /// Those that may be elected although they have left the in-sync set (KIP-966); `None` if the broker does not tell.
    pub eligible_leader_replicas: Option<Vec<BrokerId>>,
    /// The last of them before there were none; `None` if the broker does not tell.
    pub last_known_eligible_leader_replicas: Option<Vec<BrokerId>>,
}

/// An outcome for each topic, in the order asked for.
type Descriptions = Vec<(String, Result<TopicDescription, ClientError>)>;

impl Admin {
    /// Describes topics by name, at most `partitions_per_answer` partitions in each of the broker's answers.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn describe_topics(
        &self,
        names: &[String],
        partitions_per_answer: i32,
    ) -> Result<Descriptions, ClientError> {
        let mut sorted = names.to_vec();
        sorted.sort();
        sorted.dedup();
        let attempts = self.cluster.attempts("describeTopics");
        let found = attempts.run(async || self.describe_by_pages(&sorted, partitions_per_answer).await).await;
        let mut found = match found {
            Err(ClientError::UnsupportedVersion(_)) => self.describe_by_metadata(&sorted).await?,
            other => other?,
        };
        let unknown = || ClientError::refused(ErrorCode::UnknownTopicOrPartition, None);
        let outcome = |name: &String| {
            let at = found.iter().position(|(found, _)| found == name);
            (name.clone(), at.map_or_else(|| Err(unknown()), |at| found.swap_remove(at).1))
        };
        Ok(names.iter().map(outcome).collect())
    }

    /// Describes topics by id.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn describe_topics_by_id(
        &self,
        ids: &[TopicId],
    ) -> Result<Vec<(TopicId, Result<TopicDescription, ClientError>)>, ClientError> {
        let asked = |id: &TopicId| MetadataRequestTopic { topic_id: *id, name: None, ..Default::default() };
        let request = MetadataRequest {
            topics: Some(ids.iter().map(asked).collect()),
            allow_auto_topic_creation: false,
            ..MetadataRequest::default()
        };
        let answer = self.ask("describeTopicsWithIds", &request).await?;
        let ids: Vec<TopicId> = answer.topics.iter().map(|topic| topic.topic_id).collect();
        let outcomes = self.cluster.learn(answer).into_iter().map(|(_, topic)| topic.map(|topic| described(&topic)));
        Ok(ids.into_iter().zip(outcomes).collect())
    }

    async fn describe_by_pages(&self, sorted: &[String], page: i32) -> Result<Descriptions, ClientError> {
        let mut found = Descriptions::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            // The broker wants no topic before the one that the cursor names.
            let from = cursor.as_ref().map_or("", |cursor| cursor.topic_name.as_str());
            let rest = sorted.iter().filter(|name| name.as_str() >= from);
            let request = DescribeTopicPartitionsRequest {
                topics: rest.map(|name| TopicRequest { name: name.clone(), ..TopicRequest::default() }).collect(),
                response_partition_limit: page,
                cursor: cursor.take(),
                ..DescribeTopicPartitionsRequest::default()
            };
            let asked_from = request.cursor.as_ref().map(|cursor| (cursor.topic_name.clone(), cursor.partition_index));
            let answer = self.cluster.call_any(&request).await?;
            let next = next_page(&answer);
            answer.topics.into_iter().for_each(|topic| add_page(&mut found, topic));
            let Some(next) = next else { return Ok(found) };
            let position = Some((next.topic_name.clone(), next.partition_index));
            if position <= asked_from {
                return Err(ClientError::Malformed(
                    "the cursor of DescribeTopicPartitions does not advance".to_owned(),
                ));
            }
            cursor = Some(next);
        }
    }

    async fn describe_by_metadata(&self, sorted: &[String]) -> Result<Descriptions, ClientError> {
        let names: Vec<&str> = sorted.iter().map(String::as_str).collect();
        let attempts = self.cluster.attempts("describeTopics");
        let answer = attempts.run(async || self.cluster.refresh(Some(&names), false).await).await?;
        Ok(answer.into_iter().map(|(name, topic)| (name, topic.map(|topic| described(&topic)))).collect())
    }
}

fn next_page(answer: &DescribeTopicPartitionsResponse) -> Option<Cursor> {
    let next = answer.next_cursor.as_ref()?;
    Some(Cursor { topic_name: next.topic_name.clone(), partition_index: next.partition_index, ..Cursor::default() })
}

/// Adds a page's part of a topic: a topic that does not fit one answer continues in the next.
fn add_page(found: &mut Descriptions, topic: DescribeTopicPartitionsResponseTopic) {
    let name = topic.name.unwrap_or_default();
    if let Err(error) = ClientError::check(topic.error_code, None) {
        found.push((name, Err(error)));
        return;
    }
    let partitions = topic.partitions.into_iter().map(partition);
    match found.last_mut() {
        Some((last, Ok(description))) if *last == name => description.partitions.extend(partitions),
        _ => {
            let partitions = partitions.collect();
            let id = topic.topic_id;
            let is_internal = topic.is_internal;
            found.push((name.clone(), Ok(TopicDescription { name, id, is_internal, partitions })));
        }
    }
}

fn partition(partition: DescribeTopicPartitionsResponsePartition) -> PartitionDescription {
    PartitionDescription {
        index: PartitionIndex::new(partition.partition_index),
        leader: broker_or_nobody(partition.leader_id),
        leader_epoch: epoch_or_unknown(partition.leader_epoch),
        replicas: broker_ids(&partition.replica_nodes),
        in_sync_replicas: broker_ids(&partition.isr_nodes),
        eligible_leader_replicas: partition.eligible_leader_replicas.as_deref().map(broker_ids),
        last_known_eligible_leader_replicas: partition.last_known_elr.as_deref().map(broker_ids),
    }
}

fn described(topic: &TopicMetadata) -> TopicDescription {
    let partitions = topic.partitions.iter().map(|partition| PartitionDescription {
        index: partition.index,
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        replicas: partition.replicas.clone(),
        in_sync_replicas: partition.in_sync_replicas.clone(),
        eligible_leader_replicas: None,
        last_known_eligible_leader_replicas: None,
    });
    TopicDescription {
        name: topic.name.clone(),
        id: topic.id,
        is_internal: topic.is_internal,
        partitions: partitions.collect(),
    }
}
