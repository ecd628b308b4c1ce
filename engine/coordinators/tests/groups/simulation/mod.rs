//! Members that come and go, requests and answers that get lost, appends that are refused, and a broker that crashes: and
//! still nobody shares a partition with somebody else, no commit is lost, and what is known after a restart is what was
//! known before.
//!
//! `SEED=n` plays one seed, `SEEDS=n` plays so many.

mod client;
mod model;

use super::node::Node;
use crate::random::Random;
use client::Client;
use model::Model;
use ottla_coordinators::{AppendRefusal, GroupSettings};

/// Groups; each client belongs to one.
const GROUPS: [&str; 2] = ["g", "h"];
const CLIENTS: usize = 7;
const STEPS: usize = 400;
/// Milliseconds in which, without further faults, everything must have settled: new members are waited for five minutes.
const SETTLING: i64 = 420_000;

struct Simulation {
    node: Node,
    clients: Vec<Client>,
    model: Model,
    random: Random,
}

#[test]
fn groups_survive_whatever_happens() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = number("SEED").map_or(0..number("SEEDS").unwrap_or(60), |seed| seed..seed + 1);
    for seed in seeds {
        println!("SEED={seed}");
        Simulation::new(seed).play();
    }
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let settings = GroupSettings {
            initial_rebalance_delay: random.below(4) as i32 * 1_000,
            size_max: if random.one_in(4) { 3 } else { usize::MAX },
            ..GroupSettings::default()
        };
        let clients = (0..CLIENTS).map(|index| Client::new(index, GROUPS[index % GROUPS.len()], &mut random)).collect();
        Self { node: Node::new(settings), clients, model: Model::default(), random }
    }

    fn play(mut self) {
        for _ in 0..STEPS {
            self.step();
        }
        self.settle();
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..=1 => self.restart(),
            2..=3 => self.node.refuse = Some(AppendRefusal::NotEnoughReplicas),
            4 => {
                let group = GROUPS[self.random.below(GROUPS.len() as u64) as usize];
                self.delete(group);
            }
            5..=6 => {
                let index = self.random.below(CLIENTS as u64) as usize;
                self.clients[index].die(&mut self.random);
            }
            7..=30 => {
                let milliseconds = self.random.below(4_000) as i64;
                self.pass(milliseconds);
            }
            _ => {
                let index = self.random.below(CLIENTS as u64) as usize;
                self.act(index, true);
            }
        }
        if self.random.one_in(20) {
            self.model.check(&self.node);
        }
    }

    /// The broker crashes, and comes back with what is in the log. Nobody gets an answer that has not been sent.
    fn restart(&mut self) {
        self.model.check(&self.node);
        let decided = self.node.reload();
        assert!(decided.released.is_empty(), "nobody waits for a broker that has just come up");
        self.model.everybody_has_gone();
        for client in &mut self.clients {
            client.connection_lost();
        }
        self.model.check(&self.node);
    }

    fn delete(&mut self, group: &str) {
        let decided = self.node.decide(|shard, _, _| shard.delete(group));
        self.model.deleted(group, &decided);
    }

    /// Time goes by, and whatever comes due happens.
    fn pass(&mut self, milliseconds: i64) {
        let until = self.node.now.plus_milliseconds(milliseconds);
        let mut wakes = 0;
        while let Some(decided) = self.node.wake_before(until) {
            wakes += 1;
            assert!(wakes < 10_000, "the shard does not come to rest");
            self.model.woken(&self.node, &decided, &GROUPS);
            self.deliver(decided.released, true);
        }
    }

    fn act(&mut self, index: usize, with_faults: bool) {
        let mut client = std::mem::replace(&mut self.clients[index], Client::nobody());
        let released = client.act(&mut self.node, &mut self.model, &mut self.random, with_faults);
        self.clients[index] = client;
        self.deliver(released, with_faults);
    }

    fn deliver(&mut self, released: Vec<ottla_coordinators::Released>, with_faults: bool) {
        for released in released {
            self.model.released(released.waiter);
            let is_lost = with_faults && self.random.one_in(20);
            let Some(client) = self.clients.iter_mut().find(|client| client.waits_for(released.waiter)) else {
                continue;
            };
            if is_lost {
                client.connection_lost();
            } else {
                client.receive(released.reply, &mut self.model);
            }
        }
    }

    /// No faults any more, everybody lives and does its part: soon all are members of one generation each, and share all
    /// partitions.
    fn settle(&mut self) {
        self.node.refuse = None;
        for client in &mut self.clients {
            client.live_quietly();
        }
        let until = self.node.now.plus_milliseconds(SETTLING);
        while self.node.now < until {
            for index in 0..CLIENTS {
                self.act(index, false);
            }
            let until = self.node.now.plus_milliseconds(1_000);
            while let Some(decided) = self.node.wake_before(until) {
                self.model.woken(&self.node, &decided, &GROUPS);
                self.deliver(decided.released, false);
            }
        }
        self.model.check(&self.node);
        self.model.check_nobody_waits();
        for group in GROUPS {
            let members = self.clients.iter().filter(|client| client.group == group);
            model::check_settled(group, members.collect(), self.node.settings.size_max, &self.node.shard);
        }
    }
}
