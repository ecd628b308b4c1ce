//! What does not refuse the start, but should be known.

use crate::properties::Origin;
use std::fmt;

/// Something odd about a configuration that is otherwise good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigWarning {
    /// Nobody knows this key. Kafka accepts such keys too, since plugins may read them.
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The known key that looks most like it, if one does.
        nearest: Option<&'static str>,
    },
    /// These keys speak of things that only a Java process has.
    JvmOnly {
        /// The keys that were set, by name.
        keys: Vec<String>,
    },
    /// These keys will do something in a later release.
    NotYet {
        /// The keys that were set to another value than their default, by name.
        keys: Vec<String>,
    },
    /// Kafka warns here too.
    Advice(String),
    /// A dynamic value that the cluster's metadata holds, but that makes no sense here; it is left out.
    InvalidDynamicValue {
        /// The key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, origin, nearest: Some(nearest) } => {
                write!(f, "{origin}: unknown key {key}, did you mean {nearest}?")
            }
            Self::UnknownKey { key, origin, nearest: None } => write!(f, "{origin}: unknown key {key}"),
            Self::JvmOnly { keys } => {
                write!(f, "accepted, but without meaning outside a Java process: {}", keys.join(", "))
            }
            Self::NotYet { keys } => write!(f, "accepted, but without effect yet: {}", keys.join(", ")),
            Self::Advice(text) => f.write_str(text),
            Self::InvalidDynamicValue { key, message } => write!(f, "dynamic value of {key} left out: {message}"),
        }
    }
}
