//! Texts as Java cuts them.

/// `String.split` by a single character: what is empty at the end does not count.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split(separator).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    // A text of nothing but separators has no parts at all; the empty text is one part.
    if parts == [""] && !text.is_empty() { Vec::new() } else { parts }
}

/// Reads an `int`; the error is what `Integer.parseInt` says.
///
/// # Errors
/// It is no number, or too large.
pub fn parse_int(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("For input string: \"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn empty_parts_at_the_end_do_not_count() {
        assert_eq!(split("a,b", ','), ["a", "b"]);
        assert_eq!(split(",a,,", ','), ["", "a"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(split(",,", ','), [""; 0]);
    }
}
