//! Spans of time as `java.time.Duration` reads them: `P1DT2H3M4.5S`.

use super::exception::Exception;

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It does not look like a duration.
    Malformed,
    /// This part of it is more than a duration can hold.
    TooMuch(&'static str),
}

/// Nanoseconds; they may be negative. Letters may be small, each number may have a sign, and so may the whole.
///
/// # Errors
/// The text is no duration: what Java says then.
pub fn parse(text: &str) -> Result<i128, Exception> {
    nanoseconds(text).map_err(|fault| {
        let part = match fault {
            Fault::Malformed => String::new(),
            Fault::TooMuch(part) => format!(": {part}"),
        };
        let message = format!("Text cannot be parsed to a Duration{part}");
        Exception::new("java.time.format.DateTimeParseException", message)
    })
}

fn nanoseconds(text: &str) -> Result<i128, Fault> {
    let (sign, rest) = signed(text);
    let rest = rest.strip_prefix(['P', 'p']).ok_or(Fault::Malformed)?;
    let (days, clock) = match rest.split_once(['T', 't']) {
        Some((_, "")) => return Err(Fault::Malformed),
        Some((days, clock)) => (days, Some(clock)),
        None => (rest, None),
    };
    if days.is_empty() && clock.is_none() {
        return Err(Fault::Malformed);
    }
    let mut total = 0;
    if !days.is_empty() {
        let days = days.strip_suffix(['D', 'd']).ok_or(Fault::Malformed)?;
        total += whole(days, 86_400, "days")?;
    }
    let mut rest = clock.unwrap_or_default();
    for (letters, seconds, part) in [(['H', 'h'], 3600, "hours"), (['M', 'm'], 60, "minutes")] {
        if let Some((number, after)) = rest.split_once(letters) {
            total += whole(number, seconds, part)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        total += seconds(rest.strip_suffix(['S', 's']).ok_or(Fault::Malformed)?)?;
    }
    match i64::try_from(total / NANOSECONDS_PER_SECOND) {
        Ok(_) => Ok(sign * total),
        Err(_) => Err(Fault::TooMuch("overflow")),
    }
}

/// The sign before a number, and what it stands before.
fn signed(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Nanoseconds of so many times so many seconds, which must be no more than a `long`.
fn whole(text: &str, seconds: i64, part: &'static str) -> Result<i128, Fault> {
    let (sign, digits) = signed(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Malformed);
    }
    let number = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(seconds));
    Ok(sign * i128::from(number.ok_or(Fault::TooMuch(part))?) * NANOSECONDS_PER_SECOND)
}

/// Nanoseconds of a number of seconds that may have up to nine digits behind a point or a comma.
fn seconds(text: &str) -> Result<i128, Fault> {
    let Some((number, fraction)) = text.split_once(['.', ',']) else { return whole(text, 1, "seconds") };
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Malformed);
    }
    let (sign, _) = signed(number);
    let nanoseconds: i128 = format!("{fraction:0<9}").parse().map_err(|_| Fault::Malformed)?;
    Ok(whole(number, 1, "seconds")? + sign * nanoseconds)
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
        for (text, part) in [
            (format!("P{}D", i64::MAX), "days"),
            ("P99999999999999999999D".to_owned(), "days"),
            (format!("PT{}S", u64::MAX), "seconds"),
            (format!("PT1H{}S", i64::MAX), "overflow"),
        ] {
            let said = parse(&text).unwrap_err().message;
            assert_eq!(said, format!("Text cannot be parsed to a Duration: {part}"), "{text}");
        }
    }
}
