//! `ottla storage`: formats log directories and says what is in them, as `kafka-storage` does.

mod arguments;
mod directories;
mod features;
mod format;
mod info;
mod usage;

use super::failure::{Failure, exit_code};
use arguments::{Command, Parsed};
use std::ffi::OsString;
use std::io::Write;

/// Runs the tool with `args` (without the program's name) and returns its exit code.
pub fn storage(args: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let ended = match arguments::parse(args) {
        Ok(Parsed::Command(command)) => run(&command, out, err),
        Ok(Parsed::Help(text)) => write!(out, "{text}").map(|()| 0).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    exit_code(ended, err)
}

fn run(command: &Command, out: &mut dyn Write, err: &mut dyn Write) -> Result<i32, Failure> {
    match command {
        Command::Info(arguments) => info::run(arguments, out),
        Command::Format(arguments) => format::run(arguments, out, err).map(|()| 0),
        Command::VersionMapping(arguments) => features::print_version_mapping(arguments, out).map(|()| 0),
        Command::FeatureDependencies(arguments) => features::print_dependencies(arguments, out).map(|()| 0),
        Command::RandomUuid => {
            writeln!(out, "{}", crate::random::uuid())?;
            Ok(0)
        }
    }
}
