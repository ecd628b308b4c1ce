//! Arbitrary messages from a seed (feature `catalogue`).

use super::schema::{FieldKind, FieldSchema, MessageSchema};
use super::{JsonError, from_json};
use crate::{RawTaggedField, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ottla_model::Uuid;
use serde_json::{Map, Value};
use std::cell::Cell;

/// Numbers that look random and depend on nothing but the seed (SplitMix64).
#[derive(Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// The numbers of this seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(Cell::new(seed))
    }
    /// The next number.
    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut mixed = self.0.get();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    /// A number below `bound`, which is not 0.
    pub fn below(&self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
    /// True once in so many times.
    pub fn one_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The bytes of a message as its writer would write them: the fields hold anything, and structs of flexible versions
/// have unknown tagged fields now and then.
///
/// # Errors
/// None, if the shape is one of ours.
pub fn bytes(schema: &'static MessageSchema, version: i16, random: &Random) -> Result<Bytes, JsonError> {
    let json = object(schema.fields, version, random);
    let mut writer = Writer::new();
    from_json::message(&json, schema, version, &|| unknown_tagged_fields(random), &mut writer)?;
    Ok(writer.finish_to_bytes()?)
}

fn unknown_tagged_fields(random: &Random) -> Vec<RawTaggedField> {
    let count = if random.one_in(4) { 1 + random.below(2) } else { 0 };
    let tags = (0..count).scan(100, |tag, _| {
        *tag += 1 + random.below(1 << (1 + random.below(28))) as u32;
        Some(*tag)
    });
    tags.map(|tag| RawTaggedField { tag, data: binary(random).into() }).collect()
}

fn object(fields: &[FieldSchema], version: i16, random: &Random) -> Value {
    let present = fields.iter().filter(|field| field.versions.contains(version));
    let set = present.filter(|field| field.tag.is_none() || random.one_in(2));
    Value::Object(set.map(|field| (field.name.to_owned(), field_value(field, version, random))).collect::<Map<_, _>>())
}

fn field_value(field: &FieldSchema, version: i16, random: &Random) -> Value {
    if field.nullable.contains(version) && random.one_in(4) {
        return Value::Null;
    }
    value(&field.kind, version, random)
}

fn value(kind: &FieldKind, version: i16, random: &Random) -> Value {
    match kind {
        FieldKind::Bool => random.one_in(2).into(),
        FieldKind::Int8 => (integer(random) as i8).into(),
        FieldKind::Int16 => (integer(random) as i16).into(),
        FieldKind::Int32 => (integer(random) as i32).into(),
        FieldKind::Int64 => integer(random).into(),
        FieldKind::Uint16 => (integer(random) as u16).into(),
        FieldKind::Uint32 => (integer(random) as u32).into(),
        FieldKind::Float64 => (integer(random) as f64 / 256.0).into(),
        FieldKind::Uuid => {
            let half = || random.next().to_be_bytes();
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&half());
            bytes[8..].copy_from_slice(&half());
            Uuid::from_bytes(bytes).to_string().into()
        }
        FieldKind::String => {
            const LETTERS: [char; 6] = ['a', '.', '\0', 'ż', '€', '🐢'];
            let letters = (0..length(random)).map(|_| LETTERS[random.below(LETTERS.len())]);
            letters.collect::<String>().into()
        }
        FieldKind::Bytes | FieldKind::Records => STANDARD.encode(binary(random)).into(),
        FieldKind::Struct(fields) => object(fields, version, random),
        FieldKind::Array(element) => {
            let count = match element {
                FieldKind::Struct(_) => random.below(3),
                _ => length(random),
            };
            (0..count).map(|_| value(element, version, random)).collect()
        }
    }
}

/// Any number of any size; often one at the edge of its type.
fn integer(random: &Random) -> i64 {
    match random.below(6) {
        0 => 0,
        1 => -1,
        2 => i64::MIN | i64::from(i32::MIN) | (1 << 15) | (1 << 7),
        3 => (1 << random.below(63)) - 1,
        _ => random.next() as i64 >> random.below(63),
    }
}

/// Short, but sometimes more than a varint's first byte can say.
fn length(random: &Random) -> usize {
    if random.one_in(16) { 120 + random.below(20) } else { random.below(4) }
}

fn binary(random: &Random) -> Vec<u8> {
    (0..length(random)).map(|_| random.next() as u8).collect()
}
