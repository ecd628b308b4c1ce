//! One node, thousands of lives: it may die before any action, with or without the disk's cache, and what Raft promises
//! must hold over all its lives together.

use crate::machine::{Crash, DIRECTORY, Machine, endpoint};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset};
use ottla_raft::{Action, ElectionState, Event, MetadataBatchReader};
use std::collections::BTreeMap;

/// SplitMix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

/// What has ever been true, over all lives.
#[derive(Default)]
struct Witness {
    /// Every batch ever given to the log, by where it stood and in which epoch.
    appended: BTreeMap<(Offset, LeaderEpoch), Bytes>,
    /// Every batch ever committed. None of them may be lost or change.
    committed: BTreeMap<Offset, Bytes>,
    /// The newest epoch that was ever led.
    led: Option<LeaderEpoch>,
    /// The high watermark of this life.
    high_watermark: Option<Offset>,
}

impl Witness {
    fn begins_to_live(&mut self) {
        self.high_watermark = None;
    }

    fn sees(&mut self, action: &Action, machine: &Machine) {
        match action {
            Action::PersistQuorumState { contents } => {
                let election = ElectionState::parse(contents, &machine.cluster_id).unwrap();
                assert!(self.led.is_none_or(|led| election.epoch > led), "an epoch is led once: {election:?}");
            }
            Action::Append { base_offset, epoch, batch, .. } => {
                let text = machine.disk.quorum_state.as_deref().expect("written before anything is appended");
                let durable = ElectionState::parse(text, &machine.cluster_id).unwrap();
                assert_eq!((durable.epoch, durable.leader), (*epoch, Some(machine.config.node_id)));
                if let Some(earlier) = self.appended.insert((*base_offset, *epoch), batch.clone()) {
                    assert_eq!(earlier, batch, "offset and epoch name one batch");
                }
                self.led = Some(*epoch);
            }
            Action::Commit { up_to } => {
                assert!(self.high_watermark.is_none_or(|known| known < *up_to), "the high watermark only rises");
                self.high_watermark = Some(*up_to);
                self.commits(machine, *up_to);
            }
            Action::BecomeLeader { epoch } => assert_eq!(self.led, Some(*epoch)),
            Action::Sync | Action::LoseLeadership { .. } => {}
        }
    }

    fn commits(&mut self, machine: &Machine, up_to: Offset) {
        let mut covered = machine.disk.log_start;
        for (index, bytes) in machine.disk.log.iter().enumerate() {
            let batch = MetadataBatchReader::new(bytes.clone()).next().unwrap().unwrap();
            if batch.last_offset >= up_to {
                break;
            }
            assert!(index < machine.disk.synced, "only what is durable is committed");
            self.committed.insert(batch.base_offset, bytes.clone());
            covered = batch.last_offset.next();
        }
        assert_eq!(covered, up_to, "whole batches are committed");
    }

    /// What was committed is there, unless a snapshot stands for it.
    fn finds(&self, machine: &Machine) {
        let stored: BTreeMap<_, _> =
            machine.disk.batches().iter().map(|batch| batch.base_offset).zip(&machine.disk.log).collect();
        for (base_offset, batch) in self.committed.range(machine.disk.log_start..) {
            assert_eq!(stored.get(base_offset), Some(&batch), "committed at {base_offset} and not there any more");
        }
    }
}

fn live(seed: u64) -> Witness {
    let mut random = Random(seed);
    let mut witness = Witness::default();
    let mut machine = Machine::new();
    if random.one_in(3) {
        machine.static_voters = ottla_raft::VoterSet::parse_static("1@localhost:9093", "CONTROLLER").unwrap();
    } else {
        machine.format(&format!("1@localhost:9093:{DIRECTORY}"));
    }
    machine.config.append_no_op_when_idle = random.one_in(2).then_some(500);

    for step in 0..150 {
        machine.now = machine.now.plus_milliseconds(random.below(200) as i64);
        if machine.quorum.is_none() {
            witness.finds(&machine);
            witness.begins_to_live();
            if random.one_in(5) {
                machine.config.listeners = vec![endpoint(9000 + step)];
            }
            machine.start().unwrap();
        } else if random.one_in(12) {
            let not_synced = machine.disk.log.len() - machine.disk.synced;
            let crash = if random.one_in(2) {
                Crash::Kill
            } else {
                Crash::PowerLoss { survivors: random.below(not_synced + 1) }
            };
            machine.crash(crash);
        } else if machine.pending.is_empty() {
            something_happens(&mut machine, &mut random);
        } else if let Some(action) = machine.pending.front().cloned() {
            witness.sees(&action, &machine);
            machine.act();
        }
    }
    witness
}

fn something_happens(machine: &mut Machine, random: &mut Random) {
    match random.below(10) {
        0..=3 => {
            if let Some(epoch) = machine.leading {
                let frames: Vec<_> =
                    (0..=random.below(3)).map(|_| random.next().to_be_bytes().to_vec().into()).collect();
                machine.propose(epoch, &frames).unwrap();
            }
        }
        4..=7 => match machine.syncing {
            Some(_) => machine.finish_sync(),
            None if machine.sync_wanted => machine.begin_sync(),
            None => {}
        },
        8 => machine.step(Event::Tick),
        _ if random.one_in(8) => machine.step(Event::Resign),
        _ if machine.syncing.is_none() => {
            machine.snapshot();
        }
        _ => {}
    }
}

#[test]
fn what_raft_promises_holds_over_all_lives() {
    let only: Option<u64> = std::env::var("SIMULATION_SEED").ok().map(|seed| seed.parse().unwrap());
    let seeds = only.map_or(0..400, |seed| seed..seed + 1);
    let (mut committed, mut epochs) = (0, 0);
    for seed in seeds {
        // Shown when a test fails; SIMULATION_SEED plays one life history again.
        println!("seed {seed}");
        let witness = live(seed);
        committed += witness.committed.len();
        epochs += witness.led.map_or(0, |epoch| epoch.value());
    }
    // Otherwise it has seen nothing.
    assert!(only.is_some() || (committed > 4000 && epochs > 2000), "{committed} batches, {epochs} epochs");
}
