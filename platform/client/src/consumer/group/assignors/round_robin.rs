//! All partitions of all topics in order, one to each member in turn. Who does not subscribe to a topic is passed over.

use super::{Assignment, MemberSubscription, PartitionCounts, empty, partitions_of};

/// `members` in the order in which they are served.
pub(super) fn assign(counts: &PartitionCounts, members: &[&MemberSubscription]) -> Assignment {
    let mut assignment = empty(members);
    let mut turn = members.iter().cycle().peekable();
    for (topic, count) in counts {
        if !members.iter().any(|member| member.topics.contains(topic)) {
            continue;
        }
        for partition in partitions_of(topic, *count) {
            // Somebody subscribes, so this finds whom.
            let Some(member) = turn.find(|member| member.topics.contains(topic)) else { break };
            if let Some(assigned) = assignment.get_mut(&member.member_id) {
                assigned.push(partition);
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
    fn the_turn_goes_on_from_topic_to_topic() {
        let members = [member("1", &["a", "b"]), member("2", &["a", "b"])];
        let assignment = Assignor::RoundRobin.assign(&counts(&[("a", 3), ("b", 3)]), &members);
        assert_eq!(shown(&assignment), [("1", "a-0,a-2,b-1".to_owned()), ("2", "a-1,b-0,b-2".to_owned())]);
    }

    #[test]
    fn who_does_not_subscribe_is_passed_over() {
        let members = [member("1", &["a"]), member("2", &["a", "b"]), member("3", &["a", "b", "c"])];
        let assignment = Assignor::RoundRobin.assign(&counts(&[("a", 1), ("b", 2), ("c", 3)]), &members);
        let expected = [("1", "a-0".to_owned()), ("2", "b-0".to_owned()), ("3", "b-1,c-0,c-1,c-2".to_owned())];
        assert_eq!(shown(&assignment), expected);
    }
}
