//! What the producer makes of brokers that refuse, forget and disappear.

mod fake;

use fake::{Call, FakeBroker, Reply, topic_id};
use ottla_client::ClientError;
use ottla_client::config::{ClientKind, ProducerConfig};
use ottla_client::producer::{Producer, ProducerRecord};
use ottla_model::{ErrorCode, Offset};
use ottla_protocol::ApiKey;
use ottla_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use ottla_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse};
use ottla_records::{Batch, BatchHeader, batches};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A partition as a leader keeps it: values in order, and for each producer the sequence number that comes next and the
/// batches that it may see again.
#[derive(Debug, Default)]
struct Log {
    values: Vec<String>,
    producers: HashMap<i64, ProducerState>,
    next_producer_id: i64,
    requests: usize,
}

#[derive(Debug)]
struct ProducerState {
    next_sequence: i32,
    /// Base sequence and base offset of the batches that are remembered.
    recent: Vec<(i32, i64)>,
}

/// What happens to a produce request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Append,
    /// An error that may pass; nothing is appended.
    Refuse(ErrorCode),
    /// The connection is lost before anything is appended.
    LoseRequest,
    /// The connection is lost after all is appended.
    LoseAnswer,
}

impl Log {
    /// Appends as a leader does (KIP-98).
    fn append(&mut self, batch: &Batch) -> Result<i64, ErrorCode> {
        batch.verify_crc().unwrap();
        let header = &batch.header;
        let base_offset = self.values.len() as i64;
        if header.producer_id != BatchHeader::NO_PRODUCER_ID {
            // Of a producer that the leader knows nothing of, any sequence number may come first.
            let fresh = ProducerState { next_sequence: header.base_sequence, recent: Vec::new() };
            let producer = self.producers.entry(header.producer_id.value()).or_insert(fresh);
            if let Some((_, offset)) = producer.recent.iter().find(|(sequence, _)| *sequence == header.base_sequence) {
                return Ok(*offset);
            }
            if header.base_sequence != producer.next_sequence {
                return Err(ErrorCode::OutOfOrderSequenceNumber);
            }
            producer.next_sequence += header.record_count;
            producer.recent.push((header.base_sequence, base_offset));
        }
        for record in batch.records(1 << 20).unwrap() {
            self.values.push(String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap());
        }
        Ok(base_offset)
    }
}

/// A leader that does to each produce request what `fates` says, and appends once there are none left.
async fn leader(fates: Vec<Fate>, size_max: usize) -> (FakeBroker, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(Log { next_producer_id: 100, ..Log::default() }));
    let shared = Arc::clone(&log);
    let mut fates = fates.into_iter();
    let broker = FakeBroker::start(move |call: &Call| {
        let mut log = shared.lock().unwrap();
        if call.request::<InitProducerIdRequest>().is_some() {
            log.next_producer_id += 1;
            let producer_id = log.next_producer_id;
            return Some(call.answer(&InitProducerIdResponse { producer_id, ..Default::default() }));
        }
        let request: ProduceRequest = call.request()?;
        log.requests += 1;
        let fate = fates.next().unwrap_or(Fate::Append);
        if fate == Fate::LoseRequest {
            return Some(Reply::Close);
        }
        let mut answer = ProduceResponse::default();
        for topic in &request.topic_data {
            let mut of_topic =
                TopicProduceResponse { name: topic.name.clone(), topic_id: topic.topic_id, ..Default::default() };
            for partition in &topic.partition_data {
                let bytes = partition.records.as_ref().unwrap().read_all().unwrap();
                let outcome = match fate {
                    Fate::Refuse(code) => Err(code),
                    _ if bytes.len() > size_max => Err(ErrorCode::MessageTooLarge),
                    _ => log.append(&batches(bytes).next().unwrap().unwrap()),
                };
                of_topic.partition_responses.push(PartitionProduceResponse {
                    index: partition.index,
                    error_code: outcome.err().unwrap_or(ErrorCode::None).code(),
                    base_offset: outcome.unwrap_or(-1),
                    ..PartitionProduceResponse::default()
                });
            }
            answer.responses.push(of_topic);
        }
        if request.acks == 0 {
            return Some(Reply::Silence);
        }
        Some(if fate == Fate::LoseAnswer { Reply::Close } else { call.answer(&answer) })
    })
    .await;
    (broker, log)
}

fn producer(broker: &FakeBroker, more: &[(&str, &str)]) -> Producer {
    Producer::start(ProducerConfig::read(&broker.properties(ClientKind::Producer, more)).unwrap())
}

fn record(value: &str) -> ProducerRecord {
    ProducerRecord { topic: "orders".to_owned(), value: Some(value.to_owned().into()), ..ProducerRecord::default() }
}

/// A batch each.
const NO_BATCHING: (&str, &str) = ("batch.size", "1");

