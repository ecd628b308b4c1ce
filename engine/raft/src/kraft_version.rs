//! The finalized level of the feature `kraft.version`.

/// How the quorum knows its voters, and how it writes `quorum-state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum KRaftVersion {
    /// Voters come from `controller.quorum.voters` and have no directory ids. The level when nothing says otherwise.
    #[default]
    Static,
    /// Voters come from control records in the log and its snapshots, and can be changed (KIP-853).
    Reconfigurable,
}

/// A level of `kraft.version` that this release does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("kraft.version {0} is not known; known are 0 and 1")]
pub struct UnknownKRaftVersion(pub i16);

impl KRaftVersion {
    /// The lowest level that this release runs at.
    pub const LOWEST: Self = Self::Static;
    /// The highest level that this release runs at.
    pub const HIGHEST: Self = Self::Reconfigurable;

    /// The level as features are numbered.
    pub const fn level(self) -> i16 {
        match self {
            Self::Static => 0,
            Self::Reconfigurable => 1,
        }
    }
    /// Whether the voters are control records (KIP-853) rather than configuration.
    pub const fn is_reconfigurable(self) -> bool {
        matches!(self, Self::Reconfigurable)
    }
}

impl TryFrom<i16> for KRaftVersion {
    type Error = UnknownKRaftVersion;
    fn try_from(level: i16) -> Result<Self, UnknownKRaftVersion> {
        match level {
            0 => Ok(Self::Static),
            1 => Ok(Self::Reconfigurable),
            other => Err(UnknownKRaftVersion(other)),
        }
    }
}
