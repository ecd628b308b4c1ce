//! The options of `kafka-console-producer`.

use crate::client_options;
use crate::failure::Failure;
use crate::options::{OptionError, OptionSpec, OptionTable, Options};
use crate::streams::Streams;
use ottla_client::config::{ClientKind, ClientProperties};
use std::collections::BTreeMap;

const TOPIC: OptionSpec = OptionSpec::text("topic", "topic", "REQUIRED: The topic to send to.");
const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server to connect to",
    "REQUIRED: Where to reach the cluster, as host:port,host:port.",
);
const SYNC: OptionSpec =
    OptionSpec::flag("sync", "Send one record at a time, and wait until it is sent before the next.");
const COMPRESSION_CODEC: OptionSpec = OptionSpec::text(
    "compression-codec",
    "compression-codec",
    "How to compress: none, gzip, snappy, lz4 or zstd; gzip if nothing stands behind it.",
)
.optional();
const BATCH_SIZE: OptionSpec = OptionSpec::integer(
    "batch-size",
    "size",
    "Bytes of a batch, which is what is sent of a partition at a time: `batch.size`. \
     --max-partition-memory-bytes goes before it.",
)
.or("16384");
const RETRIES: OptionSpec = OptionSpec::integer(
    "message-send-max-retries",
    "",
    "How often to send a batch again that could not be sent: `retries`.",
)
.or("3");
const RETRY_BACKOFF: OptionSpec =
    OptionSpec::long("retry-backoff-ms", "", "Milliseconds before a batch is sent again: `retry.backoff.ms`.")
        .or("100");
const TIMEOUT: OptionSpec = OptionSpec::long(
    "timeout",
    "timeout_ms",
    "Milliseconds that a record waits for others to share a batch: `linger.ms`.",
)
.or("1000");
const ACKS: OptionSpec = OptionSpec::text(
    "request-required-acks",
    "request required acks",
    "Whose word makes a record sent: 0 nobody's, 1 the leader's, -1 or all that of all in-sync replicas: `acks`.",
)
.or("-1");
const REQUEST_TIMEOUT: OptionSpec = OptionSpec::integer(
    "request-timeout-ms",
    "request timeout ms",
    "Milliseconds that a broker has to answer: `request.timeout.ms`.",
)
.or("1500");
const METADATA_EXPIRY: OptionSpec = OptionSpec::long(
    "metadata-expiry-ms",
    "metadata expiration interval",
    "Milliseconds after which to ask again who leads what: `metadata.max.age.ms`.",
)
.or("300000");
const MAX_BLOCK: OptionSpec = OptionSpec::long(
    "max-block-ms",
    "max block on send",
    "Milliseconds that a record may have to wait before it can be taken: `max.block.ms`.",
)
.or("60000");
const MAX_MEMORY: OptionSpec = OptionSpec::long(
    "max-memory-bytes",
    "total memory in bytes",
    "Bytes of records that are not sent yet: `buffer.memory`.",
)
.or("33554432");
const MAX_PARTITION_MEMORY: OptionSpec = OptionSpec::integer(
    "max-partition-memory-bytes",
    "memory in bytes per partition",
    "(Deprecated: goes with Kafka 5.0.) As --batch-size.",
)
.or("16384");
const LINE_READER: OptionSpec =
    OptionSpec::text("line-reader", "reader_class", "What makes records of lines. Only the default is there.")
        .or(DEFAULT_LINE_READER);
const DEFAULT_LINE_READER: &str = "org.apache.kafka.tools.LineMessageReader";
const SOCKET_BUFFER_SIZE: OptionSpec =
    OptionSpec::integer("socket-buffer-size", "size", "Bytes of the socket's send buffer: `send.buffer.bytes`.")
        .or("102400");
const PROPERTY: OptionSpec =
    OptionSpec::text("property", "prop", "(Deprecated.) As --reader-property, which is not to be used with it.");
const READER_PROPERTY: OptionSpec = OptionSpec::text(
    "reader-property",
    "prop",
    "How to make records of lines, as key=value; may be given more than once. With their defaults:\
     \n parse.key=false\
     \n parse.headers=false\
     \n ignore.error=false\
     \n key.separator=\\t\
     \n headers.delimiter=\\t\
     \n headers.separator=,\
     \n headers.key.separator=:\
     \n null.marker=   (what stands for null; nothing does by default)\
     \nA line is then, with headers and key, only the key, only headers:\
     \n \"h1:v1,h2:v2...\\tkey\\tvalue\"\
     \n \"key\\tvalue\"\
     \n \"h1:v1,h2:v2...\\tvalue\"",
);
const READER_CONFIG: OptionSpec = OptionSpec::text(
    "reader-config",
    "config file",
    "A .properties file with what --reader-property takes, which goes before it.",
);
const PRODUCER_PROPERTY: OptionSpec =
    OptionSpec::text("producer-property", "producer_prop", "(Deprecated.) As --command-property.");
