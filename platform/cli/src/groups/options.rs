//! The options of `kafka-groups`.

use crate::client_options;
use crate::failure::Failure;
use crate::options::{OptionError, OptionSpec, OptionTable, Options};
use ottla_client::admin::{GroupListing, GroupType};
use ottla_client::config::{ClientKind, ClientProperties};

const BOOTSTRAP_SERVER: OptionSpec =
    OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Where to reach the cluster, as host:port.")
        .required();
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "command config property file",
    "A .properties file with configurations for the admin client.",
);
const LIST: OptionSpec = OptionSpec::flag("list", "List the groups that there are.");
const GROUP_TYPE: OptionSpec =
    OptionSpec::text("group-type", "type", "Only groups of this type: classic, consumer, share or streams.");
const PROTOCOL: OptionSpec =
    OptionSpec::text("protocol", "protocol", "Only groups with this protocol type, such as consumer or connect.");
const CONSUMER: OptionSpec = OptionSpec::flag(
    "consumer",
    "Only what consumers make: groups of type consumer, and classic ones with the protocol type consumer or none.",
);
const SHARE: OptionSpec = OptionSpec::flag("share", "Only share groups.");
const STREAMS: OptionSpec = OptionSpec::flag("streams", "Only streams groups.");

const TABLE: OptionTable =
    OptionTable(&[&BOOTSTRAP_SERVER, &COMMAND_CONFIG, &LIST, &GROUP_TYPE, &PROTOCOL, &CONSUMER, &SHARE, &STREAMS]);

const PURPOSE: &str = "This tool helps to list groups of all types.";

/// Options that make sense together.
#[derive(Debug)]
pub(super) struct GroupsOptions {
    given: Options,
    filter: Filter,
}

/// Which groups are to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Filter {
    All,
    Type(GroupType, Option<String>),
    Protocol(String),
    Consumers,
    Share,
    Streams,
}

impl GroupsOptions {
    /// Reads and checks.
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let given =
            Options::parse(TABLE, words).map_err(|error: OptionError| Failure::usage(TABLE, error.to_string()))?;
        given.answer_help_or_version(PURPOSE)?;
        if !given.has(&LIST) {
            return Err(given.usage("Command must include exactly one action: --list."));
        }
        let group_type = match given.value(&GROUP_TYPE)?.map(GroupType::parse) {
            Some(GroupType::Unknown) => {
                return Err(Failure::Message("--group-type must be a valid group type.".to_owned()));
            }
            group_type => group_type,
        };
        given.exclude(&CONSUMER, &[&GROUP_TYPE, &PROTOCOL, &SHARE, &STREAMS])?;
        given.exclude(&SHARE, &[&CONSUMER, &GROUP_TYPE, &PROTOCOL, &STREAMS])?;
        given.exclude(&STREAMS, &[&CONSUMER, &GROUP_TYPE, &PROTOCOL, &SHARE])?;
        let protocol = given.value(&PROTOCOL)?.map(str::to_owned);
        let filter = match (group_type, protocol) {
            (Some(group_type), protocol) => Filter::Type(group_type, protocol),
            (None, Some(protocol)) => Filter::Protocol(protocol),
            (None, None) if given.has(&CONSUMER) => Filter::Consumers,
            (None, None) if given.has(&SHARE) => Filter::Share,
            (None, None) if given.has(&STREAMS) => Filter::Streams,
            (None, None) => Filter::All,
        };
        Ok(Self { given, filter })
    }

    pub(super) fn client_properties(&self) -> Result<ClientProperties, Failure> {
        let path = self.given.value(&COMMAND_CONFIG)?;
        let properties = client_options::read_file(ClientKind::Admin, path);
        // Kafka's tool says no more than which file it is.
        let mut properties = properties.map_err(|_| Failure::Message(path.unwrap_or_default().to_owned()))?;
        properties.set("bootstrap.servers", self.given.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
        Ok(properties)
    }

    /// Whether the group is to be shown.
    pub(super) fn shows(&self, group: &GroupListing) -> bool {
        let is = |group_type| group.group_type == Some(group_type);
        match &self.filter {
            Filter::All => true,
            Filter::Type(group_type, protocol) => {
                is(*group_type) && protocol.as_ref().is_none_or(|protocol| *protocol == group.protocol_type)
            }
            Filter::Protocol(protocol) => *protocol == group.protocol_type,
            Filter::Consumers => {
                group.protocol_type.is_empty() || group.protocol_type == "consumer" || is(GroupType::Consumer)
            }
            Filter::Share => is(GroupType::Share),
            Filter::Streams => is(GroupType::Streams),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupsOptions, TABLE};
    use crate::failure::Failure;
    use ottla_client::admin::{GroupListing, GroupType};

    fn parse(line: &str) -> Result<GroupsOptions, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        GroupsOptions::parse(&words)
    }

    fn shown(line: &str) -> Vec<&'static str> {
        let options = parse(&format!("--bootstrap-server a:1 --list {line}")).unwrap();
        let groups = [
            (GroupType::Classic, "consumer"),
            (GroupType::Classic, ""),
            (GroupType::Classic, "connect"),
            (GroupType::Consumer, "consumer"),
            (GroupType::Share, "share"),
            (GroupType::Streams, "streams"),
        ];
        let shown = groups.into_iter().filter(|(group_type, protocol)| {
            options.shows(&GroupListing {
                group_id: "g".to_owned(),
                group_type: Some(*group_type),
                protocol_type: (*protocol).to_owned(),
                state: None,
            })
        });
        shown.map(|(_, protocol)| protocol).collect()
    }

    #[test]
    fn groups_are_chosen_by_type_and_protocol() {
        assert_eq!(shown("").len(), 6);
        assert_eq!(shown("--group-type CLASSIC"), ["consumer", "", "connect"]);
        assert_eq!(shown("--group-type classic --protocol connect"), ["connect"]);
        assert_eq!(shown("--protocol consumer"), ["consumer", "consumer"]);
        assert_eq!(shown("--consumer"), ["consumer", "", "consumer"]);
        assert_eq!(shown("--share"), ["share"]);
        assert_eq!(shown("--streams"), ["streams"]);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let refusal = |line: &str| match parse(line).unwrap_err() {
            Failure::Usage { message, .. } | Failure::Message(message) => message,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(refusal("--list"), "Missing required option(s) [bootstrap-server]");
        assert_eq!(refusal("--bootstrap-server a:1"), "Command must include exactly one action: --list.");
        let list = "--bootstrap-server a:1 --list";
        assert_eq!(refusal(&format!("{list} --group-type odd")), "--group-type must be a valid group type.");
        assert_eq!(
            refusal(&format!("{list} --consumer --share")),
            "Option \"[consumer]\" can't be used with option \"[share]\""
        );
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
