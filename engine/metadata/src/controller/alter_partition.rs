//! AlterPartition (key 56), versions 2–3: a leader says who is in sync with it (KIP-497).
//! v3 broker epochs of the in-sync replicas (KIP-903)

use super::partition_change::PartitionChange;
use super::result::ControllerResult;
use super::state::{Controller, StaleBrokerEpoch};
use crate::image::{BrokerEpoch, LeaderRecoveryState, PartitionImage, TopicImage};
use crate::replay;
use ottla_model::{BrokerId, LeaderEpoch, PartitionIndex, TopicId};
use ottla_protocol::messages::PartitionChangeRecord;
use std::collections::BTreeSet;

/// What a leader says of the partitions it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterPartition {
    /// The leader.
    pub broker: BrokerId,
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
    /// What it says of each partition.
    pub partitions: Vec<ProposedIsr>,
}

/// What a leader says of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedIsr {
    /// The topic.
    pub topic_id: TopicId,
    /// Which of its partitions.
    pub partition: PartitionIndex,
    /// The leader epoch that the leader knows.
    pub leader_epoch: LeaderEpoch,
    /// The partition epoch that the leader knows.
    pub partition_epoch: i32,
    /// Who is in sync, with the incarnation that is: another one may have lost what this one had. `None`: not known.
    pub in_sync: Vec<(BrokerId, Option<BrokerEpoch>)>,
    /// Whether the leader has recovered from an unclean election.
    pub leader_recovery_state: LeaderRecoveryState,
}

/// The partition as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlteredPartition {
    /// The leader.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
    /// Who is in sync.
    pub in_sync_replicas: Vec<BrokerId>,
    /// Whether the leader has recovered from an unclean election.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The partition's epoch.
    pub partition_epoch: i32,
}

/// Why it is not as the leader says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AlterPartitionError {
    /// There is no such topic.
    #[error("there is no such topic")]
    UnknownTopic,
    /// The topic has no such partition.
    #[error("the topic has no such partition")]
    UnknownPartition,
    /// The leader knows more than this controller, which therefore must have been replaced.
    #[error("the leader knows a later epoch than this controller")]
    NewerThanController,
    /// Somebody else was elected since.
    #[error("the leader epoch has been raised since")]
    FencedLeaderEpoch,
    /// Not the leader.
    #[error("the broker does not lead the partition")]
    NotLeader,
    /// The partition changed since.
    #[error("the partition has changed since")]
    StalePartitionEpoch,
    /// Brokers that hold no replica, or one twice.
    #[error("the in-sync replicas are no subset of the replicas")]
    NotReplicas,
    /// A leader is in sync with itself.
    #[error("the in-sync replicas lack the leader")]
    WithoutLeader,
    /// A leader that recovers has no followers.
    #[error("a recovering leader can have no other replica in sync")]
    RecoveringWithFollowers,
    /// Who has recovered has recovered.
    #[error("a recovered leader cannot be recovering again")]
    RecoveringAgain,
    /// Brokers that are fenced, leaving, or another incarnation.
    #[error("a replica cannot be in sync: it is fenced, shutting down, or restarted")]
    IneligibleReplica,
    /// The change has ended a reassignment, and with it this leadership.
    #[error("another leader was elected")]
    NewLeaderElected,
}

impl Controller {
    /// Takes note of who is in sync, partition by partition. Replies in the order of the request.
    ///
    /// # Errors
    /// The request is from an incarnation that is not the registered one.
    pub fn alter_partition(
        &self,
        request: &AlterPartition,
    ) -> Result<ControllerResult<Vec<Result<AlteredPartition, AlterPartitionError>>>, StaleBrokerEpoch> {
        self.registration(request.broker, request.broker_epoch)?;
        let mut records = Vec::new();
        let replies = request.partitions.iter().map(|proposed| {
            let (record, reply) = self.altered(request.broker, proposed)?;
            records.extend(record.map(Into::into));
            reply
        });
        let replies = replies.collect();
        Ok(ControllerResult::stepwise(records, replies))
    }

