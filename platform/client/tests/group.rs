//! What a consumer makes of its group.

mod fake;

use fake::group::FakeGroup;
use fake::{Call, FakeBroker, Reply, metadata};
use ottla_client::ClientError;
use ottla_client::config::{ClientKind, ConsumerConfig};
use ottla_client::consumer::{Consumer, Offsets, RebalanceListener};
use ottla_model::{ErrorCode, Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
use ottla_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use ottla_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use ottla_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use ottla_protocol::messages::{
    FetchRequest, FetchResponse, FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, OffsetCommitRequest, OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
};
use ottla_records::{BatchBuilder, Compression};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Long enough that a test that has to wait for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Every partition holds so many records, from 0 on.
const LOG_END: i64 = 6;
const COOPERATIVE: (&str, &str) =
    ("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

fn partition(topic: &str, index: i32) -> TopicPartition {
    TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(index) }
}

fn fetched(call: &Call, request: &FetchRequest) -> Reply {
    let by_id = call.version >= 13;
    let topics = request.topics.iter().map(|topic| FetchableTopicResponse {
        topic: topic.topic.clone(),
        topic_id: if by_id { topic.topic_id } else { Default::default() },
        partitions: topic.partitions.iter().map(|asked| data(asked.partition, asked.fetch_offset)).collect(),
        ..FetchableTopicResponse::default()
    });
    call.answer(&FetchResponse { responses: topics.collect(), ..FetchResponse::default() })
}

fn data(partition_index: i32, from: i64) -> PartitionData {
    let mut bytes = Vec::new();
    if from < LOG_END {
        let mut builder = BatchBuilder::new(Offset::new(from), Compression::None);
        for at in from..LOG_END {
            builder.append(Timestamp::new(at), None, Some(at.to_string().as_bytes()), &[]).unwrap();
        }
        bytes.extend_from_slice(&builder.build().unwrap());
    }
    PartitionData {
        partition_index,
        records: Some(bytes::Bytes::from(bytes).into()),
        high_watermark: LOG_END,
        ..PartitionData::default()
    }
}

fn listed(call: &Call, request: &ListOffsetsRequest) -> Reply {
    let topics = request.topics.iter().map(|topic| ListOffsetsTopicResponse {
        name: topic.name.clone(),
        partitions: topic
            .partitions
            .iter()
            .map(|asked| ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                offset: if asked.timestamp == -2 { 0 } else { LOG_END },
                ..ListOffsetsPartitionResponse::default()
            })
            .collect(),
        ..ListOffsetsTopicResponse::default()
    });
    call.answer(&ListOffsetsResponse { topics: topics.collect(), ..ListOffsetsResponse::default() })
}

/// Epoch 3 ended at offset 2, epoch 4 goes on, and earlier ones are forgotten.
fn ended(call: &Call, request: &OffsetForLeaderEpochRequest) -> Reply {
    let asked = &request.topics[0].partitions[0];
    let (leader_epoch, end_offset) = match asked.leader_epoch {
        3 => (3, 2),
        4 => (4, LOG_END),
        _ => (-1, -1),
    };
    let partition = EpochEndOffset { partition: asked.partition, leader_epoch, end_offset, ..Default::default() };
    let topic = OffsetForLeaderTopicResult {
        topic: request.topics[0].topic.clone(),
        partitions: vec![partition],
        ..Default::default()
    };
    call.answer(&OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() })
}

