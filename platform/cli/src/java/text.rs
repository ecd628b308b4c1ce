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

/// `String.length`: UTF-16 units.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `%-Ns` of `java.util.Formatter`: blanks behind a text that is shorter.
pub fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(length(text));
    format!("{text}{:blanks$}", "")
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
    use super::{padded, split};

    #[test]
    fn padding_counts_as_java_does() {
        assert_eq!(padded("ab", 4), "ab  ");
        assert_eq!(padded("𝄞", 4), "𝄞  ");
        assert_eq!(padded("abcde", 4), "abcde");
    }

    #[test]
    fn empty_parts_at_the_end_do_not_count() {
        assert_eq!(split("a,b", ','), ["a", "b"]);
        assert_eq!(split(",a,,", ','), ["", "a"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(split(",,", ','), [""; 0]);
    }
}
