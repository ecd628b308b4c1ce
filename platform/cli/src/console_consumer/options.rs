//! The options of `kafka-console-consumer`.

use super::formatter::Formatter;
use crate::client_options;
use crate::failure::Failure;
use crate::options::{OptionSpec, OptionTable, Options};
use crate::streams::Streams;
use ottla_client::config::{ClientKind, ClientProperties};
use ottla_client::consumer::SeekTo;
use ottla_model::{Offset, PartitionIndex};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

const TOPIC: OptionSpec = OptionSpec::text("topic", "topic", "The topic to read.");
const INCLUDE: OptionSpec =
    OptionSpec::text("include", "Java regex (String)", "The topics to read, as a regular expression.");
const PARTITION: OptionSpec = OptionSpec::integer(
    "partition",
    "partition",
    "The partition to read, from its end on unless --offset or --from-beginning says otherwise.",
);
const OFFSET: OptionSpec = OptionSpec::text(
    "offset",
    "consume offset",
    "Where to begin: an offset, 'earliest' for the partition's beginning or 'latest' for its end.",
)
.or("latest");
const CONSUMER_PROPERTY: OptionSpec =
    OptionSpec::text("consumer-property", "consumer_prop", "(Deprecated.) As --command-property.");
const COMMAND_PROPERTY: OptionSpec = OptionSpec::text(
    "command-property",
    "consumer_prop",
    "A consumer configuration, as key=value; may be given more than once.",
);
const CONSUMER_CONFIG: OptionSpec =
    OptionSpec::text("consumer.config", "config file", "(Deprecated.) As --command-config.");
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "config file",
    "A .properties file with consumer configurations. --command-property goes before it.",
);
const FORMATTER: OptionSpec =
    OptionSpec::text("formatter", "class", "What makes lines of records.").or(super::formatter::DEFAULT);
const PROPERTY: OptionSpec =
    OptionSpec::text("property", "prop", "(Deprecated.) As --formatter-property, which is not to be used with it.");
const FORMATTER_PROPERTY: OptionSpec = OptionSpec::text(
    "formatter-property",
    "prop",
    "How to make lines of records, as key=value; may be given more than once:\
     \n print.timestamp=true|false\
     \n print.key=true|false\
     \n print.offset=true|false\
     \n print.epoch=true|false\
     \n print.partition=true|false\
     \n print.headers=true|false\
     \n print.value=true|false\
     \n key.separator=<text>\
     \n line.separator=<text>\
     \n headers.separator=<text>\
     \n null.literal=<text>\
     \n key.deserializer=<class>\
     \n value.deserializer=<class>\
     \n headers.deserializer=<class>",
);
const FORMATTER_CONFIG: OptionSpec = OptionSpec::text(
    "formatter-config",
    "config file",
    "A .properties file with what --formatter-property takes, which goes before it.",
);
const FROM_BEGINNING: OptionSpec =
    OptionSpec::flag("from-beginning", "Begin with the first record, not with the next one that comes.");
const MAX_MESSAGES: OptionSpec =
    OptionSpec::integer("max-messages", "num_messages", "How many records to read. Without it, all there ever are.");
const TIMEOUT_MS: OptionSpec =
    OptionSpec::long("timeout-ms", "timeout_ms", "Milliseconds to wait for a record before ending.");
const SKIP_MESSAGE_ON_ERROR: OptionSpec =
    OptionSpec::flag("skip-message-on-error", "Pass over records that cannot be shown.");
const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server to connect to",
    "REQUIRED: Where to reach the cluster, as host:port,host:port.",
);
const KEY_DESERIALIZER: OptionSpec =
    OptionSpec::text("key-deserializer", "deserializer for keys", "The class that makes text of keys.");
const VALUE_DESERIALIZER: OptionSpec =
    OptionSpec::text("value-deserializer", "deserializer for values", "The class that makes text of values.");
const SYSTEM_TEST_EVENTS: OptionSpec =
    OptionSpec::flag("enable-systest-events", "Print a line at the end, for Kafka's system tests.");