    fn altered(
        &self,
        broker: BrokerId,
        proposed: &ProposedIsr,
    ) -> Result<(Option<PartitionChangeRecord>, Result<AlteredPartition, AlterPartitionError>), AlterPartitionError>
    {
        let topic = self.image().topics().by_id(proposed.topic_id).ok_or(AlterPartitionError::UnknownTopic)?;
        let partition = topic.partition(proposed.partition).ok_or(AlterPartitionError::UnknownPartition)?;
        check_epochs(broker, partition, proposed)?;
        self.check_proposed(partition, proposed)?;
        let Some(record) = self.isr_change(topic, partition, proposed) else {
            return Ok((None, Ok(as_it_is(partition))));
        };
        let changed =
            replay::changed(partition, &record).expect("a change made here has only values that mean something");
        // The end of a reassignment may take the leadership away: the leader must learn of that first.
        let still_leads = changed.leader == Some(broker) || changed.leader_epoch == partition.leader_epoch;
        let reply = if still_leads { Ok(as_it_is(&changed)) } else { Err(AlterPartitionError::NewLeaderElected) };
        Ok((Some(record), reply))
    }

    fn isr_change(
        &self,
        topic: &TopicImage,
        partition: &PartitionImage,
        proposed: &ProposedIsr,
    ) -> Option<PartitionChangeRecord> {
        let may_lead = |broker| self.may_lead(broker, partition);
        let default_directory = |broker| self.default_directory(broker);
        let rules = self.topic_rules(topic);
        PartitionChange::new(partition, self.surroundings(rules, &may_lead, &default_directory))
            .election(rules.election)
            .in_sync_replicas(proposed.in_sync.iter().map(|&(replica, _)| replica).collect())
            .leader_recovery_state(proposed.leader_recovery_state)
            .build(topic.id(), proposed.partition)
    }

    fn check_proposed(&self, partition: &PartitionImage, proposed: &ProposedIsr) -> Result<(), AlterPartitionError> {
        let in_sync: BTreeSet<BrokerId> = proposed.in_sync.iter().map(|&(replica, _)| replica).collect();
        if in_sync.len() != proposed.in_sync.len() || !in_sync.iter().all(|&replica| partition.is_replica(replica)) {
            return Err(AlterPartitionError::NotReplicas);
        }
        if !partition.leader.is_some_and(|leader| in_sync.contains(&leader)) {
            return Err(AlterPartitionError::WithoutLeader);
        }
        if proposed.leader_recovery_state == LeaderRecoveryState::Recovering {
            if in_sync.len() > 1 {
                return Err(AlterPartitionError::RecoveringWithFollowers);
            }
            if partition.leader_recovery_state == LeaderRecoveryState::Recovered {
                return Err(AlterPartitionError::RecoveringAgain);
            }
        }
        let is_eligible = |&(replica, epoch): &(BrokerId, Option<BrokerEpoch>)| {
            self.image().cluster().broker(replica).is_some_and(|registration| {
                registration.is_active() && epoch.is_none_or(|epoch| epoch == registration.epoch)
            })
        };
        if proposed.in_sync.iter().all(is_eligible) { Ok(()) } else { Err(AlterPartitionError::IneligibleReplica) }
    }
}

fn check_epochs(
    broker: BrokerId,
    partition: &PartitionImage,
    proposed: &ProposedIsr,
) -> Result<(), AlterPartitionError> {
    if proposed.leader_epoch > partition.leader_epoch || proposed.partition_epoch > partition.partition_epoch {
        return Err(AlterPartitionError::NewerThanController);
    }
    if proposed.leader_epoch < partition.leader_epoch {
        return Err(AlterPartitionError::FencedLeaderEpoch);
    }
    if partition.leader != Some(broker) {
        return Err(AlterPartitionError::NotLeader);
    }
    if proposed.partition_epoch < partition.partition_epoch {
        return Err(AlterPartitionError::StalePartitionEpoch);
    }
    Ok(())
}

fn as_it_is(partition: &PartitionImage) -> AlteredPartition {
    AlteredPartition {
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        in_sync_replicas: partition.in_sync_replicas.to_vec(),
        leader_recovery_state: partition.leader_recovery_state,
        partition_epoch: partition.partition_epoch,
    }
}
