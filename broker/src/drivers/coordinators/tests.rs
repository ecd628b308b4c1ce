//! The driver with a shard that only adds numbers, over a real log.

use super::alarms::Alarms;
use super::load::load;
use super::{Asked, CommitPolicy, HostedShard};
use crate::clock::Clock;
use crate::drivers::partitions::{FlushPolicy, Flusher, HostedPartition};
use bytes::Bytes;
use ottla_config::broker::AckDurability;
use ottla_coordinators::group::{GroupError, Synced};
use ottla_coordinators::{
    Answer, AppendRefusal, CoordinatorRecord, Outcome, Released, ReplayError, ReplayedRecord, Shard, WaitedReply,
    WaiterId,
};
use ottla_model::{
    BrokerId, LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Timestamp, TopicIdPartition, TopicName,
    TopicPartition, Uuid,
};
use ottla_records::{BatchBuilder, Compression, EndTransactionMarker, TransactionOutcome, end_transaction_marker};
use ottla_replication::{Assignment, Partition};
use ottla_storage::{LogConfig, OpenFiles, OpenLog, PartitionLog, ProducerStateConfig, RealDisk};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const LOCAL: BrokerId = BrokerId::new(1);
const EPOCH: LeaderEpoch = LeaderEpoch::new(3);

/// Adds up the numbers in its log. Whoever waits is told the sum when somebody adds.
#[derive(Debug, Default, PartialEq)]
struct Sum {
    sum: i64,
    undecided: BTreeMap<i64, i64>,
    waiting: Vec<WaiterId>,
    taken_back: u32,
    wakes_at: Option<Timestamp>,
}

fn number(number: i64) -> CoordinatorRecord {
    CoordinatorRecord { key: Bytes::from_static(b"number"), value: Some(Bytes::from(number.to_string())) }
}

fn told(text: String) -> WaitedReply {
    WaitedReply::Sync(Ok(Synced { protocol_type: None, protocol_name: None, assignment: Bytes::from(text) }))
}

impl Sum {
    fn add(&mut self, added: i64) -> Outcome<i64> {
        let reply = self.sum + added;
        let release = |waiter| Released { waiter, reply: told(reply.to_string()) };
        let released = self.waiting.drain(..).map(release).collect();
        Outcome { records: vec![number(added)], reply, released }
    }

    fn wait(&mut self, waiter: WaiterId) -> Outcome<Answer<i64>> {
        self.waiting.push(waiter);
        Outcome::reply(Answer::Later)
    }
}

impl Shard for Sum {
    fn replay(&mut self, record: ReplayedRecord) -> Result<(), ReplayError> {
        let text = record.value.unwrap_or_default();
        let Ok(number) = String::from_utf8_lossy(&text).parse::<i64>() else {
            return Err(ReplayError::ImpossibleGroup { group: String::new(), reason: "it is no number" });
        };
        match record.transaction {
            Some((producer, _)) => *self.undecided.entry(producer.value()).or_default() += number,
            None => self.sum += number,
        }
        Ok(())
    }
    fn replay_end_of_transaction(&mut self, producer_id: ProducerId, committed: bool) {
        let number = self.undecided.remove(&producer_id.value()).unwrap_or_default();
        self.sum += if committed { number } else { 0 };
    }
    fn loaded(&mut self, _now: Timestamp) -> Outcome<()> {
        Outcome::reply(())
    }
    fn unload(&mut self) -> Vec<Released> {
        let gone = |waiter| Released { waiter, reply: WaitedReply::Sync(Err(GroupError::NotCoordinator)) };
        self.waiting.drain(..).map(gone).collect()
    }
    fn next_wake(&self) -> Option<Timestamp> {
        self.wakes_at
    }
    fn wake(&mut self, _now: Timestamp) -> Outcome<()> {
        self.wakes_at = None;
        let Outcome { records, released, .. } = self.add(1000);
        Outcome { records, reply: (), released }
    }
    fn append_refused(&mut self, released: Vec<Released>, refusal: AppendRefusal, _: Timestamp) -> Vec<Released> {
        self.taken_back += 1;
        let refused = |released: Released| Released { reply: WaitedReply::Sync(Err(refusal.error())), ..released };
        released.into_iter().map(refused).collect()
    }
}

struct Bench {
    directory: tempfile::TempDir,
    clock: Clock,
    alarms: Arc<Alarms>,
    flusher: Flusher,
}