const ISOLATION_LEVEL: OptionSpec = OptionSpec::text(
    "isolation-level",
    "",
    "read_committed leaves out records of transactions that were not committed; read_uncommitted shows all.",
)
.or("read_uncommitted");
const GROUP: OptionSpec = OptionSpec::text("group", "consumer group id", "The consumer group to read in.");

const TABLE: OptionTable = OptionTable(&[
    &TOPIC,
    &INCLUDE,
    &PARTITION,
    &OFFSET,
    &CONSUMER_PROPERTY,
    &COMMAND_PROPERTY,
    &CONSUMER_CONFIG,
    &COMMAND_CONFIG,
    &FORMATTER,
    &PROPERTY,
    &FORMATTER_PROPERTY,
    &FORMATTER_CONFIG,
    &FROM_BEGINNING,
    &MAX_MESSAGES,
    &TIMEOUT_MS,
    &SKIP_MESSAGE_ON_ERROR,
    &BOOTSTRAP_SERVER,
    &KEY_DESERIALIZER,
    &VALUE_DESERIALIZER,
    &SYSTEM_TEST_EVENTS,
    &ISOLATION_LEVEL,
    &GROUP,
]);

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// One partition.
    Partition {
        /// Its topic, as given.
        topic: String,
        /// Which of its partitions.
        partition: PartitionIndex,
    },
    /// The topic of that name, shared with others of the same group.
    Topic(String),
    /// The topics with names that match a regular expression, shared likewise.
    Matching(String),
}

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct ConsumerOptions {
    given: Options,
    source: Source,
    from: SeekTo,
    patience: Option<Duration>,
    messages_max: Option<u64>,
    properties: ClientProperties,
    formatter: Formatter,
}

impl ConsumerOptions {
    /// Reads and checks, in the order in which Kafka's tool does: the first thing that is wrong is told.
    pub(super) fn parse(words: &[String], streams: &mut Streams<'_>) -> Result<Self, Failure> {
        let given = Options::parse(TABLE, words).map_err(|error| Failure::usage(TABLE, error.to_string()))?;
        given.answer_help_or_version(
            "This tool helps to read data from Kafka topics and outputs it to standard output.",
        )?;
        let source = source(&given)?;
        given.require(&[&BOOTSTRAP_SERVER])?;
        let properties = consumer_properties(&given, &source, streams)?;
        let from = from(&given)?;
        let patience: Option<i64> = given.number(&TIMEOUT_MS)?;
        let patience = patience.and_then(|milliseconds| u64::try_from(milliseconds).ok()).map(Duration::from_millis);
        let formatter = formatter(&given, streams)?;
        let messages_max: Option<i32> = given.number(&MAX_MESSAGES)?;
        // -1 is for all; with anything below, nothing is little enough.
        let messages_max = messages_max.filter(|most| *most != -1).map(|most| u64::try_from(most).unwrap_or(0));
        Ok(Self { given, source, from, patience, messages_max, properties, formatter })
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }
    pub(super) fn from(&self) -> SeekTo {
        self.from
    }
    pub(super) fn patience(&self) -> Option<Duration> {
        self.patience
    }
    pub(super) fn messages_max(&self) -> Option<u64> {
        self.messages_max
    }
    pub(super) fn consumer_properties(&self) -> &ClientProperties {
        &self.properties
    }
    pub(super) fn formatter(&self) -> Formatter {
        self.formatter.clone()
    }
    pub(super) fn skips_errors(&self) -> bool {
        self.given.has(&SKIP_MESSAGE_ON_ERROR)
    }
    pub(super) fn tells_system_test_events(&self) -> bool {
        self.given.has(&SYSTEM_TEST_EVENTS)
    }
}

