//! A producer that may lose requests and answers, and may be one of several with the same transactional id.

use super::partitions::{Partitions, partition};
use crate::node::Node;
use crate::random::Random;
use ottla_coordinators::Outcome;
use ottla_coordinators::transaction::{
    AddPartitions, EndTransaction, InitProducerId, Producer, TransactionError, TransactionShard, TransactionVersion,
    VerifyPartitions,
};
use ottla_model::Timestamp;
use std::collections::BTreeMap;

/// Which transaction: of which client, and which of its.
pub type Tag = (usize, u64);

/// Partitions that there are.
const PARTITIONS: u64 = 4;

pub struct Client {
    index: usize,
    pub transactional_id: &'static str,
    version: TransactionVersion,
    timeout: i32,
    producer: Option<Producer>,
    phase: Phase,
    transactions: u64,
    /// What this client knows of its transactions.
    pub believed: BTreeMap<Tag, Belief>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    /// It never asked for a commit.
    NeverCommitted,
    /// It asked, and does not know.
    Asked,
    /// It was told.
    Committed,
    /// It was told.
    Aborted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Uninitialised,
    Ready,
    Writing,
    Ending { commit: bool },
}

/// What comes back of a request.
enum Answer<R> {
    /// An answer.
    Came(R),
    /// Nothing, or an answer that says: again.
    Again,
}

impl Client {
    pub fn new(index: usize, transactional_id: &'static str, version: TransactionVersion, timeout: i32) -> Self {
        Self {
            index,
            transactional_id,
            version,
            timeout,
            producer: None,
            phase: Phase::Uninitialised,
            transactions: 0,
            believed: BTreeMap::new(),
        }
    }

    /// Forgets everything, as a producer that is started again.
    pub fn die(&mut self) {
        self.producer = None;
        self.phase = Phase::Uninitialised;
    }

    pub fn act(&mut self, node: &mut Node, partitions: &mut Partitions, random: &mut Random) {
        match self.phase {
            Phase::Uninitialised => self.init(node, random),
            Phase::Ready if random.one_in(15) => self.phase = Phase::Uninitialised,
            Phase::Ready if random.one_in(15) => self.begin_to_end(false),
            Phase::Ready => self.write(node, partitions, random),
            Phase::Writing if random.one_in(3) => self.begin_to_end(!random.one_in(3)),
            Phase::Writing => self.write(node, partitions, random),
            Phase::Ending { commit } => self.end(commit, node, random),
        }
    }

    fn tag(&self) -> Tag {
        (self.index, self.transactions)
    }

    fn begin_to_end(&mut self, commit: bool) {
        if self.phase == Phase::Ready {
            // To abort what has not begun is something that only newer clients do.
            if self.version != TransactionVersion::V2 {
                return;
            }
            self.transactions += 1;
        }
        self.phase = Phase::Ending { commit };
    }

    fn init(&mut self, node: &mut Node, random: &mut Random) {
        let request = InitProducerId {
            transactional_id: self.transactional_id.to_owned(),
            timeout: self.timeout,
            known: self.producer.filter(|_| random.one_in(2)),
            enable_two_phase_commit: false,
            keep_prepared: false,
        };
        match ask(node, random, |shard, now| shard.init_producer_id(&request, now)) {
            Answer::Came(Ok(producer)) => {
                self.producer = Some(producer);
                self.phase = Phase::Ready;
            }
            Answer::Came(Err(_)) => self.die(),
            Answer::Again => {}
        }
    }

    /// Adds partitions to the transaction, and writes to one of them.
    fn write(&mut self, node: &mut Node, partitions: &mut Partitions, random: &mut Random) {
        let Some(producer) = self.producer else { return self.die() };
        let target = partition(random.below(PARTITIONS));
        let mut added = vec![target.clone()];
        if random.one_in(3) {
            added.push(partition(random.below(PARTITIONS)));
        }
        let request = AddPartitions {
            transactional_id: self.transactional_id.to_owned(),
            producer,
            partitions: added,
            client_version: self.version,
        };
        match ask(node, random, |shard, now| shard.add_partitions(&request, now)) {
            Answer::Came(Ok(())) => {}
            Answer::Came(Err(_)) => return self.phase = Phase::Uninitialised,
            Answer::Again => return,
        }
        if self.phase == Phase::Ready {
            self.transactions += 1;
            self.phase = Phase::Writing;
        }
        if random.one_in(10) {
            // The record comes late, or never.
            return;
        }
        if !partitions.is_open(&target, producer) {
            let request = VerifyPartitions {
                transactional_id: self.transactional_id.to_owned(),
                producer,
                partitions: vec![target.clone()],
            };
            if node.shard.verify_partitions(&request).reply != Ok(vec![Ok(())]) {
                return;
            }
        }
        if partitions.write(&target, producer, self.tag()) {
            self.believed.entry(self.tag()).or_insert(Belief::NeverCommitted);
        }
    }

    fn end(&mut self, commit: bool, node: &mut Node, random: &mut Random) {
        let Some(producer) = self.producer else { return self.die() };
        let tag = self.tag();
        let is_known = self.believed.contains_key(&tag);
        if commit && is_known {
            self.believed.insert(tag, Belief::Asked);
        }
        let request = EndTransaction {
            transactional_id: self.transactional_id.to_owned(),
            producer,
            commit,
            client_version: self.version,
        };
        match ask(node, random, |shard, now| shard.end(&request, now)) {
            Answer::Came(Ok(next)) => {
                self.producer = Some(next.unwrap_or(producer));
                self.phase = Phase::Ready;
                if is_known {
                    self.believed.insert(tag, if commit { Belief::Committed } else { Belief::Aborted });
                }
            }
            Answer::Came(Err(_)) => self.phase = Phase::Uninitialised,
            Answer::Again => {
                if random.one_in(10) {
                    self.die();
                }
            }
        }
    }
}

fn ask<R>(
    node: &mut Node,
    random: &mut Random,
    decide: impl FnOnce(&mut TransactionShard, Timestamp) -> Outcome<Result<R, TransactionError>>,
) -> Answer<Result<R, TransactionError>> {
    if random.one_in(20) {
        return Answer::Again;
    }
    let decided = node.decide(decide);
    if random.one_in(20) {
        return Answer::Again;
    }
    match decided.reply {
        Ok(Err(TransactionError::ConcurrentTransactions | TransactionError::NoProducerId)) | Err(_) => Answer::Again,
        Ok(reply) => Answer::Came(reply),
    }
}
