//! What must be true, remembered apart from what is tested.

use super::super::node::{Decided, Node};
use super::client::Client;
use crate::random::Random;
use ottla_coordinators::group::listing::{DescribedGroup, GroupState};
use ottla_coordinators::group::offsets::{CommitPartition, CommitRequest, CommitTopic, Committer, FetchRequest};
use ottla_coordinators::group::records::GroupRecord;
use ottla_coordinators::{GroupError, GroupShard, Released, WaiterId};
use ottla_model::{Offset, PartitionIndex, TopicName, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// Partitions of the topic that the groups share out.
pub const PARTITIONS: u8 = 6;

#[derive(Default)]
pub struct Model {
    /// Whose is each partition, in each generation of each group.
    owners: BTreeMap<(String, i32, u8), String>,
    /// What was acknowledged, by group and partition.
    committed: BTreeMap<(String, u8), i64>,
    /// Requests that wait.
    waiting: BTreeSet<WaiterId>,
    /// Groups whose last step the log did not take: they may be ahead of it.
    ahead_of_log: BTreeSet<String>,
}

impl Model {
    pub fn waits(&mut self, waiter: WaiterId) {
        self.waiting.insert(waiter);
    }

    pub fn released(&mut self, waiter: WaiterId) {
        assert!(self.waiting.remove(&waiter), "{waiter:?} did not wait, or has been released before");
    }

    /// Whoever waited has lost the connection.
    pub fn everybody_has_gone(&mut self) {
        self.waiting.clear();
    }

    pub fn check_nobody_waits(&self) {
        assert_eq!(self.waiting, BTreeSet::new(), "requests that were never answered");
    }

    /// A decision about one group is made.
    pub fn decided<R>(&mut self, node: &Node, group: &str, decided: &Decided<R>) {
        self.note_written(node, decided.written);
        if decided.reply.is_err() {
            self.ahead_of_log.insert(group.to_owned());
        }
    }

    /// Something has come due for one group or several.
    pub fn woken(&mut self, node: &Node, decided: &Decided<()>, groups: &[&str]) {
        self.note_written(node, decided.written);
        if decided.reply.is_err() {
            self.ahead_of_log.extend(groups.iter().map(|group| (*group).to_owned()));
        }
    }

    fn note_written(&mut self, node: &Node, written: usize) {
        for record in &node.log[node.log.len() - written..] {
            let record = GroupRecord::read(record.key.clone(), record.value.clone()).expect("a record of the topic");
            match record {
                GroupRecord::Group { group, metadata } => {
                    if metadata.is_none() {
                        self.forget(&group);
                    }
                    self.ahead_of_log.remove(&group);
                }
                GroupRecord::Offset { key, committed: None } => {
                    self.committed.remove(&(key.group, key.partition.value() as u8));
                }
                _ => {}
            }
        }
    }

    /// Generations begin anew.
    fn forget(&mut self, group: &str) {
        self.owners.retain(|(name, _, _), _| name != group);
    }

    pub fn deleted(&mut self, group: &str, decided: &Decided<Result<(), GroupError>>) {
        if decided.reply == Ok(Ok(())) {
            self.forget(group);
            self.committed.retain(|(name, _), _| name != group);
            self.ahead_of_log.remove(group);
        }
    }

    /// A member has its assignment: nobody else may have had any of it in that generation.
    pub fn assigned(&mut self, group: &str, generation: i32, owner: &str, partitions: &[u8]) {
        for partition in partitions {
            let key = (group.to_owned(), generation, *partition);
            let first = self.owners.entry(key).or_insert_with(|| owner.to_owned());
            assert_eq!(first, owner, "two owners of partition {partition} in generation {generation} of {group}");
        }
    }

    /// A member commits something, and if it is told that this was done, it must stay.
    pub fn commit(
        &mut self,
        node: &mut Node,
        client: &mut Client,
        generation: i32,
        member_id: &str,
        random: &mut Random,
    ) -> Vec<Released> {
        let (partition, offset) = (random.below(PARTITIONS.into()) as u8, random.below(1_000_000) as i64);
        let request = CommitRequest {
            committer: Committer {
                group_id: client.group.to_owned(),
                generation,
                member_id: member_id.to_owned(),
                group_instance_id: client.instance(),
            },
            retention: None,
            topics: vec![CommitTopic {
                topic: TopicName::new("t").expect("a name"),
                topic_id: Uuid::ZERO,
                partitions: vec![CommitPartition {
                    partition: PartitionIndex::new(partition.into()),
                    offset: Offset::new(offset),
                    leader_epoch: None,
                    metadata: String::new(),
                }],
            }],
        };
        let decided = node.decide(|shard, now, _| shard.commit_offsets(&request, now));
        self.note_written(node, decided.written);
        match decided.reply {
            Ok(Ok(results)) => {
                assert_eq!(results[0].partitions[0].result, Ok(()));
                self.committed.insert((client.group.to_owned(), partition), offset);
            }
            Ok(Err(error)) => client.is_told(error),
            Err(_) => {}
        }
        decided.released
    }

    /// That nothing acknowledged is lost, and that the log knows what the shard knows, compacted or not.
    pub fn check(&self, node: &Node) {
        self.check_replayed(node, &node.replayed());
        self.check_replayed(node, &node.replayed_when_compacted());
    }

    fn check_replayed(&self, node: &Node, replayed: &GroupShard) {
        let listed = |shard: &GroupShard| {
            let groups = shard.list(&Default::default()).reply;
            groups.into_iter().map(|group| group.group_id).collect::<BTreeSet<_>>()
        };
        assert_eq!(listed(&node.shard), listed(replayed), "groups that exist");
        for group in listed(replayed) {
            assert_eq!(self.committed_by(&group, &node.shard), self.committed_by(&group, replayed));
            let (live, durable) = (describe(&node.shard, &group), describe(replayed, &group));
            assert!(matches!(durable.state, GroupState::Empty | GroupState::Stable));
            let is_between = matches!(live.state, GroupState::PreparingRebalance | GroupState::CompletingRebalance);
            if !is_between && !self.ahead_of_log.contains(&group) {
                assert_eq!(live, durable, "what the log knows of {group}");
            }
        }
        let groups: BTreeSet<_> = self.committed.keys().map(|(group, _)| group.clone()).collect();
        assert!(groups.is_subset(&listed(&node.shard)), "a group that has committed exists");
    }

    /// What the group has committed, which must be what was acknowledged.
    fn committed_by(&self, group: &str, shard: &GroupShard) -> BTreeMap<u8, i64> {
        let request = FetchRequest { group_id: group.to_owned(), topics: None, require_stable: true };
        let topics = shard.fetch_offsets(&request).reply.expect("fetching is always granted");
        let partitions = topics.into_iter().flat_map(|topic| topic.partitions);
        let committed: BTreeMap<u8, i64> = partitions
            .map(|partition| {
                let committed = partition.committed.expect("no transaction is open").expect("all that is there");
                (partition.partition.value() as u8, committed.offset.value())
            })
            .collect();
        let mine = self.committed.iter().filter(|((name, _), _)| name == group);
        let acknowledged: BTreeMap<u8, i64> = mine.map(|((_, partition), offset)| (*partition, *offset)).collect();
        assert_eq!(committed, acknowledged, "what {group} has committed");
        committed
    }
}

fn describe(shard: &GroupShard, group: &str) -> DescribedGroup {
    shard.describe(group).reply.expect("it was listed")
}

/// That all who have room are members of one generation, and that each partition is somebody's.
pub fn check_settled(group: &str, clients: Vec<&Client>, size_max: usize, shard: &GroupShard) {
    let described = describe(shard, group);
    assert_eq!(described.state, GroupState::Stable, "{described:?}");
    let members: Vec<_> = clients.iter().filter_map(|client| client.partitions()).collect();
    assert_eq!(described.members.len(), members.len(), "{described:?}");
    assert_eq!(members.len(), clients.len().min(size_max), "everybody who has room is in {group}");
    let generations: BTreeSet<_> = members.iter().map(|(generation, _)| generation).collect();
    assert_eq!(generations.len(), 1, "all of {group} are in one generation");
    let mut partitions: Vec<_> = members.iter().flat_map(|(_, partitions)| partitions.iter().copied()).collect();
    partitions.sort_unstable();
    assert_eq!(partitions, (0..PARTITIONS).collect::<Vec<_>>(), "each partition of {group} is somebody's");
}
