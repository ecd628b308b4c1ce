//! The feature `transaction.version` (KIP-890).

/// How transactions work: as the cluster has agreed (the finalized feature), or as a client follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TransactionVersion {
    /// As ever: one epoch for all of a producer's transactions.
    #[default]
    V0,
    /// Records of `__transaction_state` have flexible fields.
    V1,
    /// The epoch rises with each transaction, so that nothing late can get into the next one.
    V2,
}

impl TransactionVersion {
    /// The version of a feature level; `None` if nobody has heard of it.
    pub const fn from_level(level: i16) -> Option<Self> {
        match level {
            0 => Some(Self::V0),
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }

    /// The feature level.
    pub const fn level(self) -> i16 {
        match self {
            Self::V0 => 0,
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// What a client follows that sends this version of EndTxn: from version 5 on, [`Self::V2`].
    pub const fn of_end_txn(request_version: i16) -> Self {
        if request_version > 4 { Self::V2 } else { Self::V0 }
    }

    /// What a client follows for whom this version of AddPartitionsToTxn is sent: from version 4 on, which only brokers
    /// send, [`Self::V2`].
    pub const fn of_add_partitions(request_version: i16) -> Self {
        if request_version > 3 { Self::V2 } else { Self::V0 }
    }

    /// Whether each transaction has an epoch of its own.
    pub const fn raises_epochs(self) -> bool {
        matches!(self, Self::V2)
    }
}
