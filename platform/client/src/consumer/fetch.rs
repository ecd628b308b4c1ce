//! Fetching from the leaders, or from the replicas that they send us to.

use super::fetched::Fetched;
use super::{Consumer, Event, passes};
use crate::ClientError;
use crate::cluster::Cluster;
use ottla_model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TopicId, TopicPartition};
use ottla_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use ottla_protocol::messages::fetch_response::PartitionData;
use ottla_protocol::messages::{FetchRequest, FetchResponse};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// From this version on topics are named by id.
const FIRST_VERSION_WITH_IDS: i16 = 13;

/// A partition that is fetched.
#[derive(Debug, Clone)]
struct Asked {
    partition: TopicPartition,
    topic_id: TopicId,
    offset: Offset,
    leader_epoch: Option<LeaderEpoch>,
    seek: u64,
}

/// What a broker says of the partitions it was asked for.
pub(super) struct Answer {
    broker: BrokerId,
    asked: Vec<Asked>,
    outcome: Result<FetchResponse, ClientError>,
}

impl Consumer {
    /// Asks every broker that is not being asked for the partitions of which no records wait.
    pub(super) fn fetch(&mut self, now: Instant) {
        let candidates: Vec<_> = self
            .partitions
            .iter()
            .filter(|(partition, _)| self.fetched.iter().all(|waiting| waiting.partition != **partition))
            .filter(|(_, assigned)| assigned.is_wanted() && !assigned.looking_up)
            .filter_map(|(partition, assigned)| Some((partition.clone(), assigned.position()?, assigned.seek)))
            .collect();
        let mut by_broker = BTreeMap::<BrokerId, Vec<Asked>>::new();
        for (partition, offset, seek) in candidates {
            if let Some(later) = self.partitions.get(&partition).and_then(|assigned| assigned.not_before)
                && later > now
            {
                self.wake_by(later);
                continue;
            }
            let Some((leader, leader_epoch)) = self.leader_of(&partition, now) else { continue };
            let assigned = self.partitions.get(&partition);
            if assigned.is_some_and(|assigned| assigned.unchecked(leader_epoch).is_some()) {
                continue;
            }
            let preferred = assigned.and_then(|assigned| assigned.preferred_replica);
            let broker = preferred.filter(|(_, until)| *until > now).map_or(leader, |(replica, _)| replica);
            if self.busy_brokers.contains(&broker) {
                continue;
            }
            let topic_id = self.cluster.remembered(partition.topic.as_str()).map_or(TopicId::ZERO, |topic| topic.id);
            by_broker.entry(broker).or_default().push(Asked { partition, topic_id, offset, leader_epoch, seek });
        }
        for (broker, asked) in by_broker {
            self.busy_brokers.insert(broker);
            let (cluster, reports) = (Arc::clone(&self.cluster), self.reports.clone());
            let request = self.question(&asked);
            tokio::spawn(async move {
                let outcome = call(&cluster, broker, request).await;
                // The consumer has gone if this fails.
                let _ = reports.send(Event::Fetched(Answer { broker, asked, outcome }));
            });
        }
    }

    fn question(&self, asked: &[Asked]) -> FetchRequest {
        let mut by_topic = BTreeMap::<&str, (TopicId, Vec<FetchPartition>)>::new();
        for asked in asked {
            let of_topic = by_topic.entry(asked.partition.topic.as_str()).or_default();
            of_topic.0 = asked.topic_id;
            of_topic.1.push(FetchPartition {
                partition: asked.partition.partition.value(),
                current_leader_epoch: asked.leader_epoch.map_or(-1, LeaderEpoch::value),
                fetch_offset: asked.offset.value(),
                partition_max_bytes: self.config.partition_fetch_bytes_max,
                ..FetchPartition::default()
            });
        }
        let topics = by_topic.into_iter().map(|(name, (topic_id, partitions))| FetchTopic {
            topic: name.to_owned(),
            topic_id,
            partitions,
            ..FetchTopic::default()
        });
        FetchRequest {
            max_wait_ms: i32::try_from(self.config.fetch_wait_max.as_millis()).unwrap_or(i32::MAX),
            min_bytes: self.config.fetch_bytes_min,
            max_bytes: self.config.fetch_bytes_max,
            isolation_level: self.config.isolation_level.wire(),
            topics: topics.collect(),
            rack_id: self.config.client_rack.clone(),
            ..FetchRequest::default()
        }
    }

