//! A logical line's two halves, with their escapes resolved.

/// Splits at the first bare `=`, `:` or blank and resolves the escapes of both halves. `None` for a malformed `\u`.
pub(super) fn split_and_unescape(line: &str) -> Option<(String, String)> {
    let (key, rest) = line.split_at(end_of_key(line));
    let rest = rest.trim_start_matches(is_blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    Some((unescape(key)?, unescape(rest.trim_start_matches(is_blank))?))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0c')
}

/// In bytes.
fn end_of_key(line: &str) -> usize {
    let mut is_escaped = false;
    for (index, c) in line.char_indices() {
        if !is_escaped && (is_blank(c) || matches!(c, '=' | ':')) {
            return index;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    line.len()
}

/// Java's characters are UTF-16 units, so two escapes may make one character here; half a one becomes U+FFFD.
fn unescape(text: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let resolved = if c == '\\' {
            match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some('u') => {
                    let digits = characters.as_str().get(..4)?;
                    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        return None;
                    }
                    units.push(u16::from_str_radix(digits, 16).ok()?);
                    characters = characters.as_str()[4..].chars();
                    continue;
                }
                Some(other) => other,
                None => break,
            }
        } else {
            c
        };
        units.extend_from_slice(resolved.encode_utf16(&mut [0; 2]));
    }
    Some(String::from_utf16_lossy(&units))
}
