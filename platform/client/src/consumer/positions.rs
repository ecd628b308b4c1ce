//! Looking up offsets: the log's start, its end, the first record of a time.

use super::{Consumer, Event, SeekTo, passes};
use crate::ClientError;
use crate::list_offsets::{self, ListedOffsets, OffsetSpec};
use ottla_model::{BrokerId, LeaderEpoch, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// A partition whose position is asked for.
#[derive(Debug, Clone)]
struct Asked {
    partition: TopicPartition,
    leader_epoch: Option<LeaderEpoch>,
    to: OffsetSpec,
    seek: u64,
}

/// What a broker says of the partitions it was asked about.
pub(super) struct Answer {
    asked: Vec<Asked>,
    outcome: Result<ListedOffsets, ClientError>,
}

impl Consumer {
    /// Asks the leaders of the partitions whose position has to be looked up.
    pub(super) fn look_up_positions(&mut self, now: Instant) {
        let wanted = self.partitions.iter().filter(|(_, assigned)| !assigned.looking_up);
        let wanted: Vec<_> = wanted
            .filter_map(|(partition, assigned)| {
                Some((partition.clone(), assigned.wanted()?, assigned.seek, assigned.not_before))
            })
            .collect();
        let mut by_leader = BTreeMap::<BrokerId, Vec<Asked>>::new();
        for (partition, to, seek, not_before) in wanted {
            if let Some(not_before) = not_before.filter(|not_before| *not_before > now) {
                self.wake_by(not_before);
                continue;
            }
            let Some((leader, leader_epoch)) = self.leader_of(&partition, now) else { continue };
            if let Some(assigned) = self.partitions.get_mut(&partition) {
                assigned.looking_up = true;
            }
            by_leader.entry(leader).or_default().push(Asked { partition, leader_epoch, to, seek });
        }
        for (leader, asked) in by_leader {
            let (cluster, reports) = (Arc::clone(&self.cluster), self.reports.clone());
            let isolation_level = self.config.isolation_level;
            tokio::spawn(async move {
                let specs = asked.iter().map(|asked| (&asked.partition, asked.leader_epoch, asked.to));
                let request = list_offsets::question(specs, isolation_level);
                let outcome = async {
                    let answer = cluster.broker(leader).await?.call(&request).await?;
                    list_offsets::read_answer(answer)
                };
                let outcome = outcome.await;
                // The consumer has gone if this fails.
                let _ = reports.send(Event::Positioned(Answer { asked, outcome }));
            });
        }
    }

    /// Takes over what was found.
    ///
    /// # Errors
    /// One that will not go away.
    pub(super) fn positions_answered(&mut self, answer: Answer) -> Result<(), ClientError> {
        let mut failure = Ok(());
        for asked in answer.asked {
            let outcome = match &answer.outcome {
                Ok(found) => found.iter().find(|(partition, _)| *partition == asked.partition).map_or_else(
                    || Err(ClientError::Malformed(format!("the answer says nothing of {}", asked.partition))),
                    |(_, outcome)| outcome.clone(),
                ),
                Err(error) => Err(error.clone()),
            };
            let backoff = self.backoff();
            let Some(assigned) = self.partitions.get_mut(&asked.partition) else { continue };
            if assigned.seek != asked.seek {
                continue;
            }
            assigned.looking_up = false;
            match outcome.map(|found| found.offset) {
                Ok(Some(offset)) => assigned.found(offset, None),
                // No record is as young as that: what comes from now on is.
                Ok(None) if matches!(asked.to, OffsetSpec::At(_)) => assigned.seek(SeekTo::End, asked.seek),
                Ok(None) => assigned.found(Offset::ZERO, None),
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
