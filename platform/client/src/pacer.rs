//! Doing something in the background once at a time, and not at once again after it failed.

use crate::backoff::Backoff;
use crate::random::Random;
use tokio::time::Instant;

/// Whether to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Yes; say how it ended.
    Now,
    /// It is being done.
    Running,
    /// It failed, and it is too early to do it again.
    WaitUntil(Instant),
}

/// How far something is that is done in the background.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pacer {
    running: bool,
    failures: u32,
    not_before: Option<Instant>,
}

impl Pacer {
    /// Asks to begin.
    pub(crate) fn begin(&mut self, now: Instant) -> Begin {
        match self.not_before {
            _ if self.running => Begin::Running,
            Some(not_before) if not_before > now => Begin::WaitUntil(not_before),
            _ => {
                self.running = true;
                Begin::Now
            }
        }
    }

    /// It is done.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It came to nothing.
    pub(crate) fn failed(&mut self, backoff: Backoff, random: &Random) {
        self.running = false;
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(Instant::now() + backoff.pause(self.failures, random));
    }
}

#[cfg(test)]
mod tests {
    use super::{Begin, Pacer};
    use crate::backoff::Backoff;
    use crate::random::Random;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn one_at_a_time_and_a_pause_after_a_failure() {
        let backoff = Backoff { first: Duration::from_secs(60), longest: Duration::from_secs(60) };
        let mut pacer = Pacer::default();
        let now = Instant::now();
        assert_eq!(pacer.begin(now), Begin::Now);
        assert_eq!(pacer.begin(now), Begin::Running);
        pacer.failed(backoff, &Random::seeded(1));
        let Begin::WaitUntil(when) = pacer.begin(now) else { panic!("it has just failed") };
        assert_eq!(pacer.begin(when), Begin::Now);
        pacer.succeeded();
        assert_eq!(pacer.begin(now), Begin::Now);
    }
}
