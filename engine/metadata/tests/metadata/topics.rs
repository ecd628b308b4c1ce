//! Creating and deleting topics and partitions. Codes and messages are those that Apache Kafka 4.3.0 answers.

use crate::support::cluster::{Cluster, brokers};
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{
    CreateTopicError, NewPartitions, NewTopic, ReplicaAssignment, TopicDeletionDisabled, TopicReference,
};
use ottla_model::{BrokerId, ErrorCode, PartitionIndex, Uuid};

fn topic(name: &str, partitions: Option<i32>, replication_factor: Option<i16>) -> NewTopic {
    NewTopic { name: name.to_owned(), partitions, replication_factor, ..Default::default() }
}
fn assigned(assignments: &[(i32, &[i32])]) -> NewTopic {
    let assignments = assignments.iter().map(|&(partition, ids)| ReplicaAssignment {
        partition: PartitionIndex::new(partition),
        brokers: brokers(ids),
    });
    NewTopic { name: "t".to_owned(), assignments: assignments.collect(), ..Default::default() }
}
fn configured(key: &str, value: Option<&str>) -> NewTopic {
    let configs = vec![(key.to_owned(), value.map(str::to_owned))];
    NewTopic { name: "t".to_owned(), configs, ..Default::default() }
}

fn one_broker() -> Cluster {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let there = topic("there.is", Some(2), Some(1));
    let created = cluster.controller.create_topics(&[there], false, &mut cluster.random).unwrap();
    cluster.commit(created)[0].1.as_ref().unwrap();
    cluster
}

