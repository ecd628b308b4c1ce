//! Partitions that producers write to, as far as transactions are concerned; and what somebody reads there who reads
//! committed records only.

use super::client::Tag;
use ottla_coordinators::transaction::{MarkersToWrite, Producer};
use ottla_model::{PartitionIndex, ProducerEpoch, ProducerId, TopicName, TopicPartition};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Partitions(BTreeMap<TopicPartition, Partition>);

#[derive(Default)]
struct Partition {
    entries: Vec<Entry>,
    /// The highest epoch that was seen of each producer.
    epochs: BTreeMap<ProducerId, ProducerEpoch>,
}

enum Entry {
    Written { by: ProducerId, tag: Tag },
    Marker { of: ProducerId, committed: bool },
}

pub fn partition(index: u64) -> TopicPartition {
    TopicPartition { topic: TopicName::new("t").unwrap(), partition: PartitionIndex::new(index as i32) }
}

impl Partitions {
    /// Whether the producer has written something that no marker has ended yet.
    pub fn is_open(&self, at: &TopicPartition, producer: Producer) -> bool {
        let entries = self.0.get(at).into_iter().flat_map(|partition| partition.entries.iter().rev());
        let mut about_producer = entries.filter(|entry| match entry {
            Entry::Written { by, .. } => *by == producer.id,
            Entry::Marker { of, .. } => *of == producer.id,
        });
        matches!(about_producer.next(), Some(Entry::Written { .. }))
    }

    /// Whether the record was taken: not from a producer that has been fenced.
    pub fn write(&mut self, at: &TopicPartition, producer: Producer, tag: Tag) -> bool {
        let partition = self.0.entry(at.clone()).or_default();
        let epoch = partition.epochs.entry(producer.id).or_insert(producer.epoch);
        if producer.epoch < *epoch {
            return false;
        }
        *epoch = producer.epoch;
        partition.entries.push(Entry::Written { by: producer.id, tag });
        true
    }

    /// Writes a marker; one that is older than what the partition knows is passed over.
    pub fn mark(&mut self, at: &TopicPartition, markers: &MarkersToWrite) {
        let MarkersToWrite { producer, committed, .. } = *markers;
        let partition = self.0.entry(at.clone()).or_default();
        let epoch = partition.epochs.entry(producer.id).or_insert(producer.epoch);
        if producer.epoch >= *epoch {
            *epoch = producer.epoch;
            partition.entries.push(Entry::Marker { of: producer.id, committed });
        }
    }

    /// What became of the records of each transaction, one after the other: `None` where no marker follows.
    pub fn fates(&self) -> BTreeMap<Tag, Vec<Option<bool>>> {
        let mut fates: BTreeMap<Tag, Vec<Option<bool>>> = BTreeMap::new();
        for partition in self.0.values() {
            for (index, entry) in partition.entries.iter().enumerate() {
                let Entry::Written { by, tag } = entry else { continue };
                let fate = partition.entries[index..].iter().find_map(|later| match later {
                    Entry::Marker { of, committed } if of == by => Some(*committed),
                    _ => None,
                });
                fates.entry(*tag).or_default().push(fate);
            }
        }
        fates
    }
}
