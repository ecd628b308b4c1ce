//! Where random numbers come from: whoever calls.

use ottla_model::Uuid;

/// A source of random numbers: the system's in a node, a seeded one in tests and simulations.
pub trait Random {
    /// Fills `bytes` with random ones.
    fn fill(&mut self, bytes: &mut [u8]);

    /// A random id that may be used for a thing.
    fn uuid(&mut self) -> Uuid {
        loop {
            let mut bytes = [0; 16];
            self.fill(&mut bytes);
            // One in 64 is set apart; the loop ends unless the source is stuck.
            if let Some(id) = Uuid::from_random(bytes) {
                return id;
            }
        }
    }

    /// A random number from 0 to `bound` (exclusive); 0 if `bound` is 0. The bias of the remainder is below one in
    /// four billion for the counts of brokers and racks that are drawn from here.
    fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        match u64::from_le_bytes(bytes).checked_rem(bound as u64) {
            Some(drawn) => drawn as usize,
            None => 0,
        }
    }
}

/// Puts `items` in a random order.
pub(crate) fn shuffle<T>(items: &mut [T], random: &mut dyn Random) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
}
