//! Plans as CSV: `topic,partition,offset` for one group, `group,topic,partition,offset` for several.
//!
//! Kafka's tool leaves this to Jackson, whose habits show: what it writes is quoted if it is long or has any character up
//! to `,` in it, what it reads may lack columns at the end, and numbers that are missing are 0.

use super::plan::Plan;
use crate::consumer_groups::problem::Problem;
use crate::java::exception::Exception;
use crate::java::text::{length, split};
use ottla_client::ClientError;
use ottla_model::{ErrorCode, PartitionIndex, TopicName, TopicPartition};
use std::collections::BTreeMap;

/// Longer texts are quoted without being looked at.
const UNQUOTED_LENGTH_MAX: usize = 24;

/// New offsets by group and partition.
type Plans = BTreeMap<String, BTreeMap<TopicPartition, i64>>;

/// Writes plans; the groups' names only if they are wanted.
pub(super) fn write(plans: &[(String, Plan)], one_group: bool) -> String {
    let mut csv = String::new();
    for (group, plan) in plans {
        for (TopicPartition { topic, partition }, offset) in plan.offsets() {
            if !one_group {
                csv.push_str(&format!("{},", quoted(group)));
            }
            csv.push_str(&format!("{},{partition},{offset}\n", quoted(topic.as_str())));
        }
    }
    csv
}

fn quoted(text: &str) -> String {
    if length(text) <= UNQUOTED_LENGTH_MAX && text.chars().all(|character| character > ',') {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Reads plans. Lines without a group are for `only_group`, if there is just one.
pub(super) fn read(text: &str, only_group: Option<&str>) -> Result<Plans, Problem> {
    let lines = split(text, '\n');
    let without_group = lines.first().is_none_or(|line| read_line(line, false).is_ok());
    let group_of_all = only_group.filter(|_| without_group);
    let mut plans = Plans::new();
    for line in lines {
        let entry = read_line(line, group_of_all.is_none()).map_err(|exception| exception.unchecked())?;
        if entry.offset < 0 {
            return Err(Problem::Usage("Invalid negative offset".to_owned()));
        }
        let topic = TopicName::new(&entry.topic).map_err(|_| {
            Exception::in_future(&ClientError::refused(ErrorCode::InvalidTopicException, None)).unchecked()
        })?;
        let partition = TopicPartition { topic, partition: PartitionIndex::new(entry.partition) };
        let group = group_of_all.map_or(entry.group, str::to_owned);
        plans.entry(group).or_default().insert(partition, entry.offset);
    }
    Ok(plans)
}

#[derive(Debug, Default)]
struct Entry {
    group: String,
    topic: String,
    partition: i32,
    offset: i64,
}

fn read_line(line: &str, with_group: bool) -> Result<Entry, Exception> {
    let line = line.trim_end_matches('\r');
    if line.trim().is_empty() {
        let class = "com.fasterxml.jackson.databind.exc.MismatchedInputException";
        return Err(Exception::new(class, "No content to map due to end-of-input"));
    }
    let cells = cells(line)?;
    let skipped = usize::from(!with_group);
    let mut entry = Entry::default();
    for (number, cell) in cells.iter().enumerate() {
        match number + skipped {
            0 => entry.group.clone_from(cell),
            1 => entry.topic.clone_from(cell),
            2 => entry.partition = read_number(cell, "int")?,
            3 => entry.offset = read_number(cell, "long")?,
            _ => {
                let length = length(cell);
                let message = format!(
                    "Too many entries: expected at most {number} (value #{number} ({length} chars) \"{cell}\")"
                );
                return Err(Exception::new("com.fasterxml.jackson.dataformat.csv.CsvReadException", message));
            }
        }
    }
    Ok(entry)
}

fn read_number<T: std::str::FromStr + Default>(cell: &str, type_name: &str) -> Result<T, Exception> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(T::default());
    }
    cell.parse().map_err(|_| {
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("Numeric value ({cell}) out of range of {type_name}");
            return Exception::new("com.fasterxml.jackson.databind.JsonMappingException", message);
        }
        let message = format!(
            "Cannot deserialize value of type `{type_name}` from String \"{cell}\": not a valid `{type_name}` value"
        );
        Exception::new("com.fasterxml.jackson.databind.exc.InvalidFormatException", message)
    })
}

