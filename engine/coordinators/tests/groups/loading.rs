//! What older brokers have written, what no broker should have, and groups of kinds that are not served.

use super::node::Node;
use bytes::Bytes;
use ottla_coordinators::group::listing::{GroupFilter, GroupState};
use ottla_coordinators::group::{JoinProtocol, JoinRequest};
use ottla_coordinators::{Answer, GroupError, GroupSettings, GroupShard, ReplayError, ReplayedRecord, Shard};
use ottla_model::{Offset, Timestamp};
use ottla_protocol::messages::group_metadata_value::MemberMetadata;
use ottla_protocol::messages::{
    ConsumerGroupMemberMetadataKey, ConsumerGroupMetadataKey, GroupMetadataKey, GroupMetadataValue,
    ShareGroupMetadataKey,
};
use ottla_protocol::{GroupCoordinatorKey, GroupCoordinatorValue};
use std::sync::Arc;

fn record(key: impl Into<GroupCoordinatorKey>, value: Option<Bytes>) -> ReplayedRecord {
    ReplayedRecord {
        key: key.into().encode().unwrap(),
        value,
        offset: Offset::ZERO,
        timestamp: Timestamp::new(0),
        transaction: None,
    }
}

fn group_record(value: GroupMetadataValue, version: i16) -> ReplayedRecord {
    let value = GroupCoordinatorValue::from(value).encode(version).unwrap();
    record(GroupMetadataKey { group: "g".to_owned() }, Some(value))
}

fn generation(members: Vec<MemberMetadata>) -> GroupMetadataValue {
    GroupMetadataValue {
        protocol_type: "consumer".to_owned(),
        generation: 7,
        protocol: Some("range".to_owned()),
        leader: Some("a".to_owned()),
        current_state_timestamp: 1_000,
        members,
        unknown_tagged_fields: Vec::new(),
    }
}

fn member(id: &str, instance: Option<&str>) -> MemberMetadata {
    MemberMetadata {
        member_id: id.to_owned(),
        group_instance_id: instance.map(str::to_owned),
        client_id: "client".to_owned(),
        client_host: "/10.0.0.1".to_owned(),
        rebalance_timeout: 30_000,
        session_timeout: 10_000,
        subscription: Bytes::from_static(b"says"),
        assignment: Bytes::from_static(b"has"),
        unknown_tagged_fields: Vec::new(),
    }
}

#[test]
fn a_group_of_any_version_goes_on() {
    for version in 0..=4 {
        let mut node = Node::new(GroupSettings::default());
        node.log.push(group_record(generation(vec![member("a", None), member("b", Some("B"))]), version));
        node.now = Timestamp::new(50_000);
        let loaded = node.reload();
        assert_eq!((loaded.written, loaded.released), (0, Vec::new()));

        let group = node.shard.describe("g").reply.unwrap();
        assert_eq!((group.state, group.protocol.as_str()), (GroupState::Stable, "range"), "version {version}");
        let [a, b] = &group.members[..] else { panic!("{group:?}") };
        assert_eq!((&*a.metadata, &*a.assignment), (&b"says"[..], &b"has"[..]));
        // Before version 3 nobody was static.
        assert_eq!(b.group_instance_id.as_deref(), (version >= 3).then_some("B"));

        // Sessions begin when the log has been read, however long the broker was down.
        assert!(node.wake_before(Timestamp::new(59_999)).is_none());
        let woken = node.wake_before(Timestamp::new(60_000)).unwrap();
        assert_eq!(woken.written, 1, "both are given up, and the log says so");
        assert_eq!(node.shard.describe("g").reply.unwrap().state, GroupState::Empty);
    }
}

#[test]
fn a_leader_that_is_no_member_is_replaced() {
    let mut node = Node::new(GroupSettings::default());
    let value = GroupMetadataValue { leader: Some("gone".to_owned()), ..generation(vec![member("b", None)]) };
    node.log.push(group_record(value, 3));
    let _ = node.reload();
    let joined = join(&mut node, "g", "b", b"says");
    let Ok(Answer::Later) = joined else { panic!("the leader asks for a new generation by joining: {joined:?}") };
}

