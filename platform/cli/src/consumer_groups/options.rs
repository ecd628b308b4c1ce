//! The options of `kafka-consumer-groups`.

use super::problem::Problem;
use crate::client_options;
use crate::failure::Failure;
use crate::java::exception::Exception;
use crate::options::{OptionError, OptionSpec, OptionTable, Options};
use crate::streams::Streams;
use ottla_client::config::{ClientKind, ClientProperties};
use std::time::Duration;

const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server to connect to",
    "Where to reach the cluster, as host:port,host:port. REQUIRED for everything but --validate-regex.",
);
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "command config property file",
    "A .properties file with configurations for the admin client.",
);
const TIMEOUT: OptionSpec = OptionSpec::long(
    "timeout",
    "timeout (ms)",
    "How long to wait for each answer about groups, with everything that is tried again meanwhile.",
)
.or("30000");

const LIST: OptionSpec = OptionSpec::flag("list", "List consumer groups.");
const DESCRIBE: OptionSpec =
    OptionSpec::flag("describe", "Show groups: their offsets and how far they are behind, or what else is asked for.");
const DELETE: OptionSpec =
    OptionSpec::flag("delete", "Delete groups, with all that they have committed: --group g1 --group g2.");
const RESET_OFFSETS: OptionSpec = OptionSpec::flag(
    "reset-offsets",
    "Set the offsets of groups that have no members.\
     \nWithout --execute it only shows what it would do, as with --dry-run; with --export it shows that as CSV.\
     \nWhere to set them: one of --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime, --by-duration, \
     --shift-by and --from-file.\
     \nOf which partitions: --all-topics or --topic, unless a file says it.",
);
const DELETE_OFFSETS: OptionSpec =
    OptionSpec::flag("delete-offsets", "Delete what a group has committed for topics that it does not read.");
const VALIDATE_REGEX: OptionSpec =
    OptionSpec::text("validate-regex", "regex", "Say whether a regular expression is one by the rules of RE2.");

const GROUP: OptionSpec = OptionSpec::text("group", "consumer group", "The group to act on.");
const ALL_GROUPS: OptionSpec = OptionSpec::flag("all-groups", "Act on all consumer groups.");
const TOPIC: OptionSpec = OptionSpec::text(
    "topic",
    "topic",
    "The topic whose offsets are to be reset or deleted; may be repeated. Behind a colon, some of its partitions: \
     topic1:0,1,2.",
);
const ALL_TOPICS: OptionSpec =
    OptionSpec::flag("all-topics", "Reset the offsets of all partitions for which the group has committed some.");

const OFFSETS: OptionSpec = OptionSpec::flag(
    "offsets",
    "With --describe: partitions with their offsets and lag. That is what it shows anyway.",
)
.with_one_of(&[&DESCRIBE]);
const MEMBERS: OptionSpec = OptionSpec::flag("members", "With --describe: the members.").with_one_of(&[&DESCRIBE]);
const STATE: OptionSpec = OptionSpec::text(
    "state",
    "",
    "With --describe: the state, the coordinator and the way of assigning.\
     \nWith --list: the state of each group; given some, only groups in one of them: --state stable,empty.",
)
.optional()
.with_one_of(&[&DESCRIBE, &LIST]);
const VERBOSE: OptionSpec = OptionSpec::flag("verbose", "With --describe: more columns.").with_one_of(&[&DESCRIBE]);
const TYPE: OptionSpec = OptionSpec::text(
    "type",
    "",
    "With --list: the type of each group; given some, only groups of one of them: --type classic,consumer.",
)
.optional()
.with_one_of(&[&LIST]);

const DRY_RUN: OptionSpec = OptionSpec::flag("dry-run", "With --reset-offsets: only show what would be done.");
const EXECUTE: OptionSpec = OptionSpec::flag("execute", "With --reset-offsets: do it.");
const EXPORT: OptionSpec = OptionSpec::flag("export", "With --reset-offsets: print CSV that --from-file understands.");
const TO_OFFSET: OptionSpec = OptionSpec::long("to-offset", "offset", "Reset to this offset.");
const SHIFT_BY: OptionSpec = OptionSpec::long(
    "shift-by",
    "number-of-offsets",
    "Reset to so many records behind the current offset, or before it if the number is negative.",
);
const TO_DATETIME: OptionSpec = OptionSpec::text(
    "to-datetime",
    "datetime",
    "Reset to the first record of that time or later: YYYY-MM-DDThh:mm:ss.sss in UTC, or with a zone behind it.",
);
const BY_DURATION: OptionSpec =
    OptionSpec::text("by-duration", "duration", "Reset to the first record that is not older than that: PnDTnHnMnS.");
const TO_EARLIEST: OptionSpec = OptionSpec::flag("to-earliest", "Reset to the first record that there is.");
const TO_LATEST: OptionSpec = OptionSpec::flag("to-latest", "Reset to the end.");
const TO_CURRENT: OptionSpec =
    OptionSpec::flag("to-current", "Reset to the current offset; to the end where there is none.");
const FROM_FILE: OptionSpec =
    OptionSpec::text("from-file", "path to CSV file", "Reset to the offsets in a file that --export has made.");

// Options that need others stand in the order in which Kafka's tool lists them when it refuses several.
const TABLE: OptionTable = OptionTable(&[
    &BOOTSTRAP_SERVER,
    &COMMAND_CONFIG,
    &TIMEOUT,
    &LIST,
    &DESCRIBE,
    &DELETE,
    &RESET_OFFSETS,
    &DELETE_OFFSETS,
    &VALIDATE_REGEX,
    &GROUP,
    &ALL_GROUPS,
    &TOPIC,
    &ALL_TOPICS,
    &MEMBERS,
    &OFFSETS,
    &STATE,
    &VERBOSE,
    &TYPE,
    &DRY_RUN,
    &EXECUTE,
    &EXPORT,
    &TO_OFFSET,
    &SHIFT_BY,
    &TO_DATETIME,
    &BY_DURATION,
    &TO_EARLIEST,
    &TO_LATEST,
    &TO_CURRENT,
    &FROM_FILE,
]);

/// Where to reset to, in the order in which Kafka's tool names the first that does not go with another.
const TARGETS: [&OptionSpec; 8] =
    [&TO_OFFSET, &TO_CURRENT, &FROM_FILE, &TO_DATETIME, &BY_DURATION, &TO_EARLIEST, &TO_LATEST, &SHIFT_BY];

const PURPOSE: &str = "This tool helps to list all consumer groups, describe a consumer group, delete consumer group \
                       info, or reset consumer group offsets.";
const NOTHING_WILL_BE_DONE: &str = "WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require \
     either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting \
     this command and want to keep the current default behavior without prompting.";

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

/// Kafka's tool does not catch this: the JVM tells it.
fn uncaught(error: OptionError) -> Failure {
    Failure::Message(format!("Exception in thread \"main\" {}: {error}", error.exception_name()))
}

fn list_of(specs: &[&OptionSpec]) -> String {
    specs.iter().map(|spec| format!("[{}]", spec.name)).collect::<Vec<_>>().join(", ")
}

/// What each action needs, and what does not go together.
fn check(given: &Options, streams: &mut Streams<'_>) -> Result<(), Failure> {
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
