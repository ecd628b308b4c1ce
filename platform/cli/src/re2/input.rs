//! What is left of an expression.

/// A text that is read from the front.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Input<'a> {
    rest: &'a str,
}

impl<'a> Input<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn pop(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    pub(super) fn looking_at(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Goes on behind `text` if that comes next.
    pub(super) fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Goes on by so many bytes, which must have been looked at.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}
