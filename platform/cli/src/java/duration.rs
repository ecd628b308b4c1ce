//! Spans of time as `java.time.Duration` reads them: `P1DT2H3M4.5S`.

use super::exception::Exception;

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// Nanoseconds; they may be negative. Letters may be small, each number may have a sign, and so may the whole.
///
/// # Errors
/// The text is no duration: what Java says then.
pub fn parse(text: &str) -> Result<i128, Exception> {
    nanoseconds(text)
        .ok_or_else(|| Exception::new("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration"))
}

fn nanoseconds(text: &str) -> Option<i128> {
    let (sign, rest) = signed(text);
    let rest = rest.strip_prefix(['P', 'p'])?;
    let (days, clock) = match rest.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((days, clock)) => (days, Some(clock)),
        None => (rest, None),
    };
    if days.is_empty() && clock.is_none() {
        return None;
    }
    let mut total = match days {
        "" => 0,
        days => whole(days.strip_suffix(['D', 'd'])?)?.checked_mul(86_400 * NANOSECONDS_PER_SECOND)?,
    };
    let mut rest = clock.unwrap_or_default();
    for (letters, seconds) in [(['H', 'h'], 3600), (['M', 'm'], 60)] {
        if let Some((number, after)) = rest.split_once(letters) {
            total += whole(number)?.checked_mul(seconds * NANOSECONDS_PER_SECOND)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        total += seconds(rest.strip_suffix(['S', 's'])?)?;
    }
    // What Java's own durations can hold.
    i64::try_from(total / NANOSECONDS_PER_SECOND).ok().map(|_| sign * total)
}

/// The sign before a number, and what it stands before.
fn signed(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn whole(text: &str) -> Option<i128> {
    let (sign, digits) = signed(text);
    let number: i64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some(sign * i128::from(number))
}

/// Nanoseconds of a number of seconds that may have up to nine digits behind a point or a comma.
fn seconds(text: &str) -> Option<i128> {
    let Some((number, fraction)) = text.split_once(['.', ',']) else {
        return Some(whole(text)? * NANOSECONDS_PER_SECOND);
    };
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (sign, _) = signed(number);
    let nanoseconds: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(whole(number)? * NANOSECONDS_PER_SECOND + sign * nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_days_hours_minutes_and_seconds() {
        for (text, milliseconds) in [
            ("PT0S", 0),
            ("P1D", 86_400_000),
            ("PT1H", 3_600_000),
            ("PT1M", 60_000),
            ("P1DT2H3M4.5S", 93_784_500),
            ("pt10s", 10_000),
            ("-PT1H", -3_600_000),
            ("PT-1H30M", -1_800_000),
            ("PT-0.5S", -500),
            ("PT1,S", 1_000),
            ("P-1DT24H", 0),
        ] {
            assert_eq!(parse(text).unwrap(), milliseconds * 1_000_000, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "P", "PT", "P1DT", "1D", "P1H", "PT1D", "PTS", "PT1M1H", "P1W", "PT1.0000000001S", "PT.5S"] {
            let said = parse(text).unwrap_err().message;
            assert_eq!(said, "Text cannot be parsed to a Duration", "{text}");
        }
        assert!(parse(&format!("P{}D", i64::MAX)).is_err());
        assert!(parse("P99999999999999999999D").is_err());
    }
}
