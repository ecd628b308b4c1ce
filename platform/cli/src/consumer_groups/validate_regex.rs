//! `--validate-regex`: the only thing that needs no cluster.

use super::options::GroupsOptions;
use crate::failure::Failure;
use crate::re2;
use crate::streams::Streams;

/// Says whether it is one, and if not, why.
pub(super) fn run(options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let regex = match options.regex() {
        Ok(regex) => regex,
        // Kafka's tool tells this with the help, unlike other values that were given twice.
        Err(error) => return Err(options.given().usage(error.to_string())),
    };
    match re2::check(regex) {
        Ok(()) => writeln!(streams.output, "The regular expression `{regex}` is valid.")?,
        Err(error) => writeln!(streams.output, "The regular expression `{regex}` is invalid: {error}.")?,
    }
    Ok(())
}
