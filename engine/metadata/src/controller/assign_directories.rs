//! AssignReplicasToDirs (key 73), version 0: a broker says in which of its directories its replicas are (KIP-858).

use super::partition_change::PartitionChange;
use super::result::ControllerResult;
use super::state::{Controller, StaleBrokerEpoch};
use crate::image::{BrokerEpoch, BrokerRegistration};
use ottla_model::{BrokerId, TopicIdPartition, Uuid};
use ottla_protocol::MetadataRecord;

/// In which directory a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryAssignment {
    /// The partition.
    pub partition: TopicIdPartition,
    /// The directory of the broker's replica.
    pub directory: Uuid,
}

/// Why none of it can be noted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignDirectoriesError {
    /// The metadata version knows no directories.
    #[error("Directory assignment is not supported yet.")]
    Unsupported,
    /// Another incarnation of the broker is registered.
    #[error(transparent)]
    StaleBrokerEpoch(#[from] StaleBrokerEpoch),
}

/// Why the directory of one replica cannot be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssignDirectoryError {
    /// There is no such topic.
    #[error("there is no such topic")]
    UnknownTopic,
    /// The topic has no such partition.
    #[error("the topic has no such partition")]
    UnknownPartition,
    /// The broker holds no replica of the partition.
    #[error("the broker holds no replica of the partition")]
    NotReplica,
}

impl Controller {
    /// Takes note of where a broker keeps its replicas. Replies in the order of the request.
    ///
    /// # Errors
    /// Nothing can be noted.
    pub fn assign_directories(
        &self,
        broker: BrokerId,
        epoch: BrokerEpoch,
        assignments: &[DirectoryAssignment],
    ) -> Result<ControllerResult<Vec<Result<(), AssignDirectoryError>>>, AssignDirectoriesError> {
        if !self.metadata_version().has_directory_assignment() {
            return Err(AssignDirectoriesError::Unsupported);
        }
        let registration = self.registration(broker, epoch)?;
        let mut records: Vec<MetadataRecord> = Vec::new();
        let mut offline = Vec::new();
        let mut replies = Vec::new();
        for assignment in assignments {
            replies.push(self.assigned(registration, assignment).map(|record| {
                records.extend(record);
                if !registration.has_online_directory(assignment.directory) {
                    offline.push(assignment.partition);
                }
            }));
        }
        // Replicas in directories that have gone offline meanwhile.
        records.extend(self.records_for_offline_replicas(broker, &offline));
        Ok(ControllerResult::stepwise(records, replies))
    }

    fn assigned(
        &self,
        registration: &BrokerRegistration,
        assignment: &DirectoryAssignment,
    ) -> Result<Option<MetadataRecord>, AssignDirectoryError> {
        let TopicIdPartition { topic_id, partition: index } = assignment.partition;
        let topic = self.image().topics().by_id(topic_id).ok_or(AssignDirectoryError::UnknownTopic)?;
        let partition = topic.partition(index).ok_or(AssignDirectoryError::UnknownPartition)?;
        if !partition.is_replica(registration.id) {
            return Err(AssignDirectoryError::NotReplica);
        }
        let may_lead = |broker| self.may_lead(broker, partition);
        let default_directory = |broker| self.default_directory(broker);
        let rules = self.topic_rules(topic);
        let change = PartitionChange::new(partition, self.surroundings(rules, &may_lead, &default_directory));
        let record = change.directory(registration.id, assignment.directory).build(topic_id, index);
        Ok(record.map(MetadataRecord::from))
    }
}
