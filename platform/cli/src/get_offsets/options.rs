//! The options of `kafka-get-offsets`.

use super::filter::PartitionFilter;
use super::occurred;
use crate::client_options;
use crate::failure::Failure;
use crate::options::{OptionSpec, OptionTable, Options};
use ottla_client::admin::OffsetSpec;
use ottla_client::config::{ClientKind, ClientProperties};
use ottla_model::Timestamp;

const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "HOST1:PORT1,...,HOST3:PORT3",
    "REQUIRED: Where to reach the cluster, as host:port,host:port.",
);
const TOPIC_PARTITIONS: OptionSpec = OptionSpec::text(
    "topic-partitions",
    "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
    "Which partitions, as TOPIC:PARTITIONS,… TOPIC is a regular expression and may be missing: any topic. PARTITIONS is \
     a number, FROM-TO without TO itself, FROM- or -TO, and may be missing with its colon: all partitions.",
);
const TOPIC: OptionSpec = OptionSpec::text(
    "topic",
    "topic",
    "Which topics, as a regular expression. Without it, all that we may see. Not to be used with --topic-partitions.",
);
const PARTITIONS: OptionSpec = OptionSpec::text(
    "partitions",
    "partition ids",
    "Which partitions of them, as numbers with commas between. Without it, all. Not to be used with --topic-partitions.",
);
const TIME: OptionSpec = OptionSpec::text(
    "time",
    "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered \
     / -6 or earliest-pending-upload",
    "Which offset: that of the first record of a time (milliseconds since 1970) or later, or one of those with names. \
     Partitions without such a record are left out.",
)
.or("latest");
const COMMAND_CONFIG: OptionSpec =
    OptionSpec::text("command-config", "config file", "A .properties file with configurations for the admin client.");
const EXCLUDE_INTERNAL_TOPICS: OptionSpec =
    OptionSpec::flag("exclude-internal-topics", "Leave out the topics of Kafka itself.");

const TABLE: OptionTable = OptionTable(&[
    &BOOTSTRAP_SERVER,
    &TOPIC_PARTITIONS,
    &TOPIC,
    &PARTITIONS,
    &TIME,
    &COMMAND_CONFIG,
    &EXCLUDE_INTERNAL_TOPICS,
]);

const PURPOSE: &str = "An interactive shell for getting topic-partition offsets.";

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct OffsetsOptions {
    given: Options,
}

impl OffsetsOptions {
    /// Reads and checks.
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let given = Options::parse(TABLE, words).map_err(occurred)?;
        given.answer_help_or_version(PURPOSE)?;
        given.require(&[&BOOTSTRAP_SERVER])?;
        let servers = given.value(&BOOTSTRAP_SERVER).map_err(occurred)?;
        client_options::check_bootstrap_servers(servers).map_err(|message| given.usage(message))?;
        if given.has(&TOPIC_PARTITIONS) && (given.has(&TOPIC) || given.has(&PARTITIONS)) {
            return Err(occurred("--topic-partitions cannot be used with --topic or --partitions"));
        }
        Ok(Self { given })
    }

    fn value(&self, spec: &OptionSpec) -> Result<Option<&str>, Failure> {
        self.given.value(spec).map_err(occurred)
    }

    pub(super) fn client_properties(&self) -> Result<ClientProperties, Failure> {
        let mut properties = client_options::read_file(ClientKind::Admin, self.value(&COMMAND_CONFIG)?)?;
        properties.set("bootstrap.servers", self.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
        properties.set("client.id", "GetOffsetShell");
        Ok(properties)
    }

    pub(super) fn filter(&self) -> Result<PartitionFilter, Failure> {
        match self.value(&TOPIC_PARTITIONS)? {
            Some(rules) => PartitionFilter::by_rules(rules).map_err(occurred),
            None => PartitionFilter::by_topic(self.value(&TOPIC)?, self.value(&PARTITIONS)?).map_err(occurred),
        }
    }

    pub(super) fn spec(&self) -> Result<OffsetSpec, Failure> {
        spec(self.value(&TIME)?.unwrap_or_default()).map_err(occurred)
    }

    pub(super) fn excludes_internal(&self) -> bool {
        self.given.has(&EXCLUDE_INTERNAL_TOPICS)
    }
}

fn spec(text: &str) -> Result<OffsetSpec, String> {
    Ok(match text {
        "latest" | "-1" => OffsetSpec::Latest,
        "earliest" | "-2" => OffsetSpec::Earliest,
        "max-timestamp" | "-3" => OffsetSpec::MaxTimestamp,
        "earliest-local" | "-4" => OffsetSpec::EarliestLocal,
        "latest-tiered" | "-5" => OffsetSpec::LatestTiered,
        "earliest-pending-upload" | "-6" => OffsetSpec::EarliestPendingUpload,
        time => OffsetSpec::At(Timestamp::new(time.parse().map_err(|_| {
            format!(
                "Malformed time argument {time}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / \
                 -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long \
                 format timestamp"
            )
        })?)),
    })
}

#[cfg(test)]
mod tests {
    use super::{OffsetsOptions, TABLE, spec};
    use crate::failure::Failure;
    use ottla_client::admin::OffsetSpec;
    use ottla_model::Timestamp;

    #[test]
    fn times_have_names_or_numbers() {
        assert_eq!(spec("latest"), Ok(OffsetSpec::Latest));
        assert_eq!(spec("-3"), Ok(OffsetSpec::MaxTimestamp));
        assert_eq!(spec("1700000000000"), Ok(OffsetSpec::At(Timestamp::new(1_700_000_000_000))));
        assert!(spec("noon").unwrap_err().starts_with("Malformed time argument noon. Please use"));
    }

    #[test]
    fn unknown_options_are_told_without_the_help() {
        let words = ["--bootstrap-server", "a:1", "--foo"].map(str::to_owned);
        let Err(Failure::Message(message)) = OffsetsOptions::parse(&words) else { panic!("--foo was taken") };
        assert_eq!(message, "Error occurred: foo is not a recognized option");
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