fn source(given: &Options) -> Result<Source, Failure> {
    given.require_one(&[&TOPIC, &INCLUDE])?;
    let Some(partition) = given.number(&PARTITION)? else {
        if given.has(&OFFSET) {
            return Err(given.usage("The partition is required when offset is specified."));
        }
        let whole = given.value(&TOPIC)?.map(|topic| Source::Topic(topic.to_owned()));
        let matching = given.value(&INCLUDE)?.map(|pattern| Source::Matching(pattern.to_owned()));
        return whole.or(matching).ok_or_else(|| given.usage("A topic is required."));
    };
    let Some(topic) = given.value(&TOPIC)? else {
        return Err(given.usage("The topic is required when partition is specified."));
    };
    if given.has(&FROM_BEGINNING) && given.has(&OFFSET) {
        return Err(given.usage("Options from-beginning and offset cannot be specified together."));
    }
    Ok(Source::Partition { topic: topic.to_owned(), partition: PartitionIndex::new(partition) })
}

/// The spelling that was used; the deprecated one is told of.
fn spelling(
    given: &Options,
    current: &'static OptionSpec,
    deprecated: &'static OptionSpec,
    streams: &mut Streams<'_>,
) -> Result<&'static OptionSpec, Failure> {
    if !given.has(deprecated) {
        return Ok(current);
    }
    writeln!(
        streams.output,
        "Option --{} is deprecated and will be removed in a future version. Use --{} instead.",
        deprecated.name, current.name
    )?;
    Ok(deprecated)
}

fn consumer_properties(
    given: &Options,
    source: &Source,
    streams: &mut Streams<'_>,
) -> Result<ClientProperties, Failure> {
    for (deprecated, current) in [(&CONSUMER_PROPERTY, &COMMAND_PROPERTY), (&CONSUMER_CONFIG, &COMMAND_CONFIG)] {
        if given.has(deprecated) && given.has(current) {
            return Err(given
                .usage(format!("Options --{} and --{} cannot be specified together.", deprecated.name, current.name)));
        }
    }
    let words = spelling(given, &COMMAND_PROPERTY, &CONSUMER_PROPERTY, streams)?;
    let file = spelling(given, &COMMAND_CONFIG, &CONSUMER_CONFIG, streams)?;
    let file = client_options::read_texts(given.value(file)?)?;
    let words = given.values(words);
    let words = client_options::key_values(&words);

    let from_words = words.iter().rev().find(|(key, _)| *key == "group.id").map(|(_, value)| *value);
    let from_file = file.get("group.id").map(String::as_str);
    let groups: BTreeSet<String> =
        given.value(&GROUP)?.into_iter().chain(from_file).chain(from_words).map(str::to_owned).collect();
    if groups.len() > 1 {
        let groups: Vec<_> = groups.iter().map(|group| format!("'{group}'")).collect();
        return Err(given.usage(format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', \
             or via '--consumer.config') do not match. Detected group ids: {}",
            groups.join(", ")
        )));
    }
    if !groups.is_empty() && matches!(source, Source::Partition { .. }) {
        return Err(given.usage("Options group and partition cannot be specified together."));
    }

    let mut properties = ClientProperties::new(ClientKind::Consumer);
    file.into_iter().for_each(|(key, value)| properties.set(key, value));
    words.into_iter().for_each(|(key, value)| properties.set(key, value));
    set_offset_reset(given, &mut properties)?;
    set_group(&groups, &mut properties);
    properties.set("bootstrap.servers", given.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
    properties.set_default("client.id", "console-consumer");
    if let Some(level) = given.value(&ISOLATION_LEVEL)? {
        if given.has(&ISOLATION_LEVEL) {
            properties.set("isolation.level", level);
        } else {
            properties.set_default("isolation.level", level);
        }
    }
    Ok(properties)
}

/// Without a group the consumer gets one that nobody else has, and that is not to be remembered.
fn set_group(groups: &BTreeSet<String>, properties: &mut ClientProperties) {
    match groups.first() {
        Some(group) => properties.set("group.id", group.clone()),
        None => {
            properties.set("group.id", format!("console-consumer-{}", five_digits()));
            properties.set_default("enable.auto.commit", "false");
        }
    }
}

