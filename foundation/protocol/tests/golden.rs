//! Messages that Apache Kafka's own code wrote, in every version of every message: we must read them as they were meant,
//! and write the same bytes. Made by `lab/conformance/golden-messages`.

use bytes::Bytes;
use flate2::read::GzDecoder;
use ottla_protocol::json::catalogue::{AnyMessage, CATALOGUE, Entry};
use ottla_protocol::{DecodeError, EncodeError, Reader};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};

/// How many instances of each version there are.
const INSTANCES: usize = 7;

struct Golden {
    line: String,
    entry: &'static Entry,
    version: i16,
    /// What is particular about it: `default`, `filled`, …
    label: String,
    bytes: Bytes,
    json: Value,
}

fn goldens() -> impl Iterator<Item = Golden> {
    let compressed: &[u8] = include_bytes!("golden/messages.txt.gz");
    BufReader::new(GzDecoder::new(compressed)).lines().map(|line| {
        let line = line.expect("the file is whole");
        let parts: Vec<&str> = line.split('\t').collect();
        let [name, version, label, hex, json] = parts[..] else { panic!("five parts in {line}") };
        Golden {
            entry: Entry::named(name).unwrap_or_else(|| panic!("{name} is in the catalogue")),
            version: version.parse().expect("a version"),
            label: label.to_owned(),
            bytes: from_hex(hex),
            json: serde_json::from_str(json).expect("JSON"),
            line: format!("{name} v{version} {label}"),
        }
    })
}

fn from_hex(hex: &str) -> Bytes {
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a hexadecimal digit") as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn decode(golden: &Golden) -> Box<dyn AnyMessage> {
    let mut reader = Reader::new(golden.bytes.clone());
    let message = golden.entry.decode(&mut reader, golden.version);
    let message = message.unwrap_or_else(|error| panic!("{}: {error}", golden.line));
    assert_eq!(reader.remaining(), 0, "{}", golden.line);
    message
}

#[test]
fn every_version_of_every_message_is_there() {
    let mut instances: HashMap<(&str, i16), usize> = HashMap::new();
    for golden in goldens() {
        *instances.entry((golden.entry.schema.name, golden.version)).or_default() += 1;
    }
    assert_eq!(CATALOGUE.len(), 273);
    for entry in &CATALOGUE {
        for version in entry.schema.versions.clone() {
            let name = entry.schema.name;
            assert_eq!(instances.remove(&(name, version)), Some(INSTANCES), "{name} v{version}");
        }
    }
    assert!(instances.is_empty(), "{instances:?}");
}

#[test]
fn what_java_wrote_is_read_and_written_alike() {
    for golden in goldens() {
        let message = decode(&golden);
        let written = message.encode(golden.version).unwrap_or_else(|error| panic!("{}: {error}", golden.line));
        assert_eq!(written, golden.bytes, "{}: {message:?}", golden.line);
        assert!(message.equals(&*decode(&golden)), "{}", golden.line);
    }
}

#[test]
fn json_is_javas_both_ways() {
    for golden in goldens() {
        let message = decode(&golden);
        let json = message.to_json(golden.version).unwrap_or_else(|error| panic!("{}: {error}", golden.line));
        assert_eq!(json, golden.json, "{}", golden.line);
        let read = golden.entry.from_json(&golden.json, golden.version);
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", golden.line));
        // JSON has no place for unknown tagged fields.
        if golden.label != "unknown-tags" {
            assert!(read.equals(&*message), "{}: {read:?}", golden.line);
            assert_eq!(read.encode(golden.version).unwrap(), golden.bytes, "{}", golden.line);
        }
    }
}

#[test]
fn text_of_json_is_javas() {
    let compressed: &[u8] = include_bytes!("golden/messages.txt.gz");
    for line in BufReader::new(GzDecoder::new(compressed)).lines().map_while(Result::ok) {
        let text = line.rsplit('\t').next().unwrap_or_default();
        let json: Value = serde_json::from_str(text).unwrap();
        assert_eq!(ottla_protocol::json::text(&json), text);
    }
}

#[test]
fn versions_out_of_range_are_refused() {
    for entry in &CATALOGUE {
        let (lowest, highest) = (*entry.schema.versions.start(), *entry.schema.versions.end());
        for version in [lowest - 1, highest + 1, i16::MIN, i16::MAX] {
            let decoded = entry.decode(&mut Reader::new(Bytes::from(vec![0; 512])), version);
            assert!(matches!(decoded, Err(DecodeError::UnsupportedVersion { .. })), "{} v{version}", entry.schema.name);
        }
    }
    let message = goldens().next().map(|golden| decode(&golden)).unwrap();
    assert!(matches!(message.encode(i16::MAX), Err(EncodeError::UnsupportedVersion { .. })));
}
