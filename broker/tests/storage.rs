//! `ottla storage` against what Apache Kafka 4.3.0's `kafka-storage` answered (`fixtures/storage/cases.txt`), and the
//! files that formatting leaves.

use ottla_broker::offline::storage;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

struct Ended {
    out: String,
    err: String,
    code: i32,
}

fn run(directory: &Path, args: &str) -> Ended {
    let args: Vec<OsString> = args
        .split_whitespace()
        .map(|arg| if arg.ends_with(".properties") { directory.join(arg).into() } else { OsString::from(arg) })
        .collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = storage(&args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("the tool prints UTF-8");
    Ended { out: text(out), err: text(err), code }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/storage")
}

/// A directory with the three configurations, whose log directories are inside of it.
fn fresh_directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in ["combined.properties", "static.properties", "broker.properties"] {
        let text = fs::read_to_string(fixtures().join(name)).expect("the fixtures are there");
        let text = text.replace("{directory}", &directory.path().display().to_string());
        fs::write(directory.path().join(name), text).expect("writable");
    }
    directory
}

/// The lines as they stand in the cases: without what differs from run to run.
fn normalised(text: &str, directory: &Path) -> Vec<String> {
    let text = text.replace(&directory.display().to_string(), "{directory}");
    let mut lines: Vec<String> = text.lines().map(hide_ids).collect();
    for run in lines.chunk_by_mut(|left, right| left.starts_with("Formatting ") && right.starts_with("Formatting ")) {
        run.sort_unstable();
    }
    lines
}

fn hide_ids(line: &str) -> String {
    let is_id = |text: &str| text.len() == 22 && !text.contains(' ');
    if is_id(line) {
        return "{uuid}".to_owned();
    }
    match line.split_once("directory.id=") {
        Some((before, rest)) if is_id(&rest[..22]) => format!("{before}directory.id={{uuid}}{}", &rest[22..]),
        _ => line.to_owned(),
    }
}

/// What a case has after a command: output, messages, exit code.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    out: Vec<String>,
    err: Vec<String>,
    code: i32,
}

fn change(directory: &Path, words: &[&str]) {
    let path = |name: &str| directory.join(name);
    let done = match *words {
        ["rm", name] => fs::remove_dir_all(path(name)),
        ["mkdir", name] => fs::create_dir(path(name)),
        ["touch", name] => fs::write(path(name), ""),
        ["sed", name, from, ref to @ ..] => fs::read_to_string(path(name))
            .and_then(|text| fs::write(path(name), text.replace(from, to.first().unwrap_or(&"")))),
        _ => panic!("{words:?}"),
    };
    done.unwrap_or_else(|error| panic!("{words:?}: {error}"));
}

#[test]
fn every_case_ends_as_in_kafka() {
    let text = fs::read_to_string(fixtures().join("cases.txt")).expect("the cases are there");
    let mut commands = 0;
    let mut wrong = Vec::new();
    for block in text.split("\n\n").filter(|block| block.contains("\n$ storage")) {
        let directory = fresh_directory();
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(args) = line.strip_prefix("$ storage") {
                let mut expected = Expected::default();
                while let Some(line) = lines.next_if(|line| line.starts_with(['!', '=', ' '])) {
                    match line.split_at(2) {
                        ("! ", message) => expected.err.push(message.to_owned()),
                        ("= ", code) => expected.code = code.parse().expect("an exit code"),
                        (_, output) => expected.out.push(output.to_owned()),
                    }
                }
                let ended = run(directory.path(), args);
                let got = Expected {
                    out: normalised(&ended.out, directory.path()),
                    err: normalised(&ended.err, directory.path()),
                    code: ended.code,
                };
                commands += 1;
                if got != expected {
                    wrong.push(format!("{line}\n  expected {expected:?}\n  got      {got:?}"));
                }
            } else if !line.starts_with('#') {
                change(directory.path(), &line.split(' ').collect::<Vec<_>>());
            }
        }
    }
    assert!(commands > 60, "{commands} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_metadata_directory_gets_the_voters_and_a_data_directory_does_not() {
    let directory = fresh_directory();
    assert_eq!(run(directory.path(), "format -t x -c combined.properties -s").code, 0);
    let snapshot = directory.path().join("d1/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint");
    let mode = fs::metadata(&snapshot).expect("the first voters are there").permissions().mode();
    assert_eq!(mode & 0o777, 0o400, "nobody may change a snapshot");
    assert!(!directory.path().join("d2/__cluster_metadata-0").exists());
    for name in ["d1", "d2"] {
        assert!(directory.path().join(name).join("bootstrap.checkpoint").exists());
    }
}

#[test]
fn scram_credentials_are_refused_by_name() {
    let directory = fresh_directory();
    let ended = run(directory.path(), "format -t x -c combined.properties -s -S SCRAM-SHA-256=[name=a,password=b]");
    assert_eq!(ended.code, 1);
    assert!(ended.err.starts_with("--add-scram is not supported yet"), "{}", ended.err);
    assert!(!directory.path().join("d1").exists(), "nothing is formatted then");
}

#[test]
fn two_voters_at_once_are_refused_in_the_order_they_came() {
    let directory = fresh_directory();
    let last_line = |args: &str| {
        let ended = run(directory.path(), &format!("format -t x -c combined.properties {args}"));
        ended.err.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        last_line("-s -N"),
        "kafka-storage: error: argument --no-initial-controllers/-N: not allowed with argument --standalone/-s"
    );
    assert_eq!(
        last_line("-I x -s"),
        "kafka-storage: error: argument --standalone/-s: not allowed with argument --initial-controllers/-I"
    );
}

#[test]
fn an_unknown_command_is_answered_with_the_known_ones() {
    let ended = run(Path::new("/"), "fromat");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("invalid choice: 'fromat' (choose from 'info', 'format', "), "{}", ended.err);
}

#[test]
fn a_broken_configuration_is_said_with_its_place() {
    let directory = fresh_directory();
    let path = directory.path().join("combined.properties");
    let text = fs::read_to_string(&path).expect("the fixture is there");
    fs::write(&path, format!("{text}num.partitions=0\n")).expect("writable");
    let ended = run(directory.path(), "info -c combined.properties");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("combined.properties:7: num.partitions=0: "), "{}", ended.err);
}

#[test]
fn help_is_no_error() {
    for args in ["--help", "format -h"] {
        let ended = run(Path::new("/"), args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        assert!(ended.out.contains("Usage: kafka-storage"), "{}", ended.out);
    }
}
