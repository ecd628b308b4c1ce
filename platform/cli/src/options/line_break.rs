//! Breaking help text into lines.

/// Continuation lines are indented by this much.
const INDENT: &str = "  ";

/// Breaks `text` into lines of at most `width` characters (an unbreakable piece may be longer). `\n` starts a new
/// paragraph; other lines of a paragraph are indented. A line may end at a blank, and within a word after `-`, `.`, `:`,
/// `,` or `/` if a letter, digit or bracket follows.
pub fn break_lines(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| break_paragraph(paragraph, width)).collect()
}

fn break_paragraph(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(paragraph) {
        if !line.is_empty() && line.chars().count() + piece.chars().count() > width {
            lines.push(line.trim_end().to_owned());
            line = INDENT.to_owned();
        }
        line.push_str(piece);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The shortest pieces between which a line may end, blanks at the end of a piece.
fn pieces(paragraph: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut characters = paragraph.char_indices().peekable();
    while let Some((_, character)) = characters.next() {
        let Some(&(next_at, next)) = characters.peek() else { break };
        let ends = if character.is_whitespace() {
            !next.is_whitespace()
        } else {
            matches!(character, '-' | '.' | ':' | ',' | '/') && (next.is_alphabetic() || next == '[')
        };
        if ends {
            pieces.push(&paragraph[start..next_at]);
            start = next_at;
        }
    }
    pieces.push(&paragraph[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::break_lines;
    use proptest::prelude::*;

    #[test]
    fn words_fill_lines_and_continuations_are_indented() {
        assert_eq!(break_lines("one two three", 8), ["one two", "  three"]);
        assert_eq!(break_lines("a\n b c", 80), ["a", " b c"]);
        assert_eq!(break_lines("", 10), [""]);
        assert_eq!(break_lines("org.apache.kafka", 12), ["org.apache.", "  kafka"]);
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_lost(text in "[a-z.\\- ]{0,80}", width in 1_usize..40) {
            let without_blanks = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without_blanks(&break_lines(&text, width).concat()), without_blanks(&text));
        }
    }
}
