//! Writes a message as Rust: its structs, how they are read and how they are written.

mod reading;
mod shape;
mod writing;

use super::schema::{Default, Field, Kind, Schema, Struct, Tag};
use super::versions::{Condition, Versions};
use super::{HEADER, contains_word, imports};
use std::fmt::Write as _;

/// The whole file of one message, not yet formatted.
pub fn file(schema: &Schema) -> Result<String, String> {
    let mut body = String::new();
    for item in &schema.structs {
        let writer = StructWriter { schema, item };
        writer.declaration(&mut body);
        writer.defaults(&mut body);
        writer.coding(&mut body)?;
    }
    message_impls(schema, &mut body);
    let imports = imports(&body);
    shape::shape(schema, &mut body);
    Ok(format!("{HEADER}\n//! {}.\n\n{imports}\n{body}", summary(schema)))
}

/// `ProduceRequest: API key 0, versions 3-13, flexible 9+`.
pub fn summary(schema: &Schema) -> String {
    let key = schema.api_key.map(|key| format!("key {key}, ")).unwrap_or_default();
    let unstable = if schema.latest_version_unstable { ", the latest unstable" } else { "" };
    format!("{}: {key}versions {}{unstable}, flexible {}", schema.name, schema.valid, schema.flexible)
}

fn message_impls(schema: &Schema, out: &mut String) {
    let Versions { lowest, highest } = schema.valid;
    let name = &schema.name;
    let _ = writeln!(
        out,
        "impl Message for {name} {{
            const NAME: &'static str = \"{name}\";
            const LOWEST_VERSION: i16 = {lowest};
            const HIGHEST_VERSION: i16 = {highest};
        }}"
    );
}

/// The Rust type of a field's values, without `Option`.
pub fn rust_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "bool".into(),
        Kind::Int8 => "i8".into(),
        Kind::Int16 => "i16".into(),
        Kind::Int32 => "i32".into(),
        Kind::Int64 => "i64".into(),
        Kind::Uint16 => "u16".into(),
        Kind::Uint32 => "u32".into(),
        Kind::Float64 => "f64".into(),
        Kind::Uuid => "Uuid".into(),
        Kind::String => "String".into(),
        Kind::Bytes => "Bytes".into(),
        Kind::Records => "Records".into(),
        Kind::Struct(name) => name.clone(),
        Kind::Array(element) => format!("Vec<{}>", rust_type(element)),
    }
}

struct StructWriter<'a> {
    schema: &'a Schema,
    item: &'a Struct,
}

