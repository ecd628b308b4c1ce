//! As even as can be, and then as little moved as can be.
//!
//! Members keep what they claim. What nobody claims goes, the partitions with the fewest takers first, to whoever has
//! least. Then partitions move one at a time from members that have more to members that have less, until no single
//! move would make two of them more even. If all subscribe to the same topics, that is as even as numbers allow, and no
//! partition has moved that need not.
//!
//! Where racks matter, a claim to what is far counts for nothing if somebody else is near, and what nobody claims goes to
//! somebody near if there is anybody.

use super::racks::Nearness;
use super::{Assignment, PartitionCounts, partitions_of};
use ottla_model::{TopicName, TopicPartition};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A member and what it says it has had.
#[derive(Debug, Clone)]
pub(super) struct Claimant<'a> {
    pub(super) member_id: &'a str,
    pub(super) topics: &'a BTreeSet<TopicName>,
    /// Where it is, if it says so.
    pub(super) rack: Option<&'a str>,
    pub(super) claims: Vec<TopicPartition>,
    /// In which generation it had it; -1 if it does not say.
    pub(super) generation: i32,
}

/// `members` in a fixed order: who comes first is served first among equals.
pub(super) fn assign(counts: &PartitionCounts, nearness: Nearness<'_>, members: &[Claimant<'_>]) -> Assignment {
    let mut balance = Balance::new(members, nearness);
    let mut claims = accepted_claims(counts, members);
    let mut unclaimed = Vec::new();
    for (topic, count) in counts {
        let takers = members.iter().filter(|member| member.topics.contains(topic)).count();
        for partition in partitions_of(topic, *count) {
            match claims.remove(&partition) {
                Some(owner) if balance.may_keep(&partition, owner) => balance.give(partition, owner),
                _ if takers > 0 => unclaimed.push((takers, partition)),
                _ => {}
            }
        }
    }
    unclaimed.sort();
    for (_, partition) in unclaimed {
        let near = balance.least_loaded_taker(&partition.topic, |at| balance.is_near(at, &partition));
        if let Some(least) = near.or_else(|| balance.least_loaded_taker(&partition.topic, |_| true)) {
            balance.give(partition, least);
        }
    }
    while let Some((topic, from, to)) = balance.improvement() {
        balance.move_one(&topic, from, to);
    }
    balance.into_assignment()
}

/// Who keeps what: of several who claim a partition the one of the latest generation, and nobody if two of the same
/// generation do, for then at least one of them is wrong.
fn accepted_claims(counts: &PartitionCounts, members: &[Claimant<'_>]) -> HashMap<TopicPartition, usize> {
    let mut best = HashMap::<&TopicPartition, (i32, Option<usize>)>::new();
    for (at, member) in members.iter().enumerate() {
        let exists = |partition: &&TopicPartition| {
            let count = counts.get(&partition.topic).copied().unwrap_or(0);
            usize::try_from(partition.partition.value()).is_ok_and(|index| index < count)
        };
        let claims: BTreeSet<_> = member.claims.iter().filter(exists).collect();
        for claim in claims {
            let claimed = best.entry(claim).or_insert((i32::MIN, None));
            if member.generation > claimed.0 {
                *claimed = (member.generation, Some(at));
            } else if member.generation == claimed.0 {
                claimed.1 = None;
            }
        }
    }
    let accepted = best.into_iter().filter_map(|(partition, (_, owner))| Some((partition.clone(), owner?)));
    accepted.filter(|(partition, owner)| members[*owner].topics.contains(&partition.topic)).collect()
}

/// Who has what, as it stands.
struct Balance<'a> {
    members: &'a [Claimant<'a>],
    nearness: Nearness<'a>,
    /// By member, then by topic.
    given: Vec<BTreeMap<TopicName, BTreeSet<TopicPartition>>>,
    /// How many partitions each member has.
    loads: Vec<usize>,
    claims: Vec<BTreeSet<&'a TopicPartition>>,
}

