//! Configurations. Codes and messages are those that Apache Kafka 4.3.0 answers.

use crate::support::cluster::Cluster;
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{
    AlterConfigError, ConfigOperation, FeatureUpdate, IncrementalAlteration, NewTopic, Replacement, UpgradeType,
};
use ottla_metadata::image::{ConfigResource, ConfigResourceKind};
use ottla_model::{BrokerId, ErrorCode};
use ottla_protocol::{MetadataRecord, RecordSet};

fn one_broker() -> Cluster {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let there = NewTopic { name: "there.is".to_owned(), ..Default::default() };
    let created = cluster.controller.create_topics(&[there], false, &mut cluster.random).unwrap();
    cluster.commit(created)[0].1.as_ref().unwrap();
    cluster
}

fn alter(
    cluster: &mut Cluster,
    resource: ConfigResource,
    operations: &[(&str, ConfigOperation)],
) -> Result<Vec<MetadataRecord>, AlterConfigError> {
    let operations = operations.iter().map(|(key, operation)| ((*key).to_owned(), operation.clone())).collect();
    let alteration = IncrementalAlteration { resource, operations };
    let mut result = cluster.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
    let records = result.records.clone();
    result.reply.remove(0).1?;
    cluster.commit(result);
    Ok(records)
}

fn set(value: &str) -> ConfigOperation {
    ConfigOperation::Set(value.to_owned())
}

#[test]
fn keys_that_contradict_each_other_are_refused_together() {
    let mut cluster = one_broker();
    let lags = [("min.compaction.lag.ms", set("10")), ("max.compaction.lag.ms", set("5"))];
    let error = alter(&mut cluster, ConfigResource::topic("there.is"), &lags).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"
    );
    assert!(cluster.controller.image().configs().topic("there.is").is_empty(), "all or nothing");
}

#[test]
fn lists_grow_and_shrink_from_their_default() {
    let mut cluster = one_broker();
    let there = || ConfigResource::topic("there.is");
    let key = "cleanup.policy";
    let value = |cluster: &Cluster| cluster.controller.image().configs().topic("there.is").get(key).cloned();
    let append = |elements: &str| [(key, ConfigOperation::Append(elements.to_owned()))];
    alter(&mut cluster, there(), &append("compact")).unwrap();
    assert_eq!(value(&cluster).as_deref(), Some("delete,compact"));
    assert!(alter(&mut cluster, there(), &append("compact,delete")).unwrap().is_empty(), "they are there already");
    alter(&mut cluster, there(), &[(key, ConfigOperation::Subtract("delete".to_owned()))]).unwrap();
    assert_eq!(value(&cluster).as_deref(), Some("compact"));
    alter(&mut cluster, there(), &[(key, ConfigOperation::Delete)]).unwrap();
    assert_eq!(value(&cluster), None);
}

#[test]
fn a_brokers_key_is_written_again_even_if_it_has_the_value() {
    let mut cluster = one_broker();
    let this = || ConfigResource::broker(BrokerId::new(1));
    for _ in 0..2 {
        let records = alter(&mut cluster, this(), &[("log.cleaner.threads", set("2"))]).unwrap();
        assert_eq!(records.len(), 1);
    }
    let there = || ConfigResource::topic("there.is");
    assert_eq!(alter(&mut cluster, there(), &[("retention.ms", set("5"))]).unwrap().len(), 1);
    assert_eq!(alter(&mut cluster, there(), &[("retention.ms", set("5"))]).unwrap().len(), 0);
}

#[test]
fn a_change_of_min_insync_replicas_forgets_who_was_eligible() {
    let mut cluster = one_broker();
    let key = "min.insync.replicas";
    let types = |records: Vec<MetadataRecord>| records.iter().map(RecordSet::type_name).collect::<Vec<_>>();
    let of_topic = alter(&mut cluster, ConfigResource::topic("there.is"), &[(key, set("1"))]).unwrap();
    let MetadataRecord::ClearElrRecord(clear) = &of_topic[1] else { panic!("{of_topic:?}") };
    assert_eq!(clear.topic_name, "there.is");
    let of_all = alter(&mut cluster, ConfigResource::all_brokers(), &[(key, set("1"))]).unwrap();
    assert_eq!(types(of_all), ["CONFIG_RECORD", "CLEAR_ELR_RECORD"]);
}

#[test]
fn a_replacement_takes_away_what_it_does_not_name() {
    let mut cluster = one_broker();
    let there = || ConfigResource::topic("there.is");
    alter(&mut cluster, there(), &[("retention.ms", set("5")), ("segment.ms", set("7"))]).unwrap();
    let configs = vec![("segment.ms".to_owned(), "8".to_owned())];
    let replacement = Replacement { resource: there(), configs };
    let result = cluster.controller.alter_configs(&[replacement], false, true).unwrap();
    assert_eq!(cluster.commit(result)[0].1, Ok(()));
    let configs = cluster.controller.image().configs().topic("there.is");
    assert_eq!(configs.iter().collect::<Vec<_>>(), [(&"segment.ms".to_owned(), &"8".to_owned())]);
}

#[test]
fn a_resource_may_stand_only_once_in_a_request() {
    let cluster = one_broker();
    let change = |key: &str| IncrementalAlteration {
        resource: ConfigResource::topic("there.is"),
        operations: vec![(key.to_owned(), set("5"))],
    };
    let twice = [change("retention.ms"), change("segment.ms")];
    let result = cluster.controller.incremental_alter_configs(&twice, false, true).unwrap();
    assert_eq!(result.reply.len(), 1);
    assert_eq!(result.reply[0].1, Err(AlterConfigError::DuplicateResource));
    assert!(result.records.is_empty());
}

