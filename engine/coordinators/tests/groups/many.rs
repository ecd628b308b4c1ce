//! How long things take with ten thousand groups; to be looked at, not to be held to:
//! `cargo test --release -p ottla-coordinators --test groups many -- --ignored --nocapture`.

use super::node::Node;
use bytes::Bytes;
use ottla_coordinators::group::{HeartbeatRequest, JoinProtocol, JoinRequest, SyncAssignment, SyncRequest};
use ottla_coordinators::{GroupSettings, Shard, WaitedReply};
use ottla_model::Timestamp;
use std::time::Instant;

const GROUPS: usize = 10_000;

#[test]
#[ignore = "a measurement"]
fn many_groups_in_one_shard() {
    let mut node = Node::new(GroupSettings { initial_rebalance_delay: 0, ..GroupSettings::default() });
    let began = Instant::now();
    for group in 0..GROUPS {
        let request = JoinRequest {
            group_id: format!("group-{group}"),
            member_id: String::new(),
            group_instance_id: None,
            client_id: "client".to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            session_timeout: 45_000,
            rebalance_timeout: 300_000,
            protocol_type: "consumer".to_owned(),
            protocols: vec![JoinProtocol { name: "range".to_owned(), metadata: Bytes::from_static(b"says") }],
            requires_known_member_id: false,
            supports_skipping_assignment: true,
        };
        let waiter = node.waiter();
        let _ = node.decide(|shard, now, ids| shard.join(request, waiter, now, ids));
    }
    let mut members = Vec::new();
    while let Some(woken) = node.wake_before(Timestamp::new(1)) {
        for released in woken.released {
            let WaitedReply::Join(Ok(joined)) = released.reply else { panic!("{released:?}") };
            members.push((released.waiter.0 as usize - 1, joined.member_id));
        }
    }
    for (group, member_id) in &members {
        let assignments = vec![SyncAssignment { member_id: member_id.clone(), assignment: Bytes::from_static(b"all") }];
        let request = SyncRequest {
            group_id: format!("group-{group}"),
            generation: 1,
            member_id: member_id.clone(),
            group_instance_id: None,
            protocol_type: None,
            protocol_name: None,
            assignments,
        };
        let waiter = node.waiter();
        node.decide(|shard, now, _| shard.sync(request, waiter, now)).reply.unwrap();
    }
    println!("{GROUPS} groups joined and synced: {:?}", began.elapsed());

    let requests: Vec<_> = members
        .iter()
        .map(|(group, member_id)| HeartbeatRequest {
            group_id: format!("group-{group}"),
            generation: 1,
            member_id: member_id.clone(),
            group_instance_id: None,
        })
        .collect();
    let (began, rounds) = (Instant::now(), 10);
    for _ in 0..rounds {
        node.now = node.now.plus_milliseconds(3_000);
        for request in &requests {
            assert_eq!(node.shard.heartbeat(request, node.now).reply, Ok(()));
        }
    }
    println!("a heartbeat: {:?}", began.elapsed() / (rounds * GROUPS as u32));

    let began = Instant::now();
    let _ = node.reload();
    println!("{GROUPS} groups loaded: {:?}", began.elapsed());

    let until = node.now.plus_milliseconds(45_000);
    let (mut wakes, mut longest, began) = (0, std::time::Duration::ZERO, Instant::now());
    loop {
        let one = Instant::now();
        if node.wake_before(until).is_none() {
            break;
        }
        longest = longest.max(one.elapsed());
        wakes += 1;
    }
    println!("{GROUPS} sessions over: {:?} in {wakes} wakes, at most {longest:?}", began.elapsed());
    assert!(node.shard.next_wake().is_some(), "expired offsets are looked for");
}
