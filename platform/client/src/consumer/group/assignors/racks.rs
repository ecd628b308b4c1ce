//! Who is near which partition (KIP-881): a member in the rack of one of its replicas need not read across racks.
//!
//! Nearness comes after evenness: it decides who gets a partition among those who may have one more.

use super::MemberSubscription;
use ottla_model::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};

/// The racks of a partition's replicas, as far as brokers have racks.
pub(in crate::consumer) type ReplicaRacks = BTreeMap<TopicPartition, BTreeSet<String>>;

/// Tells who is near what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearness<'a> {
    /// `None` if everybody is as near to everything.
    replica_racks: Option<&'a ReplicaRacks>,
}

impl<'a> Nearness<'a> {
    /// For these members and partitions. Racks do not matter if members have none, or others than the replicas, or if
    /// every partition has a replica in every rack.
    pub(super) fn new(replica_racks: &'a ReplicaRacks, members: &[&MemberSubscription]) -> Self {
        let wanted = |(partition, _): &(&TopicPartition, &BTreeSet<String>)| {
            members.iter().any(|member| member.topics.contains(&partition.topic))
        };
        let of_replicas: Vec<_> = replica_racks.iter().filter(wanted).map(|(_, racks)| racks).collect();
        let all: BTreeSet<&String> = of_replicas.iter().copied().flatten().collect();
        let shared = members.iter().any(|member| member.rack.as_ref().is_some_and(|rack| all.contains(rack)));
        let everywhere = of_replicas.iter().all(|racks| racks.len() == all.len());
        Self { replica_racks: (shared && !everywhere).then_some(replica_racks) }
    }

    /// Everybody is as near to everything.
    #[cfg(test)]
    pub(super) fn ignored() -> Self {
        Self { replica_racks: None }
    }

    /// Whether racks matter at all.
    pub(super) fn matters(self) -> bool {
        self.replica_racks.is_some()
    }

    /// Whether a member in that rack is near the partition. Whoever has no rack is not far from anything.
    pub(super) fn is_near(self, rack: Option<&str>, partition: &TopicPartition) -> bool {
        let (Some(replica_racks), Some(rack)) = (self.replica_racks, rack) else { return true };
        replica_racks.get(partition).is_some_and(|racks| racks.contains(rack))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{member, partition};
    use super::{Nearness, ReplicaRacks};

    #[test]
    fn racks_matter_if_some_member_is_nearer_than_others() {
        let racks = |of: &[&[&str]]| -> ReplicaRacks {
            let set = |racks: &[&str]| racks.iter().map(|rack| (*rack).to_owned()).collect();
            of.iter().zip(0..).map(|(racks, index)| (partition("a", index), set(racks))).collect()
        };
        let mut reader = member("1", &["a"]);
        let apart = racks(&[&["x"], &["y"]]);
        assert!(!Nearness::new(&apart, &[&reader]).matters(), "nobody has a rack");
        reader.rack = Some("z".to_owned());
        assert!(!Nearness::new(&apart, &[&reader]).matters(), "nobody is near anything");
        reader.rack = Some("x".to_owned());
        assert!(!Nearness::new(&racks(&[&["x", "y"], &["x", "y"]]), &[&reader]).matters(), "everything is everywhere");
        let nearness = Nearness::new(&apart, &[&reader]);
        assert!(nearness.is_near(Some("x"), &partition("a", 0)) && !nearness.is_near(Some("x"), &partition("a", 1)));
        assert!(nearness.is_near(None, &partition("a", 1)));
        let others = member("1", &["b"]);
        assert!(!Nearness::new(&apart, &[&others]).matters(), "nobody reads that topic");
    }
}
