//! What a configuration says once it is read: typed values, places of errors, warnings, dynamic values.

use ottla_config::broker::{AckDurability, ProduceValidation, SecurityProtocol};
use ottla_config::topic::{CleanupPolicy, ThrottledReplicas, TimestampType, TopicCompression};
use ottla_config::{BrokerConfig, ConfigErrors, ConfigWarning, Properties, TopicConfig};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const COMBINED: &str = "process.roles=broker,controller\nnode.id=7\ncontroller.listener.names=CONTROLLER\n\
    listeners=PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093\ncontroller.quorum.bootstrap.servers=127.0.0.1:9093\n";

fn properties(text: &str) -> Properties {
    Properties::parse(format!("{COMBINED}{text}").as_bytes(), Path::new("server.properties")).expect("well-formed")
}
fn load(text: &str) -> BrokerConfig {
    BrokerConfig::load(properties(text)).expect("valid").config
}
fn errors(text: &str) -> ConfigErrors {
    BrokerConfig::load(properties(text)).expect_err("not valid")
}
fn warnings(text: &str) -> Vec<String> {
    BrokerConfig::load(properties(text)).expect("valid").warnings.iter().map(ToString::to_string).collect()
}
fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn defaults_are_kafkas() {
    let config = load("");
    assert_eq!(config.node_id.value(), 7);
    assert!(config.roles.is_combined());
    assert_eq!(config.log_dirs, [PathBuf::from("/tmp/kafka-logs")]);
    assert_eq!(config.metadata_log_dir, PathBuf::from("/tmp/kafka-logs"));
    assert_eq!(config.network.request_bytes_max, 104_857_600);
    assert_eq!(config.network.queued_request_bytes_max, None);
    assert_eq!(config.network.idle_max, Some(Duration::from_secs(600)));
    assert_eq!(config.topics.partitions_default, 1);
    assert_eq!(config.metadata_log.idle_interval, Some(Duration::from_millis(500)));
    assert_eq!(config.ottla.ack_durability, AckDurability::Auto);
    assert_eq!(config.ottla.produce_validation, ProduceValidation::Header);
    assert_eq!(TopicConfig::resolve(config.topic_defaults(), &BTreeMap::new()), Ok(TopicConfig::default()));
}

#[test]
fn listeners_are_split_by_what_they_are_for() {
    let config = load("advertised.listeners=PLAINTEXT://example.com:19092\n");
    let brokers: Vec<String> = config.listeners.brokers().map(ToString::to_string).collect();
    let controllers: Vec<String> = config.listeners.controllers().map(ToString::to_string).collect();
    assert_eq!((brokers, controllers), (vec!["PLAINTEXT://:9092".into()], vec!["CONTROLLER://127.0.0.1:9093".into()]));
    let advertised = &config.listeners.advertised_brokers[..];
    assert_eq!(advertised.iter().map(ToString::to_string).collect::<Vec<_>>(), ["PLAINTEXT://example.com:19092"]);
    assert_eq!(config.listeners.advertised_controllers[0].to_string(), "CONTROLLER://127.0.0.1:9093");
    assert_eq!(config.listeners.inter_broker, "PLAINTEXT");
    assert_eq!(config.listeners.protocols["CONTROLLER"], SecurityProtocol::Plaintext);
}

#[test]
fn ipv6_and_wildcards_are_understood() {
    let config = load("listeners=PLAINTEXT://[::1]:9092,CONTROLLER://:9093\n");
    assert_eq!(config.listeners.all[0].host.as_deref(), Some("::1"));
    assert_eq!(config.listeners.all[0].to_string(), "PLAINTEXT://[::1]:9092");
    assert_eq!(config.listeners.all[1].host, None);
}

#[test]
fn a_wildcard_controller_is_advertised_as_it_stands_among_the_voters() {
    let config = load(
        "listeners=PLAINTEXT://localhost:9092,CONTROLLER://0.0.0.0:9093\n\
         controller.quorum.voters=7@controller.example.com:19093\n",
    );
    assert_eq!(config.listeners.advertised_controllers[0].to_string(), "CONTROLLER://controller.example.com:19093");
    assert_eq!(config.quorum.voters[0].id, 7);
}

