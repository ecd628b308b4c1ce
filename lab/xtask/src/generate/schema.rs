//! A message's definition, resolved and checked: what the writers of Rust work from.

use super::definition::{FieldDefinition, MessageDefinition, MessageKind};
use super::names;
use super::versions::Versions;
use serde_json::Value;

/// One message.
#[derive(Debug)]
pub struct Schema {
    /// The name, as Kafka spells it: `ProduceRequest`.
    pub name: String,
    pub kind: MessageKind,
    /// The folder (= jar) it came from: `kafka-clients`.
    pub jar: String,
    pub api_key: Option<i16>,
    pub listeners: Vec<String>,
    pub valid: Versions,
    pub flexible: Versions,
    pub latest_version_unstable: bool,
    /// The message itself, then the structs inside in the order of their first mention.
    pub structs: Vec<Struct>,
}

/// The message or a struct in it.
#[derive(Debug)]
pub struct Struct {
    pub name: String,
    /// The versions in which it can occur.
    pub versions: Versions,
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// The name, as the definition spells it.
    pub name: String,
    pub kind: Kind,
    pub versions: Versions,
    pub nullable: Versions,
    pub flexible: Versions,
    pub tag: Option<Tag>,
    pub ignorable: bool,
    pub default: Default,
}

/// Where a field stands among the tagged ones.
#[derive(Debug, Clone, Copy)]
pub struct Tag {
    pub number: u32,
    pub versions: Versions,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint16,
    Uint32,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Kind>),
}

/// The value of a field that is absent from a version.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// What the kind has by itself: 0, false, the empty string, an empty array, a struct of defaults.
    Empty,
    Null,
    /// A number or `true`, as Rust writes it.
    Literal(String),
}

impl Schema {
    /// Resolves one definition.
    pub fn resolve(jar: &str, definition: &MessageDefinition) -> Result<Self, String> {
        let valid = Versions::parse(&definition.valid_versions)?;
        let flexible = Versions::parse(definition.flexible_versions.as_deref().unwrap_or("none"))?;
        let mut schema = Self {
            name: definition.name.clone(),
            kind: definition.kind,
            jar: jar.to_owned(),
            api_key: definition.api_key,
            listeners: definition.listeners.clone(),
            valid,
            flexible,
            latest_version_unstable: definition.latest_version_unstable,
            structs: Vec::new(),
        };
        schema.add_struct(&definition.name, valid, &definition.fields)?;
        for common in &definition.common_structs {
            schema.add_struct(&common.name, valid.intersect(Versions::parse(&common.versions)?), &common.fields)?;
        }
        schema.check()?;
        Ok(schema)
    }

    fn add_struct(&mut self, name: &str, versions: Versions, definitions: &[FieldDefinition]) -> Result<(), String> {
        if self.structs.iter().any(|other| other.name == name) {
            return Err(format!("two structs are called {name}"));
        }
        let place = self.structs.len();
        self.structs.push(Struct { name: name.to_owned(), versions, fields: Vec::new() });
        for definition in definitions {
            let field =
                Field::resolve(definition, self.flexible).map_err(|error| format!("{}: {error}", definition.name))?;
            let within = field.versions.intersect(versions);
            if within.is_empty() {
                continue;
            }
            if !definition.fields.is_empty() {
                let Some(name) = field.kind.struct_name() else {
                    return Err(format!("{} has fields, but is no struct", definition.name));
                };
                self.add_struct(name, within, &definition.fields)?;
            }
            self.structs[place].fields.push(field);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        for item in &self.structs {
            for field in &item.fields {
                if field.kind.struct_name().is_some_and(|name| !self.structs.iter().any(|other| other.name == name)) {
                    return Err(format!("{}.{} is of an unknown struct", item.name, field.name));
                }
                if let Some(tag) = field.tag {
                    if !tag.versions.covers(field.versions.intersect(item.versions)) {
                        return Err(format!("{}.{} is tagged in some versions only", item.name, field.name));
                    }
                    if matches!(field.kind, Kind::Records) {
                        return Err(format!("{}.{}: records cannot be tagged", item.name, field.name));
                    }
                }
                if field.default == Default::Null && field.nullable.is_empty() {
                    return Err(format!("{}.{} defaults to null, but is never nullable", item.name, field.name));
                }
            }
        }
        Ok(())
    }

    /// Whether every version of the message has been removed; only its key is still taken.
    pub fn is_removed(&self) -> bool {
        self.valid.is_empty()
    }
    pub fn struct_named(&self, name: &str) -> &Struct {
        self.structs.iter().find(|item| item.name == name).expect("`check` has looked for it")
    }
    /// The module that holds the message's structs.
    pub fn module(&self) -> String {
        names::snake_case(&self.name)
    }

    /// The fewest bytes that a struct can take in any of its versions.
    pub fn size_min(&self, item: &Struct) -> usize {
        let in_version = |version: i16| {
            let fields = item.fields.iter().filter(|field| field.tag.is_none() && field.versions.contains(version));
            let flexible = self.flexible.contains(version);
            fields.map(|field| self.field_size_min(field, version)).sum::<usize>() + usize::from(flexible)
        };
        item.versions.iter().map(in_version).min().unwrap_or(0)
    }

    fn field_size_min(&self, field: &Field, version: i16) -> usize {
        let compact = field.flexible.contains(version);
        match &field.kind {
            Kind::Bool | Kind::Int8 => 1,
            Kind::Int16 | Kind::Uint16 => 2,
            Kind::Int32 | Kind::Uint32 => 4,
            Kind::Int64 | Kind::Float64 => 8,
            Kind::Uuid => 16,
            Kind::String | Kind::Bytes | Kind::Records | Kind::Array(_) if compact => 1,
            Kind::String => 2,
            Kind::Bytes | Kind::Records | Kind::Array(_) => 4,
            Kind::Struct(_) if field.nullable.contains(version) => 1,
            Kind::Struct(name) => self.size_min(self.struct_named(name)),
        }
    }
}

impl Field {
    fn resolve(definition: &FieldDefinition, message_flexible: Versions) -> Result<Self, String> {
        let parse = |text: &Option<String>| text.as_deref().map(Versions::parse).transpose();
        let kind = Kind::parse(&definition.kind)?;
        let tagged = parse(&definition.tagged_versions)?;
        let tag = match (definition.tag, tagged) {
            (Some(number), Some(versions)) => Some(Tag { number, versions }),
            (None, None) => None,
            _ => return Err("a tag needs tagged versions and the other way round".to_owned()),
        };
        let versions = parse(&definition.versions)?.or(tagged).ok_or("no versions")?;
        let default = kind.default(definition.default.as_ref())?;
        Ok(Self {
            name: definition.name.clone(),
            versions,
            nullable: parse(&definition.nullable_versions)?.unwrap_or(Versions::NONE),
            flexible: parse(&definition.flexible_versions)?.unwrap_or(message_flexible),
            tag,
            ignorable: definition.ignorable,
            default,
            kind,
        })
    }

