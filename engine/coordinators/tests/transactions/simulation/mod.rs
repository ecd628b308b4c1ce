//! Producers that share transactional ids, lose answers and come back; appends that are refused; markers that are late, or
//! written twice; a broker that crashes: and still a transaction is all or nothing, who has been fenced commits nothing, what
//! a producer was told is so, and what is known after a restart is what was known before.
//!
//! `SEED=n` plays one seed, `SEEDS=n` plays so many.

mod client;
mod partitions;

use super::node::Node;
use super::random::Random;
use client::{Belief, Client};
use ottla_coordinators::transaction::listing::{DescribedTransaction, TransactionFilter};
use ottla_coordinators::transaction::records::TransactionMetadata;
use ottla_coordinators::transaction::{EndedTransaction, TransactionState, TransactionVersion};
use ottla_coordinators::{AppendRefusal, ReplayedRecord, TransactionSettings, TransactionShard};
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp, TopicPartition};
use partitions::Partitions;
use std::sync::atomic::Ordering;

const TRANSACTIONAL_IDS: [&str; 3] = ["a", "b", "c"];
const CLIENTS: usize = 7;
const STEPS: usize = 600;
/// Milliseconds in which, without further faults, everything must have settled.
const SETTLING: i64 = 120_000;

struct Simulation {
    node: Node,
    clients: Vec<Client>,
    partitions: Partitions,
    /// What has been said of markers, to be said again.
    said: Vec<(EndedTransaction, Vec<TopicPartition>)>,
    random: Random,
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = number("SEED").map_or(0..number("SEEDS").unwrap_or(60), |seed| seed..seed + 1);
    let mut tally = Tally::default();
    for seed in seeds {
        println!("SEED={seed}");
        Simulation::new(seed).play(&mut tally);
    }
    println!("{tally:?}");
    assert!(tally.committed > 0 && tally.aborted > 0 && tally.unknown > 0, "nothing happens: {tally:?}");
}

