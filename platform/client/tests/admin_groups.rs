//! What the admin client makes of brokers that coordinate groups.

mod fake;

use fake::{Call, FakeBroker, Reply, all_versions, version_range};
use ottla_client::ClientError;
use ottla_client::admin::{Admin, CommittedOffset, GroupFilter, GroupState, GroupType};
use ottla_client::config::{AdminConfig, ClientKind};
use ottla_model::{ErrorCode, Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::ApiKey;
use ottla_protocol::messages::delete_groups_response::DeletableGroupResult;
use ottla_protocol::messages::find_coordinator_response::Coordinator;
use ottla_protocol::messages::list_groups_response::ListedGroup;
use ottla_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use ottla_protocol::messages::offset_fetch_response::{OffsetFetchResponsePartition, OffsetFetchResponseTopic};
use ottla_protocol::messages::{
    ApiVersionsResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DeleteGroupsRequest,
    DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, ListGroupsRequest, ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse,
    OffsetFetchRequest, OffsetFetchResponse, consumer_group_describe_response, describe_groups_response,
};

fn admin(broker: &FakeBroker) -> Admin {
    let more = [("default.api.timeout.ms", "20000")];
    Admin::new(AdminConfig::read(&broker.properties(ClientKind::Admin, &more)).unwrap())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn partition(index: i32) -> TopicPartition {
    TopicPartition { topic: TopicName::new("t").unwrap(), partition: PartitionIndex::new(index) }
}

/// Every group is coordinated by the broker with id 1, the only one.
fn found(call: &Call) -> Option<Reply> {
    let request: FindCoordinatorRequest = call.request()?;
    let coordinator = |key: &String| Coordinator { key: key.clone(), node_id: 1, ..Coordinator::default() };
    let coordinators = request.coordinator_keys.iter().map(coordinator).collect();
    Some(call.answer(&FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() }))
}

fn deleted(call: &Call, error_code: ErrorCode) -> Option<Reply> {
    let request: DeleteGroupsRequest = call.request()?;
    let result = |group: String| DeletableGroupResult {
        group_id: group,
        error_code: error_code.code(),
        ..DeletableGroupResult::default()
    };
    let results = request.groups_names.into_iter().map(result).collect();
    Some(call.answer(&DeleteGroupsResponse { results, ..DeleteGroupsResponse::default() }))
}

/// How often the coordinator is looked up, and how often it is asked, if it gives this error the first time.
async fn questions_after(first: ErrorCode) -> (usize, usize) {
    let mut errors = vec![ErrorCode::None, first];
    let broker = FakeBroker::start(move |call: &Call| {
        found(call).or_else(|| deleted(call, *errors.last()?)).inspect(|_| {
            if call.api == ApiKey::DeleteGroups {
                errors.truncate(1);
            }
        })
    })
    .await;
    let outcomes = admin(&broker).delete_consumer_groups(&names(&["g"])).await;
    assert_eq!(outcomes, [("g".to_owned(), Ok(()))]);
    (broker.calls_of::<FindCoordinatorRequest>().len(), broker.calls_of::<DeleteGroupsRequest>().len())
}

#[tokio::test]
async fn a_coordinator_that_is_none_any_more_is_looked_up_again() {
    assert_eq!(questions_after(ErrorCode::NotCoordinator).await, (2, 2));
    assert_eq!(questions_after(ErrorCode::CoordinatorNotAvailable).await, (2, 2));
}

#[tokio::test]
async fn a_coordinator_that_loads_is_asked_again() {
    assert_eq!(questions_after(ErrorCode::CoordinatorLoadInProgress).await, (1, 2));
}

#[tokio::test]
async fn a_coordinator_that_refuses_is_believed() {
    let broker = FakeBroker::start(|call: &Call| found(call).or_else(|| deleted(call, ErrorCode::NonEmptyGroup))).await;
    let outcomes = admin(&broker).delete_consumer_groups(&names(&["b", "a", "b"])).await;
    let told: Vec<_> =
        outcomes.iter().map(|(group, outcome)| (group.as_str(), outcome.as_ref().unwrap_err().code())).collect();
    assert_eq!(told, [("a", Some(ErrorCode::NonEmptyGroup)), ("b", Some(ErrorCode::NonEmptyGroup))]);
    assert_eq!(broker.calls_of::<DeleteGroupsRequest>().len(), 1);
}

#[tokio::test]
async fn an_old_broker_is_asked_for_one_coordinator_at_a_time() {
    let old = ApiVersionsResponse {
        api_keys: vec![
            version_range(ApiKey::ApiVersions, 0, 4),
            version_range(ApiKey::Metadata, 0, 9),
            version_range(ApiKey::FindCoordinator, 0, 3),
            version_range(ApiKey::DeleteGroups, 0, 1),
        ],
        ..ApiVersionsResponse::default()
    };
    let broker = FakeBroker::start(move |call: &Call| match call.api {
        ApiKey::ApiVersions => Some(call.answer(&old)),
        ApiKey::FindCoordinator => {
            Some(call.answer(&FindCoordinatorResponse { node_id: 1, ..FindCoordinatorResponse::default() }))
        }
        _ => deleted(call, ErrorCode::None),
    })
    .await;
    let outcomes = admin(&broker).delete_consumer_groups(&names(&["a", "b"])).await;
    assert_eq!(outcomes, [("a".to_owned(), Ok(())), ("b".to_owned(), Ok(()))]);
    let keys: Vec<_> = broker.calls_of::<FindCoordinatorRequest>().into_iter().map(|request| request.key).collect();
    assert_eq!(keys, ["a", "b"]);
}

#[tokio::test]
async fn a_name_that_no_group_can_have_is_refused_when_it_is_looked_up() {
    let broker = FakeBroker::start(|call: &Call| {
        let request: FindCoordinatorRequest = call.request()?;
        let refused = Coordinator {
            key: request.coordinator_keys[0].clone(),
            node_id: -1,
            error_code: ErrorCode::InvalidGroupId.code(),
            ..Coordinator::default()
        };
        let answer = FindCoordinatorResponse { coordinators: vec![refused], ..FindCoordinatorResponse::default() };
        Some(call.answer(&answer))
    })
    .await;
    let error = admin(&broker).list_consumer_group_offsets("g", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "FindCoordinator request for key `CoordinatorKey(idValue='g', type=GROUP)` failed due to an unexpected error"
    );
}

fn not_of_consumers(call: &Call) -> Option<Reply> {
    let request: ConsumerGroupDescribeRequest = call.request()?;
    let described = |group_id: String| consumer_group_describe_response::DescribedGroup {
        error_code: ErrorCode::GroupIdNotFound.code(),
        error_message: Some(format!("Group {group_id} is not a consumer group.")),
        group_id,
        ..Default::default()
    };
    let groups = request.group_ids.into_iter().map(described).collect();
    Some(call.answer(&ConsumerGroupDescribeResponse { groups, ..ConsumerGroupDescribeResponse::default() }))
}

/// `classic` is a classic group, `connect` is one of Kafka Connect, others do not exist.
fn classic(call: &Call) -> Option<Reply> {
    let request: DescribeGroupsRequest = call.request()?;
    let described = |group_id: String| {
        let group = describe_groups_response::DescribedGroup { group_id, ..Default::default() };
        match group.group_id.as_str() {
            name @ ("classic" | "connect") => {
                let protocol_type = if name == "classic" { "consumer" } else { "connect" };
                let (group_state, protocol_type) = ("Stable".to_owned(), protocol_type.to_owned());
                describe_groups_response::DescribedGroup { group_state, protocol_type, ..group }
            }
            _ => describe_groups_response::DescribedGroup {
                error_code: ErrorCode::GroupIdNotFound.code(),
                group_state: "Dead".to_owned(),
                ..group
            },
        }
    };
    let groups = request.groups.into_iter().map(described).collect();
    Some(call.answer(&DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() }))
}

