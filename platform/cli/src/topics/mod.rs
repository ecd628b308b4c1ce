//! `kafka-topics`: create, change, list, describe and delete topics.

mod alter;
mod create;
mod delete;
mod describe;
mod describe_text;
mod list;
mod options;
mod replica_assignment;
mod select;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::log;
use crate::streams::Streams;
use options::{Action, TopicsOptions};
use ottla_client::ClientError;
use ottla_client::admin::Admin;
use ottla_client::config::AdminConfig;
use std::io;

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let options = TopicsOptions::parse(words, streams)?;
    let properties = options.client_properties()?;
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = AdminConfig::read(&properties)
        .map_err(|error| Failure::Message(format!("Failed to create new KafkaAdminClient\nCaused by: {error}")))?;
    let outcome = block_on(async {
        let admin = Admin::new(config);
        match options.action() {
            Action::Create => create::run(&admin, &options, streams).await,
            Action::Alter => alter::run(&admin, &options).await,
            Action::List => list::run(&admin, &options, streams).await,
            Action::Describe => describe::run(&admin, &options, streams).await,
            Action::Delete => delete::run(&admin, &options).await,
        }
    })?;
    outcome.or_else(|problem| problem.tell(streams))
}

/// Why an action came to nothing. Unlike trouble with the options it is told on standard output.
#[derive(Debug)]
struct Problem {
    message: String,
    exception: String,
}

impl Problem {
    fn illegal_argument(message: impl Into<String>) -> Self {
        Self { message: message.into(), exception: "java.lang.IllegalArgumentException".to_owned() }
    }

    fn tell(self, streams: &mut Streams<'_>) -> Result<(), Failure> {
        writeln!(streams.output, "Error while executing topic command : {}", self.message)?;
        let details = format!("{}: {}\n", self.exception, self.message);
        writeln!(streams.errors, "{}", log::line("ERROR", &details, "org.apache.kafka.tools.TopicCommand"))?;
        Err(Failure::Told(1))
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        Self { exception: error.exception_name(), message: error.to_string() }
    }
}
impl From<crate::options::OptionError> for Problem {
    fn from(error: crate::options::OptionError) -> Self {
        Self { message: error.to_string(), exception: "joptsimple.OptionException".to_owned() }
    }
}
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self { message: error.to_string(), exception: "java.io.IOException".to_owned() }
    }
}
