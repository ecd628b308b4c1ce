//! `ottla dump-log` against what Apache Kafka 4.3.0's `kafka-dump-log` said of the same files.
//!
//! `fixtures/dump_log` holds parts of a log directory that Kafka wrote, some files that were broken on purpose, and in
//! `cases` a command each with Kafka's standard output, its messages (without Java's stack traces) and its exit code.
//! Where a message is "(other words)", Kafka ends in a Java exception that says less than we do.

use ottla_broker::offline::dump_log;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dump_log")
}

struct Ended {
    out: String,
    err: String,
    code: i32,
}

/// Runs the tool in the fixtures' directory. (All tests of this file do, so it does not matter who goes there first.)
fn run(args: &str) -> Ended {
    std::env::set_current_dir(fixtures()).expect("the fixtures are there");
    let args: Vec<OsString> = args.split_whitespace().map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = dump_log(&args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("the tool prints UTF-8");
    Ended { out: text(out), err: text(err), code }
}

#[test]
fn every_case_ends_as_in_kafka() {
    let directory = fixtures();
    let mut cases = 0;
    let mut wrong = Vec::new();
    for file in std::fs::read_dir(directory.join("cases")).expect("the cases are there") {
        let path = file.expect("readable").path();
        let case = std::fs::read_to_string(&path).expect("UTF-8");
        let (command, rest) = case.split_once('\n').expect("a command");
        let (out, rest) = rest.split_once("--- err\n").expect("an output");
        let (err, rest) = rest.split_once("--- exit ").expect("messages");
        let got = run(command.strip_prefix("$ dump-log").expect("a command"));
        cases += 1;
        let err = err.replace("{directory}", &directory.display().to_string());
        let same_words = if err == "(other words)\n" { !got.err.is_empty() } else { got.err == err };
        if got.out != out || !same_words || got.code.to_string() != rest.trim_end() {
            wrong.push(format!(
                "{}: exit {}\n{}\n{}",
                path.display(),
                got.code,
                first_difference(&got.out, out),
                got.err
            ));
        }
    }
    assert!(cases >= 48, "{cases} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn first_difference(got: &str, expected: &str) -> String {
    let mut lines = got.lines().zip(expected.lines());
    match lines.find(|(got, expected)| got != expected) {
        Some((got, expected)) => format!("  got      {got}\n  expected {expected}"),
        None => format!("  got {} lines, expected {}", got.lines().count(), expected.lines().count()),
    }
}

#[test]
fn what_is_no_record_of_the_topic_is_skipped_by_name() {
    let ended = run("--files __consumer_offsets-0/00000000000000000000.log --share-group-state-decoder");
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("key: Error at offset 0, skipping. "), "{}", ended.out);
    assert!(ended.out.contains("key: Unknown record type 3 at offset "), "{}", ended.out);
}

#[test]
fn help_is_an_exit_of_1_as_in_kafka() {
    for args in ["", "--help"] {
        let ended = run(args);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""));
        assert!(ended.err.contains("--cluster-metadata-decoder"), "{}", ended.err);
    }
    assert_eq!(run("--version").code, 0);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_done() {
    for (args, message) in [
        ("--files x --max-bytes y", "Cannot parse argument 'y' of option max-bytes"),
        (
            "--files x --key-decoder-class com.example.Decoder",
            "Failed to load decoder class: com.example.Decoder is Java, which Ottla does not run",
        ),
    ] {
        let ended = run(args);
        assert_eq!((ended.code, ended.out.as_str(), ended.err.trim_end()), (1, "", message));
    }
    assert!(run("--print-data-log").err.starts_with("Missing required argument \"[files]\"\n"));
}

#[test]
fn files_are_left_as_they_are() {
    let path = fixtures().join("broken-0/00000000000000000030.index");
    let before = std::fs::read(&path).expect("the fixture is there");
    run("--files broken-0/00000000000000000030.index");
    assert_eq!(std::fs::read(&path).expect("the fixture is still there"), before);
}
