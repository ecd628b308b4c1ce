//! Writes the enums of records that share a log and are told apart by a number: metadata records and coordinator
//! records.

use super::HEADER;
use super::definition::MessageKind;
use super::names;
use super::schema::Schema;
use super::versions::Versions;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Sets of the kind `metadata`: the jar and the enum's name.
const METADATA_SETS: [(&str, &str, &str); 2] = [
    ("kafka-metadata", "MetadataRecord", "A record of the metadata log, `__cluster_metadata`."),
    ("kafka-storage", "RemoteLogMetadataRecord", "A record of `__remote_log_metadata` (KIP-405)."),
];

/// Sets of the kinds `coordinator-key` and `coordinator-value`: the jar and the enums' common prefix.
const COORDINATOR_SETS: [(&str, &str, &str); 3] = [
    ("kafka-group-coordinator", "GroupCoordinator", "`__consumer_offsets`"),
    ("kafka-share-coordinator", "ShareCoordinator", "`__share_group_state`"),
    ("kafka-transaction-coordinator", "TransactionCoordinator", "`__transaction_state`"),
];

/// The whole file, not yet formatted.
pub fn file(schemas: &[Schema]) -> Result<String, String> {
    let mut text = format!(
        "{HEADER}

        use super::messages::*;
        use crate::{{DecodeError, EncodeError, Message, Reader, Writer}};
        #[cfg(feature = \"json\")]
        use crate::json::JsonMessage;
        use crate::record_set::{{RecordKey, RecordSet}};
        "
    );
    for (jar, name, doc) in METADATA_SETS {
        set(&mut text, &members(schemas, jar, MessageKind::Metadata, "")?, name, doc, "");
    }
    for (jar, prefix, topic) in COORDINATOR_SETS {
        let keys = members(schemas, jar, MessageKind::CoordinatorKey, "Key")?;
        let values = members(schemas, jar, MessageKind::CoordinatorValue, "Value")?;
        if !keys.iter().map(|member| (member.number, &member.variant)).eq(values.iter().map(|m| (m.number, &m.variant)))
        {
            return Err(format!("{jar}: the keys and the values of records differ"));
        }
        if keys.iter().any(|member| member.schema.valid != (Versions { lowest: 0, highest: 0 })) {
            return Err(format!("{jar}: a key of a record has other versions than 0"));
        }
        set(&mut text, &keys, &format!("{prefix}Key"), &format!("What a record in {topic} is about."), "RecordKey");
        set(&mut text, &values, &format!("{prefix}Value"), &format!("What a record in {topic} says."), "");
    }
    Ok(text)
}

struct Member<'a> {
    number: i16,
    variant: String,
    schema: &'a Schema,
}

fn members<'a>(schemas: &'a [Schema], jar: &str, kind: MessageKind, suffix: &str) -> Result<Vec<Member<'a>>, String> {
    let mut members = BTreeMap::new();
    for schema in schemas.iter().filter(|schema| schema.jar == jar && schema.kind == kind) {
        let Some(number) = schema.api_key else { continue };
        let variant = schema.name.strip_suffix(suffix).unwrap_or(&schema.name).to_owned();
        if let Some(other) = members.insert(number, Member { number, variant, schema }) {
            return Err(format!("{} and {} have the same number", other.schema.name, schema.name));
        }
    }
    if members.is_empty() {
        return Err(format!("{jar} has no {kind:?}"));
    }
    Ok(members.into_values().collect())
}

fn set(out: &mut String, members: &[Member], name: &str, doc: &str, marker: &str) {
    let (mut variants, mut decode, mut conversions) = (String::new(), String::new(), String::new());
    let mut arms = [const { String::new() }; 4];
    let (mut versions_by_number, mut names_by_number) = (String::new(), String::new());
    for Member { number, variant, schema } in members {
        let message = &schema.name;
        let type_name = names::upper_snake_case(variant);
        let Versions { lowest, highest } = schema.valid;
        let _ = writeln!(variants, "/// Type {number}, versions {}.\n{variant}({message}),", schema.valid);
        let _ = writeln!(decode, "{number} => Ok(Self::{variant}(Message::decode(reader, version)?)),");
        let _ = writeln!(arms[0], "Self::{variant}(_) => {number},");
        let _ = writeln!(arms[1], "Self::{variant}(_) => \"{type_name}\",");
        let _ = writeln!(arms[2], "Self::{variant}(record) => record.encode(writer, version),");
        let _ = writeln!(arms[3], "Self::{variant}(record) => record.to_json(version),");
        let _ = writeln!(versions_by_number, "{number} => Some({lowest}..={highest}),");
        let _ = writeln!(names_by_number, "{number} => Some(\"{type_name}\"),");
        let _ = writeln!(
            conversions,
            "impl From<{message}> for {name} {{ fn from(record: {message}) -> Self {{ Self::{variant}(record) }} }}"
        );
    }
    let [numbers, names, encode, to_json] = arms;
    let _ = writeln!(
        out,
        "/// {doc}
        #[derive(Debug, Clone, PartialEq)]
        pub enum {name} {{ {variants} }}

        impl RecordSet for {name} {{
            fn record_type(&self) -> i16 {{ match self {{ {numbers} }} }}
            fn type_name(&self) -> &'static str {{ match self {{ {names} }} }}
            fn versions(record_type: i16) -> Option<std::ops::RangeInclusive<i16>> {{
                match record_type {{ {versions_by_number} _ => None }}
            }}
            fn name_of(record_type: i16) -> Option<&'static str> {{
                match record_type {{ {names_by_number} _ => None }}
            }}
            fn decode_body(reader: &mut Reader, record_type: i16, version: i16) -> Result<Self, DecodeError> {{
                match record_type {{ {decode} _ => Err(DecodeError::UnknownRecordType {{ record_type }}) }}
            }}
            fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {{
                match self {{ {encode} }}
            }}
            #[cfg(feature = \"json\")]
            fn body_to_json(&self, version: i16) -> Result<serde_json::Value, crate::json::JsonError> {{
                match self {{ {to_json} }}
            }}
        }}
        {conversions}"
    );
    if !marker.is_empty() {
        let _ = writeln!(out, "impl {marker} for {name} {{}}\n");
    }
}
