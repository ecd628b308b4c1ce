//! `ottla dump-log`: what the files of a log directory say, as `kafka-dump-log` prints it.

mod arguments;
mod batches;
mod control_record;
mod decoder;
mod findings;
mod index;
mod legacy;
mod log_file;
mod producer_snapshot;
mod remote_log_metadata;
mod time_index;
mod transaction_index;

use super::failure::{Failure, exit_code};
use arguments::{Arguments, Parsed};
use findings::Findings;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs the tool with `args` (without the program's name) and returns its exit code.
pub fn dump_log(args: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let arguments = match arguments::parse(args) {
        Ok(Parsed::Arguments(arguments)) => arguments,
        Ok(Parsed::Version) => return exit_code(version(out), err),
        Err(message) => return exit_code(Err(Failure::Said(message)), err),
    };
    let ended = dump_files(&arguments, out, err);
    exit_code(ended.and_then(|()| Ok(out.flush().map(|()| 0)?)), err)
}

fn version(out: &mut dyn Write) -> Result<i32, Failure> {
    writeln!(out, "{}", crate::version())?;
    Ok(0)
}

fn dump_files(arguments: &Arguments, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let mut findings = Findings::default();
    for name in arguments.files.split(',') {
        let path = &PathBuf::from(name);
        writeln!(out, "Dumping {}", path.display())?;
        match suffix(path) {
            Some("log" | "checkpoint") => batches::dump(path, arguments, &mut findings, out)?,
            Some("index") => index::dump(path, arguments, &mut findings, out)?,
            Some("timeindex") => time_index::dump(path, arguments, &mut findings, out)?,
            Some("snapshot") => producer_snapshot::dump(path, out, err)?,
            Some("txnindex") => transaction_index::dump(path, out)?,
            _ => {
                out.flush()?;
                writeln!(err, "Ignoring unknown file {}", path.display())?;
            }
        }
    }
    out.flush()?;
    Ok(findings.print(err)?)
}

/// What follows the last dot of the file's name.
fn suffix(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.rsplit_once('.').map(|(_, suffix)| suffix)
}

/// The first offset of the segment that a file belongs to: what its name says before the first dot.
fn base_offset(path: &Path) -> Result<i64, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.parse().map_err(|_| Failure::Said(format!("For input string: \"{stem}\"")))
}

/// The file of the same segment with another suffix.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.with_file_name(format!("{}.{suffix}", name.split('.').next().unwrap_or_default()))
}

/// `path` from the root, for the findings.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Said(format!("{}: {error}", path.display()))
}
