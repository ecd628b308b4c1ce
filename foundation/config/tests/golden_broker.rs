//! Broker configurations, good and bad, and what Apache Kafka 4.3.0 says of them (`golden/broker-cases.txt`).

use ottla_config::{BrokerConfig, Properties};
use std::collections::BTreeMap;
use std::path::Path;

fn base(name: &str) -> BTreeMap<String, String> {
    let pairs: &[(&str, &str)] = match name {
        "combined" => &[
            ("process.roles", "broker,controller"),
            ("node.id", "1"),
            ("listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"),
        ],
        "broker" => &[("process.roles", "broker"), ("node.id", "2"), ("listeners", "PLAINTEXT://localhost:9092")],
        "controller" => {
            &[("process.roles", "controller"), ("node.id", "1"), ("listeners", "CONTROLLER://localhost:9093")]
        }
        other => panic!("no base {other}"),
    };
    let always = [("controller.listener.names", "CONTROLLER"), ("controller.quorum.voters", "1@localhost:9093")];
    pairs.iter().chain(&always).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load(properties: &BTreeMap<String, String>) -> Result<(), Vec<String>> {
    let text: String = properties.iter().map(|(key, value)| format!("{}={value}\n", key.replace(':', "\\:"))).collect();
    let properties = Properties::parse(text.as_bytes(), Path::new("server.properties")).expect("well-formed");
    BrokerConfig::load(properties)
        .map(drop)
        .map_err(|errors| errors.iter().map(|error| error.message.clone()).collect())
}

#[test]
fn every_case_ends_as_in_kafka() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for block in include_str!("golden/broker-cases.txt").split("\n\n").filter(|block| block.starts_with("case: ")) {
        cases += 1;
        let mut properties = BTreeMap::new();
        let (mut name, mut expected) = ("", "");
        for line in block.lines() {
            if let Some(text) = line.strip_prefix("case: ") {
                name = text;
            } else if let Some(text) = line.strip_prefix("base: ") {
                properties = base(text);
            } else if let Some(text) = line.strip_prefix("=> ") {
                expected = text;
            } else if let Some(key) = line.strip_prefix('-') {
                properties.remove(key);
            } else {
                let (key, value) = line.split_once('=').expect("key=value");
                properties.insert(key.to_owned(), value.to_owned());
            }
        }
        match (expected, load(&properties)) {
            ("OK", Ok(())) => {}
            (expected, Err(messages)) if messages.iter().any(|message| message == expected) => {}
            (expected, got) => wrong.push(format!("{name}\n  expected {expected}\n  got      {got:?}")),
        }
    }
    assert!(cases > 80, "{cases} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