#[test]
fn directories() {
    let config = load("log.dir=/a\nlog.dirs= /b , /c\n");
    assert_eq!(config.log_dirs, [PathBuf::from("/b"), PathBuf::from("/c")]);
    assert_eq!(config.metadata_log_dir, PathBuf::from("/b"));
    let config = load("log.dirs=/b\nmetadata.log.dir=/m\n");
    assert_eq!(config.metadata_log_dir, PathBuf::from("/m"));
}

#[test]
fn quick_start_serves_this_machine_alone() {
    let config = BrokerConfig::for_quick_start(Path::new("./ottla-data"));
    let listeners: Vec<String> = config.listeners.all.iter().map(ToString::to_string).collect();
    assert_eq!(listeners, ["PLAINTEXT://127.0.0.1:9092", "CONTROLLER://127.0.0.1:9093"]);
    assert_eq!(config.node_id.value(), 1);
    assert!(config.roles.is_combined() && config.topics.auto_create);
    assert_eq!(config.topics.replication_factor_default, 1);
    assert_eq!((config.offsets.topic.replication_factor, config.offsets.topic.partitions), (1, 50));
    assert!(config.groups.initial_rebalance_delay.is_zero());
    assert_eq!(config.log_dirs, [PathBuf::from("./ottla-data")]);
}

#[test]
fn quick_start_takes_any_directory_name() {
    let directory = Path::new("a, b ");
    assert_eq!(BrokerConfig::for_quick_start(directory).log_dirs, [directory]);
    assert_eq!(BrokerConfig::for_quick_start(directory).metadata_log_dir, directory);
    let changed = BrokerConfig::for_quick_start(directory).with_dynamic(&BTreeMap::new(), &BTreeMap::new()).config;
    assert_eq!(changed.log_dirs, [directory]);
    let moved = BrokerConfig::quick_start(directory, &["log.dirs=/b".to_owned()]).expect("valid").config;
    assert_eq!((moved.log_dirs, moved.metadata_log_dir), (vec![PathBuf::from("/b")], PathBuf::from("/b")));
}

#[test]
fn errors_name_file_line_key_value_and_bounds_all_at_once() {
    let errors = errors("num.partitions=0\nlog.segment.bytes=big\nssl.key.password=x\nauto.create.topics.enable=1\n");
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "server.properties:6: num.partitions=0: Invalid value 0 for configuration num.partitions: Value must be at \
             least 1 (allowed: INT, [1,...])",
            "server.properties:7: log.segment.bytes=big: Invalid value big for configuration log.segment.bytes: Not a \
             number of type INT (allowed: INT, [1048576,...])",
            "server.properties:9: auto.create.topics.enable=1: Invalid value 1 for configuration \
             auto.create.topics.enable: Expected value to be either true or false (allowed: BOOLEAN)",
        ]
    );
}

#[test]
fn an_override_is_named_as_one() {
    let mut properties = properties("num.partitions=1\n");
    properties.set_override("num.partitions=-1").expect("a key and a value");
    let errors = BrokerConfig::load(properties).expect_err("not valid");
    assert!(errors.to_string().starts_with("--override: num.partitions=-1: "), "{errors}");
}

#[test]
fn what_would_be_unsafe_to_ignore_is_refused_by_name() {
    let errors = errors("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n");
    assert!(errors.to_string().contains("authorizer.class.name"), "{errors}");
    assert!(errors.to_string().contains("not supported yet"), "{errors}");
    load("authorizer.class.name=\n");
}

#[test]
fn secure_listeners_are_refused_by_name() {
    let errors = errors(
        "listeners=PLAINTEXT://localhost:9092,SSL://localhost:9094,CONTROLLER://localhost:9093\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT\n",
    );
    let error = errors.iter().next().expect("an error");
    assert_eq!(error.message, "listener SSL uses SSL, which is not supported yet");
    assert_eq!(error.key.as_deref(), Some("listeners"));
}

