//! Why an action came to nothing.

use crate::failure::Failure;
use crate::java::exception::Exception;
use crate::options::{OptionError, Options};
use crate::streams::Streams;
use std::io;

/// Why an action came to nothing, by how it is told.
#[derive(Debug)]
pub(super) enum Problem {
    /// What was asked for makes no sense: told with the help, and the exit code is 1.
    Usage(String),
    /// It did not work: told on standard output, and the exit code is 0, as it is with Kafka's tool.
    Failed(Exception),
    /// What was to be said could not be written.
    Output(io::Error),
}

impl Problem {
    /// Tells it; gives what is left to do about it.
    pub(super) fn tell(self, given: &Options, streams: &mut Streams<'_>) -> Result<(), Failure> {
        match self {
            Self::Usage(message) => Err(given.usage(message)),
            Self::Failed(exception) => {
                let message = &exception.message;
                print_error(&format!("Executing consumer group command failed due to {message}"), streams)?;
                writeln!(streams.errors, "{exception}")?;
                Ok(())
            }
            Self::Output(error) => Err(error.into()),
        }
    }
}

/// An error that does not end the tool.
pub(super) fn print_error(message: &str, streams: &mut Streams<'_>) -> io::Result<()> {
    writeln!(streams.output, "\nError: {message}")
}

impl From<Exception> for Problem {
    fn from(exception: Exception) -> Self {
        Self::Failed(exception)
    }
}
impl From<OptionError> for Problem {
    fn from(error: OptionError) -> Self {
        Self::Failed(Exception::new(error.exception_name(), error.to_string()))
    }
}
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
