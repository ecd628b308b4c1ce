//! Which partition a record goes to.

mod murmur2;

use crate::cluster::TopicMetadata;
use crate::config::PartitionerKind;
use crate::random::Random;
use ottla_model::PartitionIndex;
use std::collections::HashMap;

/// Chooses partitions, and remembers per topic what it chose.
#[derive(Debug)]
pub(super) struct Partitioner {
    kind: PartitionerKind,
    ignore_keys: bool,
    /// Bytes that go to one partition before records without key go to another (`batch.size`).
    sticky_bytes: usize,
    topics: HashMap<String, Choice>,
}

/// Where a topic's records without key go now.
#[derive(Debug, Clone, Copy)]
struct Choice {
    partition: PartitionIndex,
    bytes: usize,
    turns: usize,
}

impl Partitioner {
    pub(super) fn new(kind: PartitionerKind, ignore_keys: bool, sticky_bytes: usize) -> Self {
        Self { kind, ignore_keys, sticky_bytes, topics: HashMap::new() }
    }

    /// The partition for a record of `size` bytes. Keys decide; records without one fill a batch for one partition and
    /// then one for another, drawn among those that have a leader.
    pub(super) fn choose(
        &mut self,
        topic: &TopicMetadata,
        key: Option<&[u8]>,
        size: usize,
        random: &Random,
    ) -> PartitionIndex {
        match (self.kind, key) {
            (PartitionerKind::Default, Some(key)) if !self.ignore_keys => {
                let at = murmur2::partition_of(key, topic.partitions.len());
                topic.partitions.get(at).map_or_else(PartitionIndex::default, |partition| partition.index)
            }
            (PartitionerKind::Default, _) => self.stick(topic, size, random),
            (PartitionerKind::RoundRobin, _) => self.take_turns(topic),
        }
    }

    fn stick(&mut self, topic: &TopicMetadata, size: usize, random: &Random) -> PartitionIndex {
        let led = candidates(topic);
        let current = self.topics.get(&topic.name).copied();
        let choice = match current {
            Some(choice) if choice.bytes < self.sticky_bytes.max(1) && led.contains(&choice.partition) => choice,
            _ => {
                let others: Vec<_> = led
                    .iter()
                    .copied()
                    .filter(|index| current.is_none_or(|choice| choice.partition != *index))
                    .collect();
                let from = if others.is_empty() { &led } else { &others };
                let partition = from.get(random.below(from.len())).copied().unwrap_or_default();
                Choice { partition, bytes: 0, turns: 0 }
            }
        };
        let bytes = choice.bytes.saturating_add(size);
        self.topics.insert(topic.name.clone(), Choice { bytes, ..choice });
        choice.partition
    }

    fn take_turns(&mut self, topic: &TopicMetadata) -> PartitionIndex {
        let led = candidates(topic);
        let turns = self.topics.get(&topic.name).map_or(0, |choice| choice.turns);
        let partition = led.get(turns % led.len().max(1)).copied().unwrap_or_default();
        self.topics.insert(topic.name.clone(), Choice { partition, bytes: 0, turns: turns.wrapping_add(1) });
        partition
    }
}

/// The partitions that have a leader, or all if none has.
fn candidates(topic: &TopicMetadata) -> Vec<PartitionIndex> {
    let led: Vec<_> = topic
        .partitions
        .iter()
        .filter(|partition| partition.leader.is_some())
        .map(|partition| partition.index)
        .collect();
    if led.is_empty() { topic.partitions.iter().map(|partition| partition.index).collect() } else { led }
}

#[cfg(test)]
mod tests {
    use super::Partitioner;
    use crate::cluster::{PartitionMetadata, TopicMetadata};
    use crate::config::PartitionerKind;
    use crate::random::Random;
    use ottla_model::{BrokerId, PartitionIndex, TopicId};
    use std::collections::HashSet;

    fn topic(leaders: &[Option<i32>]) -> TopicMetadata {
        let partition = |(leader, index): (&Option<i32>, i32)| PartitionMetadata {
            index: PartitionIndex::new(index),
            leader: leader.map(BrokerId::new),
            leader_epoch: None,
            replicas: Vec::new(),
            in_sync_replicas: Vec::new(),
            offline_replicas: Vec::new(),
        };
        TopicMetadata {
            name: "orders".to_owned(),
            id: TopicId::ZERO,
            is_internal: false,
            partitions: leaders.iter().zip(0..).map(partition).collect(),
        }
    }

    #[test]
    fn a_key_decides_even_where_its_partition_has_no_leader() {
        let mut partitioner = Partitioner::new(PartitionerKind::Default, false, 100);
        let topic = topic(&[Some(1), Some(1), Some(1), None, Some(1), Some(1), Some(1)]);
        let random = Random::seeded(1);
        for _ in 0..10 {
            assert_eq!(partitioner.choose(&topic, Some(b"21"), 10, &random), PartitionIndex::new(3));
        }
    }

    #[test]
    fn without_a_key_a_batch_stays_together_and_the_next_goes_elsewhere() {
        let mut partitioner = Partitioner::new(PartitionerKind::Default, false, 100);
        let topic = topic(&[Some(1), None, Some(1), Some(1)]);
        let random = Random::seeded(1);
        let mut previous = None;
        let mut seen = HashSet::new();
        for _ in 0..50 {
            let batch: HashSet<_> = (0..10).map(|_| partitioner.choose(&topic, None, 10, &random)).collect();
            assert_eq!(batch.len(), 1, "a hundred bytes go to one partition");
            assert_ne!(Some(&batch), previous.as_ref(), "the next hundred go to another");
            seen.extend(batch.iter().copied());
            previous = Some(batch);
        }
        assert_eq!(seen, [0, 2, 3].map(PartitionIndex::new).into(), "all that have a leader, and no other");
    }

    #[test]
    fn keys_can_be_ignored() {
        let mut partitioner = Partitioner::new(PartitionerKind::Default, true, 1);
        let topic = topic(&[Some(1), Some(1)]);
        let random = Random::seeded(1);
        let chosen: Vec<_> = (0..4).map(|_| partitioner.choose(&topic, Some(b"k"), 10, &random)).collect();
        assert_ne!(chosen[0], chosen[1]);
        assert_eq!(chosen[0], chosen[2]);
    }

    #[test]
    fn round_robin_takes_one_after_the_other() {
        let mut partitioner = Partitioner::new(PartitionerKind::RoundRobin, false, 100);
        let topic = topic(&[Some(1), None, Some(1)]);
        let random = Random::seeded(1);
        let chosen: Vec<_> = (0..4).map(|_| partitioner.choose(&topic, Some(b"k"), 10, &random).value()).collect();
        assert_eq!(chosen, [0, 2, 0, 2]);
    }
}
