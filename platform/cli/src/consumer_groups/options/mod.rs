//! The options of `kafka-consumer-groups`.

mod checks;
mod specs;

use super::problem::Problem;
use crate::client_options;
use crate::failure::Failure;
use crate::java::exception::Exception;
use crate::options::{OptionError, OptionSpec, Options};
use crate::streams::Streams;
use checks::{check, list_of, uncaught};
use ottla_client::config::{ClientKind, ClientProperties};
use specs::{
    ALL_GROUPS, ALL_TOPICS, BOOTSTRAP_SERVER, BY_DURATION, COMMAND_CONFIG, DELETE, DELETE_OFFSETS, DESCRIBE, DRY_RUN,
    EXECUTE, EXPORT, FROM_FILE, GROUP, LIST, MEMBERS, RESET_OFFSETS, SHIFT_BY, STATE, TABLE, TARGETS, TIMEOUT,
    TO_CURRENT, TO_DATETIME, TO_EARLIEST, TO_LATEST, TO_OFFSET, TOPIC, TYPE, VALIDATE_REGEX, VERBOSE,
};
use std::time::Duration;

const PURPOSE: &str = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group \
                       info, or reset consumer group offsets.";
/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Something that needs no cluster.
    ValidateRegex,
    /// Something with groups.
    Groups(Action),
}

/// What is to be done with groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    List,
    Describe,
    Delete,
    ResetOffsets,
    DeleteOffsets,
}

const TASKS: [(&OptionSpec, Task); 6] = [
    (&LIST, Task::Groups(Action::List)),
    (&DESCRIBE, Task::Groups(Action::Describe)),
    (&DELETE, Task::Groups(Action::Delete)),
    (&RESET_OFFSETS, Task::Groups(Action::ResetOffsets)),
    (&DELETE_OFFSETS, Task::Groups(Action::DeleteOffsets)),
    (&VALIDATE_REGEX, Task::ValidateRegex),
];

/// What `--describe` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Offsets,
    Members,
    State,
}