/// A broker that leads everything and coordinates the group, and what can be changed about it.
struct Cluster {
    broker: FakeBroker,
    group: Arc<Mutex<FakeGroup>>,
    /// Partitions by topic.
    topics: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Cluster {
    async fn start(topics: &[(&str, usize)]) -> Self {
        let group = Arc::new(Mutex::new(FakeGroup::default()));
        let topics: BTreeMap<_, _> = topics.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let topics = Arc::new(Mutex::new(topics));
        let port = Arc::new(AtomicU16::new(0));
        let broker = FakeBroker::start({
            let (group, topics, port) = (Arc::clone(&group), Arc::clone(&topics), Arc::clone(&port));
            move |call: &Call| {
                if let Some(request) = call.request::<FetchRequest>() {
                    return Some(fetched(call, &request));
                }
                if let Some(request) = call.request::<ListOffsetsRequest>() {
                    return Some(listed(call, &request));
                }
                if let Some(request) = call.request::<OffsetForLeaderEpochRequest>() {
                    return Some(ended(call, &request));
                }
                let port = port.load(Ordering::SeqCst);
                if call.request::<MetadataRequest>().is_some() {
                    return Some(call.answer(&metadata(port, &topics.lock().unwrap())));
                }
                group.lock().unwrap().answer(call, port)
            }
        })
        .await;
        port.store(broker.port, Ordering::SeqCst);
        Self { broker, group, topics }
    }

    fn consumer(&self, more: &[(&str, &str)]) -> Consumer {
        let mut all = vec![
            ("group.id", "readers"),
            ("auto.offset.reset", "earliest"),
            ("heartbeat.interval.ms", "10"),
            ("auto.commit.interval.ms", "600000"),
            ("fetch.max.wait.ms", "10"),
        ];
        all.extend_from_slice(more);
        Consumer::new(ConsumerConfig::read(&self.broker.properties(ClientKind::Consumer, &all)).unwrap())
    }

    fn group(&self) -> std::sync::MutexGuard<'_, FakeGroup> {
        self.group.lock().unwrap()
    }

    fn committed(&self, topic: &str, index: i32) -> Option<i64> {
        self.group().committed.get(&(topic.to_owned(), index)).copied()
    }
}

async fn read(consumer: &mut Consumer, count: usize) -> usize {
    let mut read = 0;
    while read < count {
        read += consumer.poll(PATIENCE).await.unwrap().len();
    }
    read
}

/// Polls, whatever comes, until something is true.
async fn poll_until(consumer: &mut Consumer, mut done: impl FnMut(&Consumer) -> bool) {
    for _ in 0..1_000 {
        if done(consumer) {
            return;
        }
        consumer.poll(Duration::from_millis(10)).await.unwrap();
    }
    panic!("waited for nothing");
}

/// What a listener heard.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    Assigned(Vec<String>),
    Revoked(Vec<String>),
    Lost(Vec<String>),
}

#[derive(Clone, Default)]
struct Ears {
    heard: Arc<Mutex<Vec<Heard>>>,
    /// What is to be committed of what is revoked.
    to_commit: Arc<Mutex<Offsets>>,
}

fn names(partitions: &[TopicPartition]) -> Vec<String> {
    partitions.iter().map(ToString::to_string).collect()
}

