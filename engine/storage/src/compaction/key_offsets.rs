//! The last offset of each key, in a bounded amount of memory.

use ottla_model::Offset;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Remembers the last offset of each key. Of the keys themselves it keeps 128 bits of hash: two keys with the same hash
/// would be taken for one, and the older record lost. With SipHash under keys that nobody outside knows, nobody can make
/// such keys on purpose, and by chance a billion keys have one in 10²⁰ to collide. (Kafka takes MD5, for which keys that
/// collide can be made.)
///
/// Open addressing with linear probing: a slot is 24 bytes, and there is nothing else.
#[derive(Debug)]
pub(super) struct KeyOffsets {
    hashers: [RandomState; 2],
    slots: Vec<Slot>,
    len: usize,
    len_max: usize,
    latest: Option<Offset>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: (u64, u64),
    /// Plus one, so that an empty slot is all zeros.
    offset_plus_one: i64,
}

impl Slot {
    const EMPTY: Self = Self { hash: (0, 0), offset_plus_one: 0 };
}

/// Kafka's `log.cleaner.io.buffer.load.factor`, where the one that is given is none.
const LOAD_FACTOR_DEFAULT: f64 = 0.9;

/// There is no room for another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl KeyOffsets {
    /// A table of at most `bytes_max`, filled to at most `load_factor` (0 to 1), and no larger than `keys_max` keys need.
    pub(super) fn new(hashers: [RandomState; 2], bytes_max: usize, load_factor: f64, keys_max: u64) -> Self {
        let load_factor = if load_factor > 0.0 { load_factor.min(1.0) } else { LOAD_FACTOR_DEFAULT };
        let slots_max = (bytes_max / size_of::<Slot>()).max(2);
        // Rounded up, and one slot more, so that a probe always ends at an empty one.
        let slots_wanted = ((keys_max as f64 / load_factor) as u64).saturating_add(2);
        let slots = usize::try_from(slots_wanted).unwrap_or(usize::MAX).min(slots_max);
        let len_max = ((slots as f64 * load_factor) as usize).clamp(1, slots - 1);
        Self { hashers, slots: vec![Slot::EMPTY; slots], len: 0, len_max, latest: None }
    }

    /// The last offset that this table speaks of (inclusive): what comes later it does not know.
    pub(super) fn latest(&self) -> Option<Offset> {
        self.latest
    }
    /// Says that all records up to this offset (inclusive) have been looked at.
    pub(super) fn reach(&mut self, offset: Offset) {
        self.latest = Some(self.latest.map_or(offset, |latest| latest.max(offset)));
    }
    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Remembers the offset of a key, which is higher than any before.
    pub(super) fn put(&mut self, key: &[u8], offset: Offset) -> Result<(), Full> {
        if self.len == self.len_max {
            return Err(Full);
        }
        let hash = self.hash(key);
        let at = self.probe(hash);
        if self.slots[at].offset_plus_one == 0 {
            self.len += 1;
        }
        self.slots[at] = Slot { hash, offset_plus_one: offset.value().saturating_add(1) };
        self.reach(offset);
        Ok(())
    }

    /// The last offset of a key, if it is known.
    pub(super) fn get(&self, key: &[u8]) -> Option<Offset> {
        match self.slots[self.probe(self.hash(key))].offset_plus_one {
            0 => None,
            plus_one => Some(Offset::new(plus_one - 1)),
        }
    }

    fn hash(&self, key: &[u8]) -> (u64, u64) {
        let hash = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write(key);
            hasher.finish()
        };
        (hash(&self.hashers[0]), hash(&self.hashers[1]))
    }

    /// The slot that holds this hash, or the empty one where it would be. There always is an empty one.
    fn probe(&self, hash: (u64, u64)) -> usize {
        let count = self.slots.len();
        // The high bits of the product spread over all slots, whatever their number.
        let mut at = ((u128::from(hash.0) * count as u128) >> 64) as usize;
        while self.slots[at].offset_plus_one != 0 && self.slots[at].hash != hash {
            at = if at + 1 == count { 0 } else { at + 1 };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, KeyOffsets};
    use ottla_model::Offset;
    use std::hash::RandomState;

    fn table(bytes: usize, load_factor: f64, keys: u64) -> KeyOffsets {
        KeyOffsets::new([RandomState::new(), RandomState::new()], bytes, load_factor, keys)
    }

    #[test]
    fn the_last_offset_of_each_key_is_remembered_to_the_last_slot() {
        let mut table = table(24 * 1000, 1.0, u64::MAX);
        let keys = table.len_max as i64;
        assert!(keys >= 900);
        for round in 0..3 {
            for key in 0..keys {
                let put = table.put(&key.to_be_bytes(), Offset::new(round * keys + key));
                // When it is full, not even a known key is taken: whoever fills it stops there.
                assert_eq!(put, if round == 0 { Ok(()) } else { Err(Full) });
            }
        }
        for key in 0..keys {
            assert_eq!(table.get(&key.to_be_bytes()), Some(Offset::new(key)));
        }
        assert_eq!(table.get(b"another"), None);
        assert_eq!((table.len() as i64, table.latest()), (keys, Some(Offset::new(keys - 1))));
    }

    #[test]
    fn a_later_offset_replaces_an_earlier_one() {
        let mut table = table(1 << 20, 0.9, 100);
        for offset in 0..50 {
            table.put(b"a", Offset::new(2 * offset)).unwrap();
            table.put(b"", Offset::new(2 * offset + 1)).unwrap();
        }
        assert_eq!((table.get(b"a"), table.get(b"")), (Some(Offset::new(98)), Some(Offset::new(99))));
        assert_eq!(table.len(), 2);
        table.reach(Offset::new(120));
        table.reach(Offset::new(110));
        assert_eq!(table.latest(), Some(Offset::new(120)));
    }

    #[test]
    fn memory_is_what_the_keys_need_and_at_most_the_bound() {
        assert!(table(1 << 30, 0.9, 10).slots.len() < 20);
        assert_eq!(table(24 * 100, 0.9, u64::MAX).slots.len(), 100);
        let mut fits = table(1 << 30, 0.5, 10);
        for key in 0..10_u8 {
            fits.put(&[key], Offset::new(i64::from(key))).unwrap();
        }
        let mut tiny = table(0, 0.9, 10);
        assert_eq!(tiny.put(b"a", Offset::ZERO), Ok(()), "one key always fits");
        assert_eq!(tiny.put(b"b", Offset::ZERO), Err(Full));
    }
}