/// Where offsets are to be reset to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Offset(i64),
    Earliest,
    Latest,
    ShiftBy(i64),
    DateTime(&'a str),
    Duration(&'a str),
    File(&'a str),
    Current,
}

/// Of which partitions offsets are to be reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope<'a> {
    /// Those for which the group has committed something.
    AllTopics,
    /// Topics, each perhaps with some of its partitions behind a colon.
    Topics(Vec<&'a str>),
    /// What a file says.
    File,
}

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct GroupsOptions {
    given: Options,
    task: Task,
}

impl GroupsOptions {
    /// Reads and checks. Says on standard error if a reset will not be one.
    pub(super) fn parse(words: &[String], streams: &mut Streams<'_>) -> Result<Self, Failure> {
        let given = Options::parse(TABLE, words).map_err(uncaught)?;
        given.answer_help_or_version(PURPOSE)?;
        check(&given, streams)?;
        let mut wanted = TASKS.iter().filter(|(spec, _)| given.has(spec));
        let (Some((_, task)), None) = (wanted.next(), wanted.next()) else {
            let names: Vec<_> = TASKS.iter().map(|(spec, _)| format!("--{}", spec.name)).collect();
            return Err(given.usage(format!("Command must include exactly one action: {}", names.join(", "))));
        };
        Ok(Self { task: *task, given })
    }

    pub(super) fn given(&self) -> &Options {
        &self.given
    }
    pub(super) fn task(&self) -> Task {
        self.task
    }

    pub(super) fn client_properties(&self) -> Result<ClientProperties, Problem> {
        let path = self.given.value(&COMMAND_CONFIG)?;
        let mut properties = client_options::read_file(ClientKind::Admin, path)
            .map_err(|_| Exception::new("java.nio.file.NoSuchFileException", path.unwrap_or_default()).unchecked())?;
        properties.set("bootstrap.servers", self.given.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
        Ok(properties)
    }

    /// Numbers are numbers, and what can only be given once is, whether it will be needed or not.
    pub(super) fn check_numbers(&self) -> Result<(), Problem> {
        self.given.numbers::<i64>(&TO_OFFSET)?;
        self.given.value(&BY_DURATION)?;
        self.given.number::<i64>(&SHIFT_BY)?;
        self.given.number::<i64>(&TIMEOUT)?;
        Ok(())
    }

    /// What an operation may take.
    pub(super) fn timeout(&self) -> Result<Duration, Problem> {
        let milliseconds = self.given.number::<i64>(&TIMEOUT)?.unwrap_or_default();
        Ok(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
    }

    pub(super) fn regex(&self) -> Result<&str, OptionError> {
        Ok(self.given.value(&VALIDATE_REGEX)?.unwrap_or_default())
    }

    /// The groups that were named; `None` if all are meant.
    pub(super) fn groups(&self) -> Option<Vec<&str>> {
        (!self.given.has(&ALL_GROUPS)).then(|| self.given.values(&GROUP))
    }
    /// The one group that was named.
    pub(super) fn group(&self) -> Result<&str, Problem> {
        Ok(self.given.value(&GROUP)?.unwrap_or_default())
    }
    /// Whether one group was named, and once.
    pub(super) fn names_one_group(&self) -> bool {
        self.given.values(&GROUP).len() == 1
    }
    pub(super) fn topics(&self) -> Vec<&str> {
        self.given.values(&TOPIC)
    }

    pub(super) fn shows_type(&self) -> bool {
        self.given.has(&TYPE)
    }
    pub(super) fn shows_state(&self) -> bool {
        self.given.has(&STATE)
    }
    /// The types to choose by, as they were written; empty for all.
    pub(super) fn types(&self) -> Result<&str, Problem> {
        Ok(self.given.value(&TYPE)?.unwrap_or_default())
    }
    /// The states to choose by, as they were written; empty for all.
    pub(super) fn states(&self) -> Result<&str, Problem> {
        Ok(self.given.value(&STATE)?.unwrap_or_default())
    }

    pub(super) fn view(&self) -> View {
        match (self.given.has(&MEMBERS), self.given.has(&STATE)) {
            (true, _) => View::Members,
            (false, true) => View::State,
            (false, false) => View::Offsets,
        }
    }
    pub(super) fn verbose(&self) -> bool {
        self.given.has(&VERBOSE)
    }

    /// Whether a reset is to be done rather than shown.
    pub(super) fn executes(&self) -> bool {
        self.given.has(&EXECUTE) && !self.given.has(&DRY_RUN)
    }
    pub(super) fn exports(&self) -> bool {
        self.given.has(&EXPORT)
    }

    pub(super) fn scope(&self) -> Result<Scope<'_>, Problem> {
        if self.given.has(&ALL_TOPICS) {
            return Ok(Scope::AllTopics);
        }
        match self.topics() {
            topics if !topics.is_empty() => Ok(Scope::Topics(topics)),
            _ if self.given.has(&FROM_FILE) => Ok(Scope::File),
            _ => {
                let message = "One of the reset scopes should be defined: --all-topics, --topic.";
                Err(Problem::Usage(message.to_owned()))
            }
        }
    }

    pub(super) fn target(&self) -> Result<Target<'_>, Problem> {
        let given = &self.given;
        // Of several values Kafka's tool takes the first of these.
        let first = |spec| given.values(spec).first().copied().unwrap_or_default();
        if let Some(offset) = given.numbers(&TO_OFFSET)?.first() {
            return Ok(Target::Offset(*offset));
        }
        if given.has(&TO_EARLIEST) {
            return Ok(Target::Earliest);
        }
        if given.has(&TO_LATEST) {
            return Ok(Target::Latest);
        }
        if let Some(by) = given.number(&SHIFT_BY)? {
            return Ok(Target::ShiftBy(by));
        }
        if given.has(&TO_DATETIME) {
            return Ok(Target::DateTime(first(&TO_DATETIME)));
        }
        if let Some(duration) = given.value(&BY_DURATION)? {
            return Ok(Target::Duration(duration));
        }
        if given.has(&FROM_FILE) {
            return Ok(Target::File(first(&FROM_FILE)));
        }
        if given.has(&TO_CURRENT) {
            return Ok(Target::Current);
        }
        Err(Problem::Usage(format!(
            "Option '[{}]' requires one of the following scenarios: [{}]",
            RESET_OFFSETS.name,
            list_of(&TARGETS)
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, GroupsOptions, TABLE, Target, Task};
    use crate::failure::Failure;
    use crate::streams::testing::Recorded;

    fn parse(line: &str) -> (Result<GroupsOptions, Failure>, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut recorded = Recorded::default();
        let options = recorded.with(|streams| GroupsOptions::parse(&words, streams));
        (options, String::from_utf8(recorded.errors).unwrap())
    }

    fn refusal(line: &str) -> String {
        match parse(line).0.unwrap_err() {
            Failure::Usage { message, .. } | Failure::Message(message) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn exactly_one_action_is_wanted() {
        let task = |line| parse(line).0.unwrap().task();
        assert_eq!(task("--list --bootstrap-server a:1"), Task::Groups(Action::List));
        assert_eq!(task("--validate-regex a"), Task::ValidateRegex);
        let one_action = "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, \
                          --delete-offsets, --validate-regex";
        assert_eq!(refusal("--bootstrap-server a:1"), one_action);
        assert_eq!(refusal("--validate-regex a --list --bootstrap-server a:1"), one_action);
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        for (line, message) in [
            ("--describe", "Option [describe] takes one of these options: [group], [all-groups]"),
            (
                "--describe --group g --members --state",
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            ),
            ("--describe --group g --state Stable", "Option [describe] does not take a value for [state]"),
            ("--list --group g", "Option \"[group]\" can't be used with option \"[list]\""),
            ("--describe --all-groups --group g", "Option \"[group]\" can't be used with option \"[all-groups]\""),
            ("--describe --group g --topic t", "Option \"[topic]\" can't be used with option \"[describe]\""),
            ("--delete-offsets --group g", "Option [delete-offsets] takes the following options: [group], [topic]"),
            (
                "--reset-offsets --group g --execute --dry-run",
                "Option [reset-offsets] only accepts one of [execute] and [dry-run]",
            ),
            (
                "--reset-offsets --group g --dry-run --to-latest --to-offset 4",
                "Option \"[to-offset]\" can't be used with option \"[to-latest]\"",
            ),
            (
                "--list --members --type",
                "Exception in thread \"main\" joptsimple.UnavailableOptionException: \
                 Option(s) [members] are unavailable given other options on the command line",
            ),
        ] {
            assert_eq!(refusal(&format!("--bootstrap-server a:1 {line}")), message);
        }
        assert_eq!(refusal("--list"), "Missing required argument \"[bootstrap-server]\"");
    }

    #[test]
    fn a_reset_that_will_not_be_one_is_told_of() {
        let reset = "--bootstrap-server a:1 --reset-offsets --group g --to-offset 5 --topic t";
        let (options, errors) = parse(reset);
        let options = options.unwrap();
        assert!(errors.starts_with("WARN: No action will be performed"), "{errors}");
        assert!(!options.executes());
        assert_eq!(options.target().unwrap(), Target::Offset(5));
        assert_eq!(parse(&format!("{reset} --dry-run")).1, "");
        let (options, errors) = parse(&format!("{reset} --execute"));
        assert!(options.unwrap().executes());
        assert_eq!(errors, "");
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
