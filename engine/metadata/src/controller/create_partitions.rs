//! CreatePartitions (key 37), versions 0–3: topics get more partitions. There is no way to fewer.

use super::manual_assignment::ManualAssignmentError;
use super::placement::{self, PlacementError};
use super::random::Random;
use super::result::{ControllerResult, RECORDS_PER_REQUEST_MAX, TooManyChanges, check_record_count};
use super::state::Controller;
use crate::image::TopicImage;
use ottla_model::BrokerId;
use ottla_protocol::MetadataRecord;
use std::collections::BTreeMap;

/// A topic that is to have more partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartitions {
    /// The topic.
    pub topic: String,
    /// How many partitions it shall have, those that it has among them.
    pub total: i32,
    /// Which brokers hold the replicas of each new partition; `None`: the controller chooses.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// Why a topic cannot have more partitions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreatePartitionsError {
    /// There is no such topic.
    #[error("This server does not host this topic-partition.")]
    UnknownTopic,
    /// The request has the topic more than once.
    #[error("Duplicate topic name.")]
    DuplicateName,
    /// It has that many.
    #[error("Topic already has {0} partition(s).")]
    HasThatMany(usize),
    /// It has more than that.
    #[error("The topic {topic} currently has {existing} partition(s); {total} would not be an increase.")]
    NotAnIncrease {
        /// The topic.
        topic: String,
        /// How many partitions it has.
        existing: usize,
        /// How many it was to have.
        total: i32,
    },
    /// An assignment for each new partition, or none at all.
    #[error(
        "Attempted to add {additional} additional partition(s), but only {assignments} assignment(s) were specified."
    )]
    AssignmentCount {
        /// How many partitions are new.
        additional: usize,
        /// How many assignments there are.
        assignments: usize,
    },
    /// A topic that was never given a partition.
    #[error("Invalid state: topic {0} appears to have no partitions.")]
    NoPartitions(String),
    /// An assignment that cannot be.
    #[error(transparent)]
    Assignment(#[from] ManualAssignmentError),
    /// There are not enough brokers.
    #[error(transparent)]
    Placement(#[from] PlacementError),
    /// Nobody could lead.
    #[error(
        "Unable to replicate the partition {replication_factor} time(s): All brokers are currently fenced or in \
         controlled shutdown."
    )]
    NobodyActive {
        /// How many replicas each partition of the topic has.
        replication_factor: usize,
    },
}

/// A reply for each topic, by its name.
pub type CreatePartitionsReply = Vec<(String, Result<(), CreatePartitionsError>)>;

impl Controller {
    /// Adds partitions to topics, each for itself. Replies in the order of the request; a topic that stands there more
    /// than once has one reply, at its first place.
    ///
    /// # Errors
    /// Nothing is created: it would be too much for one request.
    pub fn create_partitions(
        &self,
        topics: &[NewPartitions],
        validate_only: bool,
        random: &mut dyn Random,
    ) -> Result<ControllerResult<CreatePartitionsReply>, TooManyChanges> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for new in topics {
            *counts.entry(&new.topic).or_default() += 1;
        }
        let mut records = Vec::new();
        let mut replies = Vec::new();
        for new in topics {
            let added = match counts.remove(new.topic.as_str()) {
                None => continue,
                Some(1) => self.added_partitions(new, random)?,
                Some(_) => Err(CreatePartitionsError::DuplicateName),
            };
            replies.push((new.topic.clone(), added.map(|of_topic| records.extend(of_topic))));
            check_record_count(&records)?;
        }
        let result = ControllerResult::atomic(records, replies);
        Ok(if validate_only { result.without_records() } else { result })
    }

    fn added_partitions(
        &self,
        new: &NewPartitions,
        random: &mut dyn Random,
    ) -> Result<Result<Vec<MetadataRecord>, CreatePartitionsError>, TooManyChanges> {
        let Some(topic) = self.image().topics().by_name(&new.topic) else {
            return Ok(Err(CreatePartitionsError::UnknownTopic));
        };
        let additional = match additional_partitions(new, topic) {
            Ok(additional) => additional,
            Err(error) => return Ok(Err(error)),
        };
        // Before they are made: a huge number must not be held in memory first.
        if additional > RECORDS_PER_REQUEST_MAX {
            return Err(TooManyChanges::Records);
        }
        Ok(self.partitions_after(topic, additional, new.assignments.as_deref(), random))
    }

    fn partitions_after(
        &self,
        topic: &TopicImage,
        additional: usize,
        assignments: Option<&[Vec<BrokerId>]>,
        random: &mut dyn Random,
    ) -> Result<Vec<MetadataRecord>, CreatePartitionsError> {
        let name = || topic.name().to_string();
        let (_, first) = topic.partitions().next().ok_or_else(|| CreatePartitionsError::NoPartitions(name()))?;
        let replication_factor = first.replicas.len();
        let start = i32::try_from(topic.partition_count()).unwrap_or(i32::MAX);
        let placed;
        let replicas = match assignments {
            Some(assignments) => {
                for (partition, replicas) in (start..).zip(assignments) {
                    self.check_assignment(replicas, Some(replication_factor))?;
                    if self.new_partition(replicas).is_none() {
                        return Err(ManualAssignmentError::NobodyActive { partition }.into());
                    }
                }
                assignments
            }
            None => {
                let wanted = i32::try_from(replication_factor).unwrap_or(i32::MAX);
                placed = placement::place(additional, wanted, &self.usable_brokers(), random)?;
                &placed
            }
        };
        let partitions: Option<Vec<_>> = replicas.iter().map(|replicas| self.new_partition(replicas)).collect();
        let partitions = partitions.ok_or(CreatePartitionsError::NobodyActive { replication_factor })?;
        Ok(self.partition_records(topic.id(), start, &partitions).collect())
    }
}

fn additional_partitions(new: &NewPartitions, topic: &TopicImage) -> Result<usize, CreatePartitionsError> {
    let existing = topic.partition_count();
    let total = usize::try_from(new.total).unwrap_or(0);
    if total == existing {
        return Err(CreatePartitionsError::HasThatMany(existing));
    }
    let Some(additional) = total.checked_sub(existing) else {
        return Err(CreatePartitionsError::NotAnIncrease { topic: new.topic.clone(), existing, total: new.total });
    };
    match &new.assignments {
        Some(assignments) if assignments.len() != additional => {
            Err(CreatePartitionsError::AssignmentCount { additional, assignments: assignments.len() })
        }
        _ => Ok(additional),
    }
}
