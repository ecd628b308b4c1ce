//! What the admin client makes of brokers of all kinds.

mod fake;

use fake::{Call, FakeBroker, Reply, all_versions, version_range};
use ottla_client::ClientError;
use ottla_client::admin::{Admin, NewTopic, OffsetSpec};
use ottla_client::config::{AdminConfig, ClientKind, IsolationLevel};
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::ApiKey;
use ottla_protocol::messages::create_topics_response::CreatableTopicResult;
use ottla_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use ottla_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use ottla_protocol::messages::{
    ApiVersionsResponse, CreateTopicsResponse, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest,
};

fn admin(broker: &FakeBroker) -> Admin {
    admin_with(broker, &[])
}

fn admin_with(broker: &FakeBroker, more: &[(&str, &str)]) -> Admin {
    Admin::new(AdminConfig::read(&broker.properties(ClientKind::Admin, more)).unwrap())
}

#[tokio::test]
async fn an_old_broker_is_asked_again_in_a_version_that_it_knows() {
    let old = ApiVersionsResponse {
        api_keys: vec![version_range(ApiKey::ApiVersions, 0, 2), version_range(ApiKey::Metadata, 0, 5)],
        ..ApiVersionsResponse::default()
    };
    let broker = FakeBroker::start(move |call: &Call| match (call.api, call.version) {
        (ApiKey::ApiVersions, 3..) => Some(call.answer_in(&ApiVersionsResponse { error_code: 35, ..old.clone() }, 0)),
        (ApiKey::ApiVersions, _) => Some(call.answer(&old)),
        _ => None,
    })
    .await;
    assert_eq!(admin(&broker).list_topics().await, Ok(Vec::new()));
    let versions: Vec<_> = broker.calls().iter().map(|call| (call.api, call.version)).collect();
    assert_eq!(versions, [(ApiKey::ApiVersions, 4), (ApiKey::ApiVersions, 2), (ApiKey::Metadata, 5)]);
}

#[tokio::test]
async fn an_api_that_the_broker_lacks_is_named() {
    let few = ApiVersionsResponse {
        api_keys: vec![version_range(ApiKey::ApiVersions, 0, 4)],
        ..ApiVersionsResponse::default()
    };
    let broker =
        FakeBroker::start(move |call: &Call| (call.api == ApiKey::ApiVersions).then(|| call.answer(&few))).await;
    let error = admin(&broker).list_topics().await.unwrap_err();
    assert_eq!(error, ClientError::UnsupportedVersion("The node does not support Metadata".to_owned()));
}

