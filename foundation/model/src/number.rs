//! Numbers with a meaning.

use std::fmt;
use std::ops::{Add, Sub};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps the number as it stands on the wire or on disk.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }
            /// The number as it stands on the wire or on disk.
            pub const fn value(self) -> $inner {
                self.0
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number!(
    /// Position of a record in a partition, from 0.
    Offset(i64)
);
number!(
    /// How many times the leadership of a partition (or of the metadata quorum) has been decided, from 0.
    LeaderEpoch(i32)
);
number!(
    /// A node's id (`node.id`), whatever its roles.
    BrokerId(i32)
);
number!(
    /// Which partition of its topic, from 0.
    PartitionIndex(i32)
);
number!(
    /// An idempotent or transactional producer's id, from 0 (KIP-98).
    ProducerId(i64)
);
number!(
    /// Fences an older instance of the same producer id (KIP-98).
    ProducerEpoch(i16)
);
number!(
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64)
);

impl Offset {
    /// The first offset of every log.
    pub const ZERO: Self = Self(0);
    /// The offset after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
impl Add<i64> for Offset {
    type Output = Self;
    fn add(self, records: i64) -> Self {
        Self(self.0 + records)
    }
}
impl Sub<i64> for Offset {
    type Output = Self;
    fn sub(self, records: i64) -> Self {
        Self(self.0 - records)
    }
}
/// How many offsets lie between the two.
impl Sub for Offset {
    type Output = i64;
    fn sub(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl LeaderEpoch {
    /// The epoch that follows the next election.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl ProducerEpoch {
    /// The highest epoch that is handed to a producer; beyond it a new producer id is needed.
    pub const MAX: Self = Self(i16::MAX);
}

impl Timestamp {
    /// This moment, `milliseconds` later. Saturates at the end of time.
    pub const fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
    /// Milliseconds from `earlier` to this moment; negative if it is later. Saturates.
    pub const fn milliseconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