#[test]
fn unknown_keys_are_a_warning_with_a_hint() {
    let warnings = warnings("log.retension.hours=1\nmy.own.key=1\nrsm.config.bucket=b\n");
    assert_eq!(
        warnings,
        [
            "server.properties:6: unknown key log.retension.hours, did you mean log.retention.hours?",
            "server.properties:7: unknown key my.own.key",
        ]
    );
}

#[test]
fn keys_without_effect_are_named_once_unless_they_are_as_always() {
    let warnings = warnings(
        "num.network.threads=5\nnum.io.threads=8\nssl.provider=X\nquota.window.num=3\nquota.window.size.seconds=1\n",
    );
    assert_eq!(
        warnings,
        [
            "accepted, but without meaning outside a Java process: num.network.threads, ssl.provider",
            "accepted, but without effect yet: quota.window.num",
        ]
    );
}

#[test]
fn compaction_lags_of_the_broker_must_agree() {
    let errors = errors("log.cleaner.min.compaction.lag.ms=10\nlog.cleaner.max.compaction.lag.ms=5\n");
    let expected = "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)";
    assert!(errors.iter().any(|error| error.message == expected), "{errors}");
}

#[test]
fn topics_take_what_the_broker_says_unless_they_say_otherwise() {
    let config = load(
        "log.retention.minutes=2\nlog.retention.hours=5\ncompression.type=gzip\nlog.cleanup.policy=compact\n\
         log.message.timestamp.type=LogAppendTime\n",
    );
    let topic = TopicConfig::resolve(config.topic_defaults(), &BTreeMap::new()).expect("valid");
    assert_eq!(topic.retention_ms, Some(120_000));
    assert_eq!(topic.local_retention_ms, Some(120_000));
    assert_eq!(topic.compression, TopicCompression::Gzip { level: None });
    assert_eq!(topic.cleanup_policy, CleanupPolicy { compact: true, delete: false });
    assert_eq!(topic.message_timestamp_type, TimestampType::LogAppendTime);

    let overrides = map(&[
        ("retention.ms", "-1"),
        ("retention.bytes", "1000"),
        ("compression.type", "zstd"),
        ("compression.zstd.level", "-5"),
        ("cleanup.policy", ""),
        ("internal.segment.bytes", "100"),
        ("leader.replication.throttled.replicas", "0:1,1:2"),
        ("follower.replication.throttled.replicas", "*"),
    ]);
    let topic = TopicConfig::resolve(config.topic_defaults(), &overrides).expect("valid");
    assert_eq!((topic.retention_ms, topic.local_retention_ms), (None, None));
    assert_eq!((topic.retention_bytes, topic.local_retention_bytes), (Some(1000), Some(1000)));
    assert_eq!(topic.compression, TopicCompression::Zstd { level: -5 });
    assert_eq!(topic.cleanup_policy, CleanupPolicy { compact: false, delete: false });
    assert_eq!(topic.segment_bytes, 100);
    assert_eq!(topic.leader_throttled_replicas, ThrottledReplicas::Some(vec![(0, 1), (1, 2)]));
    assert_eq!(topic.follower_throttled_replicas, ThrottledReplicas::All);

    assert!(TopicConfig::resolve(config.topic_defaults(), &map(&[("retention.ms", "x")])).is_err());
}

#[test]
fn dynamic_values_lie_on_top_and_go_again() {
    let config = load("message.max.bytes=10\nlog.retention.hours=1\n");
    let cluster = map(&[("message.max.bytes", "20"), ("log.retention.ms", "5000")]);
    let changed = config.with_dynamic(&cluster, &map(&[("message.max.bytes", "30")])).config;
    let topic = TopicConfig::resolve(changed.topic_defaults(), &BTreeMap::new()).expect("valid");
    assert_eq!((topic.max_message_bytes, topic.retention_ms), (30, Some(5000)));

    let back = changed.with_dynamic(&cluster, &BTreeMap::new()).config;
    let topic = TopicConfig::resolve(back.topic_defaults(), &BTreeMap::new()).expect("valid");
    assert_eq!((topic.max_message_bytes, topic.retention_ms), (20, Some(5000)));

    let back = back.with_dynamic(&BTreeMap::new(), &BTreeMap::new()).config;
    let topic = TopicConfig::resolve(back.topic_defaults(), &BTreeMap::new()).expect("valid");
    assert_eq!((topic.max_message_bytes, topic.retention_ms), (10, Some(3_600_000)));
}