impl RebalanceListener for Ears {
    fn assigned(&mut self, partitions: &[TopicPartition]) {
        self.heard.lock().unwrap().push(Heard::Assigned(names(partitions)));
    }
    fn revoked(&mut self, partitions: &[TopicPartition]) -> Offsets {
        self.heard.lock().unwrap().push(Heard::Revoked(names(partitions)));
        std::mem::take(&mut self.to_commit.lock().unwrap())
    }
    fn lost(&mut self, partitions: &[TopicPartition]) {
        self.heard.lock().unwrap().push(Heard::Lost(names(partitions)));
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_group_is_joined_read_and_left_with_everything_committed() {
    let cluster = Cluster::start(&[("orders", 2)]).await;
    let mut consumer = cluster.consumer(&[]);
    let ears = Ears::default();
    consumer.listen(ears.clone());
    consumer.subscribe(["orders"]).unwrap();
    assert_eq!(read(&mut consumer, 12).await, 12);
    assert_eq!(consumer.assignment().count(), 2);
    consumer.close().await;

    assert_eq!((cluster.committed("orders", 0), cluster.committed("orders", 1)), (Some(LOG_END), Some(LOG_END)));
    assert_eq!(cluster.group().left, ["member-1"]);
    let both = strings(&["orders-0", "orders-1"]);
    assert_eq!(*ears.heard.lock().unwrap(), [Heard::Assigned(both.clone()), Heard::Revoked(both)]);
    let joins: Vec<JoinGroupRequest> = cluster.broker.calls_of();
    let ids: Vec<_> = joins.iter().map(|join| join.member_id.as_str()).collect();
    assert_eq!(ids, ["", "member-1"], "the coordinator gives the id first");
    let protocols: Vec<_> = joins[0].protocols.iter().map(|protocol| protocol.name.as_str()).collect();
    assert_eq!(protocols, ["range", "cooperative-sticky"]);
    assert_eq!((joins[0].session_timeout_ms, joins[0].rebalance_timeout_ms), (45_000, 300_000));
}

#[tokio::test]
async fn reading_goes_on_where_the_group_left_off() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    cluster.group().committed.insert(("orders".to_owned(), 0), 4);
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    let first = consumer.poll(PATIENCE).await.unwrap();
    assert_eq!(first[0].offset, Offset::new(4));
    let known = consumer.committed([partition("orders", 0)]).await.unwrap();
    assert_eq!(known[&partition("orders", 0)].as_ref().unwrap().offset, Offset::new(4));
}

#[tokio::test]
async fn a_log_that_was_cut_below_the_committed_offset_is_noticed() {
    for (epoch, policy, expected) in
        [(4, "none", Ok(4)), (3, "earliest", Ok(2)), (2, "earliest", Ok(0)), (3, "none", Err("orders-0"))]
    {
        let cluster = Cluster::start(&[("orders", 1)]).await;
        cluster.group().committed.insert(("orders".to_owned(), 0), 4);
        cluster.group().committed_epoch = Some(epoch);
        let mut consumer = cluster.consumer(&[("auto.offset.reset", policy)]);
        consumer.subscribe(["orders"]).unwrap();
        let first = consumer.poll(PATIENCE).await.map(|records| records[0].offset.value());
        let expected = expected.map_err(|partition| ClientError::LogTruncation(partition.to_owned()));
        assert_eq!(first, expected, "epoch {epoch}, {policy}");
    }
}

#[tokio::test]
async fn what_was_chosen_by_hand_is_committed_in_nobodys_name() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("group.instance.id", "i")]);
    consumer.assign([partition("orders", 0)]);
    read(&mut consumer, 6).await;
    consumer.commit().await.unwrap();
    assert_eq!(cluster.committed("orders", 0), Some(LOG_END));
    let commits: Vec<OffsetCommitRequest> = cluster.broker.calls_of();
    let commit = &commits[0];
    assert_eq!((commit.generation_id_or_member_epoch, commit.member_id.as_str()), (-1, ""));
    assert_eq!(commit.group_instance_id, None);
    assert!(cluster.broker.calls_of::<JoinGroupRequest>().is_empty());
}

#[tokio::test]
async fn commits_go_on_behind_poll() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("auto.commit.interval.ms", "20"), ("max.poll.records", "2")]);
    consumer.subscribe(["orders"]).unwrap();
    assert_eq!(read(&mut consumer, 2).await, 2);
    poll_until(&mut consumer, |_| cluster.committed("orders", 0) == Some(LOG_END)).await;
}

#[tokio::test]
async fn a_static_member_does_not_leave() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("group.instance.id", "one")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    consumer.close().await;
    assert!(cluster.group().left.is_empty());
    assert_eq!(cluster.committed("orders", 0), Some(LOG_END));
}

