//! How a tool ends when it does not end well.

use crate::options::{OptionError, OptionTable};
use crate::streams::Streams;
use ottla_client::ClientError;
use std::io;

/// The version of Apache Kafka whose tools these are.
pub const KAFKA_VERSION: &str = "4.3.0";

/// Why a tool stops before its work is done. [`Failure::tell`] says it and gives the exit code.
#[derive(Debug)]
pub enum Failure {
    /// `--version` was asked for: not a failure, but the end.
    Version,
    /// The options make no sense: the message and the help, on standard error.
    Usage {
        /// First line.
        message: String,
        /// The help behind it.
        help: String,
    },
    /// A message on standard error.
    Message(String),
    /// All has been said; end with this exit code.
    Told(i32),
}

impl Failure {
    /// `message`, then the help of `table`.
    pub fn usage(table: OptionTable, message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: table.help() }
    }

    /// Says it; gives the exit code.
    pub fn tell(&self, streams: &mut Streams<'_>) -> i32 {
        // Nothing can be said of a broken output, and the exit code does not depend on it.
        match self {
            Self::Version => {
                let _ = writeln!(streams.output, "{KAFKA_VERSION}");
                0
            }
            Self::Usage { message, help } => {
                let _ = write!(streams.errors, "{message}\n{help}");
                1
            }
            Self::Message(message) => {
                let _ = writeln!(streams.errors, "{message}");
                1
            }
            Self::Told(code) => *code,
        }
    }
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Self {
        Self::Message(error.to_string())
    }
}
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Message(error.to_string())
    }
}
impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Message(error.to_string())
    }
}
