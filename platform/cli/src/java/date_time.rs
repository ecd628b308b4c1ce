//! Moments as Kafka's tools take them: `2026-11-22T19:53:08.262`, in UTC unless a zone follows.
//!
//! Kafka reads them with a `SimpleDateFormat`, first by the pattern `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`, then with `X` for the
//! zone. That is stricter than ISO 8601 in some places (there must be milliseconds) and laxer in others (`.1` and `.0001`
//! are one millisecond, blanks may stand before a number, anything may follow the zone). Dates are Gregorian throughout.

use super::exception::Exception;
use super::text::split;

const MILLISECONDS_PER_MINUTE: i64 = 60_000;
/// What Java's calendar takes for a zone.
const ZONE_MINUTES: std::ops::RangeInclusive<i64> = -13 * 60..=14 * 60;

/// Milliseconds since 1970.
///
/// # Errors
/// The text is no moment: what Kafka's tools say then.
pub fn parse(text: &str) -> Result<i64, Exception> {
    let unparseable = |message: String| Exception::new("java.text.ParseException", message);
    let parts = split(text, 'T');
    let Some(time) = parts.get(1) else {
        let message = "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format";
        return Err(unparseable(message.to_owned()));
    };
    let with_zone = if time.contains(['+', '-', 'Z']) { text.to_owned() } else { format!("{text}Z") };
    moment(&with_zone, true)
        .or_else(|| moment(&with_zone, false))
        .ok_or_else(|| unparseable(format!("Unparseable date: \"{with_zone}\"")))
}

fn moment(text: &str, zone_has_minutes: bool) -> Option<i64> {
    let mut rest = Rest(text);
    let year = rest.number()?;
    rest.literal('-')?;
    let month = rest.number().filter(|month| (1..=12).contains(month))?;
    rest.literal('-')?;
    let day = rest.number().filter(|day| (1..=days_in_month(year, month)).contains(day))?;
    rest.literal('T')?;
    let hour = rest.number().filter(|hour| *hour < 24)?;
    rest.literal(':')?;
    let minute = rest.number().filter(|minute| *minute < 60)?;
    rest.literal(':')?;
    let second = rest.number().filter(|second| *second < 60)?;
    rest.literal('.')?;
    let millisecond = rest.number().filter(|millisecond| *millisecond < 1000)?;
    let zone_minutes = rest.zone(zone_has_minutes).filter(|minutes| ZONE_MINUTES.contains(minutes))?;
    let minutes = (days_since_epoch(year, month, day) * 24 + hour) * 60 + minute - zone_minutes;
    Some(minutes * MILLISECONDS_PER_MINUTE + second * 1000 + millisecond)
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn literal(&mut self, character: char) -> Option<()> {
        self.0 = self.0.strip_prefix(character)?;
        Some(())
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    /// As many digits as there are. (Nine of them are more than any field can use.)
    fn number(&mut self) -> Option<i64> {
        self.skip_blanks();
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        let number = digits.parse().ok().filter(|_| length <= 9)?;
        self.0 = rest;
        Some(number)
    }

    /// Minutes east of Greenwich.
    fn zone(&mut self, has_minutes: bool) -> Option<i64> {
        self.skip_blanks();
        let (sign, digits) = match self.0.split_at_checked(1)? {
            ("Z", _) => return Some(0),
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let two_digits = |at: usize| -> Option<i64> {
            let digits = digits.get(at..at + 2)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let hours = two_digits(0).filter(|hours| *hours < 24)?;
        if !has_minutes {
            return Some(sign * hours * 60);
        }
        (digits.get(2..3)? == ":").then_some(())?;
        let minutes = two_digits(3).filter(|minutes| *minutes < 60)?;
        Some(sign * (hours * 60 + minutes))
    }
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Counted in years that begin in March, so that leap days come last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    const DAYS_FROM_MARCH_OF_YEAR_0: i64 = 719_468;
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let leap_days = year_from_march.div_euclid(4) - year_from_march.div_euclid(100) + year_from_march.div_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    year_from_march * 365 + leap_days + day_of_year - DAYS_FROM_MARCH_OF_YEAR_0
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn moments_are_in_utc_unless_they_say_otherwise() {
        for (text, milliseconds) in [
            ("1970-01-01T00:00:00.000", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T12:34:56.789", 951_827_696_789),
            ("2026-11-22T19:53:08.262Z", 1_795_377_188_262),
            ("2026-11-22T20:53:08.262+01:00", 1_795_377_188_262),
            ("2026-11-22T16:53:08.262-03", 1_795_377_188_262),
            ("2100-03-01T00:00:00.000", 4_107_542_400_000),
            ("2026-11-22T20:53:08.262+0100", 1_795_377_188_262),
            ("2026-11-22T19:53:08.00262", 1_795_377_188_262),
            ("1970-1-1T0:0:0.1", 1),
        ] {
            assert_eq!(parse(text).unwrap(), milliseconds, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_named() {
        for text in [
            "2026-11-22T19:53:08",
            "2026-13-22T19:53:08.000",
            "2025-02-29T00:00:00.000",
            "2026-11-22T24:00:00.000",
            "2026-11-22T10:60:00.000",
            "2026-11-22T10:00:00.1234",
            "Tx",
        ] {
            let with_zone = format!("java.text.ParseException: Unparseable date: \"{text}Z\"");
            assert_eq!(parse(text).unwrap_err().to_string(), with_zone);
        }
        assert!(parse("2026-11-22T10:00:00.000-14:00").is_err(), "no calendar has that zone");
        for text in ["2026-11-22", "", "T", "yesterday"] {
            assert!(parse(text).unwrap_err().message.contains("It does not contain a 'T'"), "{text}");
        }
    }
}