const COMMAND_PROPERTY: OptionSpec = OptionSpec::text(
    "command-property",
    "producer_prop",
    "A producer configuration, as key=value; may be given more than once.",
);
const PRODUCER_CONFIG: OptionSpec =
    OptionSpec::text("producer.config", "config file", "(Deprecated.) As --command-config.");
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "config file",
    "A .properties file with producer configurations. --command-property goes before it.",
);

const TABLE: OptionTable = OptionTable(&[
    &TOPIC,
    &BOOTSTRAP_SERVER,
    &SYNC,
    &COMPRESSION_CODEC,
    &BATCH_SIZE,
    &RETRIES,
    &RETRY_BACKOFF,
    &TIMEOUT,
    &ACKS,
    &REQUEST_TIMEOUT,
    &METADATA_EXPIRY,
    &MAX_BLOCK,
    &MAX_MEMORY,
    &MAX_PARTITION_MEMORY,
    &LINE_READER,
    &SOCKET_BUFFER_SIZE,
    &PROPERTY,
    &READER_PROPERTY,
    &READER_CONFIG,
    &PRODUCER_PROPERTY,
    &COMMAND_PROPERTY,
    &PRODUCER_CONFIG,
    &COMMAND_CONFIG,
]);

/// Options that stand for a configuration: they go before configurations if given, and behind them if not.
const MERGED: [(&str, &OptionSpec, Number); 11] = [
    ("linger.ms", &TIMEOUT, Number::Long),
    ("acks", &ACKS, Number::None),
    ("request.timeout.ms", &REQUEST_TIMEOUT, Number::Integer),
    ("retries", &RETRIES, Number::Integer),
    ("retry.backoff.ms", &RETRY_BACKOFF, Number::Long),
    ("send.buffer.bytes", &SOCKET_BUFFER_SIZE, Number::Integer),
    ("buffer.memory", &MAX_MEMORY, Number::Long),
    ("batch.size", &BATCH_SIZE, Number::Integer),
    ("batch.size", &MAX_PARTITION_MEMORY, Number::Integer),
    ("metadata.max.age.ms", &METADATA_EXPIRY, Number::Long),
    ("max.block.ms", &MAX_BLOCK, Number::Long),
];

/// What an option's value has to be.
#[derive(Clone, Copy)]
enum Number {
    None,
    Integer,
    Long,
}

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct ProducerOptions {
    given: Options,
}

impl ProducerOptions {
    /// Reads and checks.
    pub(super) fn parse(words: &[String], streams: &mut Streams<'_>) -> Result<Self, Failure> {
        let given = Options::parse(TABLE, words).map_err(|error| Failure::usage(TABLE, error.to_string()))?;
        given.answer_help_or_version("This tool helps to read data from standard input and publish it to Kafka.")?;
        given.require(&[&TOPIC])?;
        for (current, deprecated) in [
            (&COMMAND_CONFIG, &PRODUCER_CONFIG),
            (&COMMAND_PROPERTY, &PRODUCER_PROPERTY),
            (&READER_PROPERTY, &PROPERTY),
        ] {
            if given.has(current) && given.has(deprecated) {
                return Err(given.usage(format!(
                    "Options --{} and --{} cannot be specified together.",
                    current.name, deprecated.name
                )));
            }
        }
        for (deprecated, current) in [
            (&PRODUCER_PROPERTY, &COMMAND_PROPERTY),
            (&PRODUCER_CONFIG, &COMMAND_CONFIG),
            (&PROPERTY, &READER_PROPERTY),
        ] {
            if given.has(deprecated) {
                writeln!(
                    streams.output,
                    "Warning: --{} is deprecated and will be removed in a future version. Use --{} instead.",
                    deprecated.name, current.name
                )?;
            }
        }
        if given.has(&MAX_PARTITION_MEMORY) {
            writeln!(
                streams.output,
                "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. \
                 Use --batch-size instead."
            )?;
        }
        let servers = given.value(&BOOTSTRAP_SERVER)?;
        client_options::check_bootstrap_servers(servers).map_err(|message| given.usage(message))?;
        Ok(Self { given })
    }

    pub(super) fn topic(&self) -> Result<&str, OptionError> {
        Ok(self.given.value(&TOPIC)?.unwrap_or_default())
    }

    pub(super) fn is_sync(&self) -> bool {
        self.given.has(&SYNC)
    }

