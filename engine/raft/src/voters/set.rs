//! A set of voters.

use super::{ReplicaKey, Voter};
use ottla_model::BrokerId;
use std::collections::BTreeMap;
use std::fmt;

/// The voters of the quorum, by node id. Two replicas of one node cannot both vote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VoterSet {
    voters: BTreeMap<BrokerId, Voter>,
}

impl VoterSet {
    /// Nobody: the node has been told of no voters.
    pub const fn empty() -> Self {
        Self { voters: BTreeMap::new() }
    }
    /// How many vote.
    pub fn len(&self) -> usize {
        self.voters.len()
    }
    /// Whether nobody votes.
    pub fn is_empty(&self) -> bool {
        self.voters.is_empty()
    }
    /// The voters in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Voter> {
        self.voters.values()
    }
    /// The voters' ids, ascending.
    pub fn ids(&self) -> impl Iterator<Item = BrokerId> {
        self.voters.keys().copied()
    }
    /// The voter with that id.
    pub fn get(&self, id: BrokerId) -> Option<&Voter> {
        self.voters.get(&id)
    }
    /// Whether `replica` has a vote: its id is here, with its directory id or with none.
    pub fn is_voter(&self, replica: ReplicaKey) -> bool {
        self.voters.get(&replica.id).is_some_and(|voter| voter.key.admits(replica))
    }
    /// Whether `replica` alone has a vote.
    pub fn is_only_voter(&self, replica: ReplicaKey) -> bool {
        self.voters.len() == 1 && self.is_voter(replica)
    }
    /// How many voters are a majority: 1 of 1, 2 of 2, 2 of 3.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
    /// This set with what `voter` now says of itself (endpoints, versions), or `None` if it does not vote here.
    pub fn updated(&self, voter: Voter) -> Option<Self> {
        if !self.is_voter(voter.key) {
            return None;
        }
        let mut updated = self.clone();
        updated.voters.insert(voter.key.id, voter);
        Some(updated)
    }
}

/// The last of several voters with one id stays.
impl FromIterator<Voter> for VoterSet {
    fn from_iter<I: IntoIterator<Item = Voter>>(voters: I) -> Self {
        Self { voters: voters.into_iter().map(|voter| (voter.key.id, voter)).collect() }
    }
}

/// `[1@directory, 2@directory]`.
impl fmt::Display for VoterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (position, voter) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", voter.key)?;
        }
        f.write_str("]")
    }
}