/// A number below 100000 that is hardly ever the same. Not a secret: it need only differ from those of other consoles.
fn five_digits() -> u64 {
    RandomState::new().hash_one(std::process::id()) % 100_000
}

fn set_offset_reset(given: &Options, properties: &mut ClientProperties) -> Result<(), Failure> {
    const KEY: &str = "auto.offset.reset";
    let from_beginning = given.has(&FROM_BEGINNING);
    match properties.get(KEY) {
        Some(reset) if from_beginning && reset != "earliest" => Err(Failure::Message(format!(
            "Can't simultaneously specify --from-beginning and '{KEY}={reset}', please remove one option"
        ))),
        Some(_) => Ok(()),
        None => {
            properties.set(KEY, if from_beginning { "earliest" } else { "latest" });
            Ok(())
        }
    }
}

fn from(given: &Options) -> Result<SeekTo, Failure> {
    if !given.has(&OFFSET) {
        return Ok(if given.has(&FROM_BEGINNING) { SeekTo::Beginning } else { SeekTo::End });
    }
    let text = given.value(&OFFSET)?.unwrap_or_default();
    match text.to_lowercase().as_str() {
        "earliest" => return Ok(SeekTo::Beginning),
        "latest" => return Ok(SeekTo::End),
        _ => {}
    }
    match text.parse::<i64>() {
        Ok(offset) if offset >= 0 => Ok(SeekTo::Offset(Offset::new(offset))),
        _ => Err(given.usage(format!(
            "The provided offset value '{text}' is incorrect. \
             Valid values are 'earliest', 'latest', or a non-negative long."
        ))),
    }
}