#[tokio::test]
async fn an_eager_rebalance_gives_everything_up_first_and_commits_it() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[]);
    let ears = Ears::default();
    consumer.listen(ears.clone());
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    cluster.group().heartbeats.push(ErrorCode::RebalanceInProgress);
    let mine = strings(&["orders-0"]);
    let expected = [Heard::Assigned(mine.clone()), Heard::Revoked(mine.clone()), Heard::Assigned(mine)];
    poll_until(&mut consumer, |_| *ears.heard.lock().unwrap() == expected).await;
    assert_eq!(cluster.committed("orders", 0), Some(LOG_END), "before others could have got it");
    let joins: Vec<JoinGroupRequest> = cluster.broker.calls_of();
    assert_eq!(joins.last().unwrap().reason.as_deref(), Some("group is already rebalancing"));
}

#[tokio::test]
async fn a_listener_says_what_is_to_be_committed() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("enable.auto.commit", "false")]);
    let ears = Ears::default();
    consumer.listen(ears.clone());
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    ears.to_commit.lock().unwrap().insert(partition("orders", 0), Offset::new(3).into());
    cluster.group().heartbeats.push(ErrorCode::RebalanceInProgress);
    let again = consumer.poll(PATIENCE).await.unwrap();
    assert_eq!(again[0].offset, Offset::new(3), "it goes on where it said");
    assert_eq!(cluster.committed("orders", 0), Some(3));
    assert_eq!(ears.heard.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_cooperative_rebalance_gives_up_only_what_moves() {
    let cluster = Cluster::start(&[("orders", 4)]).await;
    let mut consumer = cluster.consumer(&[COOPERATIVE]);
    let ears = Ears::default();
    consumer.listen(ears.clone());
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 24).await;
    {
        // Another one comes, with nothing so far.
        let mut group = cluster.group();
        let mut newcomer = group.members[0].1.clone();
        newcomer.protocols[0].metadata = bytes::Bytes::from_static(b"\0\0\0\0\0\x01\0\x06orders\xff\xff\xff\xff");
        group.members.push(("newcomer".to_owned(), newcomer));
        group.heartbeats.push(ErrorCode::RebalanceInProgress);
    }
    poll_until(&mut consumer, |consumer| consumer.assignment().count() == 2).await;
    poll_until(&mut consumer, |_| cluster.group().generation >= 3).await;
    assert_eq!(
        ears.heard.lock().unwrap()[..3],
        [
            Heard::Assigned(strings(&["orders-0", "orders-1", "orders-2", "orders-3"])),
            Heard::Revoked(strings(&["orders-2", "orders-3"])),
            Heard::Assigned(Vec::new()),
        ]
    );
    assert_eq!(cluster.committed("orders", 3), Some(LOG_END));
    let joins: Vec<JoinGroupRequest> = cluster.broker.calls_of();
    assert_eq!(joins.last().unwrap().reason.as_deref(), Some("need to revoke partitions and re-join"));
}

#[tokio::test]
async fn whoever_was_thrown_out_has_lost_what_it_had_and_joins_again() {
    for (code, same_id) in [(ErrorCode::UnknownMemberId, false), (ErrorCode::IllegalGeneration, true)] {
        let cluster = Cluster::start(&[("orders", 1)]).await;
        let mut consumer = cluster.consumer(&[]);
        let ears = Ears::default();
        consumer.listen(ears.clone());
        consumer.subscribe(["orders"]).unwrap();
        read(&mut consumer, 6).await;
        {
            let mut group = cluster.group();
            group.heartbeats.push(code);
            group.members.clear();
        }
        let mine = strings(&["orders-0"]);
        let expected = [Heard::Assigned(mine.clone()), Heard::Lost(mine.clone()), Heard::Assigned(mine)];
        poll_until(&mut consumer, |_| *ears.heard.lock().unwrap() == expected).await;
        assert_eq!(cluster.committed("orders", 0), None, "it is not its own to commit");
        let joins: Vec<JoinGroupRequest> = cluster.broker.calls_of();
        assert_eq!(joins.last().unwrap().member_id == "member-1", same_id, "{code:?}");
    }
}

