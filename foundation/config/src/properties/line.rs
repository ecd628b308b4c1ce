//! Logical lines: comments and empty lines gone, continued lines joined, escapes still in place.

/// The logical lines of `bytes`, each with the number of the natural line where it begins, from 1.
pub(super) fn logical_lines(bytes: &[u8]) -> Vec<(u32, String)> {
    let natural = natural_lines(bytes);
    let mut lines = Vec::new();
    let mut next = 0;
    while let Some(line) = natural.get(next) {
        next += 1;
        let number = u32::try_from(next).unwrap_or(u32::MAX);
        let line = trim_start(line);
        if line.is_empty() || matches!(line[0], b'#' | b'!') {
            continue;
        }
        if line == b"\\" && natural.get(next).is_some_and(|line| !line.is_empty() || next + 1 < natural.len()) {
            // Java takes what follows a lone backslash for a new line, comments included.
            continue;
        }
        let mut logical = line.to_vec();
        while continues(&logical) {
            logical.pop();
            let Some(line) = natural.get(next) else { break };
            logical.extend_from_slice(trim_start(line));
            next += 1;
        }
        // Latin-1: every byte is the character of the same number.
        lines.push((number, logical.iter().map(|&byte| char::from(byte)).collect()));
    }
    lines
}

/// Splits at `\n`, `\r` and `\r\n`.
fn natural_lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        lines.push(&rest[..end]);
        let ending = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = &rest[end + ending..];
    }
    lines.push(rest);
    lines
}

fn trim_start(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
    &line[blanks..]
}

/// An odd number of backslashes at the end: the last one is not itself escaped.
fn continues(line: &[u8]) -> bool {
    line.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}
