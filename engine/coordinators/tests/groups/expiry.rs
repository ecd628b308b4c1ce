//! Forgetting much takes several goes.

use super::node::Node;
use ottla_coordinators::group::listing::GroupFilter;
use ottla_coordinators::group::offsets::{CommitPartition, CommitRequest, CommitTopic, Committer};
use ottla_coordinators::{AppendRefusal, GroupSettings};
use ottla_model::{Offset, PartitionIndex, Timestamp, TopicName, Uuid};

/// What the driver is asked to append at once, and not much more.
const BATCH_MAX: usize = 1_001;

fn node() -> Node {
    let settings =
        GroupSettings { offsets_retention: 1_000, offsets_retention_check_interval: 5_000, ..GroupSettings::default() };
    Node::new(settings)
}

fn commit(node: &mut Node, group: &str, partitions: i32) {
    let partitions = (0..partitions).map(|partition| CommitPartition {
        partition: PartitionIndex::new(partition),
        offset: Offset::new(1),
        leader_epoch: None,
        metadata: String::new(),
    });
    let topic = TopicName::new("t").unwrap();
    let request = CommitRequest {
        committer: Committer {
            group_id: group.to_owned(),
            generation: -1,
            member_id: String::new(),
            group_instance_id: None,
        },
        retention: None,
        topics: vec![CommitTopic { topic, topic_id: Uuid::ZERO, partitions: partitions.collect() }],
    };
    assert!(node.decide(|shard, now, _| shard.commit_offsets(&request, now)).reply.unwrap().is_ok());
}

/// Lets the time come to look for expired offsets. Returns how much each go wrote.
fn look(node: &mut Node) -> Vec<usize> {
    let until = node.now.plus_milliseconds(5_000);
    let mut goes = Vec::new();
    while let Some(woken) = node.wake_before(until) {
        goes.push(woken.written);
        assert!(goes.len() < 100, "it does not come to an end");
    }
    goes
}

fn groups(node: &Node) -> usize {
    node.shard.list(&GroupFilter::default()).reply.len()
}

#[test]
fn a_group_with_many_offsets_goes_in_several_batches() {
    let mut node = node();
    commit(&mut node, "many", 2_500);
    commit(&mut node, "more", 2);
    let goes = look(&mut node);
    assert_eq!(goes.iter().sum::<usize>(), 2_502 + 2);
    assert!(goes.iter().all(|written| *written <= BATCH_MAX), "{goes:?}");
    assert_eq!(groups(&node), 0);
}

#[test]
fn many_groups_are_looked_at_a_few_at_a_time() {
    let mut node = node();
    for group in 0..450 {
        commit(&mut node, &format!("g{group}"), 1);
    }
    assert_eq!(look(&mut node), [400, 400, 100], "an offset and a group each");
    assert_eq!(groups(&node), 0);
}

#[test]
fn what_could_not_be_forgotten_is_tried_again_later() {
    let mut node = node();
    commit(&mut node, "g", 1);
    node.refuse = Some(AppendRefusal::NotEnoughReplicas);
    assert_eq!(look(&mut node), [0]);
    assert_eq!(groups(&node), 1);
    assert_eq!(look(&mut node), [2]);
    assert_eq!(groups(&node), 0);
    assert_eq!(node.now, Timestamp::new(10_000));
}

#[test]
fn topics_that_are_gone_take_several_batches_too() {
    let mut node = node();
    commit(&mut node, "many", 2_500);
    let topics = [(Uuid::ONE, "t".to_owned())];
    let first = node.decide(|shard, _, _| shard.topics_deleted(&topics));
    assert_eq!(first.written, 1_000);
    let now = node.now;
    let mut goes = Vec::new();
    while let Some(woken) = node.wake_before(now) {
        goes.push(woken.written);
    }
    assert_eq!(goes, [1_000, 500]);
}