#[tokio::test]
async fn what_is_no_group_of_the_newer_protocol_may_be_a_classic_one() {
    let broker =
        FakeBroker::start(|call: &Call| found(call).or_else(|| not_of_consumers(call)).or_else(|| classic(call))).await;
    let described = admin(&broker).describe_consumer_groups(&names(&["classic", "connect", "none"])).await;
    let told = |name: &str| described.iter().find(|(group, _)| group == name).unwrap().1.clone();
    let group = told("classic").unwrap();
    assert_eq!(
        (group.group_type, group.state, group.coordinator.id.value()),
        (GroupType::Classic, GroupState::Stable, 1)
    );
    assert_eq!(told("connect").unwrap_err().to_string(), "GroupId connect is not a consumer group (connect).");
    let missing = told("none").unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::GroupIdNotFound));
    assert_eq!(missing.to_string(), "Group none is not a consumer group.", "the more particular of the two answers");
}

#[tokio::test]
async fn a_broker_without_the_newer_protocol_is_asked_about_classic_groups() {
    let mut without = all_versions();
    without.api_keys.retain(|api| api.api_key != ApiKey::ConsumerGroupDescribe.key());
    let broker = FakeBroker::start(move |call: &Call| match call.api {
        ApiKey::ApiVersions => Some(call.answer(&without)),
        _ => found(call).or_else(|| classic(call)),
    })
    .await;
    let described = admin(&broker).describe_consumer_groups(&names(&["classic", "none"])).await;
    let told: Vec<_> = described
        .iter()
        .map(|(group, outcome)| match outcome {
            Ok(described) => format!("{group} {}", described.state),
            Err(error) => format!("{group} {error}"),
        })
        .collect();
    assert_eq!(told, ["classic Stable", "none The group id does not exist."]);
}

