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

/// What a topic's configuration says about its partitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct TopicRules {
    /// How many replicas must be in sync for data to be safe; at most as many as there are.
    min_insync_replicas: usize,
    /// Whom to prefer as a leader when one is lost: a topic may rather lose data than be offline.
    pub(super) election: Election,
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
            self.update(Event::Leaves(broker), topic, self.topic_rules(topic), index, topic.partition(index)?)
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

    /// What the topic's configuration says about its partitions.
    pub(super) fn topic_rules(&self, topic: &TopicImage) -> TopicRules {
        let value = |key| self.topic_value(topic.name().as_str(), key);
        let replicas = topic.partitions().next().map_or(0, |(_, first)| first.replicas.len());
        // A value that is no number cannot have passed validation; the default is then as good as any.
        let min_insync = value(MIN_INSYNC_REPLICAS).and_then(|value| value.trim().parse().ok()).unwrap_or(1);
        let unclean = value(UNCLEAN_LEADER_ELECTION).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        TopicRules {
            min_insync_replicas: replicas.min(min_insync),
            election: if unclean { Election::Unclean } else { Election::Online },
        }
    }

    /// Whether the broker is up, with the directory of its replica online.
    pub(super) fn may_lead(&self, broker: BrokerId, partition: &PartitionImage) -> bool {
        self.image().cluster().is_active(broker) && self.replica_is_online(broker, partition)
    }

    fn replica_is_online(&self, broker: BrokerId, partition: &PartitionImage) -> bool {
        let Some(directory) = partition.directory_of(broker) else { return false };
        self.image().cluster().broker(broker).is_some_and(|broker| broker.has_online_directory(directory))
    }

    /// What holds around a partition of a topic with those rules.
    pub(super) fn surroundings<'a>(
        &self,
        rules: TopicRules,
        may_lead: &'a dyn Fn(BrokerId) -> bool,
        default_directory: &'a dyn Fn(BrokerId) -> Uuid,
    ) -> Surroundings<'a> {
        Surroundings {
            may_lead,
            default_directory,
            metadata_version: self.metadata_version(),
            has_eligible_leader_replicas: self.image().features().has_eligible_leader_replicas(),
            min_insync_replicas: rules.min_insync_replicas,
        }
    }

    fn partitions(&self) -> impl Iterator<Item = (&TopicImage, PartitionIndex, &PartitionImage)> {
        let of_topic = |topic| TopicImage::partitions(topic).map(move |(index, partition)| (topic, index, partition));
        self.image().topics().iter().flat_map(of_topic)
    }

    fn updates(&self, event: Event, concerns: impl Fn(&PartitionImage) -> bool) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        for topic in self.image().topics().iter() {
            let mut concerned = topic.partitions().filter(|(_, partition)| concerns(partition)).peekable();
            if concerned.peek().is_some() {
                let rules = self.topic_rules(topic);
                let update = |(index, partition)| self.update(event, topic, rules, index, partition);
                records.extend(concerned.filter_map(update));
            }
        }
        records
    }

    fn update(
        &self,
        event: Event,
        topic: &TopicImage,
        rules: TopicRules,
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
        PartitionChange::new(partition, self.surroundings(rules, &may_lead, &default_directory))
            .election(rules.election)
            .in_sync_replicas(in_sync.collect())
            .stopped_uncleanly(stopped_uncleanly)
            .build(topic.id(), index)
            .map(MetadataRecord::from)
    }
}
