//! The commands of transcripts.
//!
//! ```text
//! settings NAME=NUMBER…                              a fresh broker with these settings
//! change NAME=NUMBER…                                other settings for the same broker
//! init ID [timeout=MS] [as=PRODUCER] [two_phase=1] [keep=1]
//! add ID PRODUCER TOPIC-PARTITION… [v=0]             v: the transaction.version that the client follows
//! verify ID PRODUCER TOPIC-PARTITION…
//! commit ID PRODUCER [v=0] · abort ID PRODUCER [v=0]
//! written [TOPIC-PARTITION…]                         the oldest markers are written: all of them, or these
//! again                                              what was said last of markers is said once more
//! log ID PRODUCER STATE [start=MS] [next=ID]         the log gets a record of somebody else, and the broker restarts
//! describe ID · list [state=S,S] [producer=ID] [longer=MS] [pattern=P]
//! wait MS                                            the clock goes on; whatever comes due happens
//! refuse REFUSAL                                     the log does not take the next records
//! ids none · ids some                                there are no producer ids, there are again
//! restart
//! ```
//!
//! A producer is `ID:EPOCH`.

use super::node::{Decided, Node};
use ottla_coordinators::transaction::listing::{TransactionFilter, TransactionalIdPattern};
use ottla_coordinators::transaction::records::{TransactionMetadata, TransactionRecord};
use ottla_coordinators::transaction::{
    AddPartitions, EndTransaction, EndedTransaction, InitProducerId, MarkersToWrite, Producer, TransactionError,
    TransactionState, TransactionVersion, VerifyPartitions,
};
use ottla_coordinators::{AppendRefusal, ReplayedRecord, TransactionSettings};
use ottla_model::{Offset, PartitionIndex, ProducerEpoch, ProducerId, Timestamp, TopicName, TopicPartition};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::sync::atomic::Ordering;

pub struct Script {
    node: Node,
    last_written: Option<(EndedTransaction, Vec<TopicPartition>)>,
}

/// The words of a command: those with an equals sign by name, the others in order.
struct Words<'a> {
    named: BTreeMap<&'a str, &'a str>,
    others: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(command: &'a str) -> Self {
        let mut words = Self { named: BTreeMap::new(), others: Vec::new() };
        for word in command.split_whitespace().skip(1) {
            match word.split_once('=') {
                Some((name, value)) => {
                    words.named.insert(name, value);
                }
                None => words.others.push(word),
            }
        }
        words
    }
    fn maybe(&self, name: &str) -> Option<i64> {
        self.named.get(name).map(|value| value.parse().expect("a number"))
    }
    fn number(&self, name: &str, default: i64) -> i64 {
        self.maybe(name).unwrap_or(default)
    }
    fn list(&self, name: &str) -> Vec<String> {
        self.named.get(name).map(|value| value.split(',').map(str::to_owned).collect()).unwrap_or_default()
    }
    fn id(&self) -> String {
        self.others[0].trim_matches('\'').to_owned()
    }
    fn partitions_from(&self, first: usize) -> Vec<TopicPartition> {
        self.others[first..].iter().map(|word| partition(word)).collect()
    }
    fn version(&self) -> TransactionVersion {
        TransactionVersion::from_level(self.number("v", 2) as i16).expect("a transaction.version")
    }
}

fn partition(word: &str) -> TopicPartition {
    let (topic, partition) = word.rsplit_once('-').expect("TOPIC-PARTITION");
    TopicPartition {
        topic: TopicName::new(topic).unwrap(),
        partition: PartitionIndex::new(partition.parse().expect("a number")),
    }
}

fn producer(word: &str) -> Producer {
    let (id, epoch) = word.split_once(':').expect("ID:EPOCH");
    Producer {
        id: ProducerId::new(id.parse().expect("an id")),
        epoch: ProducerEpoch::new(epoch.parse().expect("an epoch")),
    }
}

fn settings(words: &Words<'_>, before: TransactionSettings) -> TransactionSettings {
    TransactionSettings {
        timeout_max: words.number("timeout_max", before.timeout_max.into()) as i32,
        transactional_id_expiration: words.number("expiration", before.transactional_id_expiration),
        abort_interval: words.number("abort_interval", before.abort_interval),
        expiration_interval: words.number("expiration_interval", before.expiration_interval),
        two_phase_commit: words.number("two_phase", before.two_phase_commit.into()) != 0,
        transaction_version: words
            .maybe("version")
            .map_or(before.transaction_version, |level| TransactionVersion::from_level(level as i16).unwrap()),
    }
}

impl Script {
    pub fn new() -> Self {
        Self { node: Node::new(TransactionSettings::default()), last_written: None }
    }

