//! CreateTopics (key 19), versions 2–7: new topics with their configuration and partitions.
//! v4 default counts (KIP-464) · v5 effective configuration in the answer (KIP-525) · v7 topic ids (KIP-516)

use super::alter_configs::AlterConfigError;
use super::manual_assignment::ManualAssignmentError;
use super::placement::{self, PlacementError};
use super::random::Random;
use super::result::{ControllerResult, TooManyChanges, check_record_count};
use super::state::Controller;
use crate::image::{ConfigMap, ConfigResource, PartitionImage};
use ottla_model::{BrokerId, InvalidTopicName, PartitionIndex, TopicId, TopicName};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::TopicRecord;
use std::collections::{BTreeMap, BTreeSet};

/// How many partitions one request may create. More would not fit in a batch.
const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;
const CLUSTER_METADATA: &str = "__cluster_metadata";

/// A topic to create.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; `None` (-1 on the wire): the default, or as many as are assigned.
    pub partitions: Option<i32>,
    /// How many replicas each partition has; `None` (-1 on the wire): the default, or as many as are assigned.
    pub replication_factor: Option<i16>,
    /// Which brokers hold the replicas; empty: the controller chooses.
    pub assignments: Vec<ReplicaAssignment>,
    /// Its configuration.
    pub configs: Vec<(String, Option<String>)>,
}

/// Which brokers hold the replicas of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaAssignment {
    /// The partition.
    pub partition: PartitionIndex,
    /// The brokers; the first is preferred to lead.
    pub brokers: Vec<BrokerId>,
}

/// A topic that was created, or could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
    /// How many replicas its first partition has.
    pub replication_factor: i16,
    /// What was configured. What the topic inherits is not here.
    pub configs: ConfigMap,
}

/// Why a topic cannot be created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateTopicError {
    /// The name breaks the rules.
    #[error(transparent)]
    InvalidName(#[from] InvalidTopicName),
    /// Metrics could not tell the two apart.
    #[error("Topic '{name}' collides with existing topic: {existing}")]
    Collision {
        /// The new topic.
        name: String,
        /// The topic that is there.
        existing: TopicName,
    },
    /// There is one.
    #[error("Topic '{0}' already exists.")]
    AlreadyExists(String),
    /// The request has the name more than once.
    #[error("Duplicate topic name.")]
    DuplicateName,
    /// The metadata log is not created like that.
    #[error("Creation of internal topic {CLUSTER_METADATA} is prohibited.")]
    ClusterMetadata,
    /// A new topic has nothing to take away.
    #[error("Null value not supported for topic configs: {}", .0.join(","))]
    NullConfigs(Vec<String>),
    /// The configuration cannot be.
    #[error(transparent)]
    Config(#[from] AlterConfigError),
    /// The assignments say it already.
    #[error("A manual partition assignment was specified, but replication factor was not set to -1.")]
    ReplicationFactorWithAssignments,
    /// The assignments say it already.
    #[error("A manual partition assignment was specified, but numPartitions was not set to -1.")]
    PartitionsWithAssignments,
    /// Two assignments for one partition.
    #[error("Found multiple manual partition assignments for partition {0}")]
    AssignedTwice(PartitionIndex),
    /// A hole among the assigned partitions.
    #[error("partitions should be a consecutive 0-based integer sequence")]
    NotConsecutive,
    /// An assignment that cannot be.
    #[error(transparent)]
    Assignment(#[from] ManualAssignmentError),
    /// Neither a count nor the default.
    #[error("Replication factor must be larger than 0, or -1 to use the default value.")]
    ReplicationFactor,
    /// Neither a count nor the default.
    #[error("Number of partitions was set to an invalid non-positive value.")]
    Partitions,
    /// There are not enough brokers.
    #[error("Unable to replicate the partition {replication_factor} time(s): {reason}")]
    Placement {
        /// How many replicas each partition should have.
        replication_factor: i16,
        /// What is missing.
        reason: PlacementError,
    },
    /// Nobody could lead.
    #[error(
        "Unable to replicate the partition {replication_factor} time(s): All brokers are currently fenced or in \
         controlled shutdown."
    )]
    NobodyActive {
        /// How many replicas each partition should have.
        replication_factor: i16,
    },
}

/// A reply for each topic, by its name.
pub type CreateTopicsReply = Vec<(String, Result<CreatedTopic, CreateTopicError>)>;

impl Controller {
    /// Creates topics, each for itself: what is wrong with one does not concern the others. Replies in the order of the
    /// request; a name that stands there more than once has one reply, at its first place.
    ///
    /// # Errors
    /// Nothing is created: it would be too much for one request.
    pub fn create_topics(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
        random: &mut dyn Random,
    ) -> Result<ControllerResult<CreateTopicsReply>, TooManyChanges> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for topic in topics {
            *counts.entry(&topic.name).or_default() += 1;
        }
        let unique = |topic: &&NewTopic| counts.get(topic.name.as_str()) == Some(&1);
        self.check_partition_total(topics.iter().filter(unique))?;

