//! Much at a time, and more than the log takes at a time.

use super::node::Node;
use ottla_coordinators::transaction::listing::TransactionFilter;
use ottla_coordinators::transaction::{AddPartitions, InitProducerId, Producer, TransactionState, TransactionVersion};
use ottla_coordinators::{AppendRefusal, Shard, TransactionSettings};
use ottla_model::{PartitionIndex, Timestamp, TopicName, TopicPartition};
use std::collections::BTreeMap;
use std::time::Instant;

/// What is written in one go, and not much more.
const RECORDS_A_WAKE: usize = 200;
const BYTES_A_WAKE: usize = 200 * 1024;

fn begin(node: &mut Node, transactional_id: &str) -> Producer {
    let request = InitProducerId {
        transactional_id: transactional_id.to_owned(),
        timeout: 1_000,
        known: None,
        enable_two_phase_commit: false,
        keep_prepared: false,
    };
    node.decide(|shard, now| shard.init_producer_id(&request, now)).reply.unwrap().unwrap()
}

fn add(node: &mut Node, transactional_id: &str, producer: Producer, partitions: i32) {
    let topic = TopicName::new(&"t".repeat(100)).unwrap();
    let partitions = (0..partitions)
        .map(|partition| TopicPartition { topic: topic.clone(), partition: PartitionIndex::new(partition) });
    let request = AddPartitions {
        transactional_id: transactional_id.to_owned(),
        producer,
        partitions: partitions.collect(),
        client_version: TransactionVersion::V2,
    };
    node.decide(|shard, now| shard.add_partitions(&request, now)).reply.unwrap().unwrap();
}

/// Lets time pass. Returns how many records each go wrote.
fn goes(node: &mut Node, milliseconds: i64) -> Vec<usize> {
    let until = node.now.plus_milliseconds(milliseconds);
    let mut goes = Vec::new();
    loop {
        let before = node.log.len();
        if node.wake_before(until).is_none() {
            return goes;
        }
        let written = &node.log[before..];
        let bytes: usize =
            written.iter().map(|record| record.key.len() + record.value.as_ref().map_or(0, bytes::Bytes::len)).sum();
        assert!(bytes <= BYTES_A_WAKE, "{bytes} bytes");
        goes.push(written.len());
        assert!(goes.len() < 1_000, "it does not come to an end");
    }
}

/// How many transactional ids are in each state.
fn states(node: &Node) -> BTreeMap<TransactionState, usize> {
    let mut states = BTreeMap::new();
    for listed in node.shard.list(&TransactionFilter::default(), node.now).reply {
        *states.entry(listed.state).or_default() += 1;
    }
    states
}

#[test]
fn many_that_time_out_are_aborted_a_few_at_a_time() {
    let mut node = Node::new(TransactionSettings::default());
    for number in 0..450 {
        let transactional_id = format!("small-{number}");
        let producer = begin(&mut node, &transactional_id);
        add(&mut node, &transactional_id, producer, 1);
    }
    let aborted = goes(&mut node, 10_000);
    assert!(aborted.iter().all(|written| *written <= RECORDS_A_WAKE), "{aborted:?}");
    assert_eq!(aborted.iter().sum::<usize>(), 450);
    assert_eq!(states(&node), BTreeMap::from([(TransactionState::PrepareAbort, 450)]));
    assert_eq!(node.markers.len(), 450);
}

#[test]
fn large_transactions_are_aborted_fewer_at_a_time() {
    let mut node = Node::new(TransactionSettings::default());
    for number in 0..10 {
        let transactional_id = format!("large-{number}");
        let producer = begin(&mut node, &transactional_id);
        add(&mut node, &transactional_id, producer, 15_000);
    }
    let aborted = goes(&mut node, 10_000);
    assert_eq!(aborted.iter().sum::<usize>(), 10);
    assert!(aborted.len() > 3, "{aborted:?}");
}

#[test]
fn one_that_the_log_never_takes_does_not_stop_the_others() {
    let mut node = Node::new(TransactionSettings::default());
    for transactional_id in ["a", "b", "c"] {
        let producer = begin(&mut node, transactional_id);
        add(&mut node, transactional_id, producer, 1);
    }
    // The three together, and one of them by itself in the next round.
    node.refuse = Some(AppendRefusal::TooLarge);
    assert_eq!(goes(&mut node, 10_000), [0]);
    node.refuse = Some(AppendRefusal::TooLarge);
    assert_eq!(goes(&mut node, 10_000), [0, 1, 1]);
    assert_eq!(states(&node), BTreeMap::from([(TransactionState::Ongoing, 1), (TransactionState::PrepareAbort, 2)]));
    assert_eq!(goes(&mut node, 10_000), [1]);
}

#[test]
fn many_transactional_ids_expire_a_few_at_a_time() {
    let settings = TransactionSettings {
        transactional_id_expiration: 5_000,
        expiration_interval: 10_000,
        ..TransactionSettings::default()
    };
    let mut node = Node::new(settings);
    for number in 0..450 {
        begin(&mut node, &format!("idle-{number}"));
    }
    let gone = goes(&mut node, 10_000);
    assert_eq!(gone, [RECORDS_A_WAKE, RECORDS_A_WAKE, 50]);
    assert_eq!(states(&node), BTreeMap::new());
}

/// To be looked at, not to be held to:
/// `cargo test --release -p ottla-coordinators --test transactions many -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn many_transactions_in_one_shard() {
    const IDS: usize = 10_000;
    const ROUNDS: u32 = 10;
    let mut node = Node::new(TransactionSettings::default());
    let ids: Vec<_> = (0..IDS).map(|number| format!("transactional-{number}")).collect();
    let began = Instant::now();
    let mut producers: Vec<_> = ids.iter().map(|id| begin(&mut node, id)).collect();
    println!("InitProducerId: {:?}", began.elapsed() / IDS as u32);
    let began = Instant::now();
    for _ in 0..ROUNDS {
        for (id, producer) in ids.iter().zip(&mut producers) {
            add(&mut node, id, *producer, 3);
            let request = ottla_coordinators::transaction::EndTransaction {
                transactional_id: id.clone(),
                producer: *producer,
                commit: true,
                client_version: TransactionVersion::V2,
            };
            let ended = node.decide(|shard, now| shard.end(&request, now)).reply.unwrap().unwrap();
            *producer = ended.expect("a client of version 2 is told its next epoch");
            let markers = node.markers.remove(0);
            let (transaction, partitions) = (&markers.transaction, &markers.partitions);
            let _ = node.decide(|shard, now| shard.markers_written(transaction, partitions, now));
        }
    }
    println!("a transaction: {:?}", began.elapsed() / (ROUNDS * IDS as u32));
    let (records, began) = (node.log.len(), Instant::now());
    let _ = node.reload();
    println!("{records} records loaded: {:?}", began.elapsed());
    assert!(node.shard.next_wake() > Some(Timestamp::new(0)));
}
