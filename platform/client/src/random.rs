//! Numbers nobody should guess wrong on purpose: jitter, and which of equals to take. Not for secrets.

use std::sync::Mutex;

/// A small generator (xorshift64*), seeded by the system.
#[derive(Debug)]
pub(crate) struct Random {
    state: Mutex<u64>,
}

impl Random {
    pub(crate) fn new() -> Self {
        let mut seed = [0; 8];
        // Without a random source the sequence is always the same, which nothing here minds.
        let _ = getrandom::fill(&mut seed);
        Self::seeded(u64::from_le_bytes(seed))
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self { state: Mutex::new(seed | 1) }
    }

    fn next(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// One of `0..bound`; 0 if the bound is 0.
    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.next() >> 16).checked_rem(bound as u64).unwrap_or_default() as usize
    }

    /// From -1 to 1.
    pub(crate) fn spread(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_stay_within_their_bounds() {
        let random = Random::seeded(7);
        assert_eq!(random.below(0), 0);
        for _ in 0..1_000 {
            assert!(random.below(3) < 3);
            assert!((-1.0..=1.0).contains(&random.spread()));
        }
        assert!((0..100).any(|_| random.below(2) == 0) && (0..100).any(|_| random.below(2) == 1));
    }
}