#[test]
fn impossible_groups_are_refused() {
    let twice = || vec![member("a", Some("A")), member("b", Some("A"))];
    let impossible = [
        generation(vec![member("a", None), member("a", None)]),
        generation(twice()),
        GroupMetadataValue { protocol: None, ..generation(vec![member("a", None)]) },
        GroupMetadataValue { protocol_type: String::new(), ..generation(vec![member("a", None)]) },
    ];
    for value in impossible {
        let mut shard = GroupShard::new(Arc::default());
        let replayed = shard.replay(group_record(value.clone(), 3));
        assert!(matches!(replayed, Err(ReplayError::ImpossibleGroup { .. })), "{value:?}");
        assert!(shard.list(&GroupFilter::default()).reply.is_empty());
    }
    let mut shard = GroupShard::new(Arc::default());
    let key = GroupMetadataKey { group: "g".to_owned() };
    let torn = shard.replay(record(key, Some(Bytes::from_static(b"\0\x03\0"))));
    assert!(matches!(torn, Err(ReplayError::Decode(_))));
}

fn join(
    node: &mut Node,
    group: &str,
    member_id: &str,
    says: &'static [u8],
) -> Result<Answer<ottla_coordinators::group::JoinReply>, GroupError> {
    let request = JoinRequest {
        group_id: group.to_owned(),
        member_id: member_id.to_owned(),
        group_instance_id: None,
        client_id: "client".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        session_timeout: 10_000,
        rebalance_timeout: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![JoinProtocol { name: "range".to_owned(), metadata: Bytes::from_static(says) }],
        requires_known_member_id: false,
        supports_skipping_assignment: false,
    };
    let waiter = node.waiter();
    node.decide(|shard, now, ids| shard.join(request, waiter, now, ids)).reply
}

/// A node whose log has a group of the consumer protocol, `c`, and a share group, `s`.
fn node_with_other_kinds() -> Node {
    let mut node = Node::new(GroupSettings::default());
    let group = |name: &str| ConsumerGroupMetadataKey { group_id: name.to_owned() };
    let member = ConsumerGroupMemberMetadataKey { group_id: "c".to_owned(), member_id: "m".to_owned() };
    let share = ShareGroupMetadataKey { group_id: "s".to_owned() };
    let anything = || Some(Bytes::from_static(b"\0\0"));
    node.log.extend([
        record(member, anything()),
        record(group("c"), anything()),
        record(group("gone"), anything()),
        record(group("gone"), None),
        record(share, anything()),
    ]);
    let _ = node.reload();
    node
}

fn listed(node: &Node) -> Vec<(String, &'static str)> {
    let groups = node.shard.list(&GroupFilter::default()).reply;
    groups.into_iter().map(|group| (group.group_id, group.group_type)).collect()
}

#[test]
fn a_group_of_the_consumer_protocol_becomes_classic() {
    let mut node = node_with_other_kinds();
    assert_eq!(listed(&node), [("c".to_owned(), "consumer"), ("s".to_owned(), "share")]);
    assert_eq!(node.shard.describe("c").reply, Err(GroupError::GroupIdNotFound), "not by DescribeGroups");

    assert_eq!(join(&mut node, "c", "", b"says"), Ok(Answer::Later));
    assert_eq!(listed(&node), [("c".to_owned(), "classic"), ("s".to_owned(), "share")]);
    assert_eq!(node.log.len(), 5 + 3, "a tombstone for each record that it had, and one that it exists");
    let _ = node.reload();
    assert_eq!(listed(&node), [("c".to_owned(), "classic"), ("s".to_owned(), "share")]);
}

#[test]
fn a_share_group_stays_one() {
    let mut node = node_with_other_kinds();
    let Ok(Answer::Now(Err(refused))) = join(&mut node, "s", "", b"says") else { panic!("it is of another kind") };
    assert_eq!(refused.error, GroupError::InconsistentGroupProtocol);
    assert_eq!(node.decide(|shard, _, _| shard.delete("s")).reply, Ok(Err(GroupError::GroupIdNotFound)));
    assert_eq!(listed(&node), [("c".to_owned(), "consumer"), ("s".to_owned(), "share")]);
}

#[test]
fn a_group_of_the_consumer_protocol_can_be_deleted() {
    let mut node = node_with_other_kinds();
    assert_eq!(node.decide(|shard, _, _| shard.delete("c")).reply, Ok(Ok(())));
    assert_eq!(listed(&node), [("s".to_owned(), "share")]);
    let _ = node.reload();
    assert_eq!(listed(&node), [("s".to_owned(), "share")]);
}