#[tokio::test]
async fn a_coordinator_that_does_not_answer_is_looked_for_again() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("session.timeout.ms", "50")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    cluster.group().deaf = true;
    let searches = || cluster.broker.calls_of::<FindCoordinatorRequest>().len();
    let before = searches();
    poll_until(&mut consumer, |_| searches() > before).await;
    cluster.group().deaf = false;
    let beats = || cluster.broker.calls_of::<HeartbeatRequest>().len();
    let before = beats();
    poll_until(&mut consumer, |_| beats() > before + 2).await;
    assert_eq!(cluster.group().generation, 1, "its session at the coordinator was not over");
}

#[tokio::test]
async fn a_fenced_instance_hears_of_it() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("group.instance.id", "one")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    cluster.group().heartbeats.push(ErrorCode::FencedInstanceId);
    let error = loop {
        if let Err(error) = consumer.poll(PATIENCE).await {
            break error;
        }
    };
    assert_eq!(error.code(), Some(ErrorCode::FencedInstanceId));
}

#[tokio::test]
async fn whoever_does_not_come_back_to_poll_leaves_and_may_come_back_later() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("max.poll.interval.ms", "50")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    for _ in 0..1_000 {
        if !cluster.group().left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(cluster.group().left, ["member-1"]);
    let error = consumer.commit().await.unwrap_err();
    assert!(matches!(error, ClientError::CommitFailed(_)), "{error:?}");
    poll_until(&mut consumer, |_| cluster.group().members.len() == 1).await;
    poll_until(&mut consumer, |consumer| consumer.assignment().count() == 1).await;
}

#[tokio::test]
async fn a_commit_that_comes_too_late_is_told_and_the_group_is_joined_again() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("enable.auto.commit", "false")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    cluster.group().refuse_commits.push(ErrorCode::UnknownMemberId);
    assert!(matches!(consumer.commit().await, Err(ClientError::CommitFailed(_))));
    poll_until(&mut consumer, |_| cluster.group().generation == 2).await;
}

#[tokio::test]
async fn a_commit_is_tried_again_while_that_may_help() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let mut consumer = cluster.consumer(&[("enable.auto.commit", "false")]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    let trouble = [ErrorCode::NotCoordinator, ErrorCode::CoordinatorLoadInProgress, ErrorCode::RequestTimedOut];
    cluster.group().refuse_commits.extend(trouble);
    let asked_before = cluster.broker.calls_of::<FindCoordinatorRequest>().len();
    consumer.commit().await.unwrap();
    assert_eq!(cluster.committed("orders", 0), Some(LOG_END));
    assert!(cluster.broker.calls_of::<FindCoordinatorRequest>().len() > asked_before, "it asked who coordinates");
    let once = consumer.commit_in_background(consumer.consumed()).unwrap();
    assert_eq!(once.await, Ok(()));
}

#[tokio::test]
async fn trouble_that_passes_does_not_keep_anybody_from_joining() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    cluster.group().refuse_joins = vec![
        ErrorCode::UnknownMemberId,
        ErrorCode::NotCoordinator,
        ErrorCode::CoordinatorLoadInProgress,
        ErrorCode::RebalanceInProgress,
    ];
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    assert_eq!(read(&mut consumer, 6).await, 6);
}

#[tokio::test]
async fn what_keeps_it_from_joining_is_told() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    cluster.group().refuse_joins = vec![ErrorCode::GroupMaxSizeReached];
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    let error = consumer.poll(PATIENCE).await.unwrap_err();
    assert_eq!(error.to_string(), "Consumer group readers already has the configured maximum number of members.");
    assert_eq!(read(&mut consumer, 6).await, 6, "it may be better later");
}

