//! Pauses that grow.

use crate::random::Random;
use std::time::Duration;

/// How far a pause may be from its nominal length, so that clients that failed together do not retry together.
const JITTER: f64 = 0.2;

/// Pauses of `first`, twice that, and so on up to `longest`, each a fifth more or less.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause after that many failures in a row, counted from 1.
    pub(crate) fn pause(&self, failures: u32, random: &Random) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let nominal = self.first.saturating_mul(1 << doublings).min(self.longest.max(self.first));
        nominal.mul_f64(1.0 + JITTER * random.spread())
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use crate::random::Random;
    use std::time::Duration;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(1_000) };
        let random = Random::seeded(3);
        for (failures, nominal) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (4_000_000_000, 1_000)] {
            for _ in 0..50 {
                let pause = backoff.pause(failures, &random).as_millis();
                assert!((nominal * 4 / 5..=nominal * 6 / 5).contains(&pause), "{failures}: {pause}");
            }
        }
    }
}
