//! A group's new offsets.

use crate::consumer_groups::NAME_WIDTH_MIN;
use crate::consumer_groups::table::Column::{Fixed, Growing};
use crate::consumer_groups::table::Table;
use crate::java::hash_order::{partition_hash, sort_as_new_map_by_hash};
use crate::java::text::length;
use crate::streams::Streams;
use ottla_model::TopicPartition;
use std::io;

/// New offsets by partition, in the order in which Kafka's tool lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan(Vec<(TopicPartition, i64)>);

impl Plan {
    /// Of these offsets; each partition is named once.
    pub(super) fn new(mut offsets: Vec<(TopicPartition, i64)>) -> Self {
        sort(&mut offsets, |(partition, _)| (partition.topic.as_str(), partition.partition.value()));
        Self(offsets)
    }

    /// The offsets.
    pub(super) fn offsets(&self) -> &[(TopicPartition, i64)] {
        &self.0
    }
}

/// Puts things about partitions in the order of a Java map that has partitions for keys.
pub(super) fn sort<T>(items: &mut [T], partition: impl Fn(&T) -> (&str, i32)) {
    sort_as_new_map_by_hash(items, |item| {
        let (topic, partition) = partition(item);
        partition_hash(topic, partition)
    });
}

/// Prints a line for each partition of each group.
pub(super) fn print(plans: &[(String, Plan)], streams: &mut Streams<'_>) -> io::Result<()> {
    // The column has room for groups without any partition, too.
    let group_width = plans.iter().map(|(group, _)| length(group)).fold(NAME_WIDTH_MIN, usize::max);
    let columns = vec![
        Growing("GROUP", group_width),
        Growing("TOPIC", NAME_WIDTH_MIN),
        Fixed("PARTITION", 10),
        Fixed("NEW-OFFSET", 0),
    ];
    let mut table = Table::new(columns);
    for (group, plan) in plans {
        for (partition, offset) in plan.offsets() {
            let TopicPartition { topic, partition } = partition;
            table.push(vec![group.clone(), topic.to_string(), partition.to_string(), offset.to_string()]);
        }
    }
    if !plans.is_empty() {
        for line in table.lines() {
            write!(streams.output, "\n{line}")?;
        }
    }
    writeln!(streams.output)
}