impl StructWriter<'_> {
    fn is_ever_flexible(&self) -> bool {
        !self.schema.flexible.intersect(self.item.versions).is_empty()
    }

    fn declaration(&self, out: &mut String) {
        if self.item.name == self.schema.name {
            let _ = writeln!(out, "/// {}.", summary(self.schema));
        } else {
            let _ = writeln!(out, "/// Part of [`{}`], versions {}.", self.schema.name, self.item.versions);
        }
        let default = if self.has_derived_default() { ", Default" } else { "" };
        let _ = writeln!(out, "#[derive(Debug, Clone, PartialEq{default})]\npub struct {} {{", self.item.name);
        for field in &self.item.fields {
            let inner = rust_type(&field.kind);
            let kind = if field.is_option() { format!("Option<{inner}>") } else { inner };
            let _ = writeln!(out, "/// {}.\npub {}: {kind},", self.facts(field), field.identifier());
        }
        if self.is_ever_flexible() {
            out.push_str("/// Tagged fields that these definitions do not know, in ascending order.\n");
            out.push_str("pub unknown_tagged_fields: Vec<RawTaggedField>,\n");
        }
        out.push_str("}\n\n");
    }

    /// `int32, versions 3+, nullable 7+, default -1`.
    fn facts(&self, field: &Field) -> String {
        let mut facts = format!("{}, versions {}", field.kind.name(), field.versions);
        if let Some(tag) = field.tag {
            let _ = write!(facts, ", tag {}", tag.number);
        }
        if !field.nullable.is_empty() {
            let _ = write!(facts, ", nullable {}", field.nullable);
        }
        match &field.default {
            Default::Empty => {}
            Default::Null => facts.push_str(", default null"),
            Default::Literal(value) => {
                let _ = write!(facts, ", default {value}");
            }
        }
        if field.ignorable {
            facts.push_str(", ignorable");
        }
        facts
    }

    fn has_derived_default(&self) -> bool {
        self.item.fields.iter().all(|field| match field.default {
            Default::Empty => !field.is_option() || field.kind == Kind::Records,
            Default::Null => true,
            Default::Literal(_) => false,
        })
    }

    fn defaults(&self, out: &mut String) {
        if self.has_derived_default() {
            return;
        }
        let _ = writeln!(out, "impl Default for {} {{\nfn default() -> Self {{\nSelf {{", self.item.name);
        for field in &self.item.fields {
            let _ = writeln!(out, "{}: {},", field.identifier(), default_value(field));
        }
        if self.is_ever_flexible() {
            out.push_str("unknown_tagged_fields: Vec::new(),\n");
        }
        out.push_str("}\n}\n}\n\n");
    }

    fn coding(&self, out: &mut String) -> Result<(), String> {
        let mut read = String::new();
        let mut write = String::new();
        self.read_body(&mut read)?;
        self.write_body(&mut write)?;
        let flexible = match self.flexible().holds() {
            Some(flexible) => format!("let flexible = {flexible};\n"),
            None => String::new(),
        };
        let flexible_in = |body: &str| if contains_word(body, "flexible") { flexible.as_str() } else { "" };
        let read = format!("{}{read}", flexible_in(&read));
        let write = format!("{}{write}", flexible_in(&write));
        let _ = writeln!(
            out,
            "impl Versioned for {name} {{
                const SIZE_MIN: usize = {size_min};
                fn read(reader: &mut Reader, version: i16) -> Result<Self, DecodeError> {{
                    {read}
                }}
                fn write(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {{
                    {write}Ok(())
                }}
            }}\n",
            name = self.item.name,
            size_min = self.schema.size_min(self.item),
        );
        Ok(())
    }

    /// For which versions the message is flexible.
    fn flexible(&self) -> Condition {
        self.schema.flexible.condition(self.item.versions)
    }
    /// Whether the message is flexible, as a Rust expression.
    fn flexible_expression(&self) -> &'static str {
        expression(self.flexible())
    }
    /// In which versions the field is there.
    fn presence(&self, field: &Field) -> Condition {
        field.versions.condition(self.item.versions)
    }
    /// In which of the versions that the field is there it may be null.
    fn nullability(&self, field: &Field) -> Condition {
        field.nullable.condition(field.versions.intersect(self.item.versions))
    }
    /// Whether the field's lengths are compact, as a Rust expression.
    fn compact(&self, field: &Field) -> &'static str {
        expression(field.flexible.condition(field.versions.intersect(self.item.versions)))
    }
    /// The tagged fields, by their numbers.
    fn tagged(&self) -> Vec<(Tag, &Field)> {
        let tagged = self.item.fields.iter().filter_map(|field| field.tag.map(|tag| (tag, field)));
        let mut tagged: Vec<(Tag, &Field)> = tagged.collect();
        tagged.sort_by_key(|(tag, _)| tag.number);
        tagged
    }
    /// In which of the flexible versions a tag is known.
    fn tag_presence(&self, tag: Tag) -> Condition {
        tag.versions.condition(self.schema.flexible.intersect(self.item.versions))
    }
}

fn expression(flexible: Condition) -> &'static str {
    match flexible {
        Condition::Always => "true",
        Condition::Never => "false",
        _ => "flexible",
    }
}

/// The field's value in [`Default`], as a Rust expression.
fn default_value(field: &Field) -> String {
    let empty = match &field.kind {
        Kind::Bool => "false".to_owned(),
        Kind::Float64 => "0.0".to_owned(),
        Kind::Uuid => "Uuid::ZERO".to_owned(),
        Kind::String => "String::new()".to_owned(),
        Kind::Bytes => "Bytes::new()".to_owned(),
        Kind::Array(_) => "Vec::new()".to_owned(),
        Kind::Struct(name) => format!("{name}::default()"),
        Kind::Records => return "None".to_owned(),
        _ => "0".to_owned(),
    };
    match &field.default {
        Default::Null => "None".to_owned(),
        Default::Literal(value) => rust_literal(field, value),
        Default::Empty if field.is_option() => format!("Some({empty})"),
        Default::Empty => empty,
    }
}

/// `-2147483648` and its like read better by their name.
fn rust_literal(field: &Field, value: &str) -> String {
    match (&field.kind, value) {
        (Kind::Int32, "-2147483648") => "i32::MIN".to_owned(),
        (Kind::Int32, "2147483647") => "i32::MAX".to_owned(),
        (Kind::Int64, "9223372036854775807") => "i64::MAX".to_owned(),
        _ => value.to_owned(),
    }
}
