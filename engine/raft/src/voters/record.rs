//! Voter sets as the control record KRAFT_VOTERS.

use super::{Endpoint, ReplicaKey, Voter, VoterSet};
use ottla_model::BrokerId;
use ottla_protocol::messages::VotersRecord;
use ottla_protocol::messages::voters_record;

/// A KRAFT_VOTERS record that describes no possible voter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVotersRecord {
    /// Ids count from 0.
    #[error("a voter has the id {0}")]
    NegativeId(i32),
    /// Two replicas of one node.
    #[error("voter {0} is there twice")]
    Duplicate(i32),
}

impl VoterSet {
    /// The record that puts this set in force.
    pub(crate) fn to_record(&self) -> VotersRecord {
        VotersRecord { version: 0, voters: self.iter().map(Voter::to_record).collect(), ..VotersRecord::default() }
    }
    /// The set that a record puts in force.
    pub(crate) fn of_record(record: VotersRecord) -> Result<Self, InvalidVotersRecord> {
        let expected = record.voters.len();
        let mut ids = std::collections::BTreeSet::new();
        let mut voters = Vec::with_capacity(expected);
        for voter in record.voters {
            if voter.voter_id < 0 {
                return Err(InvalidVotersRecord::NegativeId(voter.voter_id));
            }
            if !ids.insert(voter.voter_id) {
                return Err(InvalidVotersRecord::Duplicate(voter.voter_id));
            }
            voters.push(Voter::of_record(voter));
        }
        Ok(voters.into_iter().collect())
    }
}

impl Voter {
    fn to_record(&self) -> voters_record::Voter {
        let feature = voters_record::KRaftVersionFeature {
            min_supported_version: *self.kraft_versions.start(),
            max_supported_version: *self.kraft_versions.end(),
            ..voters_record::KRaftVersionFeature::default()
        };
        voters_record::Voter {
            voter_id: self.key.id.value(),
            voter_directory_id: self.key.directory_or_zero(),
            endpoints: self.endpoints.iter().map(Endpoint::to_record).collect(),
            kraft_version_feature: feature,
            ..voters_record::Voter::default()
        }
    }
    fn of_record(record: voters_record::Voter) -> Self {
        let feature = record.kraft_version_feature;
        // Kafka writes them in the order of a hash map. A leader must not take another order for another listener.
        let mut endpoints: Vec<_> = record.endpoints.into_iter().map(Endpoint::of_record).collect();
        endpoints.sort_unstable();
        Self {
            key: ReplicaKey::new(BrokerId::new(record.voter_id), record.voter_directory_id),
            endpoints,
            kraft_versions: feature.min_supported_version..=feature.max_supported_version,
        }
    }
}

impl Endpoint {
    fn to_record(&self) -> voters_record::Endpoint {
        voters_record::Endpoint {
            name: self.listener.clone(),
            host: self.host.clone(),
            port: self.port,
            ..voters_record::Endpoint::default()
        }
    }
    fn of_record(record: voters_record::Endpoint) -> Self {
        Self { listener: record.name, host: record.host, port: record.port }
    }
}
