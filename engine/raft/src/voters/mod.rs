//! Who votes: replica keys, voters with their endpoints, and sets of them.

mod parse;
mod record;
mod set;

pub use parse::ParseVotersError;
pub use record::InvalidVotersRecord;
pub use set::VoterSet;

use crate::KRaftVersion;
use ottla_model::{BrokerId, Uuid};
use std::fmt;
use std::ops::RangeInclusive;

/// One replica of the metadata log: a node and the directory in which it keeps the log (KIP-853).
///
/// A node that lost its disk comes back with a new directory id, and so cannot vote with a memory that it lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaKey {
    /// `node.id`.
    pub id: BrokerId,
    /// `directory.id` of the metadata directory; `None` where only ids are known (`controller.quorum.voters`).
    pub directory: Option<Uuid>,
}

impl ReplicaKey {
    /// A replica by both its ids. A zero directory id means "not known".
    pub fn new(id: BrokerId, directory: Uuid) -> Self {
        Self { id, directory: (!directory.is_zero()).then_some(directory) }
    }
    /// The directory id as it is written: zero for "not known".
    pub fn directory_or_zero(self) -> Uuid {
        self.directory.unwrap_or(Uuid::ZERO)
    }
    /// Whether `replica` is who this key means. A key without a directory id means any directory of the node.
    pub fn admits(self, replica: Self) -> bool {
        self.id == replica.id && (self.directory.is_none() || self.directory == replica.directory)
    }
}

impl fmt::Display for ReplicaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.directory {
            Some(directory) => write!(f, "{}@{directory}", self.id),
            None => write!(f, "{}", self.id),
        }
    }
}

/// Where a voter can be reached: one of its controller listeners.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The listener's name, upper case: `CONTROLLER`.
    pub listener: String,
    /// Host name or address, as written: not resolved.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// One member of a voter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    /// Who it is.
    pub key: ReplicaKey,
    /// Where it listens, one endpoint a listener name, in order of the names.
    pub endpoints: Vec<Endpoint>,
    /// The levels of `kraft.version` that it can run at.
    pub kraft_versions: RangeInclusive<i16>,
}

impl Voter {
    /// A voter of this release.
    pub fn local(key: ReplicaKey, mut endpoints: Vec<Endpoint>) -> Self {
        endpoints.sort_unstable();
        Self { key, endpoints, kraft_versions: KRaftVersion::LOWEST.level()..=KRaftVersion::HIGHEST.level() }
    }
}
