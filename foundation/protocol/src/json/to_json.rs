//! From the bytes of a message to JSON, along its shape.

use super::schema::{FieldKind, FieldSchema, MessageSchema};
use crate::{DecodeError, Reader};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Reads a message of a known version.
pub(super) fn message(reader: &mut Reader, schema: &MessageSchema, version: i16) -> Result<Value, DecodeError> {
    let flexible = schema.flexible.contains(version);
    Walk { version, flexible }.fields(reader, schema.fields)
}

#[derive(Clone, Copy)]
struct Walk {
    version: i16,
    flexible: bool,
}

impl Walk {
    fn fields(self, reader: &mut Reader, fields: &[FieldSchema]) -> Result<Value, DecodeError> {
        let mut values: Vec<Option<Value>> = vec![None; fields.len()];
        for (field, value) in fields.iter().zip(&mut values) {
            if field.tag.is_none() && field.versions.contains(self.version) {
                *value = Some(self.value(reader, field)?);
            }
        }
        if self.flexible {
            let mut tags = reader.tagged_fields()?;
            while let Some((tag, mut content)) = tags.next(reader)? {
                let known =
                    fields.iter().position(|field| field.tag == Some(tag) && field.versions.contains(self.version));
                if let Some(index) = known {
                    values[index] = Some(self.value(&mut content, &fields[index])?);
                }
            }
        }
        let named = fields.iter().zip(values).filter_map(|(field, value)| Some((field.name.to_owned(), value?)));
        Ok(Value::Object(named.collect::<Map<String, Value>>()))
    }

    fn value(self, reader: &mut Reader, field: &FieldSchema) -> Result<Value, DecodeError> {
        let compact = self.flexible && !field.never_compact;
        if let FieldKind::Struct(_) = field.kind
            && field.nullable.contains(self.version)
        {
            let absent = match field.tag {
                Some(_) => reader.unsigned_varint()? == 0,
                None => reader.int8()? < 0,
            };
            if absent {
                return Ok(Value::Null);
            }
        }
        self.of_kind(reader, &field.kind, compact)
    }

    fn of_kind(self, reader: &mut Reader, kind: &FieldKind, compact: bool) -> Result<Value, DecodeError> {
        Ok(match kind {
            FieldKind::Bool => reader.bool()?.into(),
            FieldKind::Int8 => reader.int8()?.into(),
            FieldKind::Int16 => reader.int16()?.into(),
            FieldKind::Int32 => reader.int32()?.into(),
            FieldKind::Int64 => reader.int64()?.into(),
            FieldKind::Uint16 => reader.uint16()?.into(),
            FieldKind::Uint32 => reader.uint32()?.into(),
            FieldKind::Float64 => float(reader.float64()?),
            FieldKind::Uuid => reader.uuid()?.to_string().into(),
            FieldKind::String => reader.nullable_string(compact)?.into(),
            FieldKind::Bytes | FieldKind::Records => {
                reader.nullable_bytes(compact)?.map(|bytes| STANDARD.encode(bytes)).into()
            }
            FieldKind::Struct(fields) => self.fields(reader, fields)?,
            FieldKind::Array(element) => match reader.count(compact, 1)? {
                Some(count) => {
                    let elements = (0..count).map(|_| self.of_kind(reader, element, compact));
                    Value::Array(elements.collect::<Result<_, _>>()?)
                }
                None => Value::Null,
            },
        })
    }
}

/// A number, or the name of what JSON has no number for.
fn float(value: f64) -> Value {
    match value {
        _ if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        _ => value.into(),
    }
}
