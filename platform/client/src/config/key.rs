//! Texts into values, with Kafka's words for what is wrong.

use super::ClientProperties;
use crate::ClientError;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

fn invalid(key: &str, text: &str, why: impl Display) -> ClientError {
    ClientError::Config(format!("Invalid value {text} for configuration {key}: {why}"))
}

/// Typed reading. Every method takes the key and its default, and fails as Kafka's `ConfigDef` does.
impl ClientProperties {
    pub(crate) fn text_or<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        self.get(key).map_or(default, str::trim)
    }

    pub(crate) fn boolean(&self, key: &str, default: bool) -> Result<bool, ClientError> {
        match self.get(key).map(str::trim) {
            None => Ok(default),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(invalid(key, text, "Expected value to be either true or false")),
        }
    }

    pub(crate) fn int(&self, key: &str, default: i32, at_least: i32) -> Result<i32, ClientError> {
        self.number(key, "INT", default, at_least)
    }

    pub(crate) fn long(&self, key: &str, default: i64, at_least: i64) -> Result<i64, ClientError> {
        self.number(key, "LONG", default, at_least)
    }

    fn number<T>(&self, key: &str, type_name: &str, default: T, at_least: T) -> Result<T, ClientError>
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let Some(text) = self.get(key).map(str::trim) else { return Ok(default) };
        let value: T = text.parse().map_err(|_| invalid(key, text, format!("Not a number of type {type_name}")))?;
        if value < at_least {
            return Err(invalid(key, text, format!("Value must be at least {at_least}")));
        }
        Ok(value)
    }

    /// A number of milliseconds, not negative.
    pub(crate) fn milliseconds(&self, key: &str, default: i64) -> Result<Duration, ClientError> {
        let milliseconds = self.long(key, default, 0)?;
        Ok(Duration::from_millis(milliseconds.unsigned_abs()))
    }

    /// A number of bytes, not negative.
    pub(crate) fn bytes(&self, key: &str, default: i64) -> Result<usize, ClientError> {
        let bytes = self.long(key, default, 0)?;
        Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    pub(crate) fn one_of<'a>(&'a self, key: &str, default: &'a str, choices: &[&str]) -> Result<&'a str, ClientError> {
        let text = self.text_or(key, default);
        if choices.contains(&text) {
            return Ok(text);
        }
        Err(invalid(key, text, format!("String must be one of: {}", choices.join(", "))))
    }

    /// Comma-separated words, blanks around them ignored.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let text = self.text_or(key, "");
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// For values whose rule stands elsewhere.
    pub(crate) fn invalid(key: &str, text: &str, why: impl Display) -> ClientError {
        invalid(key, text, why)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{ClientKind, ClientProperties};

    fn properties(words: &[&str]) -> ClientProperties {
        let mut properties = ClientProperties::new(ClientKind::Producer);
        for word in words {
            let (key, value) = word.split_once('=').unwrap();
            properties.set(key, value);
        }
        properties
    }

    #[test]
    fn wrong_values_are_refused_in_kafkas_words() {
        let properties = properties(&["acks=7", "linger.ms=x", "batch.size=-1", "enable.idempotence=maybe"]);
        let message = |error: crate::ClientError| error.to_string();
        assert_eq!(
            message(properties.one_of("acks", "all", &["all", "-1", "0", "1"]).unwrap_err()),
            "Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1"
        );
        assert_eq!(
            message(properties.long("linger.ms", 5, 0).unwrap_err()),
            "Invalid value x for configuration linger.ms: Not a number of type LONG"
        );
        assert_eq!(
            message(properties.int("batch.size", 16384, 0).unwrap_err()),
            "Invalid value -1 for configuration batch.size: Value must be at least 0"
        );
        assert_eq!(
            message(properties.boolean("enable.idempotence", true).unwrap_err()),
            "Invalid value maybe for configuration enable.idempotence: Expected value to be either true or false"
        );
    }

    #[test]
    fn lists_are_words_between_commas() {
        assert_eq!(properties(&["bootstrap.servers= a:1 , b:2,,"]).list("bootstrap.servers"), ["a:1", "b:2"]);
    }
}
