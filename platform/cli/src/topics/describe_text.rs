//! The lines of `--describe`.

use super::describe::differs;
use ottla_client::admin::{ConfigEntry, PartitionDescription, Reassignment, TopicDescription};
use ottla_model::BrokerId;
use std::fmt;

/// A topic's line.
pub(super) struct TopicLine<'a> {
    pub(super) topic: &'a TopicDescription,
    pub(super) config: &'a [ConfigEntry],
    pub(super) replication_factor: usize,
}

/// A partition's line.
pub(super) struct PartitionLine<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: &'a PartitionDescription,
    pub(super) reassignment: Option<&'a Reassignment>,
}

impl fmt::Display for TopicLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic: {}", self.topic.name)?;
        if !self.topic.id.is_zero() {
            write!(f, "\tTopicId: {}", self.topic.id)?;
        }
        let configs = self.config.iter().filter(|entry| differs(entry));
        let configs: Vec<_> =
            configs.map(|entry| format!("{}={}", entry.name, entry.value.as_deref().unwrap_or("null"))).collect();
        write!(
            f,
            "\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
            self.topic.partitions.len(),
            self.replication_factor,
            configs.join(",")
        )
    }
}

impl fmt::Display for PartitionLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partition = self.partition;
        let leader = partition.leader.map_or("none".to_owned(), |leader| leader.to_string());
        write!(
            f,
            "\tTopic: {}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}",
            self.topic,
            partition.index,
            list(&partition.replicas),
            list(&partition.in_sync_replicas)
        )?;
        if let Some(moving) = self.reassignment {
            write!(
                f,
                "\tAdding Replicas: {}\tRemoving Replicas: {}",
                list(&moving.adding_replicas),
                list(&moving.removing_replicas)
            )?;
        }
        let known = |ids: &Option<Vec<BrokerId>>| ids.as_deref().map_or("N/A".to_owned(), list);
        write!(
            f,
            "\tElr: {}\tLastKnownElr: {}",
            known(&partition.eligible_leader_replicas),
            known(&partition.last_known_eligible_leader_replicas)
        )
    }
}

fn list(ids: &[BrokerId]) -> String {
    ids.iter().map(BrokerId::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{PartitionLine, TopicLine};
    use ottla_client::admin::{ConfigEntry, ConfigSource, PartitionDescription, Reassignment, TopicDescription};
    use ottla_model::{BrokerId, PartitionIndex};

    fn ids(ids: &[i32]) -> Vec<BrokerId> {
        ids.iter().copied().map(BrokerId::new).collect()
    }

    fn partition() -> PartitionDescription {
        PartitionDescription {
            index: PartitionIndex::new(2),
            leader: Some(BrokerId::new(1)),
            leader_epoch: None,
            replicas: ids(&[1, 2, 3]),
            in_sync_replicas: ids(&[1, 3]),
            eligible_leader_replicas: Some(Vec::new()),
            last_known_eligible_leader_replicas: None,
        }
    }

    #[test]
    fn a_topic_is_a_line() {
        let topic = TopicDescription {
            name: "orders".to_owned(),
            id: "H_Z-REkwTPG0noCAuWooJg".parse().unwrap(),
            is_internal: false,
            partitions: vec![partition()],
        };
        let entry = |name: &str, source| ConfigEntry {
            name: name.to_owned(),
            value: Some("1".to_owned()),
            source,
            is_sensitive: false,
            is_read_only: false,
        };
        let config = [
            entry("segment.bytes", ConfigSource::DynamicTopic),
            entry("retention.ms", ConfigSource::Default),
            entry("min.insync.replicas", ConfigSource::StaticBroker),
        ];
        assert_eq!(
            TopicLine { topic: &topic, config: &config, replication_factor: 3 }.to_string(),
            "Topic: orders\tTopicId: H_Z-REkwTPG0noCAuWooJg\tPartitionCount: 1\tReplicationFactor: 3\t\
             Configs: segment.bytes=1,min.insync.replicas=1"
        );
    }

    #[test]
    fn a_partition_is_a_line() {
        let mut partition = partition();
        assert_eq!(
            PartitionLine { topic: "orders", partition: &partition, reassignment: None }.to_string(),
            "\tTopic: orders\tPartition: 2\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,3\tElr: \tLastKnownElr: N/A"
        );
        partition.leader = None;
        let moving =
            Reassignment { replicas: ids(&[1, 2, 3, 4]), adding_replicas: ids(&[4]), removing_replicas: ids(&[2]) };
        assert_eq!(
            PartitionLine { topic: "orders", partition: &partition, reassignment: Some(&moving) }.to_string(),
            "\tTopic: orders\tPartition: 2\tLeader: none\tReplicas: 1,2,3\tIsr: 1,3\t\
             Adding Replicas: 4\tRemoving Replicas: 2\tElr: \tLastKnownElr: N/A"
        );
    }
}
