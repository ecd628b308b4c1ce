//! The one executable. By what name it is called, or by its first word, it is a server or one of Kafka's tools.

use std::ffi::OsString;
use std::io::{Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

/// Script names that are no tools of `ottla-cli`: the server's own.
const SERVER_START: &str = "kafka-server-start";
const SERVER_STOP: &str = "kafka-server-stop";

/// A tool that works on directories, without a cluster.
struct OfflineTool {
    /// As a word behind `ottla`.
    name: &'static str,
    /// As Kafka's script is called, without `.sh`.
    script: &'static str,
    summary: &'static str,
    run: fn(&[OsString], &mut dyn Write, &mut dyn Write) -> i32,
}

const OFFLINE_TOOLS: [OfflineTool; 2] = [
    OfflineTool {
        name: "storage",
        script: "kafka-storage",
        summary: "Format log directories, and say what is in them.",
        run: ottla_broker::offline::storage,
    },
    OfflineTool {
        name: "dump-log",
        script: "kafka-dump-log",
        summary: "Show what segment, index and snapshot files hold.",
        run: ottla_broker::offline::dump_log,
    },
];

fn main() -> ExitCode {
    let mut words = std::env::args();
    let called = words.next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    let name = Path::new(&called).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(".sh").unwrap_or(name);
    let code = if is_script(name) {
        run(name, words)
    } else {
        match words.split_first() {
            Some((command, rest)) => run(command, rest.to_vec()),
            None => print_help(),
        }
    };
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Whether a link of this name stands for one of Kafka's scripts.
fn is_script(name: &str) -> bool {
    scripts().contains(&name)
}

fn scripts() -> Vec<&'static str> {
    let tools = ottla_cli::tools().iter().map(|tool| tool.script);
    let offline = OFFLINE_TOOLS.iter().map(|tool| tool.script);
    [SERVER_START, SERVER_STOP].into_iter().chain(tools).chain(offline).collect()
}

fn run(command: &str, words: Vec<String>) -> i32 {
    match command.strip_suffix(".sh").unwrap_or(command) {
        "start" => ottla_broker::server::start(&words, false),
        SERVER_START => ottla_broker::server::start(&words, true),
        "stop" | SERVER_STOP => ottla_broker::server::stop(&words),
        "install-links" => install_links(&words),
        "help" | "--help" | "-h" => print_help(),
        "version" | "--version" => {
            let _ = writeln!(stdout(), "ottla {}", ottla_broker::version());
            0
        }
        other => match OFFLINE_TOOLS.iter().find(|tool| tool.name == other || tool.script == other) {
            Some(tool) => {
                let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
                (tool.run)(&words, &mut stdout().lock(), &mut stderr().lock())
            }
            None => ottla_cli::run(other, words),
        },
    }
}

fn install_links(words: &[String]) -> i32 {
    let [directory] = words else {
        let _ = writeln!(stderr(), "usage: ottla install-links DIR");
        return 1;
    };
    let made = std::env::current_exe()
        .and_then(|executable| ottla_cli::install_links(Path::new(directory), &executable, &scripts()));
    match made {
        Ok(links) => {
            let _ = writeln!(stdout(), "{} links in {directory}", links.len());
            0
        }
        Err(error) => {
            let _ = writeln!(stderr(), "ottla: {error}");
            1
        }
    }
}

fn print_help() -> i32 {
    let mut text = String::from(
        "Ottla: Apache Kafka's platform as one executable.\n\n\
         usage: ottla COMMAND [OPTION]...\n\n\
         \u{20} start [FILE]          Run a node; without FILE, on 127.0.0.1:9092 with data in ./ottla-data.\n\
         \u{20} stop                  Stop all nodes of this executable on this machine.\n\
         \u{20} install-links DIR     Make links by the names of Kafka's scripts.\n\
         \u{20} version               Print the version.\n\n\
         Kafka's tools, also by their scripts' names:\n\n",
    );
    let offline = OFFLINE_TOOLS.iter().map(|tool| (tool.name, tool.summary));
    let online = ottla_cli::tools().iter().map(|tool| (tool.name, tool.summary));
    for (name, summary) in offline.chain(online) {
        text.push_str(&format!("  {name:<21} {summary}\n"));
    }
    // Nowhere else to say it if that fails.
    let _ = write!(stdout(), "{text}");
    0
}
