//! Which tools there are.

use crate::streams::Streams;
use crate::{console_consumer, console_producer, consumer_groups, delete_records, get_offsets, groups, log, topics};
use std::io::{BufReader, BufWriter, IsTerminal as _, Write as _, stderr, stdin, stdout};

/// One of Kafka's command-line tools.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// As a word behind `ottla`: `topics`.
    pub name: &'static str,
    /// As Kafka's script is called, without `.sh`: `kafka-topics`.
    pub script: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// Runs it with the words behind its name; gives the exit code.
    pub run: fn(&[String], &mut Streams<'_>) -> i32,
}

/// Every tool, in the order in which a list of them should show them.
pub fn tools() -> &'static [Tool] {
    const TOOLS: &[Tool] = &[
        Tool {
            name: "topics",
            script: "kafka-topics",
            summary: "Create, change, list, describe and delete topics.",
            run: topics::run,
        },
        Tool {
            name: "console-producer",
            script: "kafka-console-producer",
            summary: "Send lines from standard input as records.",
            run: console_producer::run,
        },
        Tool {
            name: "console-consumer",
            script: "kafka-console-consumer",
            summary: "Print records to standard output.",
            run: console_consumer::run,
        },
        Tool {
            name: "consumer-groups",
            script: "kafka-consumer-groups",
            summary: "List, describe and delete consumer groups, and reset their offsets.",
            run: consumer_groups::run,
        },
        Tool { name: "groups", script: "kafka-groups", summary: "List groups of all types.", run: groups::run },
        Tool {
            name: "get-offsets",
            script: "kafka-get-offsets",
            summary: "Print offsets of partitions by time.",
            run: get_offsets::run,
        },
        Tool {
            name: "delete-records",
            script: "kafka-delete-records",
            summary: "Delete records before an offset.",
            run: delete_records::run,
        },
    ];
    TOOLS
}

/// The tool of that name: `topics`, `kafka-topics` or `kafka-topics.sh`.
pub fn find(name: &str) -> Option<&'static Tool> {
    let name = name.strip_suffix(".sh").unwrap_or(name);
    tools().iter().find(|tool| tool.name == name || tool.script == name)
}

/// Runs a tool on this process's streams; gives the exit code for the process.
pub fn run(tool: &str, words: Vec<String>) -> i32 {
    let Some(tool) = find(tool) else {
        eprintln!("ottla: there is no tool named {tool}");
        return 1;
    };
    log::start();
    let mut output = BufWriter::new(stdout().lock());
    let mut streams = Streams {
        input: Box::new(BufReader::new(stdin())),
        output: &mut output,
        errors: &mut stderr(),
        interactive: stdin().is_terminal() && stdout().is_terminal(),
    };
    let code = (tool.run)(&words, &mut streams);
    // The tool has given its exit code already; a reader that has gone does not change it.
    let _ = output.flush();
    code
}

#[cfg(test)]
mod tests {
    use super::{find, tools};

    #[test]
    fn tools_are_found_by_any_of_their_names() {
        for tool in tools() {
            for name in [tool.name.to_owned(), tool.script.to_owned(), format!("{}.sh", tool.script)] {
                assert_eq!(find(&name).map(|found| found.name), Some(tool.name), "{name}");
            }
        }
        assert!(find("kafka-tropics").is_none());
    }
}