impl Bench {
    fn new() -> Self {
        let clock = Clock::start();
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            clock,
            alarms: Alarms::start(clock).expect("a thread"),
            flusher: Flusher::start(clock).expect("threads").0,
        }
    }

    fn partition(&self) -> Arc<HostedPartition> {
        let name = TopicPartition { topic: TopicName::new("sums").unwrap(), partition: PartitionIndex::new(0) };
        let log = open_log(self.directory.path(), &name, self.clock.now());
        let id = TopicIdPartition { topic_id: Uuid::from_bytes([7; 16]), partition: name.partition };
        let rules = Partition::new(LOCAL, log, 1);
        rules.assign(&led_by(LOCAL, EPOCH));
        let flush = FlushPolicy { after_records: i64::MAX, after_ms: i64::MAX };
        Arc::new(HostedPartition::new(id, name, 0, rules, flush))
    }

    /// A shard that has read what lies in the partition, a few bytes at a time.
    fn loaded(&self, partition: &Arc<HostedPartition>) -> Arc<HostedShard<Sum>> {
        let shard = HostedShard::loading(Arc::clone(partition), EPOCH, Compression::None, self.clock, &self.alarms);
        assert_eq!(
            shard.decide(|sum: &mut Sum, _| sum.add(1)).expect_err("not yet"),
            GroupError::CoordinatorLoadInProgress
        );
        load(&shard, Sum::default(), 1, &AtomicBool::new(false));
        shard
    }

    fn policy(&self) -> CommitPolicy<'_> {
        let timeout = Duration::from_secs(60);
        CommitPolicy { flusher: &self.flusher, durability: AckDurability::Auto, timeout }
    }

    async fn add(&self, shard: &HostedShard<Sum>, added: i64) -> Result<i64, GroupError> {
        shard.committed(shard.decide(|sum, _| sum.add(added))?, &self.policy()).await
    }

    fn sum(&self, shard: &HostedShard<Sum>) -> i64 {
        shard.decide(|sum, _| Outcome::reply(sum.sum)).expect("it serves").answer
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.alarms.stop();
    }
}

fn led_by(leader: BrokerId, leader_epoch: LeaderEpoch) -> Assignment {
    Assignment { leader: Some(leader), leader_epoch, replication_factor: 1, in_sync_replicas: vec![leader] }
}

fn open_log(directory: &Path, name: &TopicPartition, now: Timestamp) -> PartitionLog {
    let open = OpenLog {
        disk: Arc::new(RealDisk),
        open_files: Arc::new(OpenFiles::new(4)),
        directory: directory.join("sums-0"),
        topic_partition: name.clone(),
        topic_id: None,
        config: Arc::new(LogConfig::kafka_defaults()),
        producers: ProducerStateConfig::default(),
        recovery_point: Offset::ZERO,
        log_start_offset: Offset::ZERO,
        cleaned_to: None,
        clean_shutdown: false,
        jitter_seed: 7,
        now,
    };
    PartitionLog::open(open).expect("a log").0
}

#[tokio::test(flavor = "current_thread")]
async fn an_answer_is_given_when_what_it_says_is_on_the_disk() {
    let bench = Bench::new();
    let partition = bench.partition();
    let shard = bench.loaded(&partition);
    assert_eq!(bench.add(&shard, 5).await, Ok(5));
    assert_eq!(partition.partition().reader().durable_offset(), Offset::new(1));

    // Whoever only looks waits for what it has seen.
    let _never_waited_for = shard.decide(|sum, _| sum.add(7)).expect("it serves");
    let seen = shard.decide(|sum, _| Outcome::reply(sum.sum)).expect("it serves");
    assert_eq!(partition.partition().reader().durable_offset(), Offset::new(1));
    assert_eq!(shard.committed(seen, &bench.policy()).await, Ok(12));
    assert_eq!(partition.partition().reader().durable_offset(), Offset::new(2));
}

#[tokio::test(flavor = "current_thread")]
async fn whoever_waits_is_answered_by_what_another_one_does() {
    let bench = Bench::new();
    let shard = bench.loaded(&bench.partition());
    let Ok(Asked::Later(released)) = shard.ask(|sum, waiter, _| sum.wait(waiter)) else { panic!("it waits") };
    let Ok(Asked::Later(gone)) = shard.ask(|sum, waiter, _| sum.wait(waiter)) else { panic!("it waits") };
    drop(gone);
    assert_eq!(bench.add(&shard, 3).await, Ok(3));
    let answer = released.await.expect("released");
    assert_eq!(answer.up_to, Some(Offset::new(1)));
    assert_eq!(shard.committed(answer, &bench.policy()).await, Ok(told("3".to_owned())));
}

