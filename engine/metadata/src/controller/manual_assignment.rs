//! Replicas that the request itself has assigned to brokers.

use super::state::Controller;
use crate::image::PartitionImage;
use ottla_model::{BrokerId, LeaderEpoch};

/// Why an assignment cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManualAssignmentError {
    /// A partition without replicas is none.
    #[error("The manual partition assignment includes an empty replica list.")]
    Empty,
    /// A broker that is not there.
    #[error("The manual partition assignment includes broker {0}, but no such broker is registered.")]
    NotRegistered(BrokerId),
    /// A broker can hold only one replica of a partition.
    #[error("The manual partition assignment includes the broker {0} more than once.")]
    Twice(BrokerId),
    /// All partitions of a topic have as many replicas.
    #[error(
        "The manual partition assignment includes a partition with {replicas} replica(s), but this is not consistent \
         with previous partitions, which have {others} replica(s)."
    )]
    ReplicationFactor {
        /// How many replicas this partition would have.
        replicas: usize,
        /// How many the others have.
        others: usize,
    },
    /// Nobody could lead.
    #[error(
        "All brokers specified in the manual partition assignment for partition {partition} are fenced or in \
         controlled shutdown."
    )]
    NobodyActive {
        /// The partition.
        partition: i32,
    },
}

impl Controller {
    /// Checks one partition's assignment. `others`: how many replicas the topic's other partitions have, if any.
    pub(super) fn check_assignment(
        &self,
        replicas: &[BrokerId],
        others: Option<usize>,
    ) -> Result<(), ManualAssignmentError> {
        if replicas.is_empty() {
            return Err(ManualAssignmentError::Empty);
        }
        let mut sorted = replicas.to_vec();
        sorted.sort_unstable();
        let mut previous = None;
        for broker in sorted {
            if self.image().cluster().broker(broker).is_none() {
                return Err(ManualAssignmentError::NotRegistered(broker));
            }
            if previous == Some(broker) {
                return Err(ManualAssignmentError::Twice(broker));
            }
            previous = Some(broker);
        }
        match others {
            Some(others) if others != replicas.len() => {
                Err(ManualAssignmentError::ReplicationFactor { replicas: replicas.len(), others })
            }
            _ => Ok(()),
        }
    }

    /// A new partition with those replicas, led by the first that is active. `None` if none is.
    pub(super) fn new_partition(&self, replicas: &[BrokerId]) -> Option<PartitionImage> {
        let is_active = |broker: &BrokerId| self.image().cluster().is_active(*broker);
        let in_sync_replicas: Box<[BrokerId]> = replicas.iter().copied().filter(is_active).collect();
        let leader = Some(*in_sync_replicas.first()?);
        let directories = replicas.iter().map(|&broker| self.default_directory(broker)).collect();
        let leader_epoch = LeaderEpoch::new(0);
        Some(PartitionImage {
            replicas: replicas.into(),
            directories,
            in_sync_replicas,
            leader,
            leader_epoch,
            ..Default::default()
        })
    }
}
