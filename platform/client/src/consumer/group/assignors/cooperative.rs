//! The sticky assignor for groups whose members keep what they have during a rebalance (KIP-429): what is to move is
//! left out at first. Its owner finds it missing, gives it up and joins again, and the next assignment has it.

use super::sticky::{self, Claimant};
use super::{Assignment, PartitionCounts};
use ottla_model::TopicPartition;

/// `members` in a fixed order; their claims are what they own at this moment.
pub(super) fn assign(counts: &PartitionCounts, members: &[Claimant<'_>]) -> Assignment {
    let mut assignment = sticky::assign(counts, members);
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
        /// Nobody gets in a rebalance what another still has; after two everything has an owner.
        #[test]
        fn two_rebalances_hand_everything_over(Group { counts, members } in group(), leaver in 0_usize..8) {
            let (_, old) = members.split_last().unwrap();
            let owned = Assignor::CooperativeSticky.assign(&counts, old);
            let mut now = members.clone();
            now.remove(leaver % members.len());
            let [first, second] = settle(&counts, &now, &owned);
            for (id, partitions) in &first {
                let others = owned.iter().filter(|(other, _)| *other != id);
                let still_theirs = others.filter(|(other, _)| now.iter().any(|member| member.member_id == **other));
                prop_assert!(still_theirs.flat_map(|(_, of)| of).all(|partition| !partitions.contains(partition)));
            }
            let mut given: Vec<_> = second.values().flatten().cloned().collect();
            given.sort();
            prop_assert_eq!(given, subscribed(&counts, &now));
        }
    }
}