#[tokio::test(flavor = "current_thread")]
async fn a_leader_of_the_past_decides_nothing() {
    let bench = Bench::new();
    let partition = bench.partition();
    let shard = bench.loaded(&partition);
    assert_eq!(bench.add(&shard, 3).await, Ok(3));
    partition.partition().assign(&led_by(LOCAL, EPOCH.next()));

    let Ok(Asked::Later(released)) = shard.ask(|sum, waiter, _| sum.wait(waiter)) else { panic!("it waits") };
    assert_eq!(bench.add(&shard, 4).await, Err(GroupError::NotCoordinator));
    let refused = released.await.expect("released");
    assert_eq!(refused.answer, WaitedReply::Sync(Err(GroupError::NotCoordinator)));
    assert_eq!(bench.sum(&shard), 3);
    assert_eq!(shard.decide(|sum, _| Outcome::reply(sum.taken_back)).expect("it serves").answer, 1);
    assert_eq!(partition.partition().reader().log_end_offset(), Offset::new(1));
}

#[tokio::test(flavor = "current_thread")]
async fn who_waits_is_told_when_the_shard_goes() {
    let bench = Bench::new();
    let shard = bench.loaded(&bench.partition());
    let Ok(Asked::Later(released)) = shard.ask(|sum, waiter, _| sum.wait(waiter)) else { panic!("it waits") };
    shard.unload();
    let answer = released.await.expect("released");
    assert_eq!((answer.answer, answer.up_to), (WaitedReply::Sync(Err(GroupError::NotCoordinator)), None));
    assert_eq!(bench.add(&shard, 4).await, Err(GroupError::NotCoordinator));
    // Nor does it come back when its load ends late.
    shard.serve(Sum::default(), Offset::ZERO);
    assert_eq!(bench.add(&shard, 4).await, Err(GroupError::NotCoordinator));
}

#[tokio::test(flavor = "current_thread")]
async fn a_shard_is_woken_at_its_time() {
    let bench = Bench::new();
    let shard = bench.loaded(&bench.partition());
    let Ok(Asked::Later(released)) = shard.ask(|sum, waiter, now| {
        sum.wakes_at = Some(now.plus_milliseconds(20));
        sum.wait(waiter)
    }) else {
        panic!("it waits")
    };
    assert_eq!(released.await.expect("woken").answer, told("1000".to_owned()));
    assert_eq!(bench.sum(&shard), 1000);
}

#[tokio::test(flavor = "current_thread")]
async fn a_log_is_read_as_it_was_written() {
    let bench = Bench::new();
    let partition = bench.partition();
    let shard = bench.loaded(&partition);
    for added in 1..=4 {
        assert!(bench.add(&shard, added).await.is_ok());
    }
    append(&partition, &["a word", "20"], None);
    append(&partition, &["100"], Some(11));
    append(&partition, &["1000"], Some(12));
    end(&partition, 11, TransactionOutcome::Commit);
    end(&partition, 12, TransactionOutcome::Abort);
    append(&partition, &["9"], Some(13));
    shard.unload();

    let again = bench.loaded(&partition);
    assert_eq!(bench.sum(&again), 10 + 20 + 100);
    assert_eq!(again.decide(|sum, _| Outcome::reply(sum.undecided.clone())).expect("it serves").answer[&13], 9);
    assert_eq!(bench.add(&again, 1).await, Ok(131));
}

/// Appends numbers (or words) that the shard has not decided.
fn append(partition: &HostedPartition, values: &[&str], transaction_of: Option<i64>) {
    let mut builder = BatchBuilder::new(Offset::ZERO, Compression::None);
    if let Some(producer) = transaction_of {
        builder = builder.producer(ProducerId::new(producer), ProducerEpoch::new(0), 0).transactional(true);
    }
    for value in values {
        builder.append(Timestamp::new(1), Some(b"number"), Some(value.as_bytes()), &[]).expect("it fits");
    }
    write(partition, builder.build().expect("a batch"));
}

fn end(partition: &HostedPartition, producer: i64, outcome: TransactionOutcome) {
    let marker = EndTransactionMarker { outcome, coordinator_epoch: 0 };
    let (producer, epoch) = (ProducerId::new(producer), ProducerEpoch::new(0));
    write(partition, end_transaction_marker(Offset::ZERO, Timestamp::new(1), EPOCH, producer, epoch, marker).unwrap());
}

fn write(partition: &HostedPartition, batch: Bytes) {
    partition.append_from_coordinator(batch, EPOCH, Timestamp::new(1_700_000_000_000)).expect("the log takes it");
}
