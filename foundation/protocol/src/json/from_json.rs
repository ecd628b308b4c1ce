//! From JSON to the bytes of a message, along its shape.

use super::JsonError;
use super::schema::{FieldDefault, FieldKind, FieldSchema, MessageSchema};
use crate::{RawTaggedField, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ottla_model::Uuid;
use serde_json::{Map, Value};

/// Appends the bytes of a message. `unknown` says which unknown tagged fields the next struct has.
pub(super) fn message(
    json: &Value,
    schema: &MessageSchema,
    version: i16,
    unknown: &dyn Fn() -> Vec<RawTaggedField>,
    writer: &mut Writer,
) -> Result<(), JsonError> {
    let flexible = schema.flexible.contains(version);
    let walk = Walk { message: schema.name, version, flexible, unknown };
    let object = json.as_object().ok_or_else(|| walk.wrong_type(schema.name, json))?;
    walk.fields(object, schema.fields, writer)
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    message: &'static str,
    version: i16,
    flexible: bool,
    unknown: &'a dyn Fn() -> Vec<RawTaggedField>,
}

impl Walk<'_> {
    fn wrong_type(self, field: &'static str, value: &Value) -> JsonError {
        JsonError::WrongType { message: self.message, field, value: value.clone() }
    }

    fn fields(self, object: &Map<String, Value>, fields: &[FieldSchema], writer: &mut Writer) -> Result<(), JsonError> {
        let mut tagged = Vec::new();
        for field in fields {
            match (object.get(field.name), field.versions.contains(self.version), field.tag) {
                (Some(value), true, None) => self.value(value, field, writer)?,
                (Some(value), true, Some(tag)) if !is_default(value, field) => tagged.push((tag, value, field)),
                (None, true, None) => {
                    return Err(JsonError::Missing { message: self.message, field: field.name });
                }
                (Some(value), false, _) if !field.ignorable && !is_default(value, field) => {
                    let Self { message, version, .. } = self;
                    return Err(JsonError::NotInVersion { message, field: field.name, version });
                }
                _ => {}
            }
        }
        if self.flexible {
            tagged.sort_by_key(|(tag, ..)| *tag);
            let unknown = (self.unknown)();
            let mut tags = writer.begin_tagged_fields(&unknown);
            for (tag, value, field) in tagged {
                tags.begin(writer, tag)?;
                self.value(value, field, writer)?;
                tags.end(writer)?;
            }
            tags.finish(writer)?;
        }
        Ok(())
    }

    fn value(self, value: &Value, field: &FieldSchema, writer: &mut Writer) -> Result<(), JsonError> {
        let compact = self.flexible && !field.never_compact;
        let nullable = field.nullable.contains(self.version);
        if value.is_null() && !nullable {
            return Err(self.wrong_type(field.name, value));
        }
        if let FieldKind::Struct(_) = field.kind
            && nullable
        {
            match field.tag {
                Some(_) => writer.unsigned_varint((!value.is_null()).into()),
                None => writer.int8(if value.is_null() { -1 } else { 1 }),
            }
            if value.is_null() {
                return Ok(());
            }
        }
        self.of_kind(value, field, &field.kind, compact, writer)
    }

    fn of_kind(
        self,
        value: &Value,
        field: &FieldSchema,
        kind: &FieldKind,
        compact: bool,
        writer: &mut Writer,
    ) -> Result<(), JsonError> {
        let refused = || self.wrong_type(field.name, value);
        match kind {
            FieldKind::Bool => writer.bool(value.as_bool().ok_or_else(refused)?),
            FieldKind::Int8 => writer.int8(integer(value).ok_or_else(refused)?),
            FieldKind::Int16 => writer.int16(integer(value).ok_or_else(refused)?),
            FieldKind::Int32 => writer.int32(integer(value).ok_or_else(refused)?),
            FieldKind::Int64 => writer.int64(integer(value).ok_or_else(refused)?),
            FieldKind::Uint16 => writer.uint16(integer(value).ok_or_else(refused)?),
            FieldKind::Uint32 => writer.uint32(integer(value).ok_or_else(refused)?),
            FieldKind::Float64 => writer.float64(float(value).ok_or_else(refused)?),
            FieldKind::Uuid => writer.uuid(uuid(value).ok_or_else(refused)?),
            FieldKind::String => match value {
                Value::Null => writer.nullable_string(None, compact)?,
                _ => writer.string(value.as_str().ok_or_else(refused)?, compact)?,
            },
            FieldKind::Bytes | FieldKind::Records => match value {
                Value::Null => writer.nullable_bytes(None, compact)?,
                _ => writer.bytes(&binary(value).ok_or_else(refused)?, compact)?,
            },
            FieldKind::Struct(fields) => self.fields(value.as_object().ok_or_else(refused)?, fields, writer)?,
            FieldKind::Array(element) => match value {
                Value::Null => writer.length(None, compact)?,
                _ => {
                    let elements = value.as_array().ok_or_else(refused)?;
                    writer.length(Some(elements.len()), compact)?;
                    for value in elements {
                        self.of_kind(value, field, element, compact, writer)?;
                    }
                }
            },
        }
        Ok(())
    }
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    T::try_from(value.as_i64()?).ok()
}

fn float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn binary(value: &Value) -> Option<Bytes> {
    STANDARD.decode(value.as_str()?).ok().map(Bytes::from)
}

/// Whether a value is what the field would have anyway.
fn is_default(value: &Value, field: &FieldSchema) -> bool {
    match field.default {
        FieldDefault::Null => value.is_null(),
        FieldDefault::True => value.as_bool() == Some(true),
        FieldDefault::Number(number) => value.as_i64() == Some(number),
        FieldDefault::Empty => is_empty(value, &field.kind),
    }
}

fn is_empty(value: &Value, kind: &FieldKind) -> bool {
    match kind {
        FieldKind::Bool => value.as_bool() == Some(false),
        FieldKind::Float64 => float(value) == Some(0.0),
        FieldKind::Uuid => uuid(value) == Some(Uuid::ZERO),
        FieldKind::String | FieldKind::Bytes => value.as_str() == Some(""),
        FieldKind::Records => value.is_null(),
        FieldKind::Array(_) => value.as_array().is_some_and(Vec::is_empty),
        FieldKind::Struct(fields) => value.as_object().is_some_and(|object| {
            fields.iter().all(|field| object.get(field.name).is_none_or(|value| is_default(value, field)))
        }),
        _ => value.as_i64() == Some(0),
    }
}
