//! Who gets which partitions: `partition.assignment.strategy`.
//!
//! The leader of a group computes it for all members, with the assignor that the group has agreed on. An assignor sees
//! what each member subscribes to, what it says it owned, and how many partitions topics have; it gives every partition
//! that somebody wants to exactly one member. All are deterministic: members and topics are looked at in a fixed order.

mod cooperative;
mod racks;
mod range;
mod round_robin;
mod sticky;
#[cfg(test)]
mod testing;
mod user_data;

use bytes::Bytes;
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use racks::Nearness;
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::consumer) use racks::ReplicaRacks;

/// One of Kafka's assignors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignor {
    /// Topic by topic, neighbouring partitions to each member.
    Range,
    /// All partitions of all topics, one to each member in turn.
    RoundRobin,
    /// As even as can be, and then as little moved as can be. Everything is given up in every rebalance.
    Sticky,
    /// The same, but only what moves is given up, in a rebalance of its own (KIP-429).
    CooperativeSticky,
}

/// What a group does with partitions in a rebalance (KIP-429).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::consumer) enum RebalanceProtocol {
    /// Everybody gives up everything first.
    Eager,
    /// Everybody keeps what it has until the assignment takes it away, which needs a second rebalance.
    Cooperative,
}

/// A member as the leader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::consumer) struct MemberSubscription {
    pub(in crate::consumer) member_id: String,
    /// `group.instance.id`.
    pub(in crate::consumer) instance_id: Option<String>,
    pub(in crate::consumer) topics: BTreeSet<TopicName>,
    /// What it owns as it joins: nothing under the eager protocol.
    pub(in crate::consumer) owned: Vec<TopicPartition>,
    /// The generation it comes from; -1 if it comes from none, or does not say.
    pub(in crate::consumer) generation: i32,
    /// What its own assignor has to tell.
    pub(in crate::consumer) user_data: Option<Bytes>,
    /// `client.rack`.
    pub(in crate::consumer) rack: Option<String>,
}

/// How many partitions topics have. Topics that do not exist are missing.
pub(in crate::consumer) type PartitionCounts = BTreeMap<TopicName, usize>;
/// Partitions by member id; every member is there.
pub(in crate::consumer) type Assignment = BTreeMap<String, Vec<TopicPartition>>;

impl Assignor {
    /// The name by which members of a group agree on it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::Sticky => "sticky",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The assignor that is configured by the name of Kafka's class.
    pub(crate) fn by_class(class: &str) -> Option<Self> {
        match class.strip_prefix("org.apache.kafka.clients.consumer.")? {
            "RangeAssignor" => Some(Self::Range),
            "RoundRobinAssignor" => Some(Self::RoundRobin),
            "StickyAssignor" => Some(Self::Sticky),
            "CooperativeStickyAssignor" => Some(Self::CooperativeSticky),
            _ => None,
        }
    }

    /// What a group does that may come to use any of these: cooperative only if all of them can.
    pub(in crate::consumer) fn protocol_of(assignors: &[Self]) -> RebalanceProtocol {
        if assignors.iter().all(|assignor| *assignor == Self::CooperativeSticky) {
            RebalanceProtocol::Cooperative
        } else {
            RebalanceProtocol::Eager
        }
    }

    /// What a member that got `last` in `generation` tells the leader besides its subscription.
    pub(in crate::consumer) fn user_data(self, last: Option<&[TopicPartition]>, generation: i32) -> Option<Bytes> {
        match self {
            Self::Range | Self::RoundRobin => None,
            Self::Sticky => user_data::sticky(last?, generation),
            Self::CooperativeSticky => Some(user_data::cooperative(generation)),
        }
    }

    /// Gives every partition that somebody subscribes to to one of those who do, near ones if that is as even. (The
    /// cooperative one leaves out what somebody else has to give up first.)
    pub(in crate::consumer) fn assign_near(
        self,
        counts: &PartitionCounts,
        replica_racks: &ReplicaRacks,
        members: &[MemberSubscription],
    ) -> Assignment {
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
        let nearness = Nearness::new(replica_racks, &members);
        match self {
            Self::Range => range::assign(counts, nearness, &members),
            Self::RoundRobin => round_robin::assign(counts, &members),
            Self::Sticky => sticky::assign(counts, nearness, &user_data::claims_of_sticky(&members)),
            Self::CooperativeSticky => {
                cooperative::assign(counts, nearness, &user_data::claims_of_cooperative(&members))
            }
        }
    }

    /// The same where nobody has a rack.
    #[cfg(test)]
    fn assign(self, counts: &PartitionCounts, members: &[MemberSubscription]) -> Assignment {
        self.assign_near(counts, &ReplicaRacks::new(), members)
    }
}

/// Static members come first, by instance id: their places do not change when they come back with another member id.
fn order_of(member: &MemberSubscription) -> (bool, &str) {
    match &member.instance_id {
        Some(instance_id) => (false, instance_id),
        None => (true, &member.member_id),
    }
}

/// The partitions of a topic.
fn partitions_of(topic: &TopicName, count: usize) -> impl Iterator<Item = TopicPartition> + '_ {
    let indexes = 0..i32::try_from(count).unwrap_or(i32::MAX);
    indexes.map(move |index| TopicPartition { topic: topic.clone(), partition: PartitionIndex::new(index) })
}

/// Nothing, for everybody.
fn empty(members: &[&MemberSubscription]) -> Assignment {
    members.iter().map(|member| (member.member_id.clone(), Vec::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::testing::{Group, group, subscribed};
    use super::{Assignor, RebalanceProtocol};
    use proptest::prelude::*;

    const ALL: [Assignor; 4] = [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    #[test]
    fn a_group_is_cooperative_if_all_its_assignors_are() {
        let protocol = Assignor::protocol_of;
        assert_eq!(protocol(&[Assignor::CooperativeSticky]), RebalanceProtocol::Cooperative);
        assert_eq!(protocol(&[Assignor::Range, Assignor::CooperativeSticky]), RebalanceProtocol::Eager);
    }

    #[test]
    fn classes_have_names() {
        let name = |class| Assignor::by_class(class).map(Assignor::name);
        assert_eq!(name("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"), Some("cooperative-sticky"));
        assert_eq!(name("RangeAssignor"), None);
    }

    proptest! {
        /// In a new group every partition that somebody wants has one owner who wants it.
        #[test]
        fn every_partition_has_one_owner_who_subscribes_to_it(Group { counts, members } in group()) {
            for assignor in ALL {
                let assignment = assignor.assign(&counts, &members);
                prop_assert_eq!(assignment.len(), members.len());
                let mut given: Vec<_> = assignment.values().flatten().cloned().collect();
                given.sort();
                prop_assert_eq!(&given, &subscribed(&counts, &members), "{:?}", assignor);
                for member in &members {
                    let of_member = &assignment[&member.member_id];
                    prop_assert!(of_member.iter().all(|partition| member.topics.contains(&partition.topic)));
                }
            }
        }

        /// The order in which members come does not matter.
        #[test]
        fn whoever_computes_it_finds_the_same(Group { counts, mut members } in group()) {
            for assignor in ALL {
                let one_way = assignor.assign(&counts, &members);
                members.reverse();
                prop_assert_eq!(one_way, assignor.assign(&counts, &members), "{:?}", assignor);
            }
        }
    }
}
