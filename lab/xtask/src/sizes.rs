//! `cargo xtask sizes`: the longest files and functions. A report, not a fence: whoever makes one longer looks for the
//! missing room.

use std::fs;
use std::path::{Path, PathBuf};

/// How many of each are printed when nobody says.
pub const COUNT_DEFAULT: usize = 20;

/// Folders without anything that we wrote by hand.
const SKIPPED: [&str; 5] = [".git", ".cache", "generated", "node_modules", "target"];

/// Something with a length, in lines.
#[derive(Debug, PartialEq, Eq)]
struct Sized {
    lines: usize,
    place: String,
}

/// Prints the `count` longest of each.
pub fn run(repository: &Path, count: usize) -> Result<(), String> {
    let mut paths = Vec::new();
    rust_files(repository, &mut paths)?;
    let (mut files, mut functions) = (Vec::new(), Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let place = path.strip_prefix(repository).unwrap_or(&path).display().to_string();
        functions.extend(
            functions_of(&text).map(|(line, lines, name)| Sized { lines, place: format!("{place}:{line} {name}") }),
        );
        files.push(Sized { lines: text.lines().count(), place });
    }
    print("files", files, count);
    println!();
    print("functions", functions, count);
    Ok(())
}

fn print(what: &str, mut all: Vec<Sized>, count: usize) {
    all.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.place.cmp(&b.place)));
    println!("Longest of {} {what}:", all.len());
    for Sized { lines, place } in all.iter().take(count) {
        println!("{lines:6} {place}");
    }
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let complain = |error| format!("{}: {error}", directory.display());
    for entry in fs::read_dir(directory).map_err(complain)? {
        let path = entry.map_err(complain)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                rust_files(&path, found)?;
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Line (from 1), length and name of every function with a body. Trusts rustfmt: a function ends with a `}` that stands as
/// far in as its first line.
fn functions_of(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(move |start| {
        let line = lines[start];
        let name = function_name(line)?;
        let indentation = &line[..line.len() - line.trim_start().len()];
        if line.ends_with('}') {
            return Some((start + 1, 1, name));
        }
        for (offset, later) in lines[start + 1..].iter().enumerate() {
            match later.strip_prefix(indentation) {
                Some("}") => return Some((start + 1, offset + 2, name)),
                Some(rest) if rest.ends_with(';') && !rest.starts_with(' ') => return None, // a trait's, without body
                _ => {}
            }
        }
        None
    })
}

/// The name in `pub(crate) async fn name(…`.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_qualifier = |word: &str| {
        matches!(word, "const" | "async" | "unsafe" | "extern" | "pub") || word.starts_with("pub(") || word == "\"C\""
    };
    if line.trim_end().ends_with(';') || !before.split_whitespace().all(is_qualifier) {
        return None;
    }
    let name = after.split(['(', '<']).next()?;
    (!name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::functions_of;

    #[test]
    fn functions_are_measured() {
        let text = "\
trait T {
    fn declared(&self);
    fn wrapped(
        &self,
    ) -> u8;
}
/// Calls fn nothing.
pub(crate) const fn short() -> u8 { 1 }
impl S {
    pub async fn long<T>(
        value: T,
    ) {
        if true {
            let f = |x: fn (u8)| x;
        }
    }
}
";
        let found: Vec<_> = functions_of(text).collect();
        assert_eq!(found, [(8, 1, "short"), (10, 7, "long")]);
    }
}
