//! Our declarations against a dump of Apache Kafka 4.3.0's own tables (`golden/kafka-4.3.0.tsv`).

use ottla_config::keys::{self, Table};
use ottla_config::{Fallback, Importance, Scope, ValueType};

struct Row {
    name: &'static str,
    columns: [String; 7],
}

fn golden(resource: &str) -> Vec<Row> {
    let rows = include_str!("golden/kafka-4.3.0.tsv").lines().filter(|line| !line.starts_with('#'));
    let rows = rows.filter_map(|line| {
        let mut columns = line.split('\t');
        (columns.next() == Some(resource)).then(|| {
            let columns: Vec<&'static str> = columns.collect();
            assert_eq!(columns.len(), 7, "{line}");
            Row { name: columns[0], columns: std::array::from_fn(|index| columns[index].to_owned()) }
        })
    });
    rows.collect()
}

fn ours(table: &Table, with_scope: bool) -> Vec<Row> {
    let kafkas = table.iter().filter(|key| !key.name.starts_with("ottla."));
    let rows = kafkas.map(|key| {
        let default = match key.fallback {
            Fallback::Is(_) => key.default_value().map(|value| value.to_string()).unwrap_or_default(),
            Fallback::Absent => "\\null".to_owned(),
            Fallback::Required => "\\required".to_owned(),
        };
        let importance = match key.importance {
            Importance::High => "HIGH",
            Importance::Medium => "MEDIUM",
            Importance::Low => "LOW",
        };
        let scope = match key.scope {
            _ if !with_scope => "",
            Scope::ReadOnly => "read-only",
            Scope::PerBroker => "per-broker",
            Scope::ClusterWide => "cluster-wide",
        };
        Row {
            name: key.name,
            columns: [
                key.name.to_owned(),
                key.value_type.name().to_owned(),
                default,
                key.bounds.to_string(),
                importance.to_owned(),
                if key.internal { "internal" } else { "" }.to_owned(),
                scope.to_owned(),
            ],
        }
    });
    rows.collect()
}

fn compare(resource: &str, table: &Table, with_scope: bool) {
    let (golden, ours) = (golden(resource), ours(table, with_scope));
    let names = |rows: &[Row]| rows.iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(names(&golden), names(&ours), "{resource}: the keys");
    for (golden, ours) in golden.iter().zip(&ours) {
        assert_eq!(golden.columns, ours.columns, "{resource}: {}", golden.name);
    }
}

#[test]
fn broker_keys() {
    compare("broker", keys::broker(), true);
}

#[test]
fn topic_keys() {
    compare("topic", keys::topic(), false);
}

#[test]
fn group_keys() {
    compare("group", keys::group(), false);
}

#[test]
fn client_metrics_keys() {
    compare("metrics", keys::client_metrics(), false);
}

#[test]
fn quota_keys() {
    compare("brokerquota", keys::broker_quota(), true);
    compare("userclient", keys::client_quota(), false);
    compare("ip", keys::ip_quota(), false);
}

#[test]
fn every_key_is_documented_in_a_sentence() {
    let tables = [
        keys::broker(),
        keys::topic(),
        keys::group(),
        keys::client_metrics(),
        keys::broker_quota(),
        keys::client_quota(),
    ];
    for key in tables.into_iter().flat_map(Table::iter) {
        assert!(key.documentation.len() > 10, "{}", key.name);
        assert!(key.documentation.ends_with('.'), "{}: {}", key.name, key.documentation);
        assert!(!key.documentation.contains("  "), "{}: {}", key.name, key.documentation);
    }
}

#[test]
fn every_default_is_valid() {
    for table in [keys::broker(), keys::topic(), keys::group(), keys::client_metrics(), keys::client_quota()] {
        for key in table.iter() {
            if let Fallback::Is(text) = key.fallback {
                assert!(key.parse(text).is_ok(), "{}={text}", key.name);
            }
        }
    }
}

#[test]
fn synonyms_are_declared() {
    for key in keys::topic().iter() {
        for synonym in keys::broker_synonyms_of_topic(key.name) {
            assert!(keys::broker().get(synonym.name).is_some(), "{} of {}", synonym.name, key.name);
        }
    }
    for key in keys::group().iter() {
        if let Some(name) = keys::broker_key_of_group(key.name) {
            let broker_key = keys::broker().get(name).unwrap_or_else(|| panic!("{name} of {}", key.name));
            assert_eq!(broker_key.fallback, key.fallback, "{name}");
        }
    }
}

#[test]
fn passwords_are_sensitive() {
    let sensitive: Vec<&str> = keys::broker().iter().filter(|key| key.is_sensitive()).map(|key| key.name).collect();
    assert!(sensitive.contains(&"ssl.keystore.password"));
    assert!(keys::broker().iter().all(|key| key.is_sensitive() == (key.value_type == ValueType::Password)));
}