fn formatter(given: &Options, streams: &mut Streams<'_>) -> Result<Formatter, Failure> {
    let class = given.value(&FORMATTER)?.unwrap_or_default();
    if !Formatter::is_known(class) {
        return Err(given.usage(class));
    }
    if given.has(&FORMATTER_PROPERTY) && given.has(&PROPERTY) {
        return Err(given.usage("Options --property and --formatter-property cannot be specified together."));
    }
    let words = spelling(given, &FORMATTER_PROPERTY, &PROPERTY, streams)?;
    let mut properties: BTreeMap<String, String> = client_options::read_texts(given.value(&FORMATTER_CONFIG)?)?;
    for (spec, key) in [(&KEY_DESERIALIZER, "key.deserializer"), (&VALUE_DESERIALIZER, "value.deserializer")] {
        if let Some(class) = given.value(spec)?.filter(|class| !class.is_empty()) {
            properties.insert(key.to_owned(), class.to_owned());
        }
    }
    let words = given.values(words);
    let words = client_options::key_values(&words);
    properties.extend(words.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    Ok(Formatter::new(class, &properties, streams.errors))
}

#[cfg(test)]
mod tests {
    use super::{ConsumerOptions, Source, TABLE};
    use crate::failure::Failure;
    use crate::streams::testing::Recorded;
    use ottla_client::consumer::SeekTo;
    use ottla_model::{Offset, PartitionIndex};
    use std::time::Duration;

    fn parse(line: &str) -> (Result<ConsumerOptions, Failure>, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut recorded = Recorded::default();
        let outcome = recorded.with(|streams| ConsumerOptions::parse(&words, streams));
        (outcome, String::from_utf8(recorded.output).unwrap())
    }

    fn refusal(words: &str) -> String {
        match parse(&format!("--bootstrap-server a:1 {words}")).0.unwrap_err() {
            Failure::Usage { message, .. } | Failure::Message(message) => message,
            other => panic!("{words}: {other:?}"),
        }
    }

    #[test]
    fn a_partition_and_where_to_begin() {
        let options =
            |words: &str| parse(&format!("--bootstrap-server a:1 --topic t --partition 3 {words}")).0.unwrap();
        let partition = Source::Partition { topic: "t".to_owned(), partition: PartitionIndex::new(3) };
        assert_eq!(*options("").source(), partition);
        for (words, from) in [
            ("", SeekTo::End),
            ("--from-beginning", SeekTo::Beginning),
            ("--offset Earliest", SeekTo::Beginning),
            ("--offset latest", SeekTo::End),
            ("--offset 17", SeekTo::Offset(Offset::new(17))),
        ] {
            assert_eq!(options(words).from(), from, "{words}");
        }
    }

    #[test]
    fn bounds_may_be_given() {
        let options = |words: &str| parse(&format!("--bootstrap-server a:1 --topic t {words}")).0.unwrap();
        assert_eq!(options("").messages_max(), None);
        assert_eq!(options("--max-messages -1").messages_max(), None);
        assert_eq!(options("--max-messages 7").messages_max(), Some(7));
        assert_eq!(options("--timeout-ms 9").patience(), Some(Duration::from_millis(9)));
        assert_eq!(options("--timeout-ms -1").patience(), None);
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        for (words, message) in [
            ("", "Exactly one of the following arguments is required: [topic], [include]"),
            ("--topic a --include b", "Exactly one of the following arguments is required: [topic], [include]"),
            ("--topic a --offset 4", "The partition is required when offset is specified."),
            ("--include a --partition 4", "The topic is required when partition is specified."),
            ("--topic a --partition 0 --group g", "Options group and partition cannot be specified together."),
            (
                "--topic a --partition 0 --from-beginning --offset 1",
                "Options from-beginning and offset cannot be specified together.",
            ),
            (
                "--topic a --partition 0 --offset x",
                "The provided offset value 'x' is incorrect. \
                 Valid values are 'earliest', 'latest', or a non-negative long.",
            ),
            (
                "--topic a --from-beginning --command-property auto.offset.reset=latest",
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove one option",
            ),
            (
                "--topic a --group g --command-property group.id=h",
                "The group ids provided in different places (directly using '--group', via '--consumer-property', \
                 or via '--consumer.config') do not match. Detected group ids: 'g', 'h'",
            ),
            ("--topic a --formatter foo.Bar", "foo.Bar"),
            ("--topic a --partition x", "Cannot parse argument 'x' of option partition"),
        ] {
            assert_eq!(refusal(words), message, "{words}");
        }
    }

    #[test]
    fn without_a_partition_it_reads_in_a_group() {
        let options = |words: &str| parse(&format!("--bootstrap-server a:1 {words}")).0.unwrap();
        let given = options("--topic t --group g");
        assert_eq!(*given.source(), Source::Topic("t".to_owned()));
        assert_eq!(given.consumer_properties().get("group.id"), Some("g"));
        assert_eq!(given.consumer_properties().get("enable.auto.commit"), None);
        assert_eq!(options("--topic t --command-property group.id=h").consumer_properties().get("group.id"), Some("h"));

        let made_up = options("--include a.*");
        assert_eq!(*made_up.source(), Source::Matching("a.*".to_owned()));
        let group = made_up.consumer_properties().get("group.id").unwrap();
        let number: u32 = group.strip_prefix("console-consumer-").unwrap().parse().unwrap();
        assert!(number < 100_000);
        assert_eq!(made_up.consumer_properties().get("enable.auto.commit"), Some("false"));
        let kept = options("--topic t --command-property enable.auto.commit=true");
        assert_eq!(kept.consumer_properties().get("enable.auto.commit"), Some("true"));
    }

    #[test]
    fn deprecated_spellings_work_and_are_told_of() {
        let (options, output) =
            parse("--bootstrap-server a:1 --topic t --consumer-property fetch.min.bytes=5 --property print.key=true");
        assert_eq!(options.unwrap().consumer_properties().get("fetch.min.bytes"), Some("5"));
        assert_eq!(
            output,
            "Option --consumer-property is deprecated and will be removed in a future version. \
             Use --command-property instead.\n\
             Option --property is deprecated and will be removed in a future version. \
             Use --formatter-property instead.\n"
        );
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
