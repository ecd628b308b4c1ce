//! Topic configurations, good and bad, and what Apache Kafka 4.3.0 says of them (`golden/topic-cases.tsv`).

use ottla_config::topic::{TopicDefaults, validate, validate_value};
use std::collections::BTreeMap;

#[test]
fn every_case_ends_as_in_kafka() {
    let mut wrong = Vec::new();
    for line in include_str!("golden/topic-cases.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [keys, tiering, was_tiered, expected] = columns[..] else { panic!("{line}") };
        let overrides: BTreeMap<String, String> = keys
            .split('|')
            .map(|pair| pair.split_once('=').expect("key=value"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let mut existing = BTreeMap::new();
        if was_tiered == "yes" {
            existing.insert("remote.storage.enable".to_owned(), "true".to_owned());
        }
        let got = match validate(&existing, &overrides, &TopicDefaults::default(), tiering == "yes") {
            Ok(()) => "OK".to_owned(),
            Err(error) => error.to_string(),
        };
        if got != expected {
            wrong.push(format!("{keys}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn single_values_are_checked_by_themselves() {
    assert!(validate_value("retention.ms", "1000").is_ok());
    assert_eq!(
        validate_value("retention.ms", "-2").expect_err("too small").message(),
        "Invalid value -2 for configuration retention.ms: Value must be at least -1"
    );
    assert_eq!(validate_value("foo", "1").expect_err("unknown").message(), "Unknown topic config name: foo");
}
