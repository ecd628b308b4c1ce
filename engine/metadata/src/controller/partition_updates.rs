//! What the coming and going of brokers and directories does to partitions.

use super::partition_change::{Election, PartitionChange, Surroundings};
use super::state::Controller;
use crate::image::{PartitionImage, TopicImage};
use ottla_model::{BrokerId, PartitionIndex, TopicIdPartition, Uuid};
use ottla_protocol::MetadataRecord;

const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";
const UNCLEAN_LEADER_ELECTION: &str = "unclean.leader.election.enable";

/// What happens to one broker. The image does not know it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// It can no longer be in sync, nor lead.
    Leaves(BrokerId),
    /// It can lead from now on.
    Arrives(BrokerId),
    /// It starts again without having stopped cleanly: it may have forgotten what it had acknowledged.
    StoppedUncleanly(BrokerId),
}

impl Controller {
    /// Whether the broker leads a partition.
    pub(super) fn leads_any_partition(&self, broker: BrokerId) -> bool {
        self.partitions().any(|(_, _, partition)| partition.leader == Some(broker))
    }

    /// The broker leaves all in-sync replicas; others take over what it leads.
    pub(super) fn records_for_lost_replicas(&self, broker: BrokerId) -> Vec<MetadataRecord> {
        self.updates(Event::Leaves(broker), |partition| partition.in_sync_replicas.contains(&broker))
    }

    /// The broker leaves all eligible replicas.
    pub(super) fn records_for_lost_eligibility(&self, broker: BrokerId) -> Vec<MetadataRecord> {
        self.updates(Event::Leaves(broker), |partition| partition.eligible_leader_replicas.contains(&broker))
    }

    /// The broker's replicas in those directories are gone.
    pub(super) fn records_for_lost_directories(&self, broker: BrokerId, lost: &[Uuid]) -> Vec<MetadataRecord> {
        self.updates(Event::Leaves(broker), |partition| {
            partition.directory_of(broker).is_some_and(|directory| lost.contains(&directory))
        })
    }

    /// The broker's replicas of those partitions are gone.
    pub(super) fn records_for_offline_replicas(
        &self,
        broker: BrokerId,
        offline: &[TopicIdPartition],
    ) -> Vec<MetadataRecord> {
        let update = |&TopicIdPartition { topic_id, partition: index }: &TopicIdPartition| {
            let topic = self.image().topics().by_id(topic_id)?;
            self.update(Event::Leaves(broker), topic, index, topic.partition(index)?)
        };
        offline.iter().filter_map(update).collect()
    }

    /// The broker is given those partitions without a leader that it can lead.
    pub(super) fn records_for_new_leader(&self, broker: BrokerId) -> Vec<MetadataRecord> {
        self.updates(Event::Arrives(broker), |partition| partition.leader.is_none())
    }

    /// A new incarnation of the broker registers: what the old one left behind. A clean stop, or a cluster without
    /// eligible leader replicas, is as if it had been fenced.
    pub(super) fn records_for_shutdown(&self, broker: BrokerId, clean: bool) -> Vec<MetadataRecord> {
        if clean || !self.image().features().has_eligible_leader_replicas() {
            return self.records_for_lost_replicas(broker);
        }
        let event = Event::StoppedUncleanly(broker);
        let mut records = self.updates(event, |partition| partition.in_sync_replicas.contains(&broker));
        records.extend(self.updates(event, |partition| partition.eligible_leader_replicas.contains(&broker)));
        records
    }

    /// How many replicas must be in sync for data of that topic to be safe; at most as many as there are.
    pub(super) fn min_insync_replicas(&self, topic: &TopicImage) -> usize {
        let replicas = topic.partitions().next().map_or(0, |(_, first)| first.replicas.len());
        let configured = self.topic_value(topic.name().as_str(), MIN_INSYNC_REPLICAS);
        // A value that is no number cannot have passed validation; the default is then as good as any.
        configured.and_then(|value| value.trim().parse().ok()).unwrap_or(1).min(replicas)
    }

    /// Whether a topic would rather lose data than be offline.
    pub(super) fn prefers_unclean_leaders(&self, topic: &TopicImage) -> bool {
        let configured = self.topic_value(topic.name().as_str(), UNCLEAN_LEADER_ELECTION);
        configured.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Whether the broker is up, with the directory of its replica online.
    pub(super) fn may_lead(&self, broker: BrokerId, partition: &PartitionImage) -> bool {
        self.image().cluster().is_active(broker) && self.replica_is_online(broker, partition)
    }

    fn replica_is_online(&self, broker: BrokerId, partition: &PartitionImage) -> bool {
        let Some(directory) = partition.directory_of(broker) else { return false };
        self.image().cluster().broker(broker).is_some_and(|broker| broker.has_online_directory(directory))
    }

    /// What holds around a partition of `topic`.
    pub(super) fn surroundings<'a>(
        &self,
        topic: &TopicImage,
        may_lead: &'a dyn Fn(BrokerId) -> bool,
        default_directory: &'a dyn Fn(BrokerId) -> Uuid,
    ) -> Surroundings<'a> {
        Surroundings {
            may_lead,
            default_directory,
            metadata_version: self.metadata_version(),
            has_eligible_leader_replicas: self.image().features().has_eligible_leader_replicas(),
            min_insync_replicas: self.min_insync_replicas(topic),
        }
    }

    fn partitions(&self) -> impl Iterator<Item = (&TopicImage, PartitionIndex, &PartitionImage)> {
        let of_topic = |topic| TopicImage::partitions(topic).map(move |(index, partition)| (topic, index, partition));
        self.image().topics().iter().flat_map(of_topic)
    }

    fn updates(&self, event: Event, concerns: impl Fn(&PartitionImage) -> bool) -> Vec<MetadataRecord> {
        let concerned = self.partitions().filter(|(_, _, partition)| concerns(partition));
        concerned.filter_map(|(topic, index, partition)| self.update(event, topic, index, partition)).collect()
    }

    fn update(
        &self,
        event: Event,
        topic: &TopicImage,
        index: PartitionIndex,
        partition: &PartitionImage,
    ) -> Option<MetadataRecord> {
        let may_lead = |broker| match event {
            Event::Leaves(leaving) | Event::StoppedUncleanly(leaving) if broker == leaving => false,
            Event::Arrives(arriving) if broker == arriving => self.replica_is_online(broker, partition),
            _ => self.may_lead(broker, partition),
        };
        let default_directory = |broker| self.default_directory(broker);
        let (leaving, stopped_uncleanly) = match event {
            Event::Leaves(broker) => (Some(broker), None),
            Event::StoppedUncleanly(broker) => (Some(broker), Some(broker)),
            Event::Arrives(_) => (None, None),
        };
        let in_sync = partition.in_sync_replicas.iter().copied().filter(|&broker| Some(broker) != leaving);
        let election = if self.prefers_unclean_leaders(topic) { Election::Unclean } else { Election::Online };
        PartitionChange::new(partition, self.surroundings(topic, &may_lead, &default_directory))
            .election(election)
            .in_sync_replicas(in_sync.collect())
            .stopped_uncleanly(stopped_uncleanly)
            .build(topic.id(), index)
            .map(MetadataRecord::from)
    }
}
