//! Documents that cannot lie: `docs/apis.md` against the table of APIs.

use ottla_broker::apis::TABLE;
use ottla_protocol::{ApiKey, ListenerKind};
use std::collections::BTreeMap;
use std::path::Path;

struct Row {
    name: String,
    versions: String,
    shown_by: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository")
}

fn rows() -> BTreeMap<i16, Row> {
    let text = std::fs::read_to_string(repository().join("docs/apis.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let key = cells.first()?.parse().ok()?;
        let row = Row {
            name: cells[1].to_owned(),
            versions: cells[2].to_owned(),
            shown_by: cells[4].trim_matches('`').to_owned(),
        };
        Some((key, row))
    });
    rows.collect()
}

fn advertised(key: ApiKey) -> String {
    let versions = key.advertised_versions(ListenerKind::Broker, false).unwrap();
    if versions.start() == versions.end() {
        versions.start().to_string()
    } else {
        format!("{}–{}", versions.start(), versions.end())
    }
}

#[test]
fn the_table_of_apis_is_the_one_in_the_code() {
    let rows = rows();
    for key in ApiKey::on_listener(ListenerKind::Broker) {
        let row = rows.get(&key.key()).unwrap_or_else(|| panic!("docs/apis.md has no row for {}", key.name()));
        assert_eq!(row.name, key.name(), "key {}", key.key());
        let is_offered = TABLE.iter().any(|api| api.key == key);
        let expected = if is_offered { advertised(key) } else { "not yet".to_owned() };
        assert_eq!(row.versions, expected, "versions of {}", key.name());
    }
    assert_eq!(rows.len(), ApiKey::on_listener(ListenerKind::Broker).count(), "rows of APIs that there are not");
}

#[test]
fn every_offered_api_names_a_test_that_exists() {
    for (key, row) in rows() {
        if row.versions != "not yet" {
            let test = repository().join("lab/conformance").join(&row.shown_by);
            assert!(!row.shown_by.is_empty() && test.is_file(), "{key} {}: {}", row.name, test.display());
        }
    }
}

#[test]
fn the_table_is_in_key_order() {
    assert!(TABLE.is_sorted_by_key(|api| api.key.key()), "apis::find looks rows up by halves");
}