    /// The field's name in Rust.
    pub fn identifier(&self) -> String {
        names::identifier(&self.name)
    }
    /// Whether the Rust type is an `Option`.
    pub fn is_option(&self) -> bool {
        !self.nullable.is_empty() || self.kind == Kind::Records
    }
}

impl Kind {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "bool" => Self::Bool,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "uint16" => Self::Uint16,
            "uint32" => Self::Uint32,
            "float64" => Self::Float64,
            "uuid" => Self::Uuid,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "records" => Self::Records,
            _ => match text.strip_prefix("[]") {
                Some(element) => Self::Array(Box::new(Self::parse(element)?)),
                None if text.starts_with(char::is_uppercase) => Self::Struct(text.to_owned()),
                None => return Err(format!("unknown type {text:?}")),
            },
        })
    }

    /// The struct that this is or is an array of.
    pub fn struct_name(&self) -> Option<&str> {
        match self {
            Self::Struct(name) => Some(name),
            Self::Array(element) => element.struct_name(),
            _ => None,
        }
    }

    /// Whether the bytes of a value do not depend on whether lengths are compact.
    pub fn is_fixed_or_struct(&self) -> bool {
        !matches!(self, Self::String | Self::Bytes | Self::Records | Self::Array(_))
    }

    /// The name in the definitions; also that of the functions that read and write it.
    pub fn name(&self) -> String {
        match self {
            Self::Struct(name) => name.clone(),
            Self::Array(element) => format!("array of {}", element.name()),
            _ => format!("{self:?}").to_lowercase(),
        }
    }

    fn default(&self, written: Option<&Value>) -> Result<Default, String> {
        let text = match written {
            None | Some(Value::Null) => return Ok(Default::Empty),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let integer = || -> Result<i64, String> {
            let parsed = match text.strip_prefix("0x") {
                Some(digits) => i64::from_str_radix(digits, 16),
                None => text.parse(),
            };
            parsed.map_err(|_| format!("the default {text:?} is not a number"))
        };
        match (self, text.as_str()) {
            (_, "") => Ok(Default::Empty),
            (Self::Bool, "false") => Ok(Default::Empty),
            (Self::Bool, "true") => Ok(Default::Literal(text)),
            (Self::Int8 | Self::Int16 | Self::Int32 | Self::Int64 | Self::Uint16 | Self::Uint32, _) => {
                Ok(match integer()? {
                    0 => Default::Empty,
                    value => Default::Literal(value.to_string()),
                })
            }
            (Self::String | Self::Bytes | Self::Records | Self::Struct(_) | Self::Array(_), "null") => {
                Ok(Default::Null)
            }
            _ => Err(format!("the default {text:?} is not one of this type")),
        }
    }
}
