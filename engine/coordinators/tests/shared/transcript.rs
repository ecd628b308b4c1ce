//! Transcripts: named situations, and what must come of them.
//!
//! A line that begins with `>` is a command, the lines below it are what came of it. `UPDATE=1 cargo test -p
//! ottla-coordinators` writes down what comes of them now: read the difference before it is committed.

use std::fmt::Write;
use std::path::Path;

/// Plays every transcript in a directory of `tests`. `fresh` makes something that carries commands out and says what came
/// of each.
pub fn check<F: FnMut(&str) -> Vec<String>>(directory: &str, fresh: impl Fn() -> F) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut differing = Vec::new();
    let mut played = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let written = std::fs::read_to_string(&path).unwrap();
        let happened = play(&written, fresh());
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
fn play(written: &str, mut run: impl FnMut(&str) -> Vec<String>) -> String {
    let mut happened = String::new();
    for line in written.lines() {
        let is_remark = line.is_empty() || line.starts_with('#');
        if let Some(command) = line.strip_prefix('>') {
            writeln!(happened, "{line}").unwrap();
            for line in run(command.trim()) {
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
