//! Whether a text is a regular expression by the rules of RE2, as RE2/J 1.8 judges it: brokers take no other for the
//! subscriptions of KIP-848, and that library is what Kafka asks.
//!
//! Only the syntax is looked at; nothing is compiled. The parts: this file has what stands outside brackets, [`class`]
//! what stands inside, [`escape`] what a backslash begins, [`groups`] the names of classes.

mod class;
mod escape;
mod groups;
mod input;

use input::Input;
use std::collections::HashSet;

/// More repetitions than this cannot be asked for.
const REPETITIONS_MAX: u32 = 1000;

/// What is wrong, in RE2/J's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// A `)` that closes nothing. (RE2/J does not foresee it.)
    #[error("regexp/syntax: internal error")]
    UnexpectedParenthesis,
    /// A range that ends before it begins, or a class that does not exist.
    #[error("invalid character class range")]
    InvalidRange,
    /// A backslash before something that it gives no meaning.
    #[error("invalid escape sequence")]
    InvalidEscape,
    /// A name with other characters than letters, digits and `_`, or without an end.
    #[error("invalid named capture")]
    InvalidName,
    /// Something behind `(?` that RE2 does not know.
    #[error("invalid or unsupported Perl syntax")]
    InvalidPerlSyntax,
    /// A repetition of a repetition.
    #[error("invalid nested repetition operator")]
    NestedRepetition,
    /// Too many repetitions, or fewer at most than at least.
    #[error("invalid repeat count")]
    InvalidRepetition,
    /// A class without an end.
    #[error("missing closing ]")]
    MissingBracket,
    /// A group without an end.
    #[error("missing closing )")]
    MissingParenthesis,
    /// A repetition of nothing.
    #[error("missing argument to repetition operator")]
    NothingToRepeat,
    /// A backslash before nothing.
    #[error("trailing backslash at end of expression")]
    TrailingBackslash,
    /// Two groups of one name.
    #[error("duplicate capture group name")]
    DuplicateName,
}

/// Checks the syntax.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(regex: &str) -> Result<(), RegexError> {
    let mut checker = Checker { input: Input::new(regex), ..Checker::default() };
    while let Some(character) = checker.input.peek() {
        checker.step(character)?;
    }
    if checker.depth > 0 { Err(RegexError::MissingParenthesis) } else { Ok(()) }
}

#[derive(Debug, Default)]
struct Checker<'a> {
    input: Input<'a>,
    /// Groups that are open.
    depth: usize,
    /// Whether there is something that can be repeated right before.
    has_operand: bool,
    /// Whether that is a repetition itself.
    was_repetition: bool,
    names: HashSet<&'a str>,
}

impl<'a> Checker<'a> {
    fn step(&mut self, character: char) -> Result<(), RegexError> {
        let after_repetition = std::mem::take(&mut self.was_repetition);
        match character {
            '(' if self.input.looking_at("(?") => return self.perl_group(),
            '(' => {
                self.input.skip("(");
                self.open();
            }
            ')' => {
                self.input.skip(")");
                self.depth = self.depth.checked_sub(1).ok_or(RegexError::UnexpectedParenthesis)?;
                self.has_operand = true;
            }
            '|' => {
                self.input.skip("|");
                self.has_operand = false;
            }
            '*' | '+' | '?' => {
                self.input.pop();
                self.repetition(after_repetition)?;
            }
            '{' => {
                if self.counts()? {
                    self.repetition(after_repetition)?;
                } else {
                    self.input.skip("{");
                    self.has_operand = true;
                }
            }
            '[' => {
                class::check(&mut self.input)?;
                self.has_operand = true;
            }
            '\\' => self.backslash()?,
            _ => {
                self.input.pop();
                self.has_operand = true;
            }
        }
        Ok(())
    }

    fn open(&mut self) {
        self.depth += 1;
        self.has_operand = false;
    }

    fn repetition(&mut self, after_repetition: bool) -> Result<(), RegexError> {
        // As few as possible.
        self.input.skip("?");
        if after_repetition {
            return Err(RegexError::NestedRepetition);
        }
        if !self.has_operand {
            return Err(RegexError::NothingToRepeat);
        }
        self.was_repetition = true;
        Ok(())
    }

