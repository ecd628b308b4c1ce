//! Groups to try assignors on.

use super::{Assignment, MemberSubscription, PartitionCounts, partitions_of};
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub struct Group {
    pub counts: PartitionCounts,
    pub members: Vec<MemberSubscription>,
}

pub fn topic(name: &str) -> TopicName {
    TopicName::new(name).unwrap()
}

pub fn partition(name: &str, index: i32) -> TopicPartition {
    TopicPartition { topic: topic(name), partition: PartitionIndex::new(index) }
}

pub fn counts(topics: &[(&str, usize)]) -> PartitionCounts {
    topics.iter().map(|(name, count)| (topic(name), *count)).collect()
}

/// A member of a new group.
pub fn member(id: &str, topics: &[&str]) -> MemberSubscription {
    MemberSubscription {
        member_id: id.to_owned(),
        topics: topics.iter().map(|name| topic(name)).collect(),
        generation: -1,
        ..MemberSubscription::default()
    }
}

/// What each member got, as `topic-partition` between commas.
pub fn shown(assignment: &Assignment) -> Vec<(&str, String)> {
    let text =
        |partitions: &Vec<TopicPartition>| partitions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    assignment.iter().map(|(member, partitions)| (member.as_str(), text(partitions))).collect()
}

/// Every partition that somebody subscribes to, in order.
pub fn subscribed(counts: &PartitionCounts, members: &[MemberSubscription]) -> Vec<TopicPartition> {
    let wanted = counts.iter().filter(|(topic, _)| members.iter().any(|member| member.topics.contains(*topic)));
    wanted.flat_map(|(topic, count)| partitions_of(topic, *count)).collect()
}

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

/// Up to eight new members, each with some of up to four topics, some of which may not exist.
pub fn group() -> impl Strategy<Value = Group> {
    let counts = prop::collection::vec(0_usize..12, TOPICS.len());
    let topics = || prop::sample::subsequence(TOPICS.to_vec(), 1..=TOPICS.len());
    let members = prop_oneof![
        (topics(), 1_usize..8).prop_map(|(topics, count)| vec![topics; count]),
        prop::collection::vec(topics(), 1..8),
    ];
    (counts, members).prop_map(|(sizes, members)| Group {
        counts: TOPICS
            .iter()
            .zip(sizes)
            .filter(|(_, size)| *size > 0)
            .map(|(name, size)| (topic(name), size))
            .collect(),
        members: members.iter().enumerate().map(|(at, topics)| member(&format!("member-{at}"), topics)).collect(),
    })
}
