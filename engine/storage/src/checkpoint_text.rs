//! The text format that all of Kafka's checkpoint files share: a line with the version (0), a line with the number of
//! entries, and a line for each. An empty file has no entries.

use std::fmt::Write as _;

/// The text of a checkpoint file with these lines.
pub(crate) fn write_lines<L: std::fmt::Display>(lines: impl IntoIterator<Item = L>) -> String {
    let (mut body, mut count) = (String::new(), 0_usize);
    for line in lines {
        count += 1;
        // Writing to a string does not fail.
        let _ = writeln!(body, "{line}");
    }
    format!("0\n{count}\n{body}")
}

/// The entries of a checkpoint file, each made of its line's words by `entry`.
pub(crate) fn read_lines<T>(text: &[u8], entry: impl Fn(&[&str]) -> Option<T>) -> Result<Vec<T>, String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let mut lines = text.lines();
    let Some(version) = lines.next() else { return Ok(Vec::new()) };
    if version.trim() != "0" {
        return Err(format!("version \"{version}\" instead of 0"));
    }
    let Some(count) = lines.next() else { return Ok(Vec::new()) };
    let count: usize = count.trim().parse().map_err(|_| format!("\"{count}\" is not a number of entries"))?;
    let mut entries = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        entries.push(entry(&words).ok_or_else(|| format!("line \"{line}\" is not an entry"))?);
    }
    if entries.len() == count { Ok(entries) } else { Err(format!("{} entries instead of {count}", entries.len())) }
}

#[cfg(test)]
mod tests {
    use super::{read_lines, write_lines};

    fn numbers(text: &str) -> Result<Vec<u32>, String> {
        read_lines(text.as_bytes(), |words| match words {
            [number] => number.parse().ok(),
            _ => None,
        })
    }

    #[test]
    fn text_goes_both_ways() {
        assert_eq!(write_lines(["7", "8"]), "0\n2\n7\n8\n");
        assert_eq!(numbers(&write_lines([7, 8])), Ok(vec![7, 8]));
        assert_eq!(write_lines([0; 0]), "0\n0\n");
    }

    #[test]
    fn files_that_end_early_have_no_entries_but_torn_ones_are_refused() {
        assert_eq!(numbers(""), Ok(vec![]));
        assert_eq!(numbers("0\n"), Ok(vec![]));
        assert_eq!(numbers("0\n0\n"), Ok(vec![]));
        for torn in ["0\n2\n7\n", "0\n1\n7\n8\n", "1\n0\n", "0\nx\n", "0\n1\nx\n", "0\n1\n\n"] {
            assert!(numbers(torn).is_err(), "{torn:?}");
        }
    }
}
