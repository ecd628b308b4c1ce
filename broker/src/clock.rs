//! The time, for those who must not ask for it themselves.

use ottla_model::Timestamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// The machine's clocks, counting from now.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// The time of day. Follows corrections of the machine's clock, back too.
    pub fn now(self) -> Timestamp {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::new(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }

    /// How long this process has been running. Never goes back.
    pub fn elapsed(self) -> Duration {
        self.started.elapsed()
    }
}
