//! Every option of `kafka-consumer-groups`.

use crate::options::{OptionSpec, OptionTable};

pub(super) const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server to connect to",
    "Where to reach the cluster, as host:port,host:port. REQUIRED for everything but --validate-regex.",
);
pub(super) const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "command config property file",
    "A .properties file with configurations for the admin client.",
);
pub(super) const TIMEOUT: OptionSpec = OptionSpec::long(
    "timeout",
    "timeout (ms)",
    "How long to wait for each answer about groups, with everything that is tried again meanwhile.",
)
.or("30000");

pub(super) const LIST: OptionSpec = OptionSpec::flag("list", "List consumer groups.");
pub(super) const DESCRIBE: OptionSpec =
    OptionSpec::flag("describe", "Show groups: their offsets and how far they are behind, or what else is asked for.");
pub(super) const DELETE: OptionSpec =
    OptionSpec::flag("delete", "Delete groups, with all that they have committed: --group g1 --group g2.");
pub(super) const RESET_OFFSETS: OptionSpec = OptionSpec::flag(
    "reset-offsets",
    "Set the offsets of groups that have no members.\
     \nWithout --execute it only shows what it would do, as with --dry-run; with --export it shows that as CSV.\
     \nWhere to set them: one of --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime, --by-duration, \
     --shift-by and --from-file.\
     \nOf which partitions: --all-topics or --topic, unless a file says it.",
);
pub(super) const DELETE_OFFSETS: OptionSpec =
    OptionSpec::flag("delete-offsets", "Delete what a group has committed for topics that it does not read.");
pub(super) const VALIDATE_REGEX: OptionSpec =
    OptionSpec::text("validate-regex", "regex", "Say whether a regular expression is one by the rules of RE2.");

pub(super) const GROUP: OptionSpec = OptionSpec::text("group", "consumer group", "The group to act on.");
pub(super) const ALL_GROUPS: OptionSpec = OptionSpec::flag("all-groups", "Act on all consumer groups.");
pub(super) const TOPIC: OptionSpec = OptionSpec::text(
    "topic",
    "topic",
    "The topic whose offsets are to be reset or deleted; may be repeated. Behind a colon, some of its partitions: \
     topic1:0,1,2.",
);
pub(super) const ALL_TOPICS: OptionSpec =
    OptionSpec::flag("all-topics", "Reset the offsets of all partitions for which the group has committed some.");

pub(super) const OFFSETS: OptionSpec = OptionSpec::flag(
    "offsets",
    "With --describe: partitions with their offsets and lag. That is what it shows anyway.",
)
.with_one_of(&[&DESCRIBE]);
pub(super) const MEMBERS: OptionSpec =
    OptionSpec::flag("members", "With --describe: the members.").with_one_of(&[&DESCRIBE]);
pub(super) const STATE: OptionSpec = OptionSpec::text(
    "state",
    "",
    "With --describe: the state, the coordinator and the way of assigning.\
     \nWith --list: the state of each group; given some, only groups in one of them: --state stable,empty.",
)
.optional()
.with_one_of(&[&DESCRIBE, &LIST]);
pub(super) const VERBOSE: OptionSpec =
    OptionSpec::flag("verbose", "With --describe: more columns.").with_one_of(&[&DESCRIBE]);
pub(super) const TYPE: OptionSpec = OptionSpec::text(
    "type",
    "",
    "With --list: the type of each group; given some, only groups of one of them: --type classic,consumer.",
)
.optional()
.with_one_of(&[&LIST]);

pub(super) const DRY_RUN: OptionSpec =
    OptionSpec::flag("dry-run", "With --reset-offsets: only show what would be done.");
pub(super) const EXECUTE: OptionSpec = OptionSpec::flag("execute", "With --reset-offsets: do it.");
pub(super) const EXPORT: OptionSpec =
    OptionSpec::flag("export", "With --reset-offsets: print CSV that --from-file understands.");
pub(super) const TO_OFFSET: OptionSpec = OptionSpec::long("to-offset", "offset", "Reset to this offset.");
pub(super) const SHIFT_BY: OptionSpec = OptionSpec::long(
    "shift-by",
    "number-of-offsets",
    "Reset to so many records behind the current offset, or before it if the number is negative.",
);
pub(super) const TO_DATETIME: OptionSpec = OptionSpec::text(
    "to-datetime",
    "datetime",
    "Reset to the first record of that time or later: YYYY-MM-DDThh:mm:ss.sss in UTC, or with a zone behind it.",
);
pub(super) const BY_DURATION: OptionSpec =
    OptionSpec::text("by-duration", "duration", "Reset to the first record that is not older than that: PnDTnHnMnS.");
pub(super) const TO_EARLIEST: OptionSpec = OptionSpec::flag("to-earliest", "Reset to the first record that there is.");
pub(super) const TO_LATEST: OptionSpec = OptionSpec::flag("to-latest", "Reset to the end.");
pub(super) const TO_CURRENT: OptionSpec =
    OptionSpec::flag("to-current", "Reset to the current offset; to the end where there is none.");
pub(super) const FROM_FILE: OptionSpec =
    OptionSpec::text("from-file", "path to CSV file", "Reset to the offsets in a file that --export has made.");

// Options that need others stand in the order in which Kafka's tool lists them when it refuses several.
pub(super) const TABLE: OptionTable = OptionTable(&[
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
pub(super) const TARGETS: [&OptionSpec; 8] =
    [&TO_OFFSET, &TO_CURRENT, &FROM_FILE, &TO_DATETIME, &BY_DURATION, &TO_EARLIEST, &TO_LATEST, &SHIFT_BY];