#[tokio::test]
async fn new_partitions_and_new_topics_are_found() {
    let cluster = Cluster::start(&[("orders", 1)]).await;
    let soon = ("metadata.max.age.ms", "20");
    let mut by_name = cluster.consumer(&[soon, ("group.id", "a")]);
    by_name.subscribe(["orders"]).unwrap();
    poll_until(&mut by_name, |consumer| consumer.assignment().count() == 1).await;
    cluster.topics.lock().unwrap().insert("orders".to_owned(), 3);
    poll_until(&mut by_name, |consumer| consumer.assignment().count() == 3).await;
    drop(by_name);

    *cluster.group() = FakeGroup::default();
    let mut by_pattern = cluster.consumer(&[soon, ("group.id", "b")]);
    by_pattern.subscribe_matching(|topic| topic.starts_with("or")).unwrap();
    poll_until(&mut by_pattern, |consumer| consumer.assignment().count() == 3).await;
    cluster.topics.lock().unwrap().insert("organs".to_owned(), 1);
    cluster.topics.lock().unwrap().insert("others".to_owned(), 1);
    poll_until(&mut by_pattern, |consumer| consumer.assignment().count() == 4).await;
    assert!(by_pattern.assignment().all(|partition| partition.topic.as_str() != "others"));
}

#[tokio::test]
async fn a_paused_partition_waits_and_heartbeats_go_on() {
    let cluster = Cluster::start(&[("orders", 2)]).await;
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    poll_until(&mut consumer, |consumer| consumer.assignment().count() == 2).await;
    for index in 0..2 {
        consumer.pause(&partition("orders", index)).unwrap();
    }
    let beats = cluster.broker.calls_of::<HeartbeatRequest>().len();
    poll_until(&mut consumer, |_| cluster.broker.calls_of::<HeartbeatRequest>().len() > beats + 3).await;
    let position = consumer.position(&partition("orders", 1)).unwrap();
    consumer.resume(&partition("orders", 1)).unwrap();
    let records = loop {
        let records = consumer.poll(PATIENCE).await.unwrap();
        if !records.is_empty() {
            break records;
        }
    };
    assert!(records.iter().all(|record| record.partition == partition("orders", 1)));
    assert_eq!(Some(records[0].offset), position.or(Some(Offset::ZERO)));
}

#[tokio::test]
async fn an_unsubscribed_consumer_has_left() {
    let cluster = Cluster::start(&[("orders", 1), ("others", 1)]).await;
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    consumer.unsubscribe();
    assert_eq!(consumer.assignment().count(), 0);
    poll_until(&mut consumer, |_| cluster.group().left == ["member-1"]).await;
    consumer.subscribe(["others"]).unwrap();
    let record = consumer.poll(PATIENCE).await.unwrap().remove(0);
    assert_eq!(record.partition, partition("others", 0));
}

#[tokio::test]
async fn a_changed_subscription_is_joined_with() {
    let cluster = Cluster::start(&[("orders", 1), ("others", 1)]).await;
    let mut consumer = cluster.consumer(&[]);
    consumer.subscribe(["orders"]).unwrap();
    read(&mut consumer, 6).await;
    consumer.subscribe(["others"]).unwrap();
    poll_until(&mut consumer, |consumer| consumer.assignment().eq([&partition("others", 0)])).await;
    assert_eq!(cluster.committed("orders", 0), Some(LOG_END));
}

#[tokio::test]
async fn without_a_group_there_is_nothing_to_share() {
    let cluster = Cluster::start(&[]).await;
    let mut properties = cluster.broker.properties(ClientKind::Consumer, &[]);
    properties.set("client.id", "loner");
    let mut consumer = Consumer::new(ConsumerConfig::read(&properties).unwrap());
    assert_eq!(consumer.subscribe(["orders"]).unwrap_err().code(), Some(ErrorCode::InvalidGroupId));
    assert_eq!(consumer.commit().await.unwrap_err().code(), Some(ErrorCode::InvalidGroupId));
}