    /// Reads `{2}`, `{2,}` or `{2,5}`; anything else in braces is nothing special, and is left.
    fn counts(&mut self) -> Result<bool, RegexError> {
        let Some((inside, _)) = self.input.rest()[1..].split_once('}') else { return Ok(false) };
        let (least, most) = match inside.split_once(',') {
            None => (inside, Some(inside)),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let is_count = |text: &str| {
            let has_leading_zero = text.len() > 1 && text.starts_with('0');
            !text.is_empty() && !has_leading_zero && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_count(least) || !most.is_none_or(is_count) {
            return Ok(false);
        }
        let count = |text: &str| {
            let count = text.parse::<u32>().ok().filter(|count| *count <= REPETITIONS_MAX);
            count.ok_or(RegexError::InvalidRepetition)
        };
        let least = count(least)?;
        if most.map(count).transpose()?.is_some_and(|most| most < least) {
            return Err(RegexError::InvalidRepetition);
        }
        self.input.advance(inside.len() + 2);
        Ok(true)
    }

    fn backslash(&mut self) -> Result<(), RegexError> {
        if self.input.skip("\\Q") {
            let rest = self.input.rest();
            let literal = rest.split_once("\\E").map_or(rest, |(literal, _)| literal);
            self.input.advance(literal.len());
            self.input.skip("\\E");
            self.has_operand |= !literal.is_empty();
            return Ok(());
        }
        let is_position = ["\\A", "\\b", "\\B", "\\z"].into_iter().any(|position| self.input.skip(position));
        if !is_position && !escape::skip_class(&mut self.input)? {
            escape::character(&mut self.input)?;
        }
        self.has_operand = true;
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn perl_group(&mut self) -> Result<(), RegexError> {
        if self.input.skip("(?P<") || self.input.skip("(?<") {
            let (name, _) = self.input.rest().split_once('>').ok_or(RegexError::InvalidName)?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(RegexError::InvalidName);
            }
            self.input.advance(name.len() + 1);
            self.open();
            return if self.names.insert(name) { Ok(()) } else { Err(RegexError::DuplicateName) };
        }
        self.input.skip("(?");
        let (mut is_negative, mut saw_flag) = (false, false);
        loop {
            match self.input.pop() {
                Some('i' | 'm' | 's' | 'U') => saw_flag = true,
                Some('-') if !is_negative => (is_negative, saw_flag) = (true, false),
                Some(':') if saw_flag || !is_negative => {
                    self.open();
                    return Ok(());
                }
                Some(')') if saw_flag || !is_negative => return Ok(()),
                _ => return Err(RegexError::InvalidPerlSyntax),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RegexError, check};
    use proptest::prelude::*;

    #[test]
    fn what_re2_takes_is_taken() {
        for regex in [
            "",
            "a",
            "(?<n>a)",
            "(?P<1a>x)",
            "(?i)a",
            "(?i-s:a)",
            "(?)",
            r"\p{Greek}",
            r"\pN",
            r"\P{^Greek}",
            "(a{1000}){2}",
            "a{,5}",
            "a{x}",
            "a{",
            "a{2",
            "a{02}",
            "a*?",
            "a{2}?",
            r"\Qa(b",
            r"\Q(*\E*",
            r"[\d-z]",
            "[]a]",
            "(|a)*",
            "()*",
            "^*",
            r"\07",
            r"\12",
            r"\z",
            r"\b+",
            "[a-b-c]",
            r"\_",
            r"\é",
            "[[:^alpha:]]",
            "[[.a.]]",
            "[a-]",
            r"\x{10FFFF}",
            r"\x41",
            "x|",
            "|x",
            "a(?i)*",
            "(((a)))",
            r"[\]]",
            r"\pL+",
            "[^]a]",
        ] {
            assert_eq!(check(regex), Ok(()), "{regex}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        use RegexError::*;
        for (error, regexes) in [
            (UnexpectedParenthesis, &[")", "a)", "(a))"][..]),
            (MissingParenthesis, &["(", "a(", "(?:a", "((a)"]),
            (MissingBracket, &["[", "[a", "[]", "[^]", "[a-", "[[:alpha:]"]),
            (NestedRepetition, &["a**", "a++", "a{2}{3}", "a*?+"]),
            (NothingToRepeat, &["*", "a|*", "(*)", "(?i)*", "{2}"]),
            (InvalidRepetition, &["a{1001}", "a{2,1}", "x{99999999999}"]),
            (
                InvalidEscape,
                &[r"\C", r"\8", r"\1", r"\k<n>", r"\Z", r"\x", r"\x4", r"\x{zz}", r"\x{}", r"\x{110000}", r"[a-\d]"],
            ),
            (TrailingBackslash, &["\\", "a\\", "[\\"]),
            (InvalidName, &["(?P<n", "(?P<>x)", "(?<=a)", "(?<!a>b)"]),
            (DuplicateName, &["(?P<n>a)(?<n>b)"]),
            (InvalidPerlSyntax, &["(?=a)", "(?z)", "(?", "(?i", "(?-)", "(?i-)", "(?i--s)", "(?P=n)"]),
            (InvalidRange, &["[z-a]", r"\p{Nope}", r"\p", r"\pé", r"\p{", "[[:nope:]]", r"[\p{Nope}]"]),
        ] {
            for regex in regexes {
                assert_eq!(check(regex), Err(error), "{regex}");
            }
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(regex in r"([a(){}\[\]|*+?\\^$.:0-9,PpQxé<>-]|\(\?|\[\[:|\\Q|\\x\{){0,20}") {
            // Whatever the answer, there is one.
            let _ = check(&regex);
        }
    }
}
