//! The time, for those who must not ask for it themselves.

use ottla_model::Timestamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    /// The machine's clocks, counting from now.
    pub fn start() -> Self {
        Self { started: Instant::now(), started_at: time_of_day() }
    }

    /// The time of day. Follows corrections of the machine's clock, back too.
    pub fn now(self) -> Timestamp {
        time_of_day()
    }

    /// The time of day that it would be if nobody had corrected the machine's clock since the start: for those who must
    /// not take a correction for time that has passed. Never goes back.
    pub fn steady_now(self) -> Timestamp {
        self.started_at.plus_milliseconds(i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    /// How long this process has been running. Never goes back.
    pub fn elapsed(self) -> Duration {
        self.started.elapsed()
    }
}

fn time_of_day() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
