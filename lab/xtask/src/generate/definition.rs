//! The definition files as they are written: JSON with comments.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::path::Path;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDefinition {
    pub api_key: Option<i16>,
    #[serde(rename = "type")]
    pub kind: MessageKind,
    pub name: String,
    #[serde(default)]
    pub listeners: Vec<String>,
    pub valid_versions: String,
    #[serde(default)]
    pub flexible_versions: Option<String>,
    #[serde(default)]
    pub latest_version_unstable: bool,
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
    #[serde(default)]
    pub common_structs: Vec<StructDefinition>,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    Request,
    Response,
    Header,
    Metadata,
    Data,
    CoordinatorKey,
    CoordinatorValue,
}

/// A struct that several fields of a message share.
#[derive(Debug, Deserialize)]
pub struct StructDefinition {
    pub name: String,
    pub versions: String,
    pub fields: Vec<FieldDefinition>,
}

/// A field, with its own struct inside if it has one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDefinition {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub versions: Option<String>,
    pub nullable_versions: Option<String>,
    pub flexible_versions: Option<String>,
    pub tagged_versions: Option<String>,
    pub tag: Option<u32>,
    #[serde(default)]
    pub default: Option<Value>,
    #[serde(default, deserialize_with = "bool_perhaps_quoted")]
    pub ignorable: bool,
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
}

/// Reads one file.
pub fn read(path: &Path) -> Result<MessageDefinition, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&without_comments(&text)).map_err(|error| format!("{}: {error}", path.display()))
}

/// One definition writes `"false"`.
fn bool_perhaps_quoted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match (&value, value.as_str()) {
        (Value::Bool(value), _) => Ok(*value),
        (_, Some("true")) => Ok(true),
        (_, Some("false")) => Ok(false),
        _ => Err(serde::de::Error::custom(format!("neither true nor false: {value}"))),
    }
}

/// Blanks out `// …` and `/* … */` outside of strings; line numbers stay what they were.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut in_string = false;
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(_)) if in_string => {
                kept.push(character);
                kept.extend(characters.next());
            }
            ('"', _) => {
                in_string = !in_string;
                kept.push(character);
            }
            ('/', Some('/')) if !in_string => while characters.next_if(|&next| next != '\n').is_some() {},
            ('/', Some('*')) if !in_string => {
                characters.next();
                let mut previous = ' ';
                for next in characters.by_ref() {
                    if next == '\n' {
                        kept.push(next);
                    }
                    if (previous, next) == ('*', '/') {
                        break;
                    }
                    previous = next;
                }
            }
            _ => kept.push(character),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn comments_go_and_strings_stay() {
        let text = "{ // one\n \"a\": \"b // c /* d */ \\\" //\", /* two\n three */ \"e\": 1 }";
        assert_eq!(without_comments(text), "{ \n \"a\": \"b // c /* d */ \\\" //\", \n \"e\": 1 }");
    }
}