/// Takes a line apart at its commas, those in quotes aside. A quote within quotes is written twice.
fn cells(line: &str) -> Result<Vec<String>, Exception> {
    let mut cells = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let Some(mut inside) = text.strip_prefix('"') else {
            let (cell, behind) = text.split_once(',').map_or((text, None), |(cell, behind)| (cell, Some(behind)));
            cells.push(cell.to_owned());
            rest = behind;
            continue;
        };
        let mut cell = String::new();
        rest = loop {
            let Some((piece, behind)) = inside.split_once('"') else {
                let class = "com.fasterxml.jackson.core.JsonParseException";
                return Err(Exception::new(class, "Missing closing quote for value"));
            };
            cell.push_str(piece);
            match behind.strip_prefix('"') {
                Some(more) => {
                    cell.push('"');
                    inside = more;
                }
                None => break behind.split_once(',').map(|(_, behind)| behind),
            }
        };
        cells.push(cell);
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::{Plan, read, write};
    use crate::consumer_groups::problem::Problem;
    use crate::java::hash_order::sort_as_new_map;
    use ottla_model::{PartitionIndex, TopicName, TopicPartition};

    fn partition(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(partition) }
    }

    fn shown(csv: &str, only_group: Option<&str>) -> String {
        match read(csv, only_group) {
            Ok(plans) => plans
                .iter()
                .flat_map(|(group, plan)| plan.iter().map(move |(at, offset)| format!("{group} {at} {offset}")))
                .collect::<Vec<_>>()
                .join(", "),
            Err(Problem::Usage(message)) => format!("usage: {message}"),
            Err(Problem::Failed(exception)) => exception.message,
            Err(Problem::Output(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let offsets = |offset| {
            let long_name = "a-topic-with-quite-a-long-name";
            Plan::new(vec![(partition("t", 0), offset), (partition(long_name, 1), offset)])
        };
        let mut plans = vec![("g".to_owned(), offsets(1)), ("say \"hello\", twice".to_owned(), offsets(2))];
        sort_as_new_map(&mut plans, |(group, _)| group);
        let csv = write(&plans, false);
        insta::assert_snapshot!(csv);
        let read = read(&csv, None).unwrap();
        for (group, plan) in &plans {
            assert_eq!(read[group], plan.offsets().iter().cloned().collect());
        }
        assert_eq!(shown(&write(&plans[..1], true), Some("x")).matches("x ").count(), 2);
    }

    #[test]
    fn lines_need_no_group_if_there_is_one() {
        assert_eq!(shown("t,0,5\nt,1,6\n", Some("g")), "g t-0 5, g t-1 6");
        assert_eq!(shown("g,t,0,5\nh,t,1,6", Some("g")), "g t-0 5, h t-1 6");
        // Of several groups each line must say which; what stands first is taken for it.
        assert_eq!(shown("t,0,5", None), "t 0-5 0");
    }

    #[test]
    fn blanks_line_ends_and_what_is_missing_do_no_harm() {
        assert_eq!(shown("\"t\",0,1\r\nt, 1 ,2\n", Some("g")), "g t-0 1, g t-1 2");
        assert_eq!(shown("t,0\n", Some("g")), "g t-0 0");
        assert_eq!(shown("t,,\n", Some("g")), "g t-0 0");
        assert_eq!(shown("t,0,1\nt,0,2\n", Some("g")), "g t-0 2");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let jackson = "com.fasterxml.jackson";
        for (csv, message) in [
            ("t,0,-1", "usage: Invalid negative offset".to_owned()),
            (
                "t,0,5,9,9",
                format!(
                    "{jackson}.dataformat.csv.CsvReadException: Too many entries: expected at most 4 (value #4 (1 chars) \"9\")"
                ),
            ),
            ("", format!("{jackson}.databind.exc.MismatchedInputException: No content to map due to end-of-input")),
            (
                "t,0,1\n\nt,1,1",
                format!("{jackson}.databind.exc.MismatchedInputException: No content to map due to end-of-input"),
            ),
            ("\"t,0,1", format!("{jackson}.core.JsonParseException: Missing closing quote for value")),
            (
                "t,0,x",
                format!(
                    "{jackson}.databind.exc.InvalidFormatException: \
                     Cannot deserialize value of type `int` from String \"x\": not a valid `int` value"
                ),
            ),
        ] {
            assert_eq!(shown(csv, Some("g")), message, "{csv}");
        }
    }
}
