//! Topic by topic: neighbouring partitions to each member, one more to the first ones if they do not divide evenly.
//! Topics with as many partitions and the same members come out alike, so that what belongs together stays together.
//!
//! Where racks matter, members first get partitions that are near them, as many as they may have; of topics that come
//! out alike, the same ones of each. Neighbourhood then counts for the rest only.

use super::racks::Nearness;
use super::{Assignment, MemberSubscription, PartitionCounts, empty, partitions_of};
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// `members` in the order in which they are served.
pub(super) fn assign(counts: &PartitionCounts, nearness: Nearness<'_>, members: &[&MemberSubscription]) -> Assignment {
    let mut shares: Vec<_> = counts.iter().map(|(topic, count)| Share::new(topic, *count, members)).collect();
    if nearness.matters() {
        let mut alike = BTreeMap::<(usize, Vec<usize>), Vec<&mut Share<'_>>>::new();
        for share in &mut shares {
            alike.entry((share.count, share.subscribers.clone())).or_default().push(share);
        }
        for shares in alike.into_values() {
            serve_near(shares, nearness, members);
        }
    }
    let mut assignment = empty(members);
    for mut share in shares {
        share.serve_rest();
        for (member, partitions) in share.given {
            if let Some(assigned) = assignment.get_mut(&members[member].member_id) {
                assigned.extend(partitions);
            }
        }
    }
    assignment
}

/// How the partitions of one topic are shared out.
struct Share<'a> {
    topic: &'a TopicName,
    count: usize,
    /// Indexes of members, in the order in which they are served.
    subscribers: Vec<usize>,
    left: BTreeSet<TopicPartition>,
    given: BTreeMap<usize, BTreeSet<TopicPartition>>,
    /// How many members may still have one more than the others.
    extras: usize,
}

impl<'a> Share<'a> {
    fn new(topic: &'a TopicName, count: usize, members: &[&MemberSubscription]) -> Self {
        let subscribers: Vec<_> = (0..members.len()).filter(|at| members[*at].topics.contains(topic)).collect();
        Self {
            topic,
            count,
            left: partitions_of(topic, count).collect(),
            given: BTreeMap::new(),
            extras: count.checked_rem(subscribers.len()).unwrap_or(0),
            subscribers,
        }
    }

    /// How many more partitions a member may have.
    fn room(&self, member: usize) -> usize {
        let base = self.count.checked_div(self.subscribers.len()).unwrap_or(0);
        let most = base + usize::from(self.extras > 0);
        most.saturating_sub(self.given.get(&member).map_or(0, BTreeSet::len))
    }

    fn give(&mut self, partition: TopicPartition, member: usize) {
        let base = self.count.checked_div(self.subscribers.len()).unwrap_or(0);
        self.left.remove(&partition);
        let given = self.given.entry(member).or_default();
        given.insert(partition);
        if given.len() > base {
            self.extras = self.extras.saturating_sub(1);
        }
    }

    fn serve_rest(&mut self) {
        for member in self.subscribers.clone() {
            let share: Vec<_> = self.left.iter().take(self.room(member)).cloned().collect();
            share.into_iter().for_each(|partition| self.give(partition, member));
        }
    }
}

/// Gives members what is near them: of all these topics the partitions with the same index to the first member that is
/// near every one of them and has room for them.
fn serve_near(mut shares: Vec<&mut Share<'_>>, nearness: Nearness<'_>, members: &[&MemberSubscription]) {
    let Some((count, subscribers)) = shares.first().map(|share| (share.count, share.subscribers.clone())) else {
        return;
    };
    for index in 0..i32::try_from(count).unwrap_or(i32::MAX) {
        let of =
            |share: &Share<'_>| TopicPartition { topic: share.topic.clone(), partition: PartitionIndex::new(index) };
        let suits = |member: &&usize| {
            let rack = members[**member].rack.as_deref();
            shares.iter().all(|share| share.room(**member) > 0 && nearness.is_near(rack, &of(share)))
        };
        let Some(member) = subscribers.iter().find(suits).copied() else { continue };
        for share in &mut shares {
            let partition = of(share);
            share.give(partition, member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Assignor;
    use super::super::testing::{counts, member, partition, shown};

    #[test]
    fn topics_are_cut_one_by_one() {
        let members = [member("1", &["a", "b"]), member("2", &["a", "b"])];
        let assignment = Assignor::Range.assign(&counts(&[("a", 3), ("b", 3)]), &members);
        assert_eq!(shown(&assignment), [("1", "a-0,a-1,b-0,b-1".to_owned()), ("2", "a-2,b-2".to_owned())]);
    }

    #[test]
    fn static_members_come_first_whatever_their_member_ids() {
        let mut members = [member("1", &["a"]), member("2", &["a"]), member("3", &["a"])];
        members[1].instance_id = Some("y".to_owned());
        members[2].instance_id = Some("x".to_owned());
        let assignment = Assignor::Range.assign(&counts(&[("a", 4)]), &members);
        let expected = [("1", "a-3".to_owned()), ("2", "a-2".to_owned()), ("3", "a-0,a-1".to_owned())];
        assert_eq!(shown(&assignment), expected);
    }

    #[test]
    fn who_is_too_many_gets_nothing() {
        let members = [member("1", &["a"]), member("2", &["a"]), member("3", &["b"])];
        let assignment = Assignor::Range.assign(&counts(&[("a", 1)]), &members);
        assert_eq!(shown(&assignment), [("1", "a-0".to_owned()), ("2", String::new()), ("3", String::new())]);
    }

    #[test]
    fn what_is_near_comes_first_and_the_same_of_topics_that_are_alike() {
        let mut members = [member("1", &["a", "b"]), member("2", &["a", "b"])];
        members[0].rack = Some("x".to_owned());
        members[1].rack = Some("y".to_owned());
        let racks = [("a", 0, "y"), ("a", 1, "x"), ("a", 2, "x"), ("b", 0, "y"), ("b", 1, "x"), ("b", 2, "x")];
        let racks = racks.map(|(topic, index, rack)| (partition(topic, index), [rack.to_owned()].into())).into();
        let assignment = Assignor::Range.assign_near(&counts(&[("a", 3), ("b", 3)]), &racks, &members);
        assert_eq!(shown(&assignment), [("1", "a-1,a-2,b-1,b-2".to_owned()), ("2", "a-0,b-0".to_owned())]);
    }
}