        let mut records = Vec::new();
        let mut replies = Vec::new();
        let mut duplicates = BTreeSet::new();
        for topic in topics {
            if !unique(&topic) {
                if duplicates.insert(&topic.name) {
                    replies.push((topic.name.clone(), Err(CreateTopicError::DuplicateName)));
                }
                continue;
            }
            let created = self.create_topic(topic, random).map(|(of_topic, created)| {
                records.extend(of_topic);
                created
            });
            replies.push((topic.name.clone(), created));
            // Before the next is made: what is too much must not be held in memory first.
            check_record_count(&records)?;
        }
        let result = ControllerResult::atomic(records, replies);
        Ok(if validate_only { result.without_records() } else { result })
    }

    /// An upper bound: some topics may turn out not to be created at all.
    fn check_partition_total<'a>(&self, topics: impl Iterator<Item = &'a NewTopic>) -> Result<(), TooManyChanges> {
        let mut total: usize = 0;
        for topic in topics {
            let partitions = match (topic.assignments.len(), topic.partitions) {
                (0, partitions) => partitions.unwrap_or(self.settings.default_partitions).try_into().unwrap_or(0),
                (assigned, _) => assigned,
            };
            total = total.saturating_add(partitions);
        }
        if total > PARTITIONS_PER_REQUEST_MAX { Err(TooManyChanges::Partitions) } else { Ok(()) }
    }

    fn create_topic(
        &self,
        topic: &NewTopic,
        random: &mut dyn Random,
    ) -> Result<(Vec<MetadataRecord>, CreatedTopic), CreateTopicError> {
        self.check_name(&topic.name)?;
        let configs = given_configs(topic)?;
        let config_records = self.records_for_new_configs(&ConfigResource::topic(&topic.name), &configs)?;
        let partitions = if topic.assignments.is_empty() {
            self.placed_partitions(topic, random)?
        } else {
            self.assigned_partitions(topic)?
        };

        let id = random.uuid();
        let created = TopicRecord { name: topic.name.clone(), topic_id: id, ..Default::default() };
        // The configuration stands before the partitions: whoever reads that far opens their logs with it.
        let mut records = vec![MetadataRecord::from(created)];
        records.extend(config_records);
        records.extend(self.partition_records(id, 0, &partitions));
        let replication_factor = partitions.first().map_or(0, |first| first.replicas.len());
        let created = CreatedTopic {
            id,
            partitions: i32::try_from(partitions.len()).unwrap_or(i32::MAX),
            replication_factor: i16::try_from(replication_factor).unwrap_or(i16::MAX),
            configs,
        };
        Ok((records, created))
    }

    fn check_name(&self, name: &str) -> Result<(), CreateTopicError> {
        if name == CLUSTER_METADATA {
            return Err(CreateTopicError::ClusterMetadata);
        }
        let topics = self.image().topics();
        if topics.id_of(name).is_some() {
            return Err(CreateTopicError::AlreadyExists(name.to_owned()));
        }
        if let Some(existing) = topics.colliding_with(name) {
            return Err(CreateTopicError::Collision { name: name.to_owned(), existing: existing.clone() });
        }
        TopicName::new(name)?;
        Ok(())
    }

    fn assigned_partitions(&self, topic: &NewTopic) -> Result<Vec<PartitionImage>, CreateTopicError> {
        if topic.replication_factor.is_some() {
            return Err(CreateTopicError::ReplicationFactorWithAssignments);
        }
        if topic.partitions.is_some() {
            return Err(CreateTopicError::PartitionsWithAssignments);
        }
        let mut partitions = BTreeMap::new();
        let mut replication_factor = None;
        for ReplicaAssignment { partition, brokers } in &topic.assignments {
            if partitions.contains_key(partition) {
                return Err(CreateTopicError::AssignedTwice(*partition));
            }
            self.check_assignment(brokers, replication_factor)?;
            replication_factor = Some(brokers.len());
            let nobody = ManualAssignmentError::NobodyActive { partition: partition.value() };
            partitions.insert(*partition, self.new_partition(brokers).ok_or(nobody)?);
        }
        let consecutive = (0..).map(PartitionIndex::new).zip(partitions.keys()).all(|(index, &given)| index == given);
        if consecutive { Ok(partitions.into_values().collect()) } else { Err(CreateTopicError::NotConsecutive) }
    }

    fn placed_partitions(
        &self,
        topic: &NewTopic,
        random: &mut dyn Random,
    ) -> Result<Vec<PartitionImage>, CreateTopicError> {
        if topic.replication_factor.is_some_and(|factor| factor <= 0) {
            return Err(CreateTopicError::ReplicationFactor);
        }
        if topic.partitions.is_some_and(|count| count <= 0) {
            return Err(CreateTopicError::Partitions);
        }
        let partitions = topic.partitions.unwrap_or(self.settings.default_partitions);
        let partitions = usize::try_from(partitions).map_err(|_| CreateTopicError::Partitions)?;
        let replication_factor = topic.replication_factor.unwrap_or(self.settings.default_replication_factor);
        placement::place(partitions, replication_factor.into(), &self.usable_brokers(), random)
            .map_err(|reason| CreateTopicError::Placement { replication_factor, reason })?
            .iter()
            .map(|replicas| self.new_partition(replicas))
            .collect::<Option<Vec<_>>>()
            .ok_or(CreateTopicError::NobodyActive { replication_factor })
    }

    /// The records of new partitions, the first of which is number `first`.
    pub(super) fn partition_records(
        &self,
        topic: TopicId,
        first: i32,
        partitions: &[PartitionImage],
    ) -> impl Iterator<Item = MetadataRecord> {
        let version = self.metadata_version();
        let keeps_elr = self.image().features().has_eligible_leader_replicas();
        (first..)
            .map(PartitionIndex::new)
            .zip(partitions)
            .map(move |(index, partition)| MetadataRecord::from(partition.to_record(topic, index, version, keeps_elr)))
    }
}

fn given_configs(topic: &NewTopic) -> Result<ConfigMap, CreateTopicError> {
    let without_value = |(key, value): &(String, Option<String>)| value.is_none().then(|| key.clone());
    let nulls: Vec<String> = topic.configs.iter().filter_map(without_value).collect();
    if !nulls.is_empty() {
        return Err(CreateTopicError::NullConfigs(nulls));
    }
    Ok(topic.configs.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect())
}