    /// Carries the command out, and says what came of it.
    pub fn run(&mut self, command: &str) -> Vec<String> {
        let words = Words::of(command);
        match command.split_whitespace().next().unwrap_or_default() {
            "settings" => {
                self.node = Node::new(settings(&words, TransactionSettings::default()));
                Vec::new()
            }
            "change" => {
                let settings = settings(&words, (*self.node.settings).clone());
                self.node.set_settings(settings);
                Vec::new()
            }
            "init" => self.init(&words),
            "add" => self.add(&words),
            "verify" => self.verify(&words),
            "commit" => self.end(&words, true),
            "abort" => self.end(&words, false),
            "written" => self.written(&words),
            "again" => {
                let (transaction, partitions) = self.last_written.clone().expect("something was written before");
                self.report(
                    |node| node.decide(|shard, now| shard.markers_written(&transaction, &partitions, now)),
                    |()| "taken".to_owned(),
                )
            }
            "log" => self.log(&words),
            "describe" => self.describe(&words),
            "list" => self.list(&words),
            "wait" => self.wait(words.others[0].parse().expect("milliseconds")),
            "refuse" => {
                self.node.refuse = Some(match words.others[0] {
                    "NotLeader" => AppendRefusal::NotLeader,
                    "NotEnoughReplicas" => AppendRefusal::NotEnoughReplicas,
                    "TooLarge" => AppendRefusal::TooLarge,
                    other => panic!("no refusal: {other}"),
                });
                Vec::new()
            }
            "ids" => {
                self.node.ids.none_left.store(words.others[0] == "none", Ordering::Relaxed);
                Vec::new()
            }
            "restart" => self.report(Node::reload, |()| "loaded".to_owned()),
            other => panic!("no command: {other}"),
        }
    }

    fn init(&mut self, words: &Words<'_>) -> Vec<String> {
        let request = InitProducerId {
            transactional_id: words.id(),
            timeout: words.number("timeout", 60_000) as i32,
            known: words.named.get("as").map(|word| producer(word)),
            enable_two_phase_commit: words.number("two_phase", 0) != 0,
            keep_prepared: words.number("keep", 0) != 0,
        };
        let told = |reply: Result<Producer, TransactionError>| told(reply, |producer| named(&producer));
        self.report(|node| node.decide(|shard, now| shard.init_producer_id(&request, now)), told)
    }

    fn add(&mut self, words: &Words<'_>) -> Vec<String> {
        let request = AddPartitions {
            transactional_id: words.id(),
            producer: producer(words.others[1]),
            partitions: words.partitions_from(2),
            client_version: words.version(),
        };
        let told = |reply| told(reply, |()| "done".to_owned());
        self.report(|node| node.decide(|shard, now| shard.add_partitions(&request, now)), told)
    }

    fn verify(&mut self, words: &Words<'_>) -> Vec<String> {
        let request = VerifyPartitions {
            transactional_id: words.id(),
            producer: producer(words.others[1]),
            partitions: words.partitions_from(2),
        };
        let one = |result: &Result<(), TransactionError>| told(*result, |()| "part of it".to_owned());
        let told = |reply| told(reply, |results: Vec<_>| results.iter().map(one).collect::<Vec<_>>().join(", "));
        self.report(|node| node.decide(|shard, _| shard.verify_partitions(&request)), told)
    }

    fn end(&mut self, words: &Words<'_>, commit: bool) -> Vec<String> {
        let request = EndTransaction {
            transactional_id: words.id(),
            producer: producer(words.others[1]),
            commit,
            client_version: words.version(),
        };
        let told = |reply| told(reply, |next: Option<Producer>| next.map_or("done".to_owned(), |next| named(&next)));
        self.report(|node| node.decide(|shard, now| shard.end(&request, now)), told)
    }

    fn written(&mut self, words: &Words<'_>) -> Vec<String> {
        let markers = self.node.markers.first_mut().expect("there are markers to be written");
        let transaction = markers.transaction.clone();
        let some = words.partitions_from(0);
        let partitions = if some.is_empty() { markers.partitions.clone() } else { some };
        markers.partitions.retain(|partition| !partitions.contains(partition));
        if markers.partitions.is_empty() {
            self.node.markers.remove(0);
        }
        self.last_written = Some((transaction.clone(), partitions.clone()));
        self.report(
            |node| node.decide(|shard, now| shard.markers_written(&transaction, &partitions, now)),
            |()| "taken".to_owned(),
        )
    }

    fn log(&mut self, words: &Words<'_>) -> Vec<String> {
        let Producer { id, epoch } = producer(words.others[1]);
        let state = TransactionState::ALL.into_iter().find(|state| state.name() == words.others[2]).expect("a state");
        let metadata = TransactionMetadata {
            state,
            producer_id: id,
            previous_producer_id: Some(id),
            next_producer_id: words.maybe("next").map(ProducerId::new),
            producer_epoch: epoch,
            timeout: words.number("timeout", 60_000) as i32,
            partitions: words.partitions_from(3).into_iter().collect(),
            start: words.maybe("start").map(Timestamp::new),
            last_update: self.node.now,
            client_version: words.version(),
        };
        let record = metadata.record(&words.id(), TransactionVersion::V2).unwrap();
        self.node.log.push(ReplayedRecord {
            key: record.key,
            value: record.value,
            offset: Offset::new(self.node.log.len() as i64),
            timestamp: self.node.now,
            transaction: None,
        });
        self.report(Node::reload, |()| "loaded".to_owned())
    }