/// Sends these values as fast as they are taken; gives where each was said to be.
async fn send_all(producer: &Producer, values: &[String]) -> Vec<Result<Option<Offset>, ClientError>> {
    let mut deliveries = Vec::new();
    for value in values {
        deliveries.push(producer.send(record(value)).await.unwrap());
    }
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        outcomes.push(delivery.await.map(|delivered| delivered.offset));
    }
    outcomes
}

fn values(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("value-{number}")).collect()
}

#[tokio::test]
async fn records_are_batched_and_each_hears_its_offset() {
    let (broker, log) = leader(Vec::new(), usize::MAX).await;
    let producer = producer(&broker, &[("linger.ms", "20")]);
    let outcomes = send_all(&producer, &values(50)).await;
    assert_eq!(outcomes, (0..50).map(|offset| Ok(Some(Offset::new(offset)))).collect::<Vec<_>>());
    producer.close().await;
    let log = log.lock().unwrap();
    assert_eq!(log.values, values(50));
    assert!(log.requests < 10, "fifty records in {} requests", log.requests);
    let topics: Vec<_> = broker.calls_of::<ProduceRequest>().into_iter().flat_map(|call| call.topic_data).collect();
    assert_eq!(topics[0].topic_id, topic_id("orders"), "topics are named by id where the broker knows ids");
}

#[tokio::test]
async fn what_is_lost_is_sent_again_and_what_is_repeated_is_not_appended_twice() {
    let fates = vec![
        Fate::Refuse(ErrorCode::NotLeaderOrFollower),
        Fate::LoseAnswer,
        Fate::LoseRequest,
        Fate::Refuse(ErrorCode::NotEnoughReplicas),
        Fate::LoseAnswer,
    ];
    let (broker, log) = leader(fates, usize::MAX).await;
    let producer = producer(&broker, &[NO_BATCHING]);
    let outcomes = send_all(&producer, &values(20)).await;
    assert_eq!(outcomes, (0..20).map(|offset| Ok(Some(Offset::new(offset)))).collect::<Vec<_>>());
    producer.close().await;
    assert_eq!(log.lock().unwrap().values, values(20));
    assert_eq!(broker.calls_of::<InitProducerIdRequest>().len(), 1, "the same producer id throughout");
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_taken_apart() {
    let (broker, log) = leader(Vec::new(), 300).await;
    let producer = producer(&broker, &[("linger.ms", "20"), ("batch.size", "2000")]);
    let outcomes = send_all(&producer, &values(40)).await;
    assert_eq!(outcomes, (0..40).map(|offset| Ok(Some(Offset::new(offset)))).collect::<Vec<_>>());
    producer.close().await;
    assert_eq!(log.lock().unwrap().values, values(40));
    assert_eq!(broker.calls_of::<InitProducerIdRequest>().len(), 1, "the parts share the whole's sequence numbers");
}

#[tokio::test]
async fn what_was_sent_behind_a_batch_that_is_too_large_stays_behind_it() {
    for more in [&[][..], &[("enable.idempotence", "false"), ("max.in.flight.requests.per.connection", "1")]] {
        let (broker, log) = leader(Vec::new(), 300).await;
        let properties: Vec<_> =
            [("linger.ms", "0"), ("batch.size", "700")].into_iter().chain(more.iter().copied()).collect();
        let producer = producer(&broker, &properties);
        let outcomes = send_all(&producer, &values(500)).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        producer.close().await;
        assert_eq!(log.lock().unwrap().values, values(500));
    }
}

#[tokio::test]
async fn a_record_that_is_too_large_by_itself_fails_alone() {
    let (broker, log) = leader(Vec::new(), 300).await;
    let producer = producer(&broker, &[("linger.ms", "20"), ("batch.size", "2000")]);
    let mut all = values(5);
    all[2] = "x".repeat(1_000);
    let outcomes = send_all(&producer, &all).await;
    let failed: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().and_then(ClientError::code)).collect();
    assert_eq!(failed, [None, None, Some(ErrorCode::MessageTooLarge), None, None]);
    producer.close().await;
    all.remove(2);
    assert_eq!(log.lock().unwrap().values, all);
}