#[tokio::test]
async fn groups_are_chosen_by_protocol_type_where_they_are_listed() {
    let broker = FakeBroker::start(|call: &Call| {
        call.request::<ListGroupsRequest>()?;
        let group = |name: &str, protocol: &str| ListedGroup {
            group_id: name.to_owned(),
            protocol_type: protocol.to_owned(),
            group_state: "Stable".to_owned(),
            group_type: "classic".to_owned(),
            ..ListedGroup::default()
        };
        let groups = vec![group("a", "consumer"), group("b", "connect"), group("c", ""), group("a", "consumer")];
        Some(call.answer(&ListGroupsResponse { groups, ..ListGroupsResponse::default() }))
    })
    .await;
    let listed = admin(&broker).list_groups(&GroupFilter::consumer_groups()).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|group| group.group_id.as_str()).collect();
    assert_eq!(listed, ["a", "c"]);
    let asked = &broker.calls_of::<ListGroupsRequest>()[0];
    assert_eq!(asked.types_filter, ["Classic", "Consumer"]);
}

#[tokio::test]
async fn a_broker_that_knows_no_types_has_classic_groups_only() {
    let mut old = all_versions();
    old.api_keys.retain(|api| api.api_key != ApiKey::ListGroups.key());
    old.api_keys.push(version_range(ApiKey::ListGroups, 0, 4));
    let broker = FakeBroker::start(move |call: &Call| match call.api {
        ApiKey::ApiVersions => Some(call.answer(&old)),
        ApiKey::ListGroups => Some(call.answer(&ListGroupsResponse::default())),
        _ => None,
    })
    .await;
    let admin = admin(&broker);
    assert_eq!(admin.list_groups(&GroupFilter::consumer_groups()).await, Ok(Vec::new()));
    let shares = GroupFilter { types: vec![GroupType::Share], ..GroupFilter::default() };
    let error = admin.list_groups(&shares).await.unwrap_err();
    assert!(matches!(error, ClientError::UnsupportedVersion(_)), "{error:?}");
    assert!(error.to_string().contains("v5 or newer to request groups by type"), "{error}");
}

#[tokio::test]
async fn offsets_are_fetched_from_old_brokers_too() {
    let mut old = all_versions();
    old.api_keys.retain(|api| api.api_key != ApiKey::OffsetFetch.key());
    old.api_keys.push(version_range(ApiKey::OffsetFetch, 0, 7));
    let broker = FakeBroker::start(move |call: &Call| match call.api {
        ApiKey::ApiVersions => Some(call.answer(&old)),
        ApiKey::OffsetFetch => {
            let at = |partition_index, committed_offset, error: ErrorCode| OffsetFetchResponsePartition {
                partition_index,
                committed_offset,
                error_code: error.code(),
                ..OffsetFetchResponsePartition::default()
            };
            let topic = OffsetFetchResponseTopic {
                name: "t".to_owned(),
                partitions: vec![
                    at(0, 5, ErrorCode::None),
                    at(1, -1, ErrorCode::None),
                    at(2, 7, ErrorCode::UnstableOffsetCommit),
                ],
                ..OffsetFetchResponseTopic::default()
            };
            Some(call.answer(&OffsetFetchResponse { topics: vec![topic], ..OffsetFetchResponse::default() }))
        }
        _ => found(call),
    })
    .await;
    let committed = admin(&broker).list_consumer_group_offsets("g", None).await.unwrap();
    assert_eq!(
        committed.into_iter().collect::<Vec<_>>(),
        [(partition(0), Some(CommittedOffset::at(Offset::new(5)))), (partition(1), None)]
    );
    let asked = &broker.calls_of::<OffsetFetchRequest>()[0];
    assert_eq!((asked.group_id.as_str(), asked.topics.is_none()), ("g", true));
}

#[tokio::test]
async fn offsets_are_committed_by_nobody_in_particular() {
    let mut loading = true;
    let broker = FakeBroker::start(move |call: &Call| {
        let Some(request) = call.request::<OffsetCommitRequest>() else { return found(call) };
        let error = if std::mem::take(&mut loading) { ErrorCode::CoordinatorLoadInProgress } else { ErrorCode::None };
        let partitions = request.topics[0].partitions.iter().map(|partition| OffsetCommitResponsePartition {
            partition_index: partition.partition_index,
            error_code: match partition.partition_index {
                9 => ErrorCode::UnknownTopicOrPartition.code(),
                _ => error.code(),
            },
            ..OffsetCommitResponsePartition::default()
        });
        let topic = OffsetCommitResponseTopic {
            name: "t".to_owned(),
            partitions: partitions.collect(),
            ..OffsetCommitResponseTopic::default()
        };
        Some(call.answer(&OffsetCommitResponse { topics: vec![topic], ..OffsetCommitResponse::default() }))
    })
    .await;
    let offset = CommittedOffset::at(Offset::new(3));
    let offsets = [(partition(0), offset.clone()), (partition(9), offset)];
    let outcomes = admin(&broker).alter_consumer_group_offsets("g", &offsets).await.unwrap();
    let told: Vec<_> = outcomes.iter().map(|(partition, outcome)| (partition, outcome.is_ok())).collect();
    assert_eq!(told, [(&partition(0), true), (&partition(9), false)]);
    let asked = broker.calls_of::<OffsetCommitRequest>();
    assert_eq!(asked.len(), 2, "once more after the coordinator had loaded");
    assert_eq!((asked[1].generation_id_or_member_epoch, asked[1].member_id.as_str()), (-1, ""));
}
