//! What makes lines of records: `--formatter`.

mod coordinator;
mod default;

use super::deserializer::DeserializeError;
use coordinator::CoordinatorLog;
use default::DefaultFormatter;
use ottla_client::consumer::ConsumerRecord;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The class that is used unless another is asked for.
pub(super) const DEFAULT: &str = "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

const PACKAGE: &str = "org.apache.kafka.tools.consumer.";

/// One of Kafka's formatters.
#[derive(Debug, Clone)]
pub(super) enum Formatter {
    /// Values, and what else is asked for.
    Default(DefaultFormatter),
    /// The same. (It also logs every record, at a level that is not shown.)
    Logging(DefaultFormatter),
    /// Nothing.
    Nothing,
    /// The records of a coordinator's topic as JSON.
    Coordinator(CoordinatorLog),
}

/// Why a record cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormatError {
    /// Nobody takes the output.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The bytes are not what they were said to be.
    #[error(transparent)]
    Deserialize(#[from] DeserializeError),
    /// Not a record of that topic.
    #[error("Could not read record at offset {offset} due to: {reason}")]
    Unreadable {
        /// The record's.
        offset: i64,
        /// What is wrong.
        reason: String,
    },
}

impl FormatError {
    /// The name of the exception that Kafka's tool has for it.
    pub(super) fn exception(&self) -> &'static str {
        match self {
            Self::Output(_) => "java.io.IOException",
            Self::Deserialize(error) => error.exception,
            Self::Unreadable { .. } => "java.lang.RuntimeException",
        }
    }
}

impl Formatter {
    /// Whether there is such a formatter.
    pub(super) fn is_known(class: &str) -> bool {
        class.strip_prefix(PACKAGE).is_some_and(|name| {
            matches!(name, "DefaultMessageFormatter" | "LoggingMessageFormatter" | "NoOpMessageFormatter")
                || CoordinatorLog::named(name).is_some()
        })
    }

    /// A formatter of a known class. What is wrong with the properties is told, and does not count.
    pub(super) fn new(class: &str, properties: &BTreeMap<String, String>, errors: &mut dyn Write) -> Self {
        match class.strip_prefix(PACKAGE).unwrap_or_default() {
            "NoOpMessageFormatter" => Self::Nothing,
            "LoggingMessageFormatter" => Self::Logging(DefaultFormatter::new(properties, errors)),
            name => match CoordinatorLog::named(name) {
                Some(log) => Self::Coordinator(log),
                None => Self::Default(DefaultFormatter::new(properties, errors)),
            },
        }
    }

    /// Writes a record.
    pub(super) fn write(&mut self, record: &ConsumerRecord, output: &mut dyn Write) -> Result<(), FormatError> {
        match self {
            Self::Default(formatter) | Self::Logging(formatter) => formatter.write(record, output),
            Self::Nothing => Ok(()),
            Self::Coordinator(log) => log.write(record, output),
        }
    }
}
