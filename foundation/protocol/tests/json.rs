//! What JSON says of messages, and what it may not say.

use ottla_protocol::json::{self, JsonError, JsonMessage as _};
use ottla_protocol::messages::{ClientQuotaRecord, FetchRequest, PartitionRecord, TopicRecord};
use ottla_protocol::{MetadataRecord, RecordSet as _};
use serde_json::json;

#[test]
fn records_are_printed_as_kafka_dump_log_prints_them() {
    let topic_id = "72DdlFkRSvOTODhijJGSDw".parse().unwrap();
    let record = MetadataRecord::from(TopicRecord { name: "t".to_owned(), topic_id, ..TopicRecord::default() });
    assert_eq!(
        json::text(&json::record(&record, 0).unwrap()),
        r#"{"type":"TOPIC_RECORD","version":0,"data":{"name":"t","topicId":"72DdlFkRSvOTODhijJGSDw"}}"#
    );

    let quota = ClientQuotaRecord { value: 1e7, ..ClientQuotaRecord::default() };
    assert_eq!(
        json::text(&MetadataRecord::from(quota).body_to_json(0).unwrap()),
        r#"{"entity":[],"key":"","value":1.0E7,"remove":false}"#
    );
}

#[test]
fn fields_stand_in_the_order_of_the_definition_and_defaults_of_tagged_ones_are_left_out() {
    let record = PartitionRecord { leader_recovery_state: 1, ..PartitionRecord::default() };
    let json = record.to_json(0).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "partitionId",
            "topicId",
            "replicas",
            "isr",
            "removingReplicas",
            "addingReplicas",
            "leader",
            "leaderRecoveryState",
            "leaderEpoch",
            "partitionEpoch"
        ]
    );
    assert!(PartitionRecord::default().to_json(0).unwrap().get("leaderRecoveryState").is_none());
}

#[test]
fn json_that_is_no_message_is_refused() {
    let read = |json| TopicRecord::from_json(&json, 0);
    assert!(matches!(
        read(json!({ "name": "t" })),
        Err(JsonError::Missing { message: "TopicRecord", field: "topicId" })
    ));
    for json in [
        json!(7),
        json!({ "name": null, "topicId": "AAAAAAAAAAAAAAAAAAAAAA" }),
        json!({ "name": 7, "topicId": "AAAAAAAAAAAAAAAAAAAAAA" }),
        json!({ "name": "t", "topicId": "short" }),
    ] {
        assert!(matches!(read(json.clone()), Err(JsonError::WrongType { .. })), "{json}");
    }
    let mut json = PartitionRecord::default().to_json(0).unwrap();
    json["partitionId"] = json!(1_i64 << 31);
    assert!(matches!(PartitionRecord::from_json(&json, 0), Err(JsonError::WrongType { field: "partitionId", .. })));
}

#[test]
fn a_value_without_a_place_is_refused_unless_it_is_the_default_or_may_be_ignored() {
    let json = FetchRequest::default().to_json(6).unwrap();
    let with = |field: &str, value| {
        let mut json = json.clone();
        json[field] = value;
        FetchRequest::from_json(&json, 6)
    };
    assert_eq!(with("rackId", json!("ignorable")).unwrap(), FetchRequest::default());
    assert_eq!(with("forgottenTopicsData", json!([])).unwrap(), FetchRequest::default());
    assert_eq!(with("replicaState", json!({ "replicaId": -1 })).unwrap(), FetchRequest::default());
    for (field, value) in [("forgottenTopicsData", json!([{}])), ("replicaState", json!({ "replicaId": 3 }))] {
        assert!(matches!(with(field, value), Err(JsonError::NotInVersion { version: 6, .. })), "{field}");
    }
    assert!(matches!(FetchRequest::default().to_json(99), Err(JsonError::Encode(_))));
}
