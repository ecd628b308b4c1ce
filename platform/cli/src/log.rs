//! What is logged, on standard error, as Kafka's tools lay it out: `[2026-11-22 19:53:08,262] WARN message (where)`.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Logs warnings and errors of this process to standard error from now on. Does nothing the second time.
pub fn start() {
    let subscriber = tracing_subscriber::fmt()
        .event_format(KafkaLayout)
        .with_max_level(Level::WARN)
        .with_writer(std::io::stderr)
        .finish();
    // Whoever was first keeps the log.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// A line as it is logged, for what a tool itself has to say.
pub fn line(level: &str, message: &str, place: &str) -> String {
    format!("[{}] {level} {message} ({place})", CivilTime::now())
}

struct KafkaLayout;

impl<S, N> FormatEvent<S, N> for KafkaLayout
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        write!(writer, "[{}] {} ", CivilTime::now(), metadata.level())?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer, " ({})", metadata.target())
    }
}

/// A moment in UTC, to be shown.
struct CivilTime {
    milliseconds: u64,
}

impl CivilTime {
    fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { milliseconds: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.milliseconds / 1000;
        let (year, month, day) = civil_date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let milliseconds = self.milliseconds % 1000;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{milliseconds:03}")
    }
}

/// Year, month and day of a day counted from 1970-01-01. Years are counted from March, so that leap days come last, and
/// by eras of 400 years, which all have as many days.
fn civil_date(days_since_epoch: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_PER_ERA: u64 = 146_097;
    let days = days_since_epoch + DAYS_FROM_MARCH_OF_YEAR_0;
    let day_of_era = days % DAYS_PER_ERA;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = days / DAYS_PER_ERA * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::CivilTime;

    #[test]
    fn moments_read_as_dates() {
        for (milliseconds, text) in [
            (0, "1970-01-01 00:00:00,000"),
            (951_827_696_789, "2000-02-29 12:34:56,789"),
            (1_795_377_188_262, "2026-11-22 19:53:08,262"),
            (4_107_542_399_999, "2100-02-28 23:59:59,999"),
            (4_107_542_400_000, "2100-03-01 00:00:00,000"),
        ] {
            assert_eq!(CivilTime { milliseconds }.to_string(), text);
        }
    }
}
