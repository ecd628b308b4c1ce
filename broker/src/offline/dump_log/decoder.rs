//! Keys and values as text, by what kind of records they are.

use super::super::failure::Failure;
use super::arguments::DecoderName;
use super::remote_log_metadata;
use bytes::Bytes;
use ottla_protocol::json::{self, JsonError, JsonMessage};
use ottla_protocol::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription, GroupMetadataValue};
use ottla_protocol::{
    DecodeError, GroupCoordinatorKey, GroupCoordinatorValue, MetadataRecord, Reader, RecordKey, RecordSet,
    ShareCoordinatorKey, ShareCoordinatorValue, TransactionCoordinatorKey, TransactionCoordinatorValue, record_frame,
};
use ottla_records::Record;
use serde_json::{Value, json};

/// Makes text of keys and values.
pub(super) struct Decoder {
    name: DecoderName,
}

/// What to print of a record.
pub(super) struct Shown {
    pub(super) key: Option<String>,
    pub(super) payload: Option<String>,
}

impl Decoder {
    pub(super) fn new(name: DecoderName) -> Self {
        Self { name }
    }

    pub(super) fn show(&self, record: &Record) -> Result<Shown, Failure> {
        match self.name {
            DecoderName::Text => {
                let text =
                    |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                Ok(Shown { key: text(&record.key), payload: text(&record.value) })
            }
            DecoderName::Offsets => show_coordinators(record, decode_group_value),
            DecoderName::Transactions => show_coordinators(record, |key: &TransactionCoordinatorKey, bytes| {
                let (value, version) = key.decode_value(bytes)?;
                Ok((TransactionCoordinatorValue::body_to_json(&value, version)?, version))
            }),
            DecoderName::ShareGroupState => show_coordinators(record, |key: &ShareCoordinatorKey, bytes| {
                let (value, version) = key.decode_value(bytes)?;
                Ok((ShareCoordinatorValue::body_to_json(&value, version)?, version))
            }),
            DecoderName::ClusterMetadata => Ok(show_metadata(record)),
            DecoderName::RemoteLogMetadata => Ok(show_remote_log_metadata(record)),
        }
    }
}

fn show_metadata(record: &Record) -> Shown {
    let value = record.value.clone().unwrap_or_default();
    let decoded = record_frame::decode::<MetadataRecord>(value)
        .map_err(JsonError::from)
        .and_then(|(metadata, version)| json::record(&metadata, version));
    let payload = match decoded {
        Ok(json) => json::text(&json),
        Err(error) => format!("Error at {}, skipping. {error}", record.offset),
    };
    Shown { key: None, payload: Some(payload) }
}

fn show_remote_log_metadata(record: &Record) -> Shown {
    let payload = match remote_log_metadata::text(record.value.clone().unwrap_or_default()) {
        Ok(text) => text,
        Err(error) => format!("Error at offset {}, skipping. {error}", record.offset),
    };
    Shown { key: None, payload: Some(payload) }
}

/// A key of one of the coordinators' topics.
trait CoordinatorKey: RecordKey {
    fn decode_key(bytes: Bytes) -> Result<Self, DecodeError>;
}

macro_rules! coordinator_keys {
    ($($key:ident)*) => {$(
        impl CoordinatorKey for $key {
            fn decode_key(bytes: Bytes) -> Result<Self, DecodeError> {
                Self::decode(bytes)
            }
        }
    )*};
}
coordinator_keys! { GroupCoordinatorKey TransactionCoordinatorKey ShareCoordinatorKey }

/// `value` makes JSON of a value, and tells its version.
fn show_coordinators<K: CoordinatorKey>(
    record: &Record,
    value: impl Fn(&K, Bytes) -> Result<(Value, i16), JsonError>,
) -> Result<Shown, Failure> {
    let offset = record.offset;
    let key = record.key.clone().ok_or_else(|| {
        Failure::Said(format!(
            "Failed to decode message at offset {offset} using the specified decoder (message had a missing key)"
        ))
    })?;
    let record_type = key.first_chunk().map(|bytes| i16::from_be_bytes(*bytes));
    let decoded = K::decode_key(key).map_err(JsonError::from).and_then(|key| {
        let key_text = as_json("type", key.record_type(), key.body_to_json(0)?);
        let payload = match record.value.clone() {
            None => "<DELETE>".to_owned(),
            Some(bytes) => {
                let (data, version) = value(&key, bytes)?;
                as_json("version", version, data)
            }
        };
        Ok(Shown { key: Some(key_text), payload: Some(payload) })
    });
    Ok(decoded.unwrap_or_else(|error| Shown {
        key: Some(match error {
            JsonError::Decode(DecodeError::UnknownRecordType { record_type }) => {
                format!("Unknown record type {record_type} at offset {offset}, skipping.")
            }
            JsonError::Decode(DecodeError::UnsupportedVersion { version, .. }) => {
                let kind = record_type.unwrap_or_default();
                format!("Error at offset {offset}, skipping. Found an unknown record version {version} for {kind} type")
            }
            error => format!("Error at offset {offset}, skipping. {error}"),
        }),
        payload: None,
    }))
}

fn as_json(what: &str, number: i16, data: Value) -> String {
    json::text(&json!({ what: number.to_string(), "data": data }))
}

fn decode_group_value(key: &GroupCoordinatorKey, bytes: Bytes) -> Result<(Value, i16), JsonError> {
    let (value, version) = key.decode_value(bytes)?;
    let mut json = value.body_to_json(version)?;
    if let GroupCoordinatorValue::GroupMetadata(group) = &value {
        open_consumer_protocol(group, &mut json);
    }
    Ok((json, version))
}

/// Members of a classic consumer group carry the consumers' own messages; these are shown too, where they are such.
fn open_consumer_protocol(group: &GroupMetadataValue, json: &mut Value) {
    if group.protocol_type != "consumer" {
        return;
    }
    let members = json.get_mut("members").and_then(Value::as_array_mut);
    for (member, json) in group.members.iter().zip(members.into_iter().flatten()) {
        let subscription = inner_message::<ConsumerProtocolSubscription>(&member.subscription);
        let assignment = inner_message::<ConsumerProtocolAssignment>(&member.assignment);
        for (field, message) in [("subscription", subscription), ("assignment", assignment)] {
            if let (Some(field), Some(message)) = (json.get_mut(field), message) {
                *field = message;
            }
        }
    }
}

/// A version (int16) and a message of it.
fn inner_message<M: JsonMessage>(bytes: &Bytes) -> Option<Value> {
    let mut reader = Reader::new(bytes.clone());
    let version = reader.int16().ok()?;
    M::decode(&mut reader, version).ok()?.to_json(version).ok()
}