impl<'a> Balance<'a> {
    fn new(members: &'a [Claimant<'a>], nearness: Nearness<'a>) -> Self {
        Self {
            members,
            nearness,
            given: vec![BTreeMap::new(); members.len()],
            loads: vec![0; members.len()],
            claims: members.iter().map(|member| member.claims.iter().collect()).collect(),
        }
    }

    fn give(&mut self, partition: TopicPartition, to: usize) {
        self.loads[to] += 1;
        self.given[to].entry(partition.topic.clone()).or_default().insert(partition);
    }

    fn takers(&self, topic: &TopicName) -> impl Iterator<Item = usize> + '_ {
        let topic = topic.clone();
        (0..self.members.len()).filter(move |at| self.members[*at].topics.contains(&topic))
    }

    fn least_loaded_taker(&self, topic: &TopicName, suits: impl Fn(usize) -> bool) -> Option<usize> {
        self.takers(topic).filter(|at| suits(*at)).min_by_key(|at| self.loads[*at])
    }

    fn is_near(&self, member: usize, partition: &TopicPartition) -> bool {
        self.nearness.is_near(self.members[member].rack, partition)
    }

    /// Whether a claim counts: the claimant is near, or nobody is.
    fn may_keep(&self, partition: &TopicPartition, owner: usize) -> bool {
        self.is_near(owner, partition) || !self.takers(&partition.topic).any(|at| self.is_near(at, partition))
    }

    /// Whether the member has been given something of the topic that it did not claim.
    fn has_fresh(&self, topic: &TopicName, member: usize) -> bool {
        let given = self.given[member].get(topic);
        given.is_some_and(|given| given.iter().any(|partition| !self.claims[member].contains(partition)))
    }

    /// A topic of which one member should give a partition to another: from the one that has most to the one that has
    /// least, among those between whom that makes things more even.
    fn improvement(&self) -> Option<(TopicName, usize, usize)> {
        if self.loads.iter().max()? <= &(self.loads.iter().min()? + 1) {
            return None;
        }
        let topics: BTreeSet<&TopicName> = self.given.iter().flat_map(BTreeMap::keys).collect();
        // What has just been given moves before what was there.
        let gain = |(topic, from, to): &(&TopicName, usize, usize)| {
            (self.loads[*from] - self.loads[*to], self.has_fresh(topic, *from))
        };
        let best = topics
            .into_iter()
            .filter_map(|topic| {
                let owners = (0..self.members.len()).filter(|at| self.given[*at].contains_key(topic));
                // Of equals the last gives and the first takes: who comes first has more, as in the other assignors.
                let from = owners.max_by_key(|at| self.loads[*at])?;
                let to = self.least_loaded_taker(topic, |_| true)?;
                (self.loads[from] > self.loads[to] + 1).then_some((topic, from, to))
            })
            .max_by_key(gain)?;
        Some((best.0.clone(), best.1, best.2))
    }

    /// Moves a partition of the topic: best one that the giver never had, and best one that the receiver is near.
    fn move_one(&mut self, topic: &TopicName, from: usize, to: usize) {
        let preferred = |partition: &&TopicPartition| {
            (!self.claims[from].contains(*partition), self.is_near(to, partition), !self.is_near(from, partition))
        };
        let moved = self.given[from].get(topic).and_then(|partitions| partitions.iter().max_by_key(preferred).cloned());
        let Some(moved) = moved else { return };
        let Some(partitions) = self.given[from].get_mut(topic) else { return };
        partitions.remove(&moved);
        if partitions.is_empty() {
            self.given[from].remove(topic);
        }
        self.loads[from] -= 1;
        self.give(moved, to);
    }

    fn into_assignment(self) -> Assignment {
        let ids = self.members.iter().map(|member| member.member_id.to_owned());
        ids.zip(self.given.into_iter().map(|topics| topics.into_values().flatten().collect())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::racks::{Nearness, ReplicaRacks};
    use super::super::testing::{Group, counts, group, member, partition, shown};
    use super::super::{Assignment, Assignor, MemberSubscription, PartitionCounts};
    use super::{Claimant, assign};
    use ottla_model::TopicPartition;
    use proptest::prelude::*;

    /// Assigns to members that have had what `last` says.
    fn again(counts: &PartitionCounts, members: &[MemberSubscription], last: &Assignment) -> Assignment {
        let claimant = |member: &MemberSubscription| MemberSubscription {
            user_data: Assignor::Sticky.user_data(last.get(&member.member_id).map(Vec::as_slice), 1),
            ..member.clone()
        };
        Assignor::Sticky.assign(counts, &members.iter().map(claimant).collect::<Vec<_>>())
    }

    fn moved(before: &Assignment, after: &Assignment) -> Vec<(TopicPartition, String, String)> {
        let owners = |assignment: &Assignment| -> Vec<(TopicPartition, String)> {
            let owners = assignment.iter();
            owners.flat_map(|(id, of)| of.iter().map(|partition| (partition.clone(), id.clone()))).collect()
        };
        let after = owners(after);
        let moves = owners(before).into_iter().filter_map(|(partition, from)| {
            let (_, to) = after.iter().find(|(other, _)| *other == partition)?;
            (from != *to).then(|| (partition, from, to.clone()))
        });
        moves.collect()
    }

    /// Nobody could give a partition to somebody who has two less.
    fn is_balanced(members: &[MemberSubscription], assignment: &Assignment) -> bool {
        members.iter().all(|poor| {
            assignment.values().all(|rich| {
                rich.len() <= assignment[&poor.member_id].len() + 1
                    || !rich.iter().any(|partition| poor.topics.contains(&partition.topic))
            })
        })
    }

    #[test]
    fn a_new_group_is_served_in_turn() {
        let members = [member("1", &["a", "b"]), member("2", &["a", "b"])];
        let assignment = Assignor::Sticky.assign(&counts(&[("a", 3), ("b", 2)]), &members);
        assert_eq!(shown(&assignment), [("1", "a-0,a-2,b-1".to_owned()), ("2", "a-1,b-0".to_owned())]);
    }

    #[test]
    fn what_is_near_is_worth_moving_for() {
        let mut members = [member("1", &["a"]), member("2", &["a"])];
        members[0].rack = Some("x".to_owned());
        members[1].rack = Some("y".to_owned());
        let last = [("1".to_owned(), vec![partition("a", 0)]), ("2".to_owned(), vec![partition("a", 1)])].into();
        let racks = [(partition("a", 0), ["y".to_owned()].into()), (partition("a", 1), ["x".to_owned()].into())].into();
        let claimant = |member: &MemberSubscription| MemberSubscription {
            user_data: Assignor::Sticky.user_data(Assignment::get(&last, &member.member_id).map(Vec::as_slice), 1),
            ..member.clone()
        };
        let members: Vec<_> = members.iter().map(claimant).collect();
        let assignment = Assignor::Sticky.assign_near(&counts(&[("a", 2)]), &racks, &members);
        assert_eq!(shown(&assignment), [("1", "a-1".to_owned()), ("2", "a-0".to_owned())]);
    }

    #[test]
    fn the_latest_generation_is_believed_and_two_of_the_same_are_not() {
        let topics = [super::super::testing::topic("a")].into();
        let claimant = |member_id, generation, claims: &[i32]| Claimant {
            member_id,
            topics: &topics,
            rack: None,
            claims: claims.iter().map(|index| partition("a", *index)).collect(),
            generation,
        };
        let members = [claimant("1", 3, &[0, 1]), claimant("2", 4, &[0, 2]), claimant("3", 4, &[2, 3])];
        let assignment = assign(&counts(&[("a", 4)]), Nearness::ignored(), &members);
        let expected = [("1", "a-1,a-2".to_owned()), ("2", "a-0".to_owned()), ("3", "a-3".to_owned())];
        assert_eq!(shown(&assignment), expected);
    }

    proptest! {
        #[test]
        fn no_single_move_would_make_it_more_even(Group { counts, members } in group()) {
            let assignment = Assignor::Sticky.assign(&counts, &members);
            prop_assert!(is_balanced(&members, &assignment), "{:?}", assignment);
        }

        #[test]
        fn nothing_moves_when_nothing_changes(Group { counts, members } in group()) {
            let first = Assignor::Sticky.assign(&counts, &members);
            prop_assert_eq!(&first, &again(&counts, &members, &first));
        }

        #[test]
        fn who_stays_keeps_what_it_has_when_somebody_leaves(Group { counts, members } in group(), at in 0_usize..8) {
            let first = Assignor::Sticky.assign(&counts, &members);
            let mut rest = members.clone();
            rest.remove(at % members.len());
            let same_topics = members.iter().all(|member| member.topics == members[0].topics);
            let second = again(&counts, &rest, &first);
            prop_assert!(is_balanced(&rest, &second));
            if same_topics {
                let gone = &members[at % members.len()].member_id;
                prop_assert!(moved(&first, &second).iter().all(|(_, from, _)| from == gone));
            }
        }

        #[test]
        fn what_moves_when_somebody_comes_moves_to_the_newcomer(Group { counts, members } in group()) {
            let (newcomer, old) = members.split_last().unwrap();
            let first = Assignor::Sticky.assign(&counts, old);
            let second = again(&counts, &members, &first);
            prop_assert!(is_balanced(&members, &second));
            if members.iter().all(|member| member.topics == newcomer.topics) {
                prop_assert!(moved(&first, &second).iter().all(|(_, _, to)| *to == newcomer.member_id));
            }
        }

        /// Racks change nothing about that, and once all is settled it stays.
        #[test]
        fn it_is_even_with_racks_too_and_settles(
            Group { counts, mut members } in group(),
            of_members in prop::collection::vec(prop::option::of("[xyz]"), 8),
            of_replicas in prop::collection::vec(prop::collection::btree_set("[xyz]", 1..=2), 48),
        ) {
            for (member, rack) in members.iter_mut().zip(of_members) {
                member.rack = rack;
            }
            let all = super::super::testing::subscribed(&counts, &members);
            let racks: ReplicaRacks = all.iter().cloned().zip(of_replicas).collect();
            let again = |last: &Assignment| {
                let claimant = |member: &MemberSubscription| MemberSubscription {
                    user_data: Assignor::Sticky.user_data(last.get(&member.member_id).map(Vec::as_slice), 1),
                    ..member.clone()
                };
                let members: Vec<_> = members.iter().map(claimant).collect();
                Assignor::Sticky.assign_near(&counts, &racks, &members)
            };
            let mut assignment = again(&Assignment::new());
            let mut rebalances = 0;
            loop {
                prop_assert!(is_balanced(&members, &assignment), "{:?}", assignment);
                prop_assert_eq!(assignment.values().map(Vec::len).sum::<usize>(), all.len());
                let next = again(&assignment);
                if next == assignment {
                    break;
                }
                assignment = next;
                rebalances += 1;
                prop_assert!(rebalances < 20, "{:?}", assignment);
            }
        }

        #[test]
        fn it_is_even_again_whatever_was_claimed(
            Group { counts, members } in group(),
            claims in prop::collection::vec((0_usize..8, prop::sample::select(vec!["a", "b", "c", "d"]), 0..14), 0..40),
        ) {
            let mut last = Assignment::new();
            for (at, topic, index) in claims {
                let id = members[at % members.len()].member_id.clone();
                last.entry(id).or_default().push(partition(topic, index));
            }
            let assignment = again(&counts, &members, &last);
            prop_assert!(is_balanced(&members, &assignment), "{:?}", assignment);
            let given: usize = assignment.values().map(Vec::len).sum();
            prop_assert_eq!(given, super::super::testing::subscribed(&counts, &members).len());
        }
    }
}
