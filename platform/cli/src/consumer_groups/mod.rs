//! `kafka-consumer-groups`: lists, describes and deletes consumer groups, and resets their offsets.

mod delete;
mod delete_offsets;
mod describe;
mod list;
mod options;
mod partitions;
mod problem;
mod reset;
mod table;
mod topic_argument;
mod validate_regex;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::java::exception::Exception;
use crate::log;
use crate::streams::Streams;
use options::{Action, GroupsOptions, Task};
use ottla_client::admin::Admin;
use ottla_client::config::AdminConfig;
use problem::Problem;

/// What stands in a cell that has nothing to say.
const MISSING: &str = "-";
/// The narrowest that columns with names get.
const NAME_WIDTH_MIN: usize = 15;
/// Partitions asked for at a time.
const PARTITIONS_PER_ANSWER: i32 = 2000;

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let options = GroupsOptions::parse(words, streams)?;
    let action = match options.task() {
        Task::ValidateRegex => return validate_regex::run(&options, streams),
        Task::Groups(action) => action,
    };
    let config = match prepare(&options, streams) {
        Ok(config) => config,
        Err(problem) => return problem.tell(options.given(), streams),
    };
    let outcome = block_on(async {
        let admin = Admin::new(config);
        match action {
            Action::List => list::run(&admin, &options, streams).await,
            Action::Describe => describe::run(&admin, &options, streams).await,
            Action::Delete => delete::run(&admin, &options, streams).await,
            Action::ResetOffsets => reset::run(&admin, &options, streams).await,
            Action::DeleteOffsets => delete_offsets::run(&admin, &options, streams).await,
        }
    })?;
    outcome.or_else(|problem| problem.tell(options.given(), streams))
}

/// What goes wrong from here on is told as an action's failure, as Kafka's tool does it, though no action has begun.
fn prepare(options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<AdminConfig, Problem> {
    let properties = options.client_properties()?;
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let mut config = AdminConfig::read(&properties).map_err(|_| {
        Exception::new("org.apache.kafka.common.KafkaException", "Failed to create new KafkaAdminClient")
    })?;
    options.check_numbers()?;
    config.connection.api_timeout = options.timeout()?;
    Ok(config)
}
