//! DescribeConfigs against what a real Apache Kafka 4.3.0 answered (`golden/describe.tsv`) when it ran on
//! `golden/describe.properties` with the dynamic values below.

use ottla_config::describe::{self, ConfigSource, Described};
use ottla_config::{BrokerConfig, Properties};
use std::collections::BTreeMap;
use std::path::Path;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn config() -> BrokerConfig {
    let bytes = include_bytes!("golden/describe.properties");
    let properties = Properties::parse(bytes, Path::new("describe.properties")).expect("well-formed");
    let cluster_default = map(&[
        ("log.retention.ms", "7200000"),
        ("message.max.bytes", "2000000"),
        ("leader.replication.throttled.rate", "5"),
        ("log.cleaner.threads", "2"),
        // Put there by the controller itself, with eligible leader replicas (KIP-966).
        ("min.insync.replicas", "1"),
    ]);
    let this_broker =
        map(&[("message.max.bytes", "3000000"), ("listener.name.plaintext.ssl.keystore.password", "secret")]);
    let loaded = BrokerConfig::load(properties).expect("valid").config.with_dynamic(&cluster_default, &this_broker);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    loaded.config
}

fn source(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
        ConfigSource::DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
        ConfigSource::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
        ConfigSource::Group => "DYNAMIC_GROUP_CONFIG",
    }
}

fn line(entry: &Described) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let synonyms: Vec<String> = entry
        .synonyms
        .iter()
        .map(|synonym| format!("{}={}@{}", synonym.name, shown(&synonym.value), source(synonym.source)))
        .collect();
    let value_type = entry.value_type.map_or("UNKNOWN", |value_type| value_type.name());
    let documented = if entry.documentation.is_some() { "" } else { ":nodoc" };
    [
        entry.name.clone(),
        shown(&entry.value),
        source(entry.source).to_owned(),
        entry.is_sensitive.to_string(),
        entry.is_read_only.to_string(),
        format!("{value_type}{documented}"),
        synonyms.join(" "),
    ]
    .join("\t")
}

fn compare(resource: &str, entries: &[Described]) {
    let prefix = format!("{resource}\t");
    let golden: Vec<&str> =
        include_str!("golden/describe.tsv").lines().filter_map(|line| line.strip_prefix(&prefix)).collect();
    let ours: Vec<String> = entries.iter().filter(|entry| !entry.name.starts_with("ottla.")).map(line).collect();
    assert!(!golden.is_empty());
    for (golden, ours) in golden.iter().zip(&ours) {
        assert_eq!(golden, ours);
    }
    assert_eq!(golden.len(), ours.len());
}

#[test]
fn a_broker() {
    compare("BROKER:1", &describe::broker(&config()));
}

#[test]
fn all_brokers() {
    compare("BROKER:", &describe::cluster_default(&config()));
}

#[test]
fn a_topic() {
    let overrides =
        map(&[("retention.ms", "1000"), ("cleanup.policy", " compact , delete "), ("internal.segment.bytes", "5000")]);
    compare("TOPIC:t", &describe::topic(&config(), &overrides).expect("valid"));
}

#[test]
fn groups() {
    let overrides = map(&[("consumer.session.timeout.ms", "50000"), ("share.auto.offset.reset", "by_duration:PT1H")]);
    compare("GROUP:g", &describe::group(&config(), &overrides).expect("valid"));
    compare("GROUP:other", &describe::group(&config(), &BTreeMap::new()).expect("valid"));
}

#[test]
fn a_client_metrics_subscription() {
    let overrides = map(&[("interval.ms", "1000"), ("match", "client_id=a,client_software_name=b")]);
    compare("CLIENT_METRICS:m", &describe::client_metrics(&overrides).expect("valid"));
}
