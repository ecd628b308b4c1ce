//! What each action needs, and what does not go together.

use super::specs::{
    ALL_GROUPS, BOOTSTRAP_SERVER, BY_DURATION, DELETE, DELETE_OFFSETS, DESCRIBE, DRY_RUN, EXECUTE, FROM_FILE, GROUP,
    LIST, MEMBERS, OFFSETS, RESET_OFFSETS, SHIFT_BY, STATE, TARGETS, TO_CURRENT, TO_DATETIME, TO_EARLIEST, TO_LATEST,
    TO_OFFSET, TOPIC, VALIDATE_REGEX,
};
use crate::failure::Failure;
use crate::options::{OptionError, OptionSpec, Options};
use crate::streams::Streams;

const NOTHING_WILL_BE_DONE: &str = "WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will \
     require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you \
     are scripting this command and want to keep the current default behavior without prompting.";

/// Kafka's tool does not catch this: the JVM tells it.
pub(super) fn uncaught(error: OptionError) -> Failure {
    Failure::Message(format!("Exception in thread \"main\" {}: {error}", error.exception_name()))
}

pub(super) fn list_of(specs: &[&OptionSpec]) -> String {
    specs.iter().map(|spec| format!("[{}]", spec.name)).collect::<Vec<_>>().join(", ")
}

/// What each action needs, and what does not go together.
pub(super) fn check(given: &Options, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if !given.has(&VALIDATE_REGEX) {
        given.require(&[&BOOTSTRAP_SERVER])?;
    }
    let names_groups = given.has(&GROUP) || given.has(&ALL_GROUPS);
    let needs_groups = |action: &OptionSpec| {
        let choices = list_of(&[&GROUP, &ALL_GROUPS]);
        given.usage(format!("Option [{}] takes one of these options: {choices}", action.name))
    };
    if given.has(&DESCRIBE) {
        if !names_groups {
            return Err(needs_groups(&DESCRIBE));
        }
        let views: [&OptionSpec; 3] = [&MEMBERS, &OFFSETS, &STATE];
        if views.iter().filter(|view| given.has(view)).count() > 1 {
            let views = list_of(&views);
            return Err(given.usage(format!("Option [describe] takes at most one of these options: {views}")));
        }
        if given.has(&STATE) && given.value(&STATE).map_err(uncaught)?.is_some() {
            return Err(given.usage("Option [describe] does not take a value for [state]"));
        }
    }
    if given.has(&DELETE) {
        if !names_groups {
            return Err(needs_groups(&DELETE));
        }
        if given.has(&TOPIC) {
            return Err(
                given.usage("The consumer does not support topic-specific offset deletion from a consumer group.")
            );
        }
    }
    if given.has(&DELETE_OFFSETS) && !(given.has(&GROUP) && given.has(&TOPIC)) {
        let needed = list_of(&[&GROUP, &TOPIC]);
        return Err(given.usage(format!("Option [delete-offsets] takes the following options: {needed}")));
    }
    if given.has(&RESET_OFFSETS) {
        if given.has(&DRY_RUN) && given.has(&EXECUTE) {
            return Err(given.usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]"));
        }
        if !given.has(&DRY_RUN) && !given.has(&EXECUTE) {
            writeln!(streams.errors, "{NOTHING_WILL_BE_DONE}")?;
        }
        if !names_groups {
            return Err(needs_groups(&RESET_OFFSETS));
        }
        const CHECKED: [&OptionSpec; 8] =
            [&TO_OFFSET, &TO_DATETIME, &BY_DURATION, &TO_EARLIEST, &TO_LATEST, &TO_CURRENT, &SHIFT_BY, &FROM_FILE];
        for target in CHECKED {
            let others: Vec<_> = TARGETS.into_iter().filter(|other| other.name != target.name).collect();
            given.exclude(target, &others)?;
        }
    }
    given.exclude(&GROUP, &[&ALL_GROUPS])?;
    given.exclude(&GROUP, &[&LIST])?;
    given.exclude(&TOPIC, &[&DESCRIBE, &LIST])
}
