//! How far a transaction is.

use std::fmt;

/// How far a transactional id is with its transaction.
///
/// Kafka has two more names, `Dead` and `PrepareEpochFence`, for moments between a decision and its record; nothing is ever
/// recorded or told under them, and here there are no such moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionState {
    /// The producer has its id, and no transaction since.
    Empty,
    /// There are partitions in the transaction.
    Ongoing,
    /// Committed; not all partitions know yet.
    PrepareCommit,
    /// Aborted; not all partitions know yet.
    PrepareAbort,
    /// Committed, and all partitions know.
    CompleteCommit,
    /// Aborted, and all partitions know.
    CompleteAbort,
}

impl TransactionState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::Ongoing,
        Self::PrepareCommit,
        Self::PrepareAbort,
        Self::CompleteCommit,
        Self::CompleteAbort,
    ];

    /// The name that the protocol has for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }

    /// What stands for it in records.
    pub const fn id(self) -> i8 {
        match self {
            Self::Empty => 0,
            Self::Ongoing => 1,
            Self::PrepareCommit => 2,
            Self::PrepareAbort => 3,
            Self::CompleteCommit => 4,
            Self::CompleteAbort => 5,
        }
    }

    /// The state that stands in a record; `None` if there is none such.
    pub fn from_id(id: i8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }

    /// Whether it is decided how the transaction ends, while not all partitions know.
    pub const fn is_prepared(self) -> bool {
        matches!(self, Self::PrepareCommit | Self::PrepareAbort)
    }
}

impl fmt::Display for TransactionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
