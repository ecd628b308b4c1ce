//! `[…]`.

use super::RegexError;
use super::escape;
use super::groups::is_posix_group;
use super::input::Input;

/// Reads a class from its bracket to the other.
pub(super) fn check(input: &mut Input<'_>) -> Result<(), RegexError> {
    input.skip("[");
    input.skip("^");
    let mut is_first = true;
    // A bracket that comes first is a character like others.
    while is_first || !input.looking_at("]") {
        is_first = false;
        if skip_posix_group(input)? || escape::skip_class(input)? {
            continue;
        }
        let lowest = character(input)?;
        // A dash that comes last is a character like others, too.
        if input.looking_at("-") && !input.looking_at("-]") {
            input.skip("-");
            if character(input)? < lowest {
                return Err(RegexError::InvalidRange);
            }
        }
    }
    input.skip("]");
    Ok(())
}

/// Reads `[:alpha:]`; leaves everything else.
fn skip_posix_group(input: &mut Input<'_>) -> Result<bool, RegexError> {
    let Some((name, _)) = input.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
        return Ok(false);
    };
    if !is_posix_group(name.strip_prefix('^').unwrap_or(name)) {
        return Err(RegexError::InvalidRange);
    }
    input.advance(name.len() + "[::]".len());
    Ok(true)
}

fn character(input: &mut Input<'_>) -> Result<char, RegexError> {
    if input.looking_at("\\") {
        return escape::character(input);
    }
    input.pop().ok_or(RegexError::MissingBracket)
}
