//! The options of `kafka-topics`.

use super::Problem;
use super::replica_assignment::{self, ReplicaAssignment};
use crate::client_options;
use crate::failure::Failure;
use crate::options::{OptionSpec, OptionTable, Options};
use crate::streams::Streams;
use ottla_client::config::{ClientKind, ClientProperties};

const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server to connect to",
    "REQUIRED: Where to reach the cluster, as host:port,host:port.",
);
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "command config property file",
    "A .properties file with configurations for the admin client.",
);
const LIST: OptionSpec = OptionSpec::flag("list", "List the topics that there are.");
const CREATE: OptionSpec = OptionSpec::flag("create", "Create a topic.");
const DELETE: OptionSpec = OptionSpec::flag("delete", "Delete a topic, or every topic that matches.");
const ALTER: OptionSpec = OptionSpec::flag(
    "alter",
    "Give a topic more partitions, and say where their replicas go. (A topic's configuration is changed with kafka-configs.)",
);
const DESCRIBE: OptionSpec = OptionSpec::flag("describe", "Show topics with their partitions and replicas.");
const TOPIC: OptionSpec =
    OptionSpec::text("topic", "topic", "The topic to act on. A regular expression for all actions but --create.");
const TOPIC_ID: OptionSpec = OptionSpec::text("topic-id", "topic-id", "The topic to describe, by its id.");
const CONFIG: OptionSpec = OptionSpec::text("config", "name=value", "").described(config_help);
const DELETE_CONFIG: OptionSpec =
    OptionSpec::text("delete-config", "name", "Does nothing since Kafka 4.0: use kafka-configs instead.");
const PARTITIONS: OptionSpec = OptionSpec::integer(
    "partitions",
    "# of partitions",
    "How many partitions a new topic has, or a topic is to have in all. A new topic without it gets the cluster's \
     default. (More partitions send most keys elsewhere than before.)",
);
const REPLICATION_FACTOR: OptionSpec = OptionSpec::integer(
    "replication-factor",
    "replication factor",
    "How many replicas each partition of a new topic has. Without it, the cluster's default.",
);
const REPLICA_ASSIGNMENT: OptionSpec = OptionSpec::text(
    "replica-assignment",
    "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : \
     broker_id_for_part2_replica2 , ...",
    "Which brokers hold the replicas, partition by partition, the preferred leader first.",
);
const UNDER_REPLICATED: OptionSpec = OptionSpec::flag(
    "under-replicated-partitions",
    "With --describe: only partitions of which not every replica is in sync.",
);
const UNAVAILABLE: OptionSpec =
    OptionSpec::flag("unavailable-partitions", "With --describe: only partitions that have no leader in service.");
const UNDER_MIN_ISR: OptionSpec = OptionSpec::flag(
    "under-min-isr-partitions",
    "With --describe: only partitions with fewer replicas in sync than min.insync.replicas.",
);
const AT_MIN_ISR: OptionSpec = OptionSpec::flag(
    "at-min-isr-partitions",
    "With --describe: only partitions with just as many replicas in sync as min.insync.replicas.",
);
const WITH_OVERRIDES: OptionSpec =
    OptionSpec::flag("topics-with-overrides", "With --describe: only topics with configurations of their own.");
const IF_EXISTS: OptionSpec =
    OptionSpec::flag("if-exists", "With --alter, --delete and --describe: a topic that does not exist is no error.");
const IF_NOT_EXISTS: OptionSpec =
    OptionSpec::flag("if-not-exists", "With --create: a topic that exists already is no error.");
const EXCLUDE_INTERNAL: OptionSpec =
    OptionSpec::flag("exclude-internal", "With --list and --describe: leave out the topics of Kafka itself.");
const PARTITION_SIZE_LIMIT: OptionSpec = OptionSpec::integer(
    "partition-size-limit-per-response",
    "maximum number of partitions per response",
    "How many partitions to ask a broker for at a time.",
);

const TABLE: OptionTable = OptionTable(&[
    &BOOTSTRAP_SERVER,
    &COMMAND_CONFIG,
    &LIST,
    &CREATE,
    &DELETE,
    &ALTER,
    &DESCRIBE,
    &TOPIC,
    &TOPIC_ID,
    &CONFIG,
    &DELETE_CONFIG,
    &PARTITIONS,
    &REPLICATION_FACTOR,
    &REPLICA_ASSIGNMENT,
    &UNDER_REPLICATED,
    &UNAVAILABLE,
    &UNDER_MIN_ISR,
    &AT_MIN_ISR,
    &WITH_OVERRIDES,
    &IF_EXISTS,
    &IF_NOT_EXISTS,
    &EXCLUDE_INTERNAL,
    &PARTITION_SIZE_LIMIT,
]);

const USE_KAFKA_CONFIGS: &str = " (To alter topic configurations, the kafka-configs tool can be used.)";

