//! Topic by topic: neighbouring partitions to each member, one more to the first ones if they do not divide evenly.
//! Topics with as many partitions and the same members come out alike, so that what belongs together stays together.

use super::{Assignment, MemberSubscription, PartitionCounts, empty, partitions_of};

/// `members` in the order in which they are served.
pub(super) fn assign(counts: &PartitionCounts, members: &[&MemberSubscription]) -> Assignment {
    let mut assignment = empty(members);
    for (topic, count) in counts {
        let subscribers: Vec<_> = members.iter().filter(|member| member.topics.contains(topic)).collect();
        let mut partitions = partitions_of(topic, *count);
        for (subscriber, at) in subscribers.iter().zip(0..) {
            let one_more = usize::from(at < count % subscribers.len());
            let share = partitions.by_ref().take(count / subscribers.len() + one_more);
            if let Some(assigned) = assignment.get_mut(&subscriber.member_id) {
                assigned.extend(share);
            }
        }
    }
    assignment
}

#[cfg(test)]
mod tests {
    use super::super::Assignor;
    use super::super::testing::{counts, member, shown};

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
}
