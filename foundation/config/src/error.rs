//! What is wrong with a configuration, said so that it can be found and mended.

use crate::keys::Key;
use crate::properties::Origin;
use crate::value::Value;
use std::fmt;

/// A value that its key does not allow. Displays as Kafka's `ConfigException` does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidValue {
    message: String,
}

impl InvalidValue {
    pub(crate) fn new(name: &str, value: &str, why: &str) -> Self {
        Self { message: format!("Invalid value {value} for configuration {name}: {why}") }
    }
    pub(crate) fn of(name: &str, value: &Value, why: &str) -> Self {
        Self::new(name, &value.to_string(), why)
    }
    pub(crate) fn from_message(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
    /// The whole text, for an answer's `error_message`.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// One thing that refuses the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key it is about, if it is about one.
    pub key: Option<String>,
    /// The key's value; never that of a password.
    pub value: Option<String>,
    /// Where the value stands; `None` when it is a default or missing.
    pub origin: Option<Origin>,
    /// What is wrong, in Kafka's words where Kafka has any.
    pub message: String,
    /// What the key may be: `INT, [1,...]`.
    pub allowed: Option<String>,
}

impl ConfigError {
    /// Something about `key`, which stands at `origin` with `text`.
    pub(crate) fn about(key: &Key, text: Option<&str>, origin: Option<&Origin>, message: impl Into<String>) -> Self {
        Self {
            key: Some(key.name.to_owned()),
            value: text.map(|text| if key.is_sensitive() { "[hidden]".to_owned() } else { text.to_owned() }),
            origin: origin.cloned(),
            message: message.into(),
            allowed: None,
        }
    }
    pub(crate) fn allowing(mut self, allowed: String) -> Self {
        self.allowed = Some(allowed);
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if let Some(key) = &self.key {
            match &self.value {
                Some(value) => write!(f, "{key}={value}: ")?,
                None => write!(f, "{key}: ")?,
            }
        }
        f.write_str(&self.message)?;
        match &self.allowed {
            Some(allowed) => write!(f, " (allowed: {allowed})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Everything that refuses the start, at least one. A line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    pub(crate) fn of(errors: Vec<ConfigError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
    /// What is wrong, in the order in which it was found.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
