//! What Apache Kafka's own tables say of APIs and record types. Made by `lab/conformance/golden-messages`.

use ottla_protocol::{
    ApiKey, GroupCoordinatorValue, ListenerKind, MetadataRecord, RecordSet, RemoteLogMetadataRecord,
    ShareCoordinatorValue, TransactionCoordinatorValue,
};
use std::ops::RangeInclusive;

const FACTS: &str = include_str!("golden/facts.txt");

fn range(versions: &RangeInclusive<i16>) -> String {
    format!("{}..{}", versions.start(), versions.end())
}

fn api_line(key: ApiKey) -> String {
    let mut line = format!(
        "api {} {} valid {} stable {} forwardable {} cluster-action {}",
        key.key(),
        key.name(),
        range(&key.valid_versions()),
        range(&key.enabled_versions(false)),
        key.is_forwardable(),
        key.is_cluster_action()
    );
    for (listener, name) in [(ListenerKind::Broker, "broker"), (ListenerKind::Controller, "controller")] {
        if key.is_on(listener) {
            let advertised = key.advertised_versions(listener, false).expect("served, so advertised");
            line += &format!(" {name} {}", range(&advertised));
        }
    }
    line += " headers";
    for version in key.valid_versions() {
        line += &format!(" {}/{}", key.request_header_version(version), key.response_header_version(version));
    }
    line
}

#[test]
fn apis_are_kafkas() {
    let theirs: Vec<&str> = FACTS.lines().filter(|line| line.starts_with("api ")).collect();
    let ours: Vec<String> = ApiKey::all().map(api_line).collect();
    assert_eq!(theirs.len(), 93);
    for (theirs, ours) in theirs.into_iter().zip(ours) {
        assert_eq!(ours, theirs);
    }
}

/// Compares the types of one set: numbers, names, versions, and that there are no others.
fn compare<R: RecordSet>(set: &str) {
    let mut known = Vec::new();
    for line in FACTS.lines() {
        if let [kind, number, name, versions] = line.split(' ').collect::<Vec<_>>()[..]
            && kind == set
        {
            let number = number.parse().expect("a number");
            assert_eq!(R::versions(number).map(|ours| range(&ours)).as_deref(), Some(versions), "{line}");
            assert_eq!(R::name_of(number), Some(name), "{line}");
            known.push(number);
        }
    }
    assert!(!known.is_empty(), "{set}");
    for number in i16::MIN..=i16::MAX {
        assert_eq!(R::versions(number).is_some(), known.contains(&number), "{set} {number}");
    }
}

#[test]
fn record_types_are_kafkas() {
    compare::<MetadataRecord>("metadata");
    compare::<RemoteLogMetadataRecord>("remote");
    compare::<GroupCoordinatorValue>("group");
    compare::<ShareCoordinatorValue>("share");
    compare::<TransactionCoordinatorValue>("transaction");
}