#[tokio::test]
async fn without_acks_nobody_waits() {
    let (broker, log) = leader(Vec::new(), usize::MAX).await;
    let producer = producer(&broker, &[NO_BATCHING, ("acks", "0")]);
    let outcomes = send_all(&producer, &values(5)).await;
    assert_eq!(outcomes, vec![Ok(None); 5]);
    producer.close().await;
    // What is on its way when a connection closes still arrives.
    for _ in 0..500 {
        if log.lock().unwrap().values.len() == 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(log.lock().unwrap().values, values(5));
}

#[tokio::test]
async fn an_error_that_will_not_pass_is_told_and_the_next_record_goes_on() {
    let (broker, log) = leader(vec![Fate::Refuse(ErrorCode::TopicAuthorizationFailed)], usize::MAX).await;
    let producer = producer(&broker, &[NO_BATCHING]);
    let first = producer.send(record("a")).await.unwrap().await.unwrap_err();
    assert_eq!(first.code(), Some(ErrorCode::TopicAuthorizationFailed));
    assert!(producer.send(record("b")).await.unwrap().await.is_ok());
    producer.close().await;
    assert_eq!(log.lock().unwrap().values, ["b"]);
}

#[tokio::test]
async fn retries_end_when_they_are_used_up() {
    let fates = vec![Fate::Refuse(ErrorCode::NotEnoughReplicas); 3];
    let (broker, log) = leader(fates, usize::MAX).await;
    let producer = producer(&broker, &[NO_BATCHING, ("retries", "2")]);
    let first = producer.send(record("a")).await.unwrap().await.unwrap_err();
    assert_eq!(first.code(), Some(ErrorCode::NotEnoughReplicas));
    assert!(producer.send(record("b")).await.unwrap().await.is_ok());
    producer.close().await;
    assert_eq!(log.lock().unwrap().values, ["b"]);
    assert_eq!(broker.calls_of::<InitProducerIdRequest>().len(), 2, "nobody knows whether the first was appended");
}

#[tokio::test]
async fn a_record_expires_when_nobody_answers() {
    let broker = FakeBroker::start(|call: &Call| match call.api {
        ApiKey::InitProducerId => Some(call.answer(&InitProducerIdResponse::default())),
        ApiKey::Produce => Some(Reply::Silence),
        _ => None,
    })
    .await;
    let times = [("linger.ms", "0"), ("request.timeout.ms", "50"), ("delivery.timeout.ms", "200")];
    let producer = producer(&broker, &times);
    let error = producer.send(record("a")).await.unwrap().await.unwrap_err();
    let expected = "Expiring 1 record(s) for orders-0:200 ms has passed since batch creation".to_owned();
    assert_eq!(error, ClientError::Timeout(expected));
    producer.close().await;
}

#[tokio::test]
async fn a_full_buffer_makes_the_sender_wait_and_then_give_up() {
    let broker = FakeBroker::start(|call: &Call| match call.api {
        ApiKey::InitProducerId => Some(call.answer(&InitProducerIdResponse::default())),
        ApiKey::Produce => Some(Reply::Silence),
        _ => None,
    })
    .await;
    let bounds = [("buffer.memory", "1500"), ("max.block.ms", "50"), ("linger.ms", "60000")];
    let producer = producer(&broker, &bounds);
    let _waiting = producer.send(record(&"x".repeat(1_000))).await.unwrap();
    let error = producer.send(record(&"x".repeat(1_000))).await.unwrap_err();
    assert!(matches!(error, ClientError::Timeout(_)), "{error:?}");
    let error = producer.send(record(&"x".repeat(2_000))).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MessageTooLarge));
}

#[tokio::test]
async fn a_flush_does_not_wait_for_the_linger() {
    let (broker, log) = leader(Vec::new(), usize::MAX).await;
    let producer = producer(&broker, &[("linger.ms", "600000"), ("delivery.timeout.ms", "700000")]);
    let delivery = producer.send(record("a")).await.unwrap();
    producer.flush().await;
    assert_eq!(delivery.await.unwrap().offset, Some(Offset::ZERO));
    assert_eq!(log.lock().unwrap().values, ["a"]);
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Append),
        2 => Just(Fate::LoseRequest),
        2 => Just(Fate::LoseAnswer),
        1 => Just(Fate::Refuse(ErrorCode::NotLeaderOrFollower)),
        1 => Just(Fate::Refuse(ErrorCode::NotEnoughReplicas)),
        1 => Just(Fate::Refuse(ErrorCode::RequestTimedOut)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is lost on the way, every record is in the log once, in the order in which they were sent.
    #[test]
    fn an_idempotent_producer_neither_loses_nor_repeats_nor_reorders(
        fates in prop::collection::vec(fate(), 0..40),
        count in 1_usize..40,
        in_flight in 1_usize..=5,
        batch_size in prop_oneof![Just("1"), Just("400")],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (outcomes, appended) = runtime.block_on(async {
            // Batches of more than a few records are too large.
            let (broker, log) = leader(fates, 150).await;
            let in_flight = in_flight.to_string();
            let properties = [("batch.size", batch_size), ("max.in.flight.requests.per.connection", &in_flight)];
            let producer = producer(&broker, &properties);
            let outcomes = send_all(&producer, &values(count)).await;
            producer.close().await;
            let appended = log.lock().unwrap().values.clone();
            (outcomes, appended)
        });
        prop_assert_eq!(appended, values(count));
        let offsets: Vec<_> = (0..count).map(|offset| Ok(Some(Offset::new(offset as i64)))).collect();
        prop_assert_eq!(outcomes, offsets);
    }
}
