//! Hostile bytes: no decoder panics, none allocates much more than it is given, and whatever is read can be written again.
//!
//! Every golden message is damaged in many ways. `OTTLA_ROUNDS` in the environment asks for more of them, `OTTLA_SEED` for
//! others; a failure names both.

use bytes::Bytes;
use flate2::read::GzDecoder;
use ottla_protocol::json::arbitrary::Random;
use ottla_protocol::json::catalogue::{CATALOGUE, Entry};
use ottla_protocol::json::{FieldDefault, FieldKind, FieldSchema};
use ottla_protocol::{
    GroupCoordinatorKey, MetadataRecord, Reader, RemoteLogMetadataRecord, ShareCoordinatorKey,
    TransactionCoordinatorKey, record_frame,
};
use serde_json::{Map, Value, json};
use std::io::{BufRead as _, BufReader};

/// How many bytes may be allocated for each byte of input. An empty string takes one byte and becomes a `String` of 24, and
/// small structs become larger ones in the same way; growing an array holds the old and the new one at once.
const ALLOCATED_PER_BYTE_MAX: u64 = 64;

/// What may be allocated for no bytes at all.
const ALLOCATED_MIN: u64 = 16 * 1024;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

struct Sample {
    entry: &'static Entry,
    version: i16,
    bytes: Vec<u8>,
}

fn samples() -> Vec<Sample> {
    let compressed: &[u8] = include_bytes!("golden/messages.txt.gz");
    let lines = BufReader::new(GzDecoder::new(compressed)).lines().map(|line| line.expect("the file is whole"));
    let sample = |line: String| {
        let parts: Vec<&str> = line.split('\t').collect();
        let digit = |byte: u8| (byte as char).to_digit(16).expect("a hexadecimal digit") as u8;
        Sample {
            entry: Entry::named(parts[0]).expect("a message"),
            version: parts[1].parse().expect("a version"),
            bytes: parts[3].as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect(),
        }
    };
    lines.map(sample).collect()
}

/// Bytes that are often taken for a length, a count or a tag.
const POISON: [&[u8]; 10] = [
    &[0x7f, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff],
    &[0x80, 0x00, 0x00, 0x00],
    &[0x00, 0x00, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0xff, 0xff, 0x7f],
    &[0xff, 0x7f],
    &[0x7f, 0xff],
    &[0x00],
];

fn damage(bytes: &mut Vec<u8>, random: &Random) {
    for _ in 0..1 + random.below(3) {
        let place = random.below(bytes.len() + 1);
        match random.below(7) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, random.next() as u8),
            2 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
            3 if place < bytes.len() => bytes[place] = bytes[place].wrapping_add(1),
            4 if place < bytes.len() => {
                bytes.remove(place);
            }
            _ => {
                let poison = POISON[random.below(POISON.len())];
                let end = (place + poison.len()).min(bytes.len());
                bytes.splice(place..end, poison.iter().copied());
            }
        }
    }
}

/// Runs `decode` on `bytes` and checks what it allocates.
fn bounded<T>(place: &str, bytes: &Bytes, decode: impl FnOnce() -> T) -> T {
    let mut result = None;
    let allocated = allocation_counter::measure(|| result = Some(decode())).bytes_max;
    let allowed = ALLOCATED_MIN + ALLOCATED_PER_BYTE_MAX * bytes.len() as u64;
    assert!(allocated <= allowed, "{place}: {allocated} bytes allocated for {bytes:?}");
    result.expect("measured code runs")
}

#[test]
fn damaged_messages_are_refused_or_read() {
    let rounds = from_environment("OTTLA_ROUNDS", 4);
    let seed = from_environment("OTTLA_SEED", 1);
    println!("OTTLA_SEED={seed} OTTLA_ROUNDS={rounds}");
    let samples = samples();
    let random = Random::from_seed(seed);
    let (mut refused, mut read) = (0, 0);
    for round in 0..rounds {
        for sample in &samples {
            let mut bytes = sample.bytes.clone();
            damage(&mut bytes, &random);
            let bytes = Bytes::from(bytes);
            let Sample { entry, version, .. } = *sample;
            let place = format!("OTTLA_SEED={seed} round {round}: {} v{version} of {bytes:?}", entry.schema.name);
            let decode = || entry.decode(&mut Reader::new(bytes.clone()), version);
            let Ok(message) = bounded(&place, &bytes, decode) else {
                refused += 1;
                continue;
            };
            read += 1;
            let written = message.encode(version).expect(&place);
            let again = entry.decode(&mut Reader::new(written.clone()), version).expect(&place);
            assert_eq!(again.encode(version).expect(&place), written, "{place}");
        }
    }
    assert!(refused > 0 && read > 0, "{refused} refused, {read} read");
}

#[test]
fn messages_cut_anywhere_are_refused_or_read() {
    for sample in samples().iter().filter(|sample| sample.bytes.len() < 200) {
        let whole = Bytes::from(sample.bytes.clone());
        for length in 0..whole.len() {
            let decoded = sample.entry.decode(&mut Reader::new(whole.slice(..length)), sample.version);
            assert!(decoded.is_err(), "{} v{} cut to {length}", sample.entry.schema.name, sample.version);
        }
    }
}