/// Partitions asked for at a time unless the option says otherwise.
const PARTITIONS_PER_ANSWER: i32 = 2000;

fn config_help() -> String {
    let keys: Vec<_> = ottla_config::keys::topic()
        .iter()
        .filter(|key| !key.name.starts_with("internal."))
        .map(|key| format!("\t{}", key.name))
        .collect();
    format!(
        "With --create: what the new topic has different from the cluster's defaults. The keys:\n{}\n\
         (The configuration of a topic that exists is changed with kafka-configs.)",
        keys.join("\n")
    )
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Alter,
    List,
    Describe,
    Delete,
}

const ACTIONS: [(&OptionSpec, Action); 5] = [
    (&CREATE, Action::Create),
    (&ALTER, Action::Alter),
    (&LIST, Action::List),
    (&DESCRIBE, Action::Describe),
    (&DELETE, Action::Delete),
];

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct TopicsOptions {
    given: Options,
    action: Action,
}

impl TopicsOptions {
    /// Reads and checks.
    pub(super) fn parse(words: &[String], streams: &mut Streams<'_>) -> Result<Self, Failure> {
        let given = Options::parse(TABLE, words)?;
        if words.is_empty() {
            return Err(given.usage("Create, delete, describe, or change a topic."));
        }
        given.answer_help_or_version("This tool helps to create, delete, describe, or change a topic.")?;
        let mut wanted = ACTIONS.iter().filter(|(spec, _)| given.has(spec));
        let (Some((_, action)), None) = (wanted.next(), wanted.next()) else {
            return Err(given
                .usage("Command must include exactly one action: --list, --describe, --create, --alter or --delete"));
        };
        if given.has(&DELETE_CONFIG) {
            writeln!(
                streams.errors,
                "delete-config option is no longer supported and deprecated since version 4.0. \
                 The config will be fully removed in future releases."
            )?;
        }
        let options = Self { action: *action, given };
        options.check_required(streams)?;
        options.check_combinations()?;
        Ok(options)
    }

    fn check_required(&self, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let given = &self.given;
        if !given.has(&BOOTSTRAP_SERVER) {
            return Err(Failure::Message("--bootstrap-server must be specified".to_owned()));
        }
        match self.action {
            Action::List => Ok(()),
            Action::Describe if given.has(&IF_EXISTS) => {
                if !given.has(&TOPIC) && !given.has(&TOPIC_ID) {
                    return Err(given.usage("--topic or --topic-id is required to describe a topic"));
                }
                if given.has(&TOPIC) && given.has(&TOPIC_ID) {
                    writeln!(
                        streams.output,
                        "Only topic id will be used when both --topic and --topic-id are specified \
                         and topicId is not Uuid.ZERO_UUID"
                    )?;
                }
                Ok(())
            }
            Action::Describe => Ok(()),
            Action::Create | Action::Delete => given.require(&[&TOPIC]),
            Action::Alter => {
                given.require(&[&TOPIC])?;
                if given.has(&CONFIG) {
                    return Err(given.usage(format!(
                        "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \
                         \"[alter]\"{USE_KAFKA_CONFIGS}"
                    )));
                }
                given.require(&[&PARTITIONS])
            }
        }
    }

    /// Each option goes with some actions only, and the reports exclude each other's point of view.
    fn check_combinations(&self) -> Result<(), Failure> {
        let only_with = |spec: &OptionSpec, actions: &[Action], also_excluded: &[&OptionSpec]| {
            let mut excluded: Vec<&OptionSpec> =
                ACTIONS.iter().filter(|(_, action)| !actions.contains(action)).map(|(spec, _)| *spec).collect();
            excluded.extend(also_excluded);
            self.given.exclude(spec, &excluded)
        };
        only_with(&CONFIG, &[Action::Alter, Action::Create], &[])?;
        only_with(&PARTITIONS, &[Action::Alter, Action::Create], &[])?;
        only_with(&REPLICATION_FACTOR, &[Action::Create], &[])?;
        only_with(&REPLICA_ASSIGNMENT, &[Action::Alter, Action::Create], &[])?;
        if self.action == Action::Create {
            self.given.exclude(&REPLICA_ASSIGNMENT, &[&PARTITIONS, &REPLICATION_FACTOR])?;
        }
        let reports: [&OptionSpec; 4] = [&UNDER_REPLICATED, &UNDER_MIN_ISR, &AT_MIN_ISR, &UNAVAILABLE];
        for report in reports {
            only_with(report, &[Action::Describe], &[&WITH_OVERRIDES])?;
        }
        only_with(&WITH_OVERRIDES, &[Action::Describe], &reports)?;
        only_with(&IF_EXISTS, &[Action::Alter, Action::Delete, Action::Describe], &[])?;
        only_with(&IF_NOT_EXISTS, &[Action::Create], &[])?;
        only_with(&EXCLUDE_INTERNAL, &[Action::List, Action::Describe], &[])
    }

