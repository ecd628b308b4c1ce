//! Logical lines: comments and empty lines gone, continued lines joined, escapes still in place.

/// The logical lines of `bytes`, each with the number of the natural line where it begins, from 1.
pub(super) fn logical_lines(bytes: &[u8]) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut natural = natural_lines(bytes).into_iter().zip(1_u32..);
    while let Some((line, number)) = natural.next() {
        let line = trim_start(line);
        if line.is_empty() || matches!(line[0], b'#' | b'!') {
            continue;
        }
        let mut logical = line.to_vec();
        while continues(&logical) {
            logical.pop();
            match natural.next() {
                Some((next, _)) => logical.extend_from_slice(trim_start(next)),
                None => break,
            }
        }
        if !logical.is_empty() {
            // Latin-1: every byte is the character of the same number.
            lines.push((number, logical.iter().map(|&byte| char::from(byte)).collect()));
        }
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
