//! What a backslash begins.

use super::RegexError;
use super::groups::is_unicode_group;
use super::input::Input;

/// Reads `\d` and its like, and `\pN`, `\p{Greek}`; leaves everything else.
pub(super) fn skip_class(input: &mut Input<'_>) -> Result<bool, RegexError> {
    if [r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"].into_iter().any(|class| input.skip(class)) {
        return Ok(true);
    }
    if !input.skip(r"\p") && !input.skip(r"\P") {
        return Ok(false);
    }
    let rest = input.rest();
    let (name, length) = match rest.strip_prefix('{') {
        Some(behind) => {
            let (name, _) = behind.split_once('}').ok_or(RegexError::InvalidRange)?;
            (name, name.len() + 2)
        }
        None => {
            let letter = input.peek().ok_or(RegexError::InvalidRange)?;
            (&rest[..letter.len_utf8()], letter.len_utf8())
        }
    };
    if !is_unicode_group(name.strip_prefix('^').unwrap_or(name)) {
        return Err(RegexError::InvalidRange);
    }
    input.advance(length);
    Ok(true)
}

/// Reads an escape that stands for one character.
pub(super) fn character(input: &mut Input<'_>) -> Result<char, RegexError> {
    input.skip("\\");
    let escaped = input.pop().ok_or(RegexError::TrailingBackslash)?;
    let is_octal = |character: &char| matches!(character, '0'..='7');
    match escaped {
        // One digit alone would be what a group has matched before, and that is not to be had.
        '1'..='7' if !input.peek().is_some_and(|next| is_octal(&next)) => Err(RegexError::InvalidEscape),
        '0'..='7' => {
            let mut value = escaped.to_digit(8).unwrap_or_default();
            for _ in 0..2 {
                let Some(digit) = input.peek().filter(is_octal) else { break };
                value = value * 8 + digit.to_digit(8).unwrap_or_default();
                input.pop();
            }
            char::from_u32(value).ok_or(RegexError::InvalidEscape)
        }
        'x' => hexadecimal(input),
        'a' => Ok('\u{7}'),
        'f' => Ok('\u{c}'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\u{b}'),
        other if other.is_ascii_alphanumeric() => Err(RegexError::InvalidEscape),
        other => Ok(other),
    }
}

/// `\x41` or `\x{1F600}`.
fn hexadecimal(input: &mut Input<'_>) -> Result<char, RegexError> {
    let digits = if input.skip("{") {
        let (digits, _) = input.rest().split_once('}').ok_or(RegexError::InvalidEscape)?;
        input.advance(digits.len() + 1);
        digits
    } else {
        let digits = input.rest().get(..2).ok_or(RegexError::InvalidEscape)?;
        input.advance(2);
        digits
    };
    let value = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16));
    let value = value.and_then(Result::ok).filter(|value| *value <= u32::from(char::MAX));
    // Halves of UTF-16 pairs are characters for Java; here another stands in for them.
    let character = value.map(|value| char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
    character.ok_or(RegexError::InvalidEscape)
}