    /// How to make records of lines.
    pub(super) fn reader_properties(&self) -> Result<BTreeMap<String, String>, Failure> {
        let class = self.given.value(&LINE_READER)?.unwrap_or_default();
        if class != DEFAULT_LINE_READER {
            return Err(Failure::Message(format!("java.lang.ClassNotFoundException: {class}")));
        }
        let mut properties = client_options::read_texts(self.given.value(&READER_CONFIG)?)?;
        let words = self.given.values(self.spelling(&READER_PROPERTY, &PROPERTY));
        let words = client_options::key_values(&words);
        properties.extend(words.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(properties)
    }

    /// What the producer runs on.
    pub(super) fn producer_properties(&self) -> Result<ClientProperties, Failure> {
        let file = self.given.value(self.spelling(&COMMAND_CONFIG, &PRODUCER_CONFIG))?;
        let mut properties = client_options::read_file(ClientKind::Producer, file)?;
        let words = self.given.values(self.spelling(&COMMAND_PROPERTY, &PRODUCER_PROPERTY));
        for (key, value) in client_options::key_values(&words) {
            properties.set(key, value);
        }
        properties.set("bootstrap.servers", self.given.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
        properties.set("compression.type", self.compression()?);
        properties.set_default("client.id", "console-producer");
        for (key, spec, number) in MERGED {
            // A number that is none is the option's fault, not the configuration's.
            match number {
                Number::None => {}
                Number::Integer => drop(self.given.number::<i32>(spec)?),
                Number::Long => drop(self.given.number::<i64>(spec)?),
            }
            match self.given.value(spec)? {
                Some(value) if self.given.has(spec) => properties.set(key, value),
                Some(value) => properties.set_default(key, value),
                None => {}
            }
        }
        Ok(properties)
    }

    fn compression(&self) -> Result<&str, OptionError> {
        if !self.given.has(&COMPRESSION_CODEC) {
            return Ok("none");
        }
        Ok(self.given.value(&COMPRESSION_CODEC)?.filter(|codec| !codec.is_empty()).unwrap_or("gzip"))
    }

    fn spelling(&self, current: &'static OptionSpec, deprecated: &'static OptionSpec) -> &'static OptionSpec {
        if self.given.has(deprecated) { deprecated } else { current }
    }
}

#[cfg(test)]
mod tests {
    use super::{ProducerOptions, TABLE};
    use crate::failure::Failure;
    use crate::streams::testing::Recorded;

    fn parse(line: &str) -> (Result<ProducerOptions, Failure>, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut recorded = Recorded::default();
        let outcome = recorded.with(|streams| ProducerOptions::parse(&words, streams));
        (outcome, String::from_utf8(recorded.output).unwrap())
    }

    const MINIMUM: &str = "--topic a --bootstrap-server b:1";

    #[test]
    fn options_go_before_properties_and_defaults_behind_them() {
        let line =
            format!("{MINIMUM} --command-property linger.ms=7 --command-property acks=1 --request-required-acks 0");
        let properties = parse(&line).0.unwrap().producer_properties().unwrap();
        assert_eq!(properties.get("linger.ms"), Some("7"));
        assert_eq!(properties.get("acks"), Some("0"));
        assert_eq!(properties.get("retries"), Some("3"));
        assert_eq!(properties.get("compression.type"), Some("none"));
        assert_eq!(properties.get("client.id"), Some("console-producer"));
    }

    #[test]
    fn a_codec_may_be_left_out() {
        for (words, codec) in [("--compression-codec", "gzip"), ("--compression-codec zstd", "zstd")] {
            let options = parse(&format!("{MINIMUM} {words}")).0.unwrap();
            assert_eq!(options.producer_properties().unwrap().get("compression.type"), Some(codec));
        }
    }

    #[test]
    fn deprecated_spellings_work_and_are_told_of() {
        let (options, output) = parse(&format!("{MINIMUM} --property parse.key=true --producer-property acks=1"));
        let options = options.unwrap();
        assert_eq!(options.reader_properties().unwrap()["parse.key"], "true");
        assert_eq!(options.producer_properties().unwrap().get("acks"), Some("1"));
        assert_eq!(
            output,
            "Warning: --producer-property is deprecated and will be removed in a future version. \
             Use --command-property instead.\n\
             Warning: --property is deprecated and will be removed in a future version. \
             Use --reader-property instead.\n"
        );
        let both = parse(&format!("{MINIMUM} --property a=b --reader-property c=d")).0;
        let Err(Failure::Usage { message, .. }) = both else { panic!("both spellings at once") };
        assert_eq!(message, "Options --reader-property and --property cannot be specified together.");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (line, message) in [
            ("--bootstrap-server b:1", "Missing required argument \"[topic]\""),
            ("--topic a", "Error while validating the bootstrap address\n"),
            ("--topic a --bootstrap-server b", "Please provide valid host:port like host1:9091,host2:9092\n"),
            ("--topic", "Option topic requires an argument"),
        ] {
            let Err(Failure::Usage { message: told, .. }) = parse(line).0 else { panic!("{line}") };
            assert_eq!(told, message);
        }
        let options = parse(&format!("{MINIMUM} --timeout x")).0.unwrap();
        assert!(options.producer_properties().is_err());
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
