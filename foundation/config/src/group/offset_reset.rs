//! Where a share partition begins.

use crate::InvalidValue;

/// `earliest`, `latest` or `by_duration:` and an ISO 8601 duration that is not negative.
pub(crate) fn check_share_offset_reset(name: &str, text: &str) -> Result<(), InvalidValue> {
    let is_good = match text {
        "earliest" | "latest" => true,
        _ => text.strip_prefix("by_duration:").and_then(nanoseconds).is_some_and(|duration| duration >= 0),
    };
    if is_good {
        return Ok(());
    }
    let why = format!(
        "Invalid value `{text}` for configuration {name}. The value must be either 'earliest', 'latest' or of the \
         format 'by_duration:<PnDTnHnMn.nS>'."
    );
    Err(InvalidValue::new(name, text, &why))
}

/// `PnDTnHnMn.nS` as `java.time.Duration` reads it: parts may be missing, in any case, and have signs of their own.
/// `None` too for what is longer than a `Duration` can be.
fn nanoseconds(text: &str) -> Option<i128> {
    let text = text.to_ascii_uppercase();
    let (is_negated, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None if rest.is_empty() => return None,
        None => (rest, ""),
    };
    let mut total = match days {
        "" => 0,
        _ => number(days.strip_suffix('D')?)?.checked_mul(86_400)?,
    };
    let mut time = time;
    for (unit, seconds) in [('H', 3600), ('M', 60)] {
        if let Some((count, after)) = time.split_once(unit) {
            total += number(count)?.checked_mul(seconds)?;
            time = after;
        }
    }
    let mut fraction = 0;
    if !time.is_empty() {
        let time = time.strip_suffix('S')?;
        let (whole, digits) = time.split_once(['.', ',']).unwrap_or((time, ""));
        total += number(whole)?;
        if digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        fraction = format!("{digits:0<9}").parse::<i128>().ok()?;
        if whole.starts_with('-') {
            fraction = -fraction;
        }
    }
    i64::try_from(total).ok()?;
    let nanoseconds = total * 1_000_000_000 + fraction;
    Some(if is_negated { -nanoseconds } else { nanoseconds })
}

/// A whole number that fits a Java `long`.
fn number(text: &str) -> Option<i128> {
    text.parse::<i64>().ok().map(i128::from)
}

#[cfg(test)]
mod tests {
    use super::{check_share_offset_reset, nanoseconds};

    #[test]
    fn durations_are_javas() {
        const SECOND: i128 = 1_000_000_000;
        for (text, seconds) in
            [("PT1S", 1), ("P1D", 86_400), ("p1dt2h3m4s", 93_784), ("PT-1S", -1), ("-PT1M", -60), ("P-1DT25H", 3600)]
        {
            assert_eq!(nanoseconds(text), Some(seconds * SECOND), "{text}");
        }
        assert_eq!(nanoseconds("PT0.5S"), Some(SECOND / 2));
        assert_eq!(nanoseconds("PT-0.5S"), Some(-SECOND / 2));
        for text in
            ["", "P", "PT", "1D", "P1", "P1H", "PT1", "PT1D", "PT1M1H", "PT1.0000000001S", "P99999999999999999D"]
        {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_past_can_be_asked_for() {
        assert!(check_share_offset_reset("share.auto.offset.reset", "by_duration:P1D").is_ok());
        for text in ["by_duration:-P1D", "by_duration", "by_duration:", "none", "EARLIEST"] {
            assert!(check_share_offset_reset("share.auto.offset.reset", text).is_err(), "{text}");
        }
    }
}