#[test]
fn noise_is_refused_or_read() {
    let rounds = from_environment("OTTLA_ROUNDS", 4);
    let seed = from_environment("OTTLA_SEED", 1);
    println!("OTTLA_SEED={seed} OTTLA_ROUNDS={rounds}");
    let random = Random::from_seed(seed);
    for round in 0..200 * rounds {
        let length = random.below(200);
        let letters: u64 = [4, 16, 256][random.below(3)];
        let bytes: Bytes = (0..length).map(|_| (random.next() % letters) as u8).collect();
        let place = format!("OTTLA_SEED={seed} round {round}: {bytes:?}");
        for entry in &CATALOGUE {
            let versions = entry.schema.versions.clone();
            let version =
                versions.start() + random.below(usize::from(versions.end().abs_diff(*versions.start())) + 1) as i16;
            let _ = bounded(&place, &bytes, || entry.decode(&mut Reader::new(bytes.clone()), version));
        }
        let _ = bounded(&place, &bytes, || record_frame::decode::<MetadataRecord>(bytes.clone()));
        let _ = bounded(&place, &bytes, || record_frame::decode::<RemoteLogMetadataRecord>(bytes.clone()));
        if let Ok(key) = bounded(&place, &bytes, || GroupCoordinatorKey::decode(bytes.clone())) {
            let _ = bounded(&place, &bytes, || key.decode_value(bytes.clone()));
        }
        if let Ok(key) = bounded(&place, &bytes, || ShareCoordinatorKey::decode(bytes.clone())) {
            let _ = bounded(&place, &bytes, || key.decode_value(bytes.clone()));
        }
        if let Ok(key) = bounded(&place, &bytes, || TransactionCoordinatorKey::decode(bytes.clone())) {
            let _ = bounded(&place, &bytes, || key.decode_value(bytes.clone()));
        }
    }
}

/// The least that a field can say.
fn least(field: &FieldSchema, version: i16, many: &Many, path: &str) -> Value {
    let path = format!("{path}.{}", field.name);
    let is_default_null = field.default == FieldDefault::Null || field.nullable.contains(version);
    if is_default_null && !many.path.starts_with(&path) {
        Value::Null
    } else {
        least_of(&field.kind, version, many, &path)
    }
}

fn least_of(kind: &FieldKind, version: i16, many: &Many, path: &str) -> Value {
    match kind {
        FieldKind::Bool => json!(false),
        FieldKind::Float64 => json!(0.0),
        FieldKind::Uuid => json!("AAAAAAAAAAAAAAAAAAAAAA"),
        FieldKind::String | FieldKind::Bytes | FieldKind::Records => json!(""),
        FieldKind::Struct(fields) => least_struct(fields, version, many, path),
        FieldKind::Array(element) => {
            let count = match many.path.strip_prefix(path) {
                Some("") => many.count,
                Some(deeper) if deeper.starts_with('.') => 1,
                _ => 0,
            };
            Value::Array(vec![least_of(element, version, many, path); count])
        }
        _ => json!(0),
    }
}

fn least_struct(fields: &[FieldSchema], version: i16, many: &Many, path: &str) -> Value {
    let on_the_way = |field: &FieldSchema| many.path.starts_with(&format!("{path}.{}", field.name));
    let present = fields.iter().filter(|field| field.versions.contains(version));
    let set = present.filter(|field| field.tag.is_none() || on_the_way(field));
    Value::Object(set.map(|field| (field.name.to_owned(), least(field, version, many, path))).collect::<Map<_, _>>())
}

/// Which array is to have how many elements.
struct Many {
    path: String,
    count: usize,
}

fn array_paths(fields: &[FieldSchema], version: i16, path: &str, found: &mut Vec<String>) {
    for field in fields.iter().filter(|field| field.versions.contains(version)) {
        let path = format!("{path}.{}", field.name);
        let mut kind = &field.kind;
        if let FieldKind::Array(element) = kind {
            found.push(path.clone());
            kind = element;
        }
        if let FieldKind::Struct(fields) = kind {
            array_paths(fields, version, &path, found);
        }
    }
}

#[test]
fn many_small_elements_stay_affordable() {
    let mut worst = Vec::new();
    for entry in &CATALOGUE {
        let mut paths = Vec::new();
        let version = *entry.schema.versions.end();
        array_paths(entry.schema.fields, version, "", &mut paths);
        for path in paths {
            let place = format!("{} v{version} {path}", entry.schema.name);
            let json = least_struct(entry.schema.fields, version, &Many { path, count: 1000 }, "");
            let bytes = entry.from_json(&json, version).and_then(|message| Ok(message.encode(version)?)).expect(&place);
            let mut reader = Reader::new(bytes.clone());
            let allocated = allocation_counter::measure(|| drop(entry.decode(&mut reader, version))).bytes_max;
            worst.push((allocated / bytes.len() as u64, place));
        }
    }
    worst.sort_unstable();
    for (ratio, place) in worst.iter().rev().take(10) {
        println!("{ratio} bytes allocated per byte: {place}");
    }
    assert!(worst.iter().all(|(ratio, _)| *ratio <= ALLOCATED_PER_BYTE_MAX), "{:?}", worst.last());
}
