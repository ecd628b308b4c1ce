//! The sticky assignor for groups whose members keep what they have during a rebalance (KIP-429): what is to move is
//! left out at first. Its owner finds it missing, gives it up and joins again, and the next assignment has it.

use super::racks::Nearness;
use super::sticky::{self, Claimant};
use super::{Assignment, PartitionCounts};
use ottla_model::TopicPartition;

/// `members` in a fixed order; their claims are what they own at this moment.
pub(super) fn assign(counts: &PartitionCounts, nearness: Nearness<'_>, members: &[Claimant<'_>]) -> Assignment {
    let mut assignment = sticky::assign(counts, nearness, members);
    for member in members {
        if let Some(partitions) = assignment.get_mut(member.member_id) {
            partitions.retain(|partition| !is_held_by_another(partition, member, members));
        }
    }
    assignment
}

/// Whether somebody else has the partition and has not been told to give it up: everybody who claims it, but for those
/// whose claims are of before `receiver`'s own.
fn is_held_by_another(partition: &TopicPartition, receiver: &Claimant<'_>, members: &[Claimant<'_>]) -> bool {
    let has = |member: &Claimant<'_>| member.claims.contains(partition);
    let own = has(receiver).then_some(receiver.generation);
    let others = members.iter().filter(|member| member.member_id != receiver.member_id && has(member));
    others.into_iter().any(|other| own.is_none_or(|generation| other.generation >= generation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Group, counts, group, member, shown, subscribed};
    use super::super::{Assignment, Assignor, MemberSubscription, PartitionCounts};
    use proptest::prelude::*;

    /// Members as they join again with what they have.
    fn rejoin(members: &[MemberSubscription], owned: &Assignment, generation: i32) -> Vec<MemberSubscription> {
        let with = |member: &MemberSubscription| MemberSubscription {
            owned: owned.get(&member.member_id).cloned().unwrap_or_default(),
            generation: if owned.contains_key(&member.member_id) { generation } else { -1 },
            ..member.clone()
        };
        members.iter().map(with).collect()
    }

    /// Two rebalances, as a change of membership takes.
    fn settle(counts: &PartitionCounts, members: &[MemberSubscription], owned: &Assignment) -> [Assignment; 2] {
        let first = Assignor::CooperativeSticky.assign(counts, &rejoin(members, owned, 1));
        let second = Assignor::CooperativeSticky.assign(counts, &rejoin(members, &first, 2));
        [first, second]
    }

    #[test]
    fn what_moves_is_given_up_first() {
        let counts = counts(&[("a", 4)]);
        let (one, two) = (member("1", &["a"]), member("2", &["a"]));
        let alone = Assignor::CooperativeSticky.assign(&counts, std::slice::from_ref(&one));
        let [first, second] = settle(&counts, &[one, two], &alone);
        assert_eq!(shown(&first), [("1", "a-0,a-1".to_owned()), ("2", String::new())]);
        assert_eq!(shown(&second), [("1", "a-0,a-1".to_owned()), ("2", "a-2,a-3".to_owned())]);
    }

    proptest! {
        /// Nobody gets in a rebalance what another still has, and after a few everything has an owner. (Two do if all
        /// subscribe to the same; otherwise what is handed over may make room for one more move.)
        #[test]
        fn everything_is_handed_over_from_one_owner_to_the_next(
            Group { counts, members } in group(),
            leaver in 0_usize..8,
        ) {
            let (_, old) = members.split_last().unwrap();
            let mut owned = Assignor::CooperativeSticky.assign(&counts, old);
            let same_topics = members.iter().all(|member| member.topics == members[0].topics);
            let mut now = members.clone();
            now.remove(leaver % members.len());
            let all = subscribed(&counts, &now);
            for generation in 1.. {
                let next = Assignor::CooperativeSticky.assign(&counts, &rejoin(&now, &owned, generation));
                for (id, partitions) in &next {
                    let others = owned.iter().filter(|(other, _)| *other != id);
                    let mut theirs = others.filter(|(other, _)| now.iter().any(|member| member.member_id == **other));
                    prop_assert!(theirs.all(|(_, had)| had.iter().all(|partition| !partitions.contains(partition))));
                }
                let mut given: Vec<_> = next.values().flatten().cloned().collect();
                given.sort();
                if given == all {
                    break;
                }
                prop_assert!(generation < if same_topics { 2 } else { 10 }, "{:?}", next);
                owned = next;
            }
        }
    }
}