#[test]
fn dynamic_values_that_make_no_sense_are_left_out() {
    let config = load("");
    let loaded = config.with_dynamic(
        &map(&[
            ("message.max.bytes", "many"),
            ("node.id", "8"),
            ("log.cleaner.threads", "500"),
            ("min.insync.replicas", "2"),
        ]),
        &BTreeMap::new(),
    );
    let left_out: Vec<&str> = loaded
        .warnings
        .iter()
        .map(|warning| match warning {
            ConfigWarning::InvalidDynamicValue { key, .. } => key.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert!(left_out.contains(&"message.max.bytes") && left_out.contains(&"node.id"), "{left_out:?}");
    // 500 threads leave less than 1 MiB of the dedupe buffer to each: wrong only next to another key.
    assert!(left_out.contains(&"log.cleaner.threads"), "{left_out:?}");
    assert_eq!(loaded.config.cleaner.threads, 1);
    assert_eq!(loaded.config.node_id.value(), 7);
}

#[test]
fn dynamic_changes_are_checked_before_they_are_made() {
    use ottla_config::dynamic::validate;
    let message = |pairs: &[(&str, &str)], this_broker: bool| {
        validate(&map(pairs), this_broker).map_err(|error| error.message().to_owned())
    };
    assert_eq!(message(&[("log.retention.ms", "5")], false), Ok(()));
    assert_eq!(message(&[("listener.name.x.ssl.keystore.location", "/k")], true), Ok(()));
    assert_eq!(
        message(&[("node.id", "5")], true),
        Err("Cannot update these configs dynamically: [node.id]".to_owned())
    );
    assert_eq!(
        message(&[("ssl.keystore.location", "/k")], true),
        Err("These security configs can be dynamically updated only per-listener using the listener prefix: \
             [ssl.keystore.location]"
            .to_owned())
    );
    assert_eq!(
        message(&[("listeners", "PLAINTEXT://:9")], false),
        Err("Cannot update these configs at default cluster level, broker id must be specified: [listeners]".to_owned())
    );
    assert_eq!(
        message(&[("message.max.bytes", "-1")], false),
        Err("Invalid value -1 for configuration message.max.bytes: Value must be at least 0".to_owned())
    );
}

#[test]
fn groups_stay_within_the_brokers_bounds() {
    use ottla_config::group::validate;
    let config = load("");
    let message = |pairs: &[(&str, &str)]| validate(&map(pairs), &config).map_err(|error| error.message().to_owned());
    assert_eq!(message(&[("consumer.session.timeout.ms", "50000")]), Ok(()));
    assert_eq!(message(&[("foo", "1")]), Err("Unknown group config name: foo".to_owned()));
    assert_eq!(
        message(&[("consumer.session.timeout.ms", "1")]),
        Err("consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms"
            .to_owned())
    );
    assert_eq!(
        message(&[("share.record.lock.duration.ms", "100000")]),
        Err("share.record.lock.duration.ms must be less than or equal to group.share.max.record.lock.duration.ms"
            .to_owned())
    );
    assert_eq!(
        message(&[("streams.num.standby.replicas", "3")]),
        Err("streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas".to_owned())
    );
}

#[test]
fn offsets_are_kept_as_the_keys_say() {
    let offsets = load("").offsets;
    assert_eq!(offsets.retention, Duration::from_secs(7 * 24 * 60 * 60));
    assert_eq!((offsets.topic.replication_factor, offsets.topic.segment_bytes), (3, 104_857_600));
    assert_eq!(load("offsets.topic.compression.codec=3\n").offsets.topic.compression, 3);
    assert_eq!(load("group.max.session.timeout.ms=-1\n").groups.session_timeout_max_ms, -1);

    let errors = errors("offsets.topic.compression.codec=5\n").to_string();
    assert!(errors.contains("Unknown compression type id: 5"), "{errors}");
}