fn page(name: &str, partitions: std::ops::Range<i32>) -> DescribeTopicPartitionsResponseTopic {
    let partition = |partition_index| DescribeTopicPartitionsResponsePartition {
        partition_index,
        leader_id: 1,
        ..DescribeTopicPartitionsResponsePartition::default()
    };
    DescribeTopicPartitionsResponseTopic {
        name: Some(name.to_owned()),
        partitions: partitions.map(partition).collect(),
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

#[tokio::test]
async fn long_descriptions_come_page_by_page_and_are_put_together() {
    let broker = FakeBroker::start(|call: &Call| {
        let request: DescribeTopicPartitionsRequest = call.request()?;
        let cursor = |topic: &str, partition_index| {
            Some(Cursor { topic_name: topic.to_owned(), partition_index, ..Cursor::default() })
        };
        let at = request.cursor.map(|cursor| (cursor.topic_name, cursor.partition_index));
        let (topics, next_cursor) = match at.as_ref().map(|(topic, partition)| (topic.as_str(), *partition)) {
            None => (vec![page("a", 0..2)], cursor("a", 2)),
            Some(("a", 2)) => (vec![page("a", 2..3), page("b", 0..1)], cursor("b", 1)),
            Some(("b", 1)) => {
                let asked: Vec<_> = request.topics.iter().map(|topic| topic.name.as_str()).collect();
                assert_eq!(asked, ["b", "c"], "what lies behind the cursor is not asked for again");
                (vec![page("b", 1..2)], None)
            }
            other => panic!("a cursor that was not given: {other:?}"),
        };
        let answer = DescribeTopicPartitionsResponse { topics, next_cursor, ..Default::default() };
        Some(call.answer(&answer))
    })
    .await;
    let names = ["b", "a", "c"].map(str::to_owned);
    let described = admin(&broker).describe_topics(&names, 2).await.unwrap();
    let shown: Vec<_> = described
        .iter()
        .map(|(name, topic)| {
            (name.as_str(), topic.as_ref().map(|topic| topic.partitions.len()).map_err(ClientError::code))
        })
        .collect();
    assert_eq!(shown, [("b", Ok(2)), ("a", Ok(3)), ("c", Err(Some(ErrorCode::UnknownTopicOrPartition)))]);
}

#[tokio::test]
async fn a_cursor_that_does_not_advance_ends_the_description() {
    let broker = FakeBroker::start(|call: &Call| {
        call.request::<DescribeTopicPartitionsRequest>()?;
        let next_cursor = Some(Cursor { topic_name: "a".to_owned(), partition_index: 0, ..Cursor::default() });
        let answer = DescribeTopicPartitionsResponse { topics: Vec::new(), next_cursor, ..Default::default() };
        Some(call.answer(&answer))
    })
    .await;
    let outcome = admin(&broker).describe_topics(&["a".to_owned()], 1).await;
    assert!(matches!(outcome, Err(ClientError::Malformed(_))), "{outcome:?}");
}

#[tokio::test]
async fn topics_are_described_from_metadata_where_there_is_nothing_better() {
    let without_pages = ApiVersionsResponse {
        api_keys: all_versions()
            .api_keys
            .into_iter()
            .filter(|api| api.api_key != ApiKey::DescribeTopicPartitions.key())
            .collect(),
        ..ApiVersionsResponse::default()
    };
    let broker =
        FakeBroker::start(move |call: &Call| (call.api == ApiKey::ApiVersions).then(|| call.answer(&without_pages)))
            .await;
    let described = admin(&broker).describe_topics(&["a".to_owned()], 10).await.unwrap();
    let topic = described[0].1.as_ref().unwrap();
    assert_eq!(topic.partitions[0].eligible_leader_replicas, None, "nobody told");
}

fn created(call: &Call, error_code: i16) -> Reply {
    let topic = CreatableTopicResult { name: "a".to_owned(), error_code, ..CreatableTopicResult::default() };
    call.answer(&CreateTopicsResponse { topics: vec![topic], ..CreateTopicsResponse::default() })
}

#[tokio::test]
async fn a_broker_that_is_not_the_controller_is_asked_again() {
    let mut refusals = 2;
    let broker = FakeBroker::start(move |call: &Call| {
        (call.api == ApiKey::CreateTopics).then(|| {
            refusals -= 1;
            created(call, if refusals >= 0 { 41 } else { 0 })
        })
    })
    .await;
    let topic = NewTopic { name: "a".to_owned(), ..NewTopic::default() };
    let outcome = admin(&broker).create_topics(&[topic], false).await.unwrap();
    assert!(outcome[0].1.is_ok());
}

#[tokio::test]
async fn a_refusal_about_a_topic_is_not_retried_even_if_it_might_pass() {
    let broker = FakeBroker::start(|call: &Call| (call.api == ApiKey::CreateTopics).then(|| created(call, 7))).await;
    let topic = NewTopic { name: "a".to_owned(), ..NewTopic::default() };
    let outcome = admin(&broker).create_topics(&[topic], false).await.unwrap();
    assert_eq!(outcome[0].1.as_ref().unwrap_err().code(), Some(ErrorCode::RequestTimedOut));
    assert_eq!(broker.calls().iter().filter(|call| call.api == ApiKey::CreateTopics).count(), 1);
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let mut closes = 3;
    let broker = FakeBroker::start(move |call: &Call| {
        (call.api == ApiKey::Metadata && closes > 0).then(|| {
            closes -= 1;
            Reply::Close
        })
    })
    .await;
    assert_eq!(admin(&broker).list_topics().await, Ok(Vec::new()));
}

#[tokio::test]
async fn answers_to_questions_that_were_not_asked_lose_the_connection() {
    let mut strange = vec![
        // A correlation id of nobody's.
        vec![0, 0, 0, 4, 0, 0, 0x77, 0x77],
        // A frame too short for one.
        vec![0, 0, 0, 1, 0],
        // A frame of two gigabytes.
        vec![0x7f, 0xff, 0xff, 0xff],
        // A frame of negative length.
        vec![0xff; 4],
    ];
    let broker = FakeBroker::start(
        move |call: &Call| {
            if call.api == ApiKey::Metadata { strange.pop().map(Reply::Bytes) } else { None }
        },
    )
    .await;
    let admin = admin_with(&broker, &[("retries", "10")]);
    let mut outcome = admin.list_topics().await;
    // Nonsense is not retried, but it does not stick either.
    for _ in 0..4 {
        if outcome.is_err() {
            outcome = admin.list_topics().await;
        }
    }
    assert_eq!(outcome, Ok(Vec::new()));
}

#[tokio::test]
async fn a_broker_that_never_answers_ends_in_a_timeout() {
    let broker = FakeBroker::start(|call: &Call| (call.api == ApiKey::Metadata).then_some(Reply::Silence)).await;
    let admin = admin_with(&broker, &[("default.api.timeout.ms", "300"), ("request.timeout.ms", "50")]);
    let outcome = admin.list_topics().await;
    let expected = "Timed out waiting for a node assignment. Call: listTopics".to_owned();
    assert_eq!(outcome, Err(ClientError::Timeout(expected)));
}

#[tokio::test]
async fn offsets_are_asked_of_the_leader_until_there_is_one() {
    let mut refusals = 2;
    let broker = FakeBroker::start(move |call: &Call| {
        let request: ListOffsetsRequest = call.request()?;
        refusals -= 1;
        let partition = |asked: &ottla_protocol::messages::list_offsets_request::ListOffsetsPartition| {
            ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                error_code: if refusals >= 0 { 6 } else { 0 },
                offset: 42,
                ..ListOffsetsPartitionResponse::default()
            }
        };
        let topic =
            |asked: &ottla_protocol::messages::list_offsets_request::ListOffsetsTopic| ListOffsetsTopicResponse {
                name: asked.name.clone(),
                partitions: asked.partitions.iter().map(partition).collect(),
                ..ListOffsetsTopicResponse::default()
            };
        let topics = request.topics.iter().map(topic).collect();
        Some(call.answer(&ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }))
    })
    .await;
    let partition = TopicPartition { topic: TopicName::new("a").unwrap(), partition: PartitionIndex::new(0) };
    let asked = [(partition, OffsetSpec::Latest)];
    let found = admin(&broker).list_offsets(&asked, IsolationLevel::ReadUncommitted).await;
    assert_eq!(found[0].1.as_ref().unwrap().offset, Some(Offset::new(42)));
    assert_eq!(broker.calls_of::<MetadataRequest>().len(), 3, "who leads is asked again after each refusal");
}