/// What became of the transactions of all seeds.
#[derive(Debug, Default)]
struct Tally {
    committed: u64,
    aborted: u64,
    /// Of which their producers do not know.
    unknown: u64,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let version = TransactionVersion::from_level(random.below(3) as i16).expect("there are three");
        let settings = TransactionSettings {
            abort_interval: 1_000,
            transactional_id_expiration: if random.one_in(3) { 8_000 } else { 1_000_000 },
            expiration_interval: 2_000,
            transaction_version: version,
            ..TransactionSettings::default()
        };
        let mut node = Node::new(settings);
        if random.one_in(2) {
            // Somebody has been there for a long time.
            let epoch = ProducerEpoch::new(i16::MAX - 1 - random.below(12) as i16);
            node.log.push(long_lived(TRANSACTIONAL_IDS[0], epoch, version));
            let _ = node.reload();
        }
        let clients = (0..CLIENTS).map(|index| {
            let version = if random.one_in(4) { TransactionVersion::V0 } else { version };
            let version = if version == TransactionVersion::V2 { version } else { TransactionVersion::V0 };
            let timeout = 1_000 + random.below(8_000) as i32;
            Client::new(index, TRANSACTIONAL_IDS[index % TRANSACTIONAL_IDS.len()], version, timeout)
        });
        let clients = clients.collect();
        Self { node, clients, partitions: Partitions::default(), said: Vec::new(), random }
    }

    fn play(mut self, tally: &mut Tally) {
        for _ in 0..STEPS {
            self.step();
        }
        self.settle();
        self.check_fates(tally);
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0 => self.restart(),
            1..=2 => self.node.refuse = Some(AppendRefusal::NotEnoughReplicas),
            3 => self.node.ids.none_left.store(true, Ordering::Relaxed),
            4..=6 => self.node.ids.none_left.store(false, Ordering::Relaxed),
            7..=8 => {
                let index = self.random.below(CLIENTS as u64) as usize;
                self.clients[index].die();
            }
            9..=16 => {
                let milliseconds = self.random.below(1_500) as i64;
                self.pass(milliseconds);
            }
            17..=40 => self.write_markers(),
            _ => {
                let index = self.random.below(CLIENTS as u64) as usize;
                self.clients[index].act(&mut self.node, &mut self.partitions, &mut self.random);
            }
        }
        if self.random.one_in(20) {
            self.check_replayed();
        }
    }

    /// The broker crashes, and comes back with what is in the log.
    fn restart(&mut self) {
        self.check_replayed();
        let _ = self.node.reload();
    }

    /// Time goes by, and whatever comes due happens.
    fn pass(&mut self, milliseconds: i64) {
        let until = self.node.now.plus_milliseconds(milliseconds);
        let mut wakes = 0;
        while self.node.wake_before(until).is_some() {
            wakes += 1;
            assert!(wakes < 10_000, "the shard does not come to rest");
        }
    }

    /// Some partitions get some of the markers that are due; the coordinator may not hear of it, or hear it twice.
    fn write_markers(&mut self) {
        if self.random.one_in(6) && !self.said.is_empty() {
            let index = self.random.below(self.said.len() as u64) as usize;
            let (transaction, partitions) = self.said[index].clone();
            let _ = self.node.decide(|shard, now| shard.markers_written(&transaction, &partitions, now));
        }
        if self.node.markers.is_empty() {
            return;
        }
        let index = self.random.below(self.node.markers.len() as u64) as usize;
        let mut markers = self.node.markers.swap_remove(index);
        let all = std::mem::take(&mut markers.partitions);
        let (written, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|_| !self.random.one_in(3));
        for partition in &written {
            self.partitions.mark(partition, &markers);
        }
        let is_heard = !self.random.one_in(10);
        if is_heard {
            let transaction = &markers.transaction;
            let _ = self.node.decide(|shard, now| shard.markers_written(transaction, &written, now));
            self.said.push((markers.transaction.clone(), written));
            markers.partitions = left;
        } else {
            markers.partitions = written.into_iter().chain(left).collect();
        }
        if !markers.partitions.is_empty() {
            self.node.markers.push(markers);
        }
    }

    /// No faults any more, and no producer says a word.
    fn settle(&mut self) {
        self.node.refuse = None;
        self.node.ids.none_left.store(false, Ordering::Relaxed);
        let until = self.node.now.plus_milliseconds(SETTLING);
        while self.node.now < until {
            self.pass(1_000);
            for markers in std::mem::take(&mut self.node.markers) {
                for partition in &markers.partitions {
                    self.partitions.mark(partition, &markers);
                }
                let (transaction, partitions) = (&markers.transaction, &markers.partitions);
                let _ = self.node.decide(|shard, now| shard.markers_written(transaction, partitions, now));
            }
        }
        for described in described(&self.node.shard, self.node.now) {
            let is_settled = !described.state.is_prepared() && described.state != TransactionState::Ongoing;
            assert!(is_settled, "{described:?}");
        }
        self.check_replayed();
    }

    /// What the log says is what is known, whether it has been compacted or not.
    fn check_replayed(&self) {
        let now = self.node.now;
        let mut known = described(&self.node.shard, now);
        let mut replayed = described(&self.node.replayed(), now);
        let compacted = described(&self.node.replayed_when_compacted(), now);
        assert_eq!(replayed, compacted, "compaction changes what is known");
        for described in known.iter_mut().chain(&mut replayed) {
            // No log remembers who has been told.
            if described.state.is_prepared() {
                described.partitions.clear();
            }
        }
        assert_eq!(known, replayed);
    }

    fn check_fates(&self, tally: &mut Tally) {
        for (tag, fates) in self.partitions.fates() {
            let belief = self.clients[tag.0].believed.get(&tag).expect("who writes remembers");
            let first = fates[0].unwrap_or_else(|| panic!("{tag:?} ({belief:?}) is left hanging"));
            assert!(fates.iter().all(|fate| *fate == Some(first)), "{tag:?} ({belief:?}) is torn apart: {fates:?}");
            match belief {
                Belief::Committed => assert!(first, "{tag:?} was committed"),
                Belief::Aborted | Belief::NeverCommitted => assert!(!first, "{tag:?} ({belief:?}) was never committed"),
                Belief::Asked => tally.unknown += 1,
            }
            *(if first { &mut tally.committed } else { &mut tally.aborted }) += 1;
        }
    }
}

/// All that can be said of a shard.
fn described(shard: &TransactionShard, now: Timestamp) -> Vec<DescribedTransaction> {
    let listed = shard.list(&TransactionFilter::default(), now).reply;
    listed.iter().map(|listed| shard.describe(&listed.transactional_id).reply.unwrap()).collect()
}

/// A record of a transactional id that nobody is new to.
fn long_lived(transactional_id: &str, epoch: ProducerEpoch, version: TransactionVersion) -> ReplayedRecord {
    let id = ProducerId::new(1_000);
    let metadata = TransactionMetadata {
        state: TransactionState::Empty,
        producer_id: id,
        previous_producer_id: Some(id),
        next_producer_id: None,
        producer_epoch: epoch,
        timeout: 5_000,
        partitions: Default::default(),
        start: None,
        last_update: Timestamp::new(0),
        client_version: TransactionVersion::V0,
    };
    let record = metadata.as_recorded(version).record(transactional_id, version).unwrap();
    ReplayedRecord {
        key: record.key,
        value: record.value,
        offset: Offset::ZERO,
        timestamp: Timestamp::new(0),
        transaction: None,
    }
}
