//! Whether a position is still good (KIP-320): when somebody else has come to lead a partition, its log may have been cut
//! below what was read before. OffsetForLeaderEpoch tells where the epoch of the last record read ends in the new log.

use super::{Consumer, Event, passes};
use crate::ClientError;
use crate::config::OffsetReset;
use ottla_model::{BrokerId, LeaderEpoch, Offset, TopicPartition};
use ottla_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use ottla_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// What consumers call themselves where replicas give their id.
const CONSUMER_REPLICA_ID: i32 = -1;

/// A position that is checked.
#[derive(Debug, Clone)]
struct Asked {
    partition: TopicPartition,
    offset: Offset,
    epoch: LeaderEpoch,
    under: Option<LeaderEpoch>,
    seek: u64,
}

/// What a leader says of positions.
pub(super) struct Answer {
    asked: Vec<Asked>,
    outcome: Result<OffsetForLeaderEpochResponse, ClientError>,
}

impl Consumer {
    /// Asks leaders about the positions that come from the time of another leader.
    pub(super) fn check_positions(&mut self, now: Instant) {
        let candidates = self.partitions.iter().filter(|(_, assigned)| !assigned.looking_up && !assigned.given_up);
        let candidates: Vec<_> = candidates
            .filter(|(_, assigned)| assigned.consumed().is_some_and(|consumed| consumed.leader_epoch.is_some()))
            .map(|(partition, assigned)| (partition.clone(), assigned.not_before))
            .collect();
        let mut by_leader = BTreeMap::<BrokerId, Vec<Asked>>::new();
        for (partition, not_before) in candidates {
            if let Some(later) = not_before.filter(|later| *later > now) {
                self.wake_by(later);
                continue;
            }
            let Some((leader, under)) = self.leader_of(&partition, now) else { continue };
            let Some(assigned) = self.partitions.get_mut(&partition) else { continue };
            let Some((offset, epoch)) = assigned.unchecked(under) else { continue };
            assigned.looking_up = true;
            let seek = assigned.seek;
            by_leader.entry(leader).or_default().push(Asked { partition, offset, epoch, under, seek });
        }
        for (leader, asked) in by_leader {
            let (cluster, reports) = (Arc::clone(&self.cluster), self.reports.clone());
            tokio::spawn(async move {
                let request = question(&asked);
                let outcome = async { cluster.broker(leader).await?.call(&request).await }.await;
                // The consumer has gone if this fails.
                let _ = reports.send(Event::Checked(Answer { asked, outcome }));
            });
        }
    }

    /// Takes over what leaders say.
    ///
    /// # Errors
    /// A log was cut below the position, and nobody has said where to go then; or an error that will not go away.
    pub(super) fn positions_checked(&mut self, answer: Answer) -> Result<(), ClientError> {
        let mut failure = Ok(());
        for asked in answer.asked {
            let outcome = match &answer.outcome {
                Ok(response) => end_of_epoch(response, &asked),
                // A broker that cannot be asked is one whose clients have to do without.
                Err(ClientError::UnsupportedVersion(_)) => Ok(Some(asked.offset)),
                Err(error) => Err(error.clone()),
            };
            let policy = self.config.offset_reset;
            let backoff = self.backoff();
            let Some(assigned) = self.partitions.get_mut(&asked.partition) else { continue };
            if assigned.seek != asked.seek {
                continue;
            }
            assigned.looking_up = false;
            match outcome {
                Ok(Some(end)) if end >= asked.offset => assigned.checked_under = asked.under,
                Ok(_) if policy == OffsetReset::None => {
                    assigned.checked_under = asked.under;
                    failure = Err(ClientError::LogTruncation(asked.partition.to_string()));
                }
                Ok(end) => {
                    tracing::info!(
                        "{} Truncation detected for partition {} at offset {}, resetting offset",
                        self.cluster.log_context,
                        asked.partition,
                        asked.offset
                    );
                    match end {
                        Some(end) => assigned.found(end, None),
                        None => assigned.lose_position(),
                    }
                    self.fetched.retain(|fetched| fetched.partition != asked.partition);
                }
                Err(error) => {
                    assigned.not_before = Some(Instant::now() + backoff.pause(1, &self.cluster.random));
                    if error.is_stale_metadata() {
                        self.cluster.forget(asked.partition.topic.as_str());
                    }
                    if !passes(&error) {
                        failure = Err(error);
                    }
                }
            }
        }
        failure
    }
}

fn question(asked: &[Asked]) -> OffsetForLeaderEpochRequest {
    let mut topics = BTreeMap::<&str, Vec<OffsetForLeaderPartition>>::new();
    for asked in asked {
        topics.entry(asked.partition.topic.as_str()).or_default().push(OffsetForLeaderPartition {
            partition: asked.partition.partition.value(),
            current_leader_epoch: asked.under.map_or(-1, LeaderEpoch::value),
            leader_epoch: asked.epoch.value(),
            ..OffsetForLeaderPartition::default()
        });
    }
    let topic = |(topic, partitions): (&str, Vec<OffsetForLeaderPartition>)| OffsetForLeaderTopic {
        topic: topic.to_owned(),
        partitions,
        ..OffsetForLeaderTopic::default()
    };
    OffsetForLeaderEpochRequest {
        replica_id: CONSUMER_REPLICA_ID,
        topics: topics.into_iter().map(topic).collect(),
        ..OffsetForLeaderEpochRequest::default()
    }
}

/// Where the epoch ends in the leader's log; `None` if it knows nothing of it.
fn end_of_epoch(response: &OffsetForLeaderEpochResponse, asked: &Asked) -> Result<Option<Offset>, ClientError> {
    let mut topics = response.topics.iter().filter(|topic| topic.topic == asked.partition.topic.as_str());
    let index = asked.partition.partition.value();
    let told = topics.find_map(|topic| topic.partitions.iter().find(|told| told.partition == index));
    let told = told.ok_or_else(|| ClientError::Malformed(format!("the answer says nothing of {}", asked.partition)))?;
    ClientError::check(told.error_code, None)?;
    Ok((told.end_offset >= 0 && told.leader_epoch >= 0).then_some(Offset::new(told.end_offset)))
}
