//! ISO 8601 durations, as `auto.offset.reset=by_duration:P1DT2H` has them.

/// Milliseconds of `PnDTnHnMn.nS`, not negative. Days are 24 hours. `None` if it is no such thing.
pub(super) fn parse_duration(text: &str) -> Option<u64> {
    let body = text.strip_prefix(['P', 'p'])?;
    let (days, time) = match body.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (body, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut milliseconds = 0;
    let mut rest = days;
    milliseconds += take_part(&mut rest, 'D', 86_400_000)?;
    if !rest.is_empty() {
        return None;
    }
    let mut rest = time;
    for (unit, worth) in [('H', 3_600_000), ('M', 60_000), ('S', 1_000)] {
        milliseconds = u64::checked_add(milliseconds, take_part(&mut rest, unit, worth)?)?;
    }
    rest.is_empty().then_some(milliseconds)
}

/// Takes `n` and the unit off the front; 0 if the next unit is another one.
fn take_part(rest: &mut &str, unit: char, worth: u64) -> Option<u64> {
    let Some(at) = rest.find([unit, unit.to_ascii_lowercase()]) else { return Some(0) };
    let number = &rest[..at];
    *rest = &rest[at + 1..];
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if unit == 'S' => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    let whole: u64 = whole.strip_prefix('+').unwrap_or(whole).parse().ok()?;
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    whole.checked_mul(worth)?.checked_add(thousandths)
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn durations() {
        for (text, milliseconds) in [
            ("P1D", 86_400_000),
            ("PT1H", 3_600_000),
            ("P2DT3H4M5.6S", 183_845_600),
            ("pt0.001s", 1),
            ("PT90S", 90_000),
        ] {
            assert_eq!(parse_duration(text), Some(milliseconds), "{text}");
        }
        for text in
            ["", "P", "PT", "1D", "P1H", "PT1D", "PT1.5H", "PT1S1H", "P-1D", "PTxS", "P1DT", "PT99999999999999999H"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
