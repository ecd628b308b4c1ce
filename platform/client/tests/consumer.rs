//! What the consumer makes of logs that move, shrink and hide.

mod fake;

use bytes::Bytes;
use fake::{Call, FakeBroker, Reply, topic_id};
use ottla_client::ClientError;
use ottla_client::config::{ClientKind, ConsumerConfig};
use ottla_client::consumer::{Consumer, SeekTo};
use ottla_model::{ErrorCode, Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
use ottla_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use ottla_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use ottla_protocol::messages::{FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse};
use ottla_records::{BatchBuilder, Compression};
use std::time::Duration;

/// Long enough that a test that has to wait for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const LOG_START: i64 = 5;
const LOG_END: i64 = 10;

fn partition() -> TopicPartition {
    TopicPartition { topic: TopicName::new("orders").unwrap(), partition: PartitionIndex::new(0) }
}

/// Records 5 to 9, two to a batch, each with its offset as value; from the batch on that has `offset`.
fn log_from(offset: i64) -> Bytes {
    let mut bytes = Vec::new();
    for base in (LOG_START..LOG_END).step_by(2).filter(|base| base + 1 >= offset) {
        let mut builder = BatchBuilder::new(Offset::new(base), Compression::Zstd);
        for at in base..(base + 2).min(LOG_END) {
            builder.append(Timestamp::new(at), None, Some(at.to_string().as_bytes()), &[]).unwrap();
        }
        bytes.extend_from_slice(&builder.build().unwrap());
    }
    bytes.into()
}

fn fetched(call: &Call, error_code: i16, records: Bytes) -> Reply {
    let by_id = call.version >= 13;
    let data = PartitionData {
        error_code,
        records: Some(records.into()),
        high_watermark: LOG_END,
        ..PartitionData::default()
    };
    let topic = FetchableTopicResponse {
        topic: if by_id { String::new() } else { "orders".to_owned() },
        topic_id: if by_id { topic_id("orders") } else { Default::default() },
        partitions: vec![data],
        ..FetchableTopicResponse::default()
    };
    call.answer(&FetchResponse { responses: vec![topic], ..FetchResponse::default() })
}

fn listed(call: &Call, offset: i64) -> Reply {
    let partition = ListOffsetsPartitionResponse { offset, ..ListOffsetsPartitionResponse::default() };
    let topic = ListOffsetsTopicResponse {
        name: "orders".to_owned(),
        partitions: vec![partition],
        ..ListOffsetsTopicResponse::default()
    };
    call.answer(&ListOffsetsResponse { topics: vec![topic], ..ListOffsetsResponse::default() })
}

/// A leader of the log above. `first` is asked before it does its work.
async fn leader(mut first: impl FnMut(&Call) -> Option<Reply> + Send + 'static) -> FakeBroker {
    FakeBroker::start(move |call: &Call| {
        if let Some(reply) = first(call) {
            return Some(reply);
        }
        if let Some(request) = call.request::<ListOffsetsRequest>() {
            return Some(match request.topics[0].partitions[0].timestamp {
                -2 => listed(call, LOG_START),
                -1 => listed(call, LOG_END),
                time if time < LOG_END => listed(call, time.max(LOG_START)),
                _ => listed(call, -1),
            });
        }
        let request: FetchRequest = call.request()?;
        Some(match request.topics[0].partitions[0].fetch_offset {
            offset if !(LOG_START..=LOG_END).contains(&offset) => fetched(call, 1, Bytes::new()),
            offset => fetched(call, 0, log_from(offset)),
        })
    })
    .await
}

fn consumer(broker: &FakeBroker, more: &[(&str, &str)]) -> Consumer {
    Consumer::new(ConsumerConfig::read(&broker.properties(ClientKind::Consumer, more)).unwrap())
}

/// Reads so many values.
async fn read(consumer: &mut Consumer, count: usize) -> Vec<String> {
    let mut values = Vec::new();
    while values.len() < count {
        for record in consumer.poll(PATIENCE).await.unwrap() {
            values.push(String::from_utf8(record.value.unwrap().to_vec()).unwrap());
        }
    }
    values
}

#[tokio::test]
async fn reading_begins_where_it_was_told_to() {
    let broker = leader(|_| None).await;
    for (to, expected) in [
        (SeekTo::Beginning, vec!["5", "6", "7", "8", "9"]),
        (SeekTo::Offset(Offset::new(8)), vec!["8", "9"]),
        (SeekTo::Time(Timestamp::new(7)), vec!["7", "8", "9"]),
    ] {
        let mut consumer = consumer(&broker, &[]);
        consumer.assign([partition()]);
        consumer.seek(&partition(), to).unwrap();
        assert_eq!(read(&mut consumer, expected.len()).await, expected, "{to:?}");
        assert_eq!(consumer.position(&partition()), Ok(Some(Offset::new(LOG_END))));
    }
}

#[tokio::test]
async fn records_come_in_pieces_of_the_size_asked_for() {
    let broker = leader(|_| None).await;
    let mut consumer = consumer(&broker, &[("max.poll.records", "2"), ("auto.offset.reset", "earliest")]);
    consumer.assign([partition()]);
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 5 {
        sizes.push(consumer.poll(PATIENCE).await.unwrap().len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn an_offset_that_is_gone_goes_where_the_policy_says() {
    let broker = leader(|_| None).await;
    let mut earliest = consumer(&broker, &[("auto.offset.reset", "earliest")]);
    earliest.assign([partition()]);
    earliest.seek(&partition(), SeekTo::Offset(Offset::new(99))).unwrap();
    assert_eq!(read(&mut earliest, 5).await, ["5", "6", "7", "8", "9"]);

    let mut none = consumer(&broker, &[("auto.offset.reset", "none")]);
    none.assign([partition()]);
    none.seek(&partition(), SeekTo::Offset(Offset::new(2))).unwrap();
    assert_eq!(none.poll(PATIENCE).await, Err(ClientError::NoOffset("orders-0".to_owned())));
}

#[tokio::test]
async fn a_seek_forgets_what_was_fetched_for_another_place() {
    let broker = leader(|_| None).await;
    let mut consumer = consumer(&broker, &[("max.poll.records", "1"), ("auto.offset.reset", "earliest")]);
    consumer.assign([partition()]);
    assert_eq!(read(&mut consumer, 1).await, ["5"]);
    consumer.seek(&partition(), SeekTo::Offset(Offset::new(9))).unwrap();
    assert_eq!(read(&mut consumer, 1).await, ["9"]);
}

#[tokio::test]
async fn trouble_that_passes_is_waited_out() {
    let mut trouble = vec![Reply::Close, Reply::Bytes(vec![0, 0, 0, 4, 0, 0, 0x77, 0x77])];
    let mut codes = vec![ErrorCode::NotLeaderOrFollower, ErrorCode::FencedLeaderEpoch, ErrorCode::UnknownTopicId];
    let broker = leader(move |call| {
        call.request::<FetchRequest>()?;
        match codes.pop() {
            Some(code) => Some(fetched(call, code.code(), Bytes::new())),
            None => trouble.pop(),
        }
    })
    .await;
    let mut consumer = consumer(&broker, &[("auto.offset.reset", "earliest")]);
    consumer.assign([partition()]);
    let mut values = Vec::new();
    while values.len() < 5 {
        // Nonsense is told, but does not stick.
        if let Ok(records) = consumer.poll(PATIENCE).await {
            values.extend(records.into_iter().map(|record| record.offset.value()));
        }
    }
    assert_eq!(values, [5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn what_will_not_pass_is_told() {
    let broker = leader(|call| {
        call.request::<FetchRequest>()?;
        Some(fetched(call, ErrorCode::TopicAuthorizationFailed.code(), Bytes::new()))
    })
    .await;
    let mut consumer = consumer(&broker, &[("auto.offset.reset", "earliest")]);
    consumer.assign([partition()]);
    let error = consumer.poll(PATIENCE).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::TopicAuthorizationFailed));
}

#[tokio::test]
async fn a_poll_ends_when_its_time_is_up() {
    let broker = leader(|call| call.request::<FetchRequest>().map(|_| Reply::Silence)).await;
    let mut consumer = consumer(&broker, &[("auto.offset.reset", "earliest")]);
    consumer.assign([partition()]);
    assert_eq!(consumer.poll(Duration::from_millis(50)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn only_what_is_assigned_has_a_position() {
    let broker = leader(|_| None).await;
    let mut consumer = consumer(&broker, &[]);
    assert!(consumer.seek(&partition(), SeekTo::Beginning).is_err());
    assert!(consumer.position(&partition()).is_err());
    consumer.assign([partition()]);
    assert_eq!(consumer.position(&partition()), Ok(None));
    assert_eq!(consumer.partitions_of("orders").await, Ok(vec![PartitionIndex::new(0)]));
}
