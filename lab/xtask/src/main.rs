//! `cargo xtask TASK`: the repository's own tasks.

mod generate;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask TASK

  generate SCHEMAS_DIR   write foundation/protocol/src/generated from the message definitions in SCHEMAS_DIR
                         (a folder for each Kafka jar, with the *.json files of its `common/message`)
  sizes [COUNT]          print the repository's longest files and functions, generated ones aside
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["generate", schemas] => generate::run(Path::new(schemas), &repository()),
        ["sizes"] => sizes::run(&repository(), sizes::COUNT_DEFAULT),
        ["sizes", count] => match count.parse() {
            Ok(count) => sizes::run(&repository(), count),
            Err(_) => Err(format!("not a number: {count}")),
        },
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root, two folders above this crate.
fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}
