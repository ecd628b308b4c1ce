//! Typed values out of the layers, and the errors on the way.

use super::layers::Layers;
use crate::keys::{self, Key};
use crate::{ConfigError, Value};
use std::time::Duration;

/// Reads declared keys. A value that is not valid is reported once, by [`super::load`]; here its default stands in for
/// it, so that the rest can still be looked at.
pub(crate) struct Reader<'a> {
    pub(crate) layers: &'a Layers,
    pub(crate) errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(layers: &'a Layers) -> Self {
        Self { layers, errors: Vec::new() }
    }

    /// Reports something about `name`, with its value and its place.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        let error = ConfigError::about(declared(name), self.layers.set_text(name), self.layers.origin(name), message);
        self.errors.push(error);
    }
    /// Reports something about `name` unless `holds`.
    pub(crate) fn require(&mut self, holds: bool, name: &str, message: impl Into<String>) {
        if !holds {
            self.refuse(name, message);
        }
    }

    fn value(&self, name: &str) -> Option<Value> {
        let key = declared(name);
        match self.layers.set_text(name).map(|text| key.parse(text)) {
            Some(Ok(value)) => Some(value),
            Some(Err(_)) | None => key.default_value(),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value::Boolean(true)))
    }
    /// 0 where the key has to be set and is not; that is reported elsewhere.
    pub(crate) fn int(&self, name: &str) -> i32 {
        self.optional_int(name).unwrap_or_default()
    }
    pub(crate) fn optional_int(&self, name: &str) -> Option<i32> {
        match self.value(name) {
            Some(Value::Int(number)) => Some(number),
            Some(Value::Short(number)) => Some(number.into()),
            _ => None,
        }
    }
    pub(crate) fn long(&self, name: &str) -> i64 {
        self.optional_long(name).unwrap_or_default()
    }
    pub(crate) fn optional_long(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Some(Value::Long(number)) => Some(number),
            _ => None,
        }
    }
    pub(crate) fn double(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Double(number)) => number,
            _ => 0.0,
        }
    }
    /// Of keys whose bounds keep negative numbers out, and of those where Kafka takes a negative number for none.
    pub(crate) fn count(&self, name: &str) -> u32 {
        self.int(name).try_into().unwrap_or(0)
    }
    pub(crate) fn text(&self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }
    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::String(text) | Value::Class(text)) => Some(text),
            _ => None,
        }
    }
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.optional_list(name).unwrap_or_default()
    }
    pub(crate) fn optional_list(&self, name: &str) -> Option<Vec<String>> {
        match self.value(name) {
            Some(Value::List(texts)) => Some(texts),
            _ => None,
        }
    }
    /// Of a key in milliseconds; a negative number is `None`.
    pub(crate) fn optional_milliseconds(&self, name: &str) -> Option<Duration> {
        let milliseconds = match self.value(name)? {
            Value::Long(number) => number,
            Value::Int(number) => number.into(),
            _ => return None,
        };
        u64::try_from(milliseconds).ok().map(Duration::from_millis)
    }
    /// Of a key in milliseconds; a negative number counts as 0, as it does where Kafka adds it to a time.
    pub(crate) fn milliseconds(&self, name: &str) -> Duration {
        self.optional_milliseconds(name).unwrap_or_default()
    }
}

fn declared(name: &str) -> &'static Key {
    keys::broker().get(name).unwrap_or_else(|| panic!("{name} is read, but not declared"))
}
