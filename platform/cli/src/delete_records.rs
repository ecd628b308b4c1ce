//! `kafka-delete-records`: cuts off the beginning of partitions.

use crate::client_options::{self, block_on};
use crate::failure::Failure;
use crate::log;
use crate::options::{OptionSpec, OptionTable, Options};
use crate::streams::Streams;
use ottla_client::admin::Admin;
use ottla_client::config::{AdminConfig, ClientKind};
use ottla_model::{Offset, PartitionIndex, TopicName, TopicPartition};
use serde_json::Value;

const BOOTSTRAP_SERVER: OptionSpec = OptionSpec::text(
    "bootstrap-server",
    "server(s) to use for bootstrapping",
    "REQUIRED: Where to reach the cluster, as host:port,host:port.",
);
const OFFSET_JSON_FILE: OptionSpec = OptionSpec::text(
    "offset-json-file",
    "Offset json file path",
    "REQUIRED: A JSON file that says before which offset records go, for each partition; -1 for all there are:\
     \n{\"partitions\":\
     \n  [{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}],\
     \n \"version\":1\
     \n}",
);
const COMMAND_CONFIG: OptionSpec = OptionSpec::text(
    "command-config",
    "command config property file path",
    "A .properties file with configurations for the admin client.",
);

const TABLE: OptionTable = OptionTable(&[&BOOTSTRAP_SERVER, &OFFSET_JSON_FILE, &COMMAND_CONFIG]);

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let given = Options::parse(TABLE, words)?;
    let purpose = "This tool helps to delete records of the given partitions down to the specified offset.";
    given.answer_help_or_version(purpose)?;
    given.require(&[&BOOTSTRAP_SERVER, &OFFSET_JSON_FILE])?;
    let mut properties = client_options::read_file(ClientKind::Admin, given.value(&COMMAND_CONFIG)?)?;
    properties.set("bootstrap.servers", given.value(&BOOTSTRAP_SERVER)?.unwrap_or_default());
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = AdminConfig::read(&properties)
        .map_err(|error| Failure::Message(format!("Failed to create new KafkaAdminClient\nCaused by: {error}")))?;
    let path = given.value(&OFFSET_JSON_FILE)?.unwrap_or_default();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Message(format!("{path}: {error}")))?;
    let offsets = parse(&text).map_err(Failure::Message)?;
    writeln!(streams.output, "Executing records delete operation")?;
    let deleted = block_on(async { Admin::new(config).delete_records(&offsets).await })?;
    writeln!(streams.output, "Records delete operation completed:")?;
    for (partition, outcome) in deleted {
        match outcome {
            Ok(low_watermark) => {
                writeln!(streams.output, "partition: {partition}\tlow_watermark: {low_watermark}")?;
            }
            Err(error) => {
                writeln!(streams.output, "partition: {partition}\terror: {}: {error}", error.exception_name())?;
            }
        }
    }
    Ok(())
}

/// Reads the file. `None` stands for all records.
fn parse(text: &str) -> Result<Vec<(TopicPartition, Option<Offset>)>, String> {
    let json: Value = serde_json::from_str(text).map_err(|_| "The input string is not a valid JSON".to_owned())?;
    match json.get("version") {
        None => {}
        Some(version) if version.as_i64() == Some(1) => {}
        Some(version) => return Err(format!("Not supported version field value {version}")),
    }
    let partitions = json.get("partitions").ok_or("Missing partitions field")?;
    let partitions = partitions.as_array().ok_or_else(|| format!("Expected JSON array, received {partitions}"))?;
    let mut offsets = Vec::<(TopicPartition, Option<Offset>)>::new();
    let mut duplicates = Vec::new();
    for entry in partitions {
        let (partition, offset) = parse_entry(entry)?;
        if offsets.iter().any(|(other, _)| *other == partition) {
            duplicates.push(partition.to_string());
        }
        offsets.push((partition, offset));
    }
    if !duplicates.is_empty() {
        duplicates.dedup();
        return Err(format!("Offset json file contains duplicate topic partitions: {}", duplicates.join(",")));
    }
    Ok(offsets)
}

fn parse_entry(entry: &Value) -> Result<(TopicPartition, Option<Offset>), String> {
    let field = |name: &str| entry.get(name).ok_or_else(|| format!("No such field exists: `{name}`"));
    let text = field("topic")?;
    let topic = text.as_str().ok_or_else(|| format!("Expected `String` value, received {text}"))?;
    let topic = TopicName::new(topic).map_err(|error| error.to_string())?;
    let number = field("partition")?;
    let partition = number.as_i64().and_then(|number| i32::try_from(number).ok());
    let partition = partition.ok_or_else(|| format!("Expected `Int` value, received {number}"))?;
    let number = field("offset")?;
    let offset = number.as_i64().ok_or_else(|| format!("Expected `Long` value, received {number}"))?;
    let offset = match offset {
        -1 => None,
        below_zero if below_zero < -1 => {
            return Err(format!("Invalid offset {offset} for partition {topic}-{partition}"));
        }
        offset => Some(Offset::new(offset)),
    };
    Ok((TopicPartition { topic, partition: PartitionIndex::new(partition) }, offset))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, parse};

    #[test]
    fn the_file_names_partitions_and_offsets() {
        let json = r#"{"partitions":[{"topic":"a","partition":1,"offset":5},{"topic":"b","partition":0,"offset":-1}]}"#;
        let parsed = parse(json).unwrap();
        let shown: Vec<_> = parsed.iter().map(|(partition, offset)| format!("{partition} {offset:?}")).collect();
        assert_eq!(shown, ["a-1 Some(5)", "b-0 None"]);
    }

    #[test]
    fn what_is_wrong_with_the_file_is_named() {
        for (json, message) in [
            ("x", "The input string is not a valid JSON"),
            ("{}", "Missing partitions field"),
            (r#"{"version":2,"partitions":[]}"#, "Not supported version field value 2"),
            (
                r#"{"partitions":[{"topic":"a","partition":0,"offset":1},{"topic":"a","partition":0,"offset":1}]}"#,
                "Offset json file contains duplicate topic partitions: a-0",
            ),
            (r#"{"partitions":[{"topic":"a","offset":1}]}"#, "No such field exists: `partition`"),
        ] {
            assert_eq!(parse(json).unwrap_err(), message);
        }
    }

    #[test]
    fn help_shows_every_option() {
        insta::assert_snapshot!(TABLE.help());
    }
}
