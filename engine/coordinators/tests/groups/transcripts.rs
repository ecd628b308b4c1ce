//! The transcripts in `tests/scripts`: named situations, and what must come of them.
//!
//! A line that begins with `>` is a command (see `script.rs`), the lines below it are what came of it. `UPDATE=1 cargo
//! test -p ottla-coordinators` writes down what comes of them now: read the difference before it is committed.

use super::script::Script;
use std::fmt::Write;
use std::path::Path;

#[test]
fn situations_go_as_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut differing = Vec::new();
    let mut played = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let written = std::fs::read_to_string(&path).unwrap();
        let happened = play(&written);
        played += 1;
        if written == happened {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, happened).unwrap();
        } else {
            differing.push(format!("{}\n{}", path.display(), first_difference(&written, &happened)));
        }
    }
    assert!(played > 10, "only {played} transcripts found");
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

/// The transcript as it is when the commands are carried out now.
fn play(written: &str) -> String {
    let mut happened = String::new();
    let mut script = Script::new();
    for line in written.lines() {
        let is_remark = line.is_empty() || line.starts_with('#');
        if let Some(command) = line.strip_prefix('>') {
            writeln!(happened, "{line}").unwrap();
            for line in script.run(command.trim()) {
                writeln!(happened, "  {line}").unwrap();
            }
        } else if is_remark {
            writeln!(happened, "{line}").unwrap();
        }
    }
    happened
}

fn first_difference(written: &str, happened: &str) -> String {
    let mut command = "";
    for (index, line) in happened.lines().enumerate() {
        if line.starts_with('>') {
            command = line;
        }
        let expected = written.lines().nth(index).unwrap_or("(the end)");
        if expected != line {
            return format!("line {}, {command}\n  expected: {expected}\n  happened: {line}", index + 1);
        }
    }
    "happened: nothing more".to_owned()
}