    pub(super) fn action(&self) -> Action {
        self.action
    }

    pub(super) fn client_properties(&self) -> Result<ClientProperties, Failure> {
        let mut properties = client_options::read_file(ClientKind::Admin, self.given.value(&COMMAND_CONFIG)?)?;
        if let Some(servers) = self.given.value(&BOOTSTRAP_SERVER)? {
            properties.set("bootstrap.servers", servers);
        }
        Ok(properties)
    }

    pub(super) fn topic(&self) -> Result<Option<&str>, Problem> {
        Ok(self.given.value(&TOPIC)?)
    }
    pub(super) fn topic_id(&self) -> Result<Option<&str>, Problem> {
        Ok(self.given.value(&TOPIC_ID)?)
    }
    pub(super) fn partitions(&self) -> Result<Option<i32>, Problem> {
        Ok(self.given.number(&PARTITIONS)?)
    }
    pub(super) fn replication_factor(&self) -> Result<Option<i32>, Problem> {
        Ok(self.given.number(&REPLICATION_FACTOR)?)
    }
    pub(super) fn replica_assignment(&self) -> Result<ReplicaAssignment, Problem> {
        match self.given.value(&REPLICA_ASSIGNMENT)? {
            None | Some("") => Ok(ReplicaAssignment::new()),
            Some(text) => replica_assignment::parse(text),
        }
    }
    pub(super) fn configs(&self) -> Vec<&str> {
        self.given.values(&CONFIG)
    }
    pub(super) fn partitions_per_answer(&self) -> Result<i32, Problem> {
        Ok(self.given.number(&PARTITION_SIZE_LIMIT)?.unwrap_or(PARTITIONS_PER_ANSWER))
    }
    pub(super) fn if_exists(&self) -> bool {
        self.given.has(&IF_EXISTS)
    }
    pub(super) fn if_not_exists(&self) -> bool {
        self.given.has(&IF_NOT_EXISTS)
    }
    pub(super) fn exclude_internal(&self) -> bool {
        self.given.has(&EXCLUDE_INTERNAL)
    }
    pub(super) fn report_under_replicated(&self) -> bool {
        self.given.has(&UNDER_REPLICATED)
    }
    pub(super) fn report_unavailable(&self) -> bool {
        self.given.has(&UNAVAILABLE)
    }
    pub(super) fn report_under_min_isr(&self) -> bool {
        self.given.has(&UNDER_MIN_ISR)
    }
    pub(super) fn report_at_min_isr(&self) -> bool {
        self.given.has(&AT_MIN_ISR)
    }
    pub(super) fn report_overrides(&self) -> bool {
        self.given.has(&WITH_OVERRIDES)
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, TABLE, TopicsOptions};
    use crate::failure::Failure;
    use crate::streams::testing::Recorded;

    fn parse(line: &str) -> Result<Action, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Recorded::default().with(|streams| TopicsOptions::parse(&words, streams)).map(|options| options.action())
    }

    fn refusal(line: &str) -> String {
        match parse(line).unwrap_err() {
            Failure::Usage { message, .. } | Failure::Message(message) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn exactly_one_action_is_wanted() {
        assert_eq!(parse("--list --bootstrap-server a:1").unwrap(), Action::List);
        let one_action = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
        assert_eq!(refusal("--bootstrap-server a:1"), one_action);
        assert_eq!(refusal("--list --describe --bootstrap-server a:1"), one_action);
    }

    #[test]
    fn what_an_action_needs_is_named() {
        assert_eq!(refusal("--list"), "--bootstrap-server must be specified");
        assert_eq!(refusal("--create --bootstrap-server a:1"), "Missing required argument \"[topic]\"");
        assert_eq!(refusal("--alter --topic a --bootstrap-server a:1"), "Missing required argument \"[partitions]\"");
        assert_eq!(
            refusal("--describe --if-exists --bootstrap-server a:1"),
            "--topic or --topic-id is required to describe a topic"
        );
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        for (line, message) in [
            ("--list --partitions 1", "Option \"[partitions]\" can't be used with option \"[list]\""),
            ("--delete --topic a --if-not-exists", "Option \"[if-not-exists]\" can't be used with option \"[delete]\""),
            (
                "--create --topic a --partitions 1 --replica-assignment 1",
                "Option \"[replica-assignment]\" can't be used with option \"[partitions]\"",
            ),
            (
                "--describe --topics-with-overrides --unavailable-partitions",
                "Option \"[unavailable-partitions]\" can't be used with option \"[topics-with-overrides]\"",
            ),
            (
                "--alter --topic a --partitions 2 --config a=b",
                "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\" \
                 (To alter topic configurations, the kafka-configs tool can be used.)",
            ),
        ] {
            assert_eq!(refusal(&format!("--bootstrap-server a:1 {line}")), message);
        }
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