#[test]
fn what_is_only_validated_leaves_no_record() {
    let cluster = one_broker();
    let operations = vec![("retention.ms".to_owned(), set("5"))];
    let alteration = IncrementalAlteration { resource: ConfigResource::topic("there.is"), operations };
    let result = cluster.controller.incremental_alter_configs(&[alteration], true, true).unwrap();
    assert_eq!(result.reply[0].1, Ok(()));
    assert!(result.records.is_empty());
}

#[test]
fn only_the_broker_itself_may_cordon_more_directories() {
    let cluster = one_broker();
    let operations = vec![("cordoned.log.dirs".to_owned(), set("/data"))];
    let alteration = IncrementalAlteration { resource: ConfigResource::broker(BrokerId::new(1)), operations };
    let unchecked =
        cluster.controller.incremental_alter_configs(std::slice::from_ref(&alteration), false, false).unwrap();
    assert_eq!(unchecked.reply[0].1, Err(AlterConfigError::CordonedMore));
    let checked = cluster.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
    assert_eq!(checked.reply[0].1, Ok(()));
}

#[test]
fn to_switch_on_eligible_leader_replicas_makes_min_insync_replicas_one_for_all() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::V4_0Iv3, 1);
    alter(&mut cluster, ConfigResource::broker(BrokerId::new(1)), &[("min.insync.replicas", set("2"))]).unwrap();
    let update = FeatureUpdate {
        name: "eligible.leader.replicas.version".to_owned(),
        level: 1,
        upgrade_type: UpgradeType::Upgrade,
    };
    let result = cluster.controller.update_features(&[update], false).unwrap();
    let types: Vec<_> = result.records.iter().map(RecordSet::type_name).collect();
    assert_eq!(types, ["CONFIG_RECORD", "CONFIG_RECORD", "FEATURE_LEVEL_RECORD"]);
    cluster.commit(result);
    let configs = cluster.controller.image().configs();
    assert_eq!(configs.all_brokers()["min.insync.replicas"], "1");
    assert!(configs.broker(BrokerId::new(1)).is_empty());
}

#[test]
fn alter_configs_refuses_as_kafka_does() {
    use ConfigOperation as Op;
    use ErrorCode as E;
    let cluster = one_broker();
    let set = |value: &str| Op::Set(value.to_owned());
    let there = || ConfigResource::topic("there.is");
    let of = |kind, name: &str| ConfigResource { kind, name: name.to_owned() };
    let too_long = "x".repeat(40_000);
    let rows = [
        (there(), "no.such", set("1"), E::InvalidConfig, "Unknown topic config name: no.such"),
        (
            ConfigResource::topic("nope"),
            "retention.ms",
            set("1"),
            E::UnknownTopicOrPartition,
            "The topic 'nope' does not exist.",
        ),
        (
            ConfigResource::topic(""),
            "retention.ms",
            set("1"),
            E::InvalidRequest,
            "Default topic resources are not allowed.",
        ),
        (
            ConfigResource::topic("a b"),
            "retention.ms",
            set("1"),
            E::InvalidTopicException,
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        (
            there(),
            "retention.ms",
            Op::Append("1".to_owned()),
            E::InvalidConfig,
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            there(),
            "retention.ms",
            Op::Subtract("1".to_owned()),
            E::InvalidConfig,
            "Can't SUBTRACT to key retention.ms because its type is not LIST.",
        ),
        (
            there(),
            "follower.replication.throttled.replicas",
            set(&too_long),
            E::InvalidConfig,
            "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.",
        ),
        (
            ConfigResource::broker(BrokerId::new(1)),
            "min.insync.replicas",
            set("1"),
            E::InvalidConfig,
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        ),
        (
            ConfigResource::all_brokers(),
            "min.insync.replicas",
            Op::Delete,
            E::InvalidConfig,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        ),
        (
            ConfigResource::broker(BrokerId::new(9)),
            "log.cleaner.threads",
            set("1"),
            E::BrokerIdNotRegistered,
            "No node with id 9 found.",
        ),
        (
            of(ConfigResourceKind::Broker, "x"),
            "log.cleaner.threads",
            set("1"),
            E::InvalidRequest,
            "Unable to parse broker name as a base 10 number.",
        ),
        (
            of(ConfigResourceKind::Group, ""),
            "consumer.session.timeout.ms",
            set("45000"),
            E::InvalidRequest,
            "Default group resources are not allowed.",
        ),
        (
            of(ConfigResourceKind::Group, "g"),
            "no.such",
            set("45000"),
            E::InvalidConfig,
            "Unknown group config name: no.such",
        ),
        (
            of(ConfigResourceKind::ClientMetrics, ""),
            "interval.ms",
            set("45000"),
            E::InvalidRequest,
            "Subscription name can't be empty",
        ),
        (
            of(ConfigResourceKind::ClientMetrics, "m"),
            "metrics",
            Op::Append("a".to_owned()),
            E::InvalidConfig,
            "Can't APPEND to key metrics because its type is not LIST.",
        ),
        (of(ConfigResourceKind::Unknown(3), "m"), "k", set("v"), E::UnsupportedVersion, "Unknown resource type 3."),
    ];
    for (resource, key, operation, code, message) in rows {
        let alteration = IncrementalAlteration { resource, operations: vec![(key.to_owned(), operation)] };
        let result = cluster.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
        assert!(result.records.is_empty(), "{message}");
        let error = result.reply[0].1.as_ref().unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (code, message));
    }
}