#[test]
fn create_topics_refuses_as_kafka_does() {
    use ErrorCode as E;
    let mut cluster = one_broker();
    let long = "x".repeat(250);
    let rows = [
        (topic("..", None, None), E::InvalidTopicException, "Topic name is invalid: '..' is not allowed"),
        (
            topic("a b", None, None),
            E::InvalidTopicException,
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        (
            topic(&long, None, None),
            E::InvalidTopicException,
            &format!("Topic name is invalid: the length of '{long}' is longer than the max allowed length 249"),
        ),
        (
            topic("there_is", None, None),
            E::InvalidTopicException,
            "Topic 'there_is' collides with existing topic: there.is",
        ),
        (topic("there.is", None, None), E::TopicAlreadyExists, "Topic 'there.is' already exists."),
        (
            topic("__cluster_metadata", None, None),
            E::InvalidRequest,
            "Creation of internal topic __cluster_metadata is prohibited.",
        ),
        (
            topic("t", Some(0), None),
            E::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            topic("t", Some(-2), None),
            E::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            topic("t", None, Some(0)),
            E::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            topic("t", Some(1), Some(3)),
            E::InvalidReplicationFactor,
            "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because \
             only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
        ),
        (
            assigned(&[(0, &[7])]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes broker 7, but no such broker is registered.",
        ),
        (
            assigned(&[(0, &[1, 1])]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            assigned(&[(0, &[])]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            assigned(&[(1, &[1])]),
            E::InvalidReplicaAssignment,
            "partitions should be a consecutive 0-based integer sequence",
        ),
        (
            assigned(&[(0, &[1]), (0, &[1])]),
            E::InvalidReplicaAssignment,
            "Found multiple manual partition assignments for partition 0",
        ),
        (
            NewTopic { partitions: Some(1), ..assigned(&[(0, &[1])]) },
            E::InvalidRequest,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        ),
        (
            NewTopic { replication_factor: Some(1), ..assigned(&[(0, &[1])]) },
            E::InvalidRequest,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        ),
        (configured("no.such", Some("1")), E::InvalidConfig, "Unknown topic config name: no.such"),
        (
            configured("retention.ms", Some("abc")),
            E::InvalidConfig,
            "Invalid value abc for configuration retention.ms: Not a number of type LONG",
        ),
        (
            configured("segment.bytes", Some("10")),
            E::InvalidConfig,
            "Invalid value 10 for configuration segment.bytes: Value must be at least 1048576",
        ),
        (
            configured("retention.ms", None),
            E::InvalidConfig,
            "Null value not supported for topic configs: retention.ms",
        ),
    ];
    for (topic, code, message) in rows {
        let result = cluster.controller.create_topics(&[topic], false, &mut cluster.random).unwrap();
        assert!(result.records.is_empty(), "{message}");
        let error = result.reply[0].1.as_ref().unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
}

#[test]
fn create_topics_bounds_what_one_request_may_do() {
    let mut cluster = one_broker();
    let mut refused = |topics: &[NewTopic]| {
        let error = cluster.controller.create_topics(topics, false, &mut cluster.random).unwrap_err();
        (error.code(), error.to_string())
    };
    let policy = ErrorCode::PolicyViolation;
    let partitions = (policy, "Excessively large number of partitions per request.".to_owned());
    let records = (policy, "Unable to perform excessively large batch operation.".to_owned());
    assert_eq!(refused(&[topic("t", Some(10_001), Some(1))]), partitions);
    assert_eq!(refused(&[topic("t", Some(i32::MAX), Some(1)), topic("u", Some(i32::MAX), Some(1))]), partitions);
    assert_eq!(refused(&[topic("t", Some(10_000), Some(1))]), records);
    let most = [topic("t", Some(9_999), Some(1))];
    let created = cluster.controller.create_topics(&most, false, &mut cluster.random).unwrap();
    assert_eq!(created.records.len(), 10_000);
}

#[test]
fn what_is_wrong_with_one_topic_does_not_concern_the_others() {
    let mut cluster = one_broker();
    let topics = [
        topic("a", None, None),
        topic("twice", None, None),
        topic("there.is", None, None),
        topic("twice", None, None),
        topic("b", Some(2), None),
    ];
    let result = cluster.controller.create_topics(&topics, false, &mut cluster.random).unwrap();
    let replies = cluster.commit(result);
    let names: Vec<&str> = replies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "twice", "there.is", "b"]);
    assert_eq!(replies[1].1, Err(CreateTopicError::DuplicateName));
    assert_eq!(replies[1].1.as_ref().unwrap_err().to_string(), "Duplicate topic name.");
    let b = replies[3].1.as_ref().unwrap();
    assert_eq!((b.partitions, b.replication_factor), (2, 1));
    assert_eq!(cluster.controller.image().topics().len(), 3);
}

#[test]
fn what_is_only_validated_leaves_no_record() {
    let mut cluster = one_broker();
    let new = [topic("t", Some(3), None)];
    let result = cluster.controller.create_topics(&new, true, &mut cluster.random).unwrap();
    assert!(result.records.is_empty());
    assert_eq!(result.reply[0].1.as_ref().unwrap().partitions, 3);
}

#[test]
fn nobody_can_lead_while_all_brokers_are_fenced() {
    let mut cluster = Cluster::at(MetadataVersion::LATEST);
    let request = cluster.request_to_register(1, None);
    cluster.register(request).unwrap();
    for (topic, code, message) in [
        (
            topic("t", None, Some(1)),
            ErrorCode::InvalidReplicationFactor,
            "Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log \
             directories cordoned.",
        ),
        (
            assigned(&[(0, &[1])]),
            ErrorCode::InvalidReplicaAssignment,
            "All brokers specified in the manual partition assignment for partition 0 are fenced or in controlled \
             shutdown.",
        ),
    ] {
        let result = cluster.controller.create_topics(&[topic], false, &mut cluster.random).unwrap();
        let error = result.reply[0].1.as_ref().unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
}

#[test]
fn create_partitions_refuses_as_kafka_does() {
    use ErrorCode as E;
    let mut cluster = one_broker();
    type Assignments = Option<Vec<Vec<BrokerId>>>;
    let rows: [(&str, i32, Assignments, E, &str); 8] = [
        ("there.is", 2, None, E::InvalidPartitions, "Topic already has 2 partition(s)."),
        (
            "there.is",
            1,
            None,
            E::InvalidPartitions,
            "The topic there.is currently has 2 partition(s); 1 would not be an increase.",
        ),
        (
            "there.is",
            -7,
            None,
            E::InvalidPartitions,
            "The topic there.is currently has 2 partition(s); -7 would not be an increase.",
        ),
        ("nope", 3, None, E::UnknownTopicOrPartition, "This server does not host this topic-partition."),
        (
            "there.is",
            4,
            Some(vec![brokers(&[1])]),
            E::InvalidReplicaAssignment,
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
        ),
        (
            "there.is",
            3,
            Some(vec![brokers(&[1, 1])]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            "there.is",
            3,
            Some(vec![brokers(&[9])]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (
            "there.is",
            3,
            Some(vec![Vec::new()]),
            E::InvalidReplicaAssignment,
            "The manual partition assignment includes an empty replica list.",
        ),
    ];
    for (topic, total, assignments, code, message) in rows {
        let new = NewPartitions { topic: topic.to_owned(), total, assignments };
        let result = cluster.controller.create_partitions(&[new], false, &mut cluster.random).unwrap();
        assert!(result.records.is_empty());
        let error = result.reply[0].1.as_ref().unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
    let huge = NewPartitions { topic: "there.is".to_owned(), total: i32::MAX, assignments: None };
    let error = cluster.controller.create_partitions(&[huge], false, &mut cluster.random).unwrap_err();
    assert_eq!(error.code(), E::PolicyViolation);
}

#[test]
fn delete_topics_refuses_as_kafka_does() {
    use TopicReference::{Id, Name};
    let cluster = one_broker();
    let id = cluster.topic_id("there.is");
    let name = |name: &str| Name(name.to_owned());
    let outcome = |topics: &[TopicReference]| {
        let result = cluster.controller.delete_topics(topics).unwrap();
        assert!(result.records.is_empty());
        let replies = result.reply.into_iter();
        replies.map(|(_, reply)| reply.unwrap_err()).map(|error| (error.code(), error.to_string())).collect::<Vec<_>>()
    };
    let row = |code: ErrorCode, message: &str| vec![(code, message.to_owned())];
    let invalid = ErrorCode::InvalidRequest;
    assert_eq!(
        outcome(&[name("nope")]),
        row(ErrorCode::UnknownTopicOrPartition, "This server does not host this topic-partition.")
    );
    let other = Uuid::from_bytes([7; 16]);
    assert_eq!(outcome(&[Id(other)]), row(ErrorCode::UnknownTopicId, "This server does not host this topic ID."));
    assert_eq!(outcome(&[Id(Uuid::ZERO)]), row(invalid, "Neither topic name nor id were specified."));
    assert_eq!(outcome(&[name("there.is"), name("there.is")]), row(invalid, "Duplicate topic name."));
    assert_eq!(outcome(&[Id(id), Id(id)]), row(invalid, "Duplicate topic id."));
    assert_eq!(
        outcome(&[Id(id), name("there.is")]),
        row(invalid, "The provided topic name maps to an ID that was already supplied.")
    );
}

#[test]
fn topics_are_deleted_by_name_and_by_id_with_their_configuration() {
    let mut cluster = one_broker();
    let more = [configured("retention.ms", Some("5"))];
    let created = cluster.controller.create_topics(&more, false, &mut cluster.random).unwrap();
    cluster.commit(created);
    let id = cluster.topic_id("t");
    let both = [TopicReference::Id(id), TopicReference::Name("there.is".to_owned())];
    let deleted = cluster.controller.delete_topics(&both).unwrap();
    let replies = cluster.commit(deleted);
    assert_eq!(replies[0].1.as_ref().unwrap().name.as_str(), "t");
    assert!(replies[1].1.is_ok());
    assert!(cluster.controller.image().topics().is_empty());
    assert!(cluster.controller.image().configs().topic("t").is_empty());
}

#[test]
fn topics_stay_where_deletion_is_disabled() {
    let mut cluster = one_broker();
    cluster.change_settings(|settings| settings.topics_may_be_deleted = false);
    let error = cluster.controller.delete_topics(&[]).unwrap_err();
    assert_eq!(error, TopicDeletionDisabled::Disabled);
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (ErrorCode::TopicDeletionDisabled, "Topic deletion is disabled.")
    );
}

#[test]
fn counts_that_are_not_given_are_the_defaults() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 3);
    cluster.change_settings(|settings| {
        settings.default_partitions = 4;
        settings.default_replication_factor = 3;
    });
    let created = cluster.controller.create_topics(&[topic("t", None, None)], false, &mut cluster.random).unwrap();
    let replies = cluster.commit(created);
    let t = replies[0].1.as_ref().unwrap();
    assert_eq!((t.partitions, t.replication_factor), (4, 3));
    let leaders: std::collections::BTreeSet<_> = (0..3).map(|index| cluster.partition("t", index).leader).collect();
    assert_eq!(leaders.len(), 3, "leaderships are spread");
}

#[test]
fn fenced_replicas_are_not_in_sync() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    let request = cluster.request_to_register(3, None);
    cluster.register(request).unwrap();
    let created =
        cluster.controller.create_topics(&[assigned(&[(0, &[3, 2, 1])])], false, &mut cluster.random).unwrap();
    cluster.commit(created);
    let partition = cluster.partition("t", 0);
    assert_eq!(*partition.replicas, brokers(&[3, 2, 1]));
    assert_eq!(*partition.in_sync_replicas, brokers(&[2, 1]));
    assert_eq!(partition.leader, Some(BrokerId::new(2)));
}
