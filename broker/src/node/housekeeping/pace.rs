//! How fast background work goes on, and until when.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// `log.cleaner.io.max.bytes.per.second`, of all cleaners together.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// When everything that was spent so far is paid for.
    paid_at: Mutex<Duration>,
}

impl Budget {
    /// Spends so many bytes at this moment. Gives how long to wait until what was spent before is paid for: whoever waits
    /// that long each time moves `bytes_per_second` on average.
    pub(super) fn spend(&self, bytes: u64, bytes_per_second: f64, now: Duration) -> Duration {
        let cost = Duration::try_from_secs_f64(bytes as f64 / bytes_per_second).unwrap_or(Duration::MAX);
        let mut paid_at = self.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        // What was not spent is not saved.
        let from = now.max(*paid_at);
        *paid_at = from.saturating_add(cost);
        from - now
    }
}

/// Says to several threads that it is over, also while they wait.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Waits, or until it is over. Whether it is.
    pub(super) fn wait(&self, at_most: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(stopped, at_most, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Stop};
    use std::time::Duration;

    #[test]
    fn bytes_are_paid_for_in_time() {
        let budget = Budget::default();
        let second = Duration::from_secs;
        assert_eq!(budget.spend(1000, 1000.0, second(10)), second(0), "the first goes at once");
        assert_eq!(budget.spend(500, 1000.0, second(10)), second(1));
        assert_eq!(budget.spend(500, 1000.0, second(11)), Duration::from_millis(500));
        assert_eq!(budget.spend(1, 1000.0, second(60)), second(0), "idle time is not saved");
        assert_eq!(budget.spend(1 << 40, f64::MAX, second(70)), second(0));
        assert_eq!(budget.spend(1 << 40, f64::MAX, second(70)), second(0));
    }

    #[test]
    fn whoever_waits_is_woken_at_the_end() {
        let stop = Stop::default();
        assert!(!stop.wait(Duration::ZERO));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| stop.wait(Duration::MAX));
            stop.stop();
            assert!(waiting.join().unwrap());
        });
        assert!(stop.is_stopped());
    }
}