    fn describe(&mut self, words: &Words<'_>) -> Vec<String> {
        let reply = self.node.shard.describe(&words.id()).reply;
        vec![told(reply, |described| {
            let start = described.start.map_or("never".to_owned(), |start| start.to_string());
            format!(
                "{} {}:{}, {} ms from {start}: {}",
                described.state,
                described.producer_id,
                described.producer_epoch,
                described.timeout,
                list(&described.partitions)
            )
        })]
    }

    fn list(&mut self, words: &Words<'_>) -> Vec<String> {
        let pattern = match TransactionalIdPattern::compile(words.named.get("pattern").copied().unwrap_or_default()) {
            Ok(pattern) => pattern,
            Err(invalid) => return vec![invalid.to_string()],
        };
        let filter = TransactionFilter {
            states: words.list("state"),
            producer_ids: words.maybe("producer").map(ProducerId::new).into_iter().collect(),
            longer_than: words.maybe("longer"),
            pattern,
        };
        let unknown = filter.unknown_states();
        let listed = self.node.shard.list(&filter, self.node.now).reply;
        let listed = listed.iter().map(|it| format!("{} {} {}", it.transactional_id, it.producer_id, it.state));
        listed.chain(unknown.iter().map(|name| format!("no state: {name}"))).collect()
    }

    fn wait(&mut self, milliseconds: i64) -> Vec<String> {
        let until = self.node.now.plus_milliseconds(milliseconds);
        let mut lines = Vec::new();
        for wakes in 0.. {
            assert!(wakes < 1_000, "the shard does not come to rest");
            let logged = self.node.log.len();
            let Some(decided) = self.node.wake_before(until) else { break };
            let mut happened = self.since(logged);
            happened.extend(decided.reply.err().map(|error| format!("refused: {error:?}")));
            lines.extend(happened.into_iter().map(|line| format!("{} ms: {line}", self.node.now)));
        }
        lines
    }

    fn report<R>(
        &mut self,
        decide: impl FnOnce(&mut Node) -> Decided<R>,
        tell: impl FnOnce(R) -> String,
    ) -> Vec<String> {
        let logged = self.node.log.len();
        let decided = decide(&mut self.node);
        let mut lines = self.since(logged);
        lines.push(decided.reply.map_or_else(|error| format!("refused: {error:?}"), tell));
        lines
    }

    /// What has been written since there was so much of it, and what markers are due since then.
    fn since(&mut self, logged: usize) -> Vec<String> {
        let unseen = self.node.markers.len() - std::mem::take(&mut self.node.unseen_markers);
        let records = self.node.log[logged..].iter().map(written);
        records.chain(self.node.markers[unseen..].iter().map(due)).collect()
    }
}

fn written(record: &ReplayedRecord) -> String {
    let read = TransactionRecord::read(record.key.clone(), record.value.clone()).unwrap();
    let TransactionRecord::Transaction { transactional_id, metadata } = read else { panic!("{read:?}") };
    let Some(metadata) = metadata.transpose().unwrap() else { return format!("writes {transactional_id}: gone") };
    let TransactionMetadata { state, producer_id, producer_epoch, timeout, .. } = &metadata;
    let previous = metadata.previous_producer_id.filter(|previous| previous != producer_id);
    let mut line = format!("writes {transactional_id}: {state} {producer_id}:{producer_epoch}");
    if *state == TransactionState::Empty {
        line += &format!(" {timeout} ms");
    }
    line += &previous.map_or(String::new(), |previous| format!(" before {previous}"));
    line += &metadata.next_producer_id.map_or(String::new(), |next| format!(" next {next}"));
    line += &metadata.start.map_or(String::new(), |start| format!(" from {start}"));
    if !metadata.partitions.is_empty() {
        line += &format!(": {}", list(&metadata.partitions));
    }
    line
}

fn due(markers: &MarkersToWrite) -> String {
    let what = if markers.committed { "commit" } else { "abort" };
    let transactional_id = &markers.transaction.transactional_id;
    format!("markers of {transactional_id}: {what} {}: {}", named(&markers.producer), list(&markers.partitions))
}

fn list<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> String {
    partitions.into_iter().map(|it| format!("{}-{}", it.topic, it.partition)).collect::<Vec<_>>().join(" ")
}

fn named(producer: &Producer) -> String {
    format!("{}:{}", producer.id, producer.epoch)
}

fn told<T, E: Debug + Display>(reply: Result<T, E>, tell: impl FnOnce(T) -> String) -> String {
    reply.map_or_else(|error| format!("{error:?}"), tell)
}