    /// Takes over what was fetched.
    ///
    /// # Errors
    /// One that will not go away.
    pub(super) fn fetch_answered(&mut self, answer: Answer) -> Result<(), ClientError> {
        self.busy_brokers.remove(&answer.broker);
        let outcome = answer.outcome.and_then(|response| {
            ClientError::check(response.error_code, None)?;
            Ok(response)
        });
        let mut response = match outcome {
            Ok(response) => response,
            Err(error) => {
                for asked in &answer.asked {
                    self.leave_alone(asked, &error);
                }
                return if passes(&error) { Ok(()) } else { Err(error) };
            }
        };
        let mut failure = Ok(());
        for asked in answer.asked {
            let stale = self
                .partitions
                .get(&asked.partition)
                .is_none_or(|assigned| assigned.seek != asked.seek || assigned.position() != Some(asked.offset));
            if stale {
                continue;
            }
            let Some(data) = take_partition(&mut response, &asked) else {
                self.leave_alone(&asked, &ClientError::refused(ErrorCode::UnknownTopicId, None));
                continue;
            };
            if let Err(error) = self.partition_answered(asked, data) {
                failure = Err(error);
            }
        }
        failure
    }

    fn partition_answered(&mut self, asked: Asked, data: PartitionData) -> Result<(), ClientError> {
        let Some(assigned) = self.partitions.get_mut(&asked.partition) else { return Ok(()) };
        match ClientError::check(data.error_code, None) {
            Ok(()) => {
                assigned.checked_under = asked.leader_epoch;
                if data.preferred_read_replica >= 0 {
                    let until = Instant::now() + self.config.connection.metadata_age_max;
                    assigned.preferred_replica = Some((BrokerId::new(data.preferred_read_replica), until));
                }
                // In memory already: decoded answers hold slices of what was received.
                let records = data.records.map(|records| records.read_all()).transpose();
                let records = records.map_err(|error| ClientError::Malformed(error.to_string()))?.unwrap_or_default();
                if !records.is_empty() {
                    let aborted = data.aborted_transactions.unwrap_or_default();
                    let isolation_level = self.config.isolation_level;
                    let check_crcs = self.config.check_crcs;
                    let fetched =
                        Fetched::new(asked.partition, asked.offset, records, aborted, isolation_level, check_crcs);
                    self.fetched.push_back(fetched);
                }
                Ok(())
            }
            Err(error) if error.code() == Some(ErrorCode::OffsetOutOfRange) => {
                if assigned.preferred_replica.take().is_some() {
                    // The follower may not have it yet, or not any more: the leader decides.
                    return Ok(());
                }
                tracing::info!(
                    "{} Fetch position {} is out of range for partition {}, resetting offset",
                    self.cluster.log_context,
                    asked.offset,
                    asked.partition
                );
                assigned.lose_position();
                Ok(())
            }
            Err(error) => {
                self.leave_alone(&asked, &error);
                if passes(&error) && error.code() != Some(ErrorCode::CorruptMessage) { Ok(()) } else { Err(error) }
            }
        }
    }

    /// Leaves the partition alone for a moment.
    fn leave_alone(&mut self, asked: &Asked, error: &ClientError) {
        let backoff = self.backoff();
        if error.is_stale_metadata() {
            self.cluster.forget(asked.partition.topic.as_str());
        }
        if let Some(assigned) = self.partitions.get_mut(&asked.partition) {
            assigned.not_before = Some(Instant::now() + backoff.pause(1, &self.cluster.random));
            assigned.preferred_replica = None;
        }
    }
}

async fn call(cluster: &Cluster, broker: BrokerId, mut request: FetchRequest) -> Result<FetchResponse, ClientError> {
    let connection = cluster.broker(broker).await?;
    let ids_are_known = request.topics.iter().all(|topic| !topic.topic_id.is_zero());
    let at_most = if ids_are_known { i16::MAX } else { FIRST_VERSION_WITH_IDS - 1 };
    let version = connection.version_at_most::<FetchRequest>(at_most)?;
    // Each version has a place for one of the two.
    for topic in &mut request.topics {
        if version < FIRST_VERSION_WITH_IDS {
            topic.topic_id = TopicId::ZERO;
        } else {
            topic.topic.clear();
        }
    }
    connection.submit(&request, version).await?.wait().await
}

fn take_partition(response: &mut FetchResponse, asked: &Asked) -> Option<PartitionData> {
    let index = asked.partition.partition.value();
    let mut topics = response.responses.iter_mut().filter(|topic| {
        if topic.topic.is_empty() {
            topic.topic_id == asked.topic_id
        } else {
            topic.topic == asked.partition.topic.as_str()
        }
    });
    topics.find_map(|topic| {
        let at = topic.partitions.iter().position(|partition| partition.partition_index == index)?;
        Some(topic.partitions.swap_remove(at))
    })
}
