//! The file `quorum-state`: what a replica must not forget about elections.
//!
//! One line of JSON, no newline. Version 0 goes with `kraft.version` 0, version 1 with `kraft.version` 1; the version is
//! written from what the log says, so the file changes shape when the feature is upgraded. Both are always readable.
//!
//! ```text
//! {"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}
//! {"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
//! ```

use crate::{KRaftVersion, ReplicaKey, VoterSet};
use ottla_model::{BrokerId, LeaderEpoch, Uuid};
use serde::{Deserialize, Serialize};

/// What a replica knows of the newest election it has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ElectionState {
    /// The newest epoch that the replica knows.
    pub epoch: LeaderEpoch,
    /// Who leads in that epoch, if that is known.
    pub leader: Option<BrokerId>,
    /// Whom this replica gave its vote in that epoch. Without a directory id if that was written at version 0.
    pub voted: Option<ReplicaKey>,
}

/// Why a `quorum-state` cannot be used. Guessing would risk a second vote in one epoch.
#[derive(Debug, thiserror::Error)]
pub enum QuorumStateError {
    /// Not one JSON object with the fields of its version.
    #[error("quorum-state cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a release that we do not know.
    #[error("quorum-state has data_version {0}; known are 0 and 1")]
    UnknownVersion(i16),
    /// A field with a number that it cannot have.
    #[error("quorum-state has {field} {value}")]
    OutOfRange {
        /// Which field, by its JSON name.
        field: &'static str,
        /// What it says.
        value: i64,
    },
    /// The text is a directory id's place, but no directory id.
    #[error("quorum-state has a votedDirectoryId that is no id: {0}")]
    DirectoryId(#[from] ottla_model::UuidParseError),
    /// The file belongs to another cluster (only version 0 can say so, and Kafka leaves it empty).
    #[error("quorum-state is of cluster {found}, this node is of cluster {expected}")]
    OtherCluster {
        /// What the file says.
        found: String,
        /// What `meta.properties` says.
        expected: String,
    },
}

#[derive(Deserialize)]
struct Version {
    data_version: i16,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version0 {
    cluster_id: String,
    leader_id: i32,
    leader_epoch: i32,
    voted_id: i32,
    applied_offset: i64,
    current_voters: Option<Vec<VoterId>>,
    #[serde(rename = "data_version")]
    data_version: i16,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoterId {
    voter_id: i32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version1 {
    leader_id: i32,
    leader_epoch: i32,
    voted_id: i32,
    voted_directory_id: String,
    #[serde(rename = "data_version")]
    data_version: i16,
}

/// "Nobody", for a leader and for a vote.
const NOBODY: i32 = -1;

impl ElectionState {
    /// The name of the file in the metadata partition's directory.
    pub const FILE_NAME: &'static str = "quorum-state";

    /// Reads the file's text, either version. `cluster_id` is this node's.
    ///
    /// # Errors
    /// Everything that is not exactly such a file: see [`QuorumStateError`].
    pub fn parse(text: &str, cluster_id: &str) -> Result<Self, QuorumStateError> {
        // Kafka reads the first line and no further.
        let line = text.lines().next().unwrap_or_default();
        match serde_json::from_str::<Version>(line)?.data_version {
            0 => {
                let file: Version0 = serde_json::from_str(line)?;
                if !file.cluster_id.is_empty() && file.cluster_id != cluster_id {
                    return Err(QuorumStateError::OtherCluster {
                        found: file.cluster_id,
                        expected: cluster_id.to_owned(),
                    });
                }
                Self::of_fields(file.leader_epoch, file.leader_id, file.voted_id, Uuid::ZERO)
            }
            1 => {
                let file: Version1 = serde_json::from_str(line)?;
                Self::of_fields(file.leader_epoch, file.leader_id, file.voted_id, file.voted_directory_id.parse()?)
            }
            other => Err(QuorumStateError::UnknownVersion(other)),
        }
    }

    fn of_fields(epoch: i32, leader: i32, voted: i32, directory: Uuid) -> Result<Self, QuorumStateError> {
        if epoch < 0 {
            return Err(QuorumStateError::OutOfRange { field: "leaderEpoch", value: epoch.into() });
        }
        Ok(Self {
            epoch: LeaderEpoch::new(epoch),
            leader: somebody("leaderId", leader)?,
            voted: somebody("votedId", voted)?.map(|id| ReplicaKey::new(id, directory)),
        })
    }

    /// The file's text as Apache Kafka writes it at that `kraft.version`. `voters` are named in version 0 only.
    pub fn to_text(&self, kraft_version: KRaftVersion, voters: &VoterSet) -> String {
        let leader_id = self.leader.map_or(NOBODY, BrokerId::value);
        let leader_epoch = self.epoch.value();
        let voted_id = self.voted.map_or(NOBODY, |voted| voted.id.value());
        let text = match kraft_version {
            KRaftVersion::Static => serde_json::to_string(&Version0 {
                cluster_id: String::new(),
                leader_id,
                leader_epoch,
                voted_id,
                applied_offset: 0,
                current_voters: Some(voters.ids().map(|id| VoterId { voter_id: id.value() }).collect()),
                data_version: 0,
            }),
            KRaftVersion::Reconfigurable => serde_json::to_string(&Version1 {
                leader_id,
                leader_epoch,
                voted_id,
                voted_directory_id: self.voted.map_or(Uuid::ZERO, ReplicaKey::directory_or_zero).to_string(),
                data_version: 1,
            }),
        };
        text.expect("numbers and strings always have a JSON form")
    }
}

fn somebody(field: &'static str, id: i32) -> Result<Option<BrokerId>, QuorumStateError> {
    match id {
        NOBODY => Ok(None),
        0.. => Ok(Some(BrokerId::new(id))),
        _ => Err(QuorumStateError::OutOfRange { field, value: id.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Voter;

    const DIRECTORY: &str = "J8aAPcfLQt2bqs1JT_rMgQ";

    fn one_voter() -> VoterSet {
        [Voter::local(ReplicaKey { id: BrokerId::new(1), directory: None }, Vec::new())].into_iter().collect()
    }

    #[test]
    fn version_0_is_written_as_kafka_writes_it() {
        let leading = ElectionState { epoch: LeaderEpoch::new(1), leader: Some(BrokerId::new(1)), voted: None };
        let text = leading.to_text(KRaftVersion::Static, &one_voter());
        assert_eq!(
            text,
            r#"{"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#
        );
        assert_eq!(ElectionState::parse(&text, "any").unwrap(), leading);
    }

    #[test]
    fn version_1_is_written_as_kafka_writes_it() {
        let leading = ElectionState { epoch: LeaderEpoch::new(1), leader: Some(BrokerId::new(1)), voted: None };
        let text = leading.to_text(KRaftVersion::Reconfigurable, &one_voter());
        assert_eq!(
            text,
            r#"{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
        );
        assert_eq!(ElectionState::parse(&text, "any").unwrap(), leading);
    }

    #[test]
    fn a_vote_keeps_its_directory_in_version_1_and_loses_it_in_version_0() {
        let voted = ReplicaKey::new(BrokerId::new(1), DIRECTORY.parse().unwrap());
        let state = ElectionState { epoch: LeaderEpoch::new(2), leader: None, voted: Some(voted) };
        let read = |version| ElectionState::parse(&state.to_text(version, &one_voter()), "any").unwrap().voted.unwrap();
        assert_eq!(read(KRaftVersion::Reconfigurable), voted);
        assert_eq!(read(KRaftVersion::Static), ReplicaKey { directory: None, ..voted });
    }

    #[test]
    fn what_is_not_such_a_file_is_refused() {
        let refused = |text: &str| ElectionState::parse(text, "ours").unwrap_err().to_string();
        assert!(refused("").contains("cannot be read"));
        assert!(refused("[1]").contains("cannot be read"));
        assert!(refused(r#"{"leaderId":1}"#).contains("data_version"));
        assert!(refused(r#"{"leaderId":1,"data_version":2}"#).contains("data_version 2"));
        assert!(refused(r#"{"leaderId":1,"data_version":1}"#).contains("leaderEpoch"));
        assert_eq!(
            refused(
                r#"{"leaderId":1,"leaderEpoch":-2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
            ),
            "quorum-state has leaderEpoch -2"
        );
        assert_eq!(
            refused(
                r#"{"leaderId":-7,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
            ),
            "quorum-state has leaderId -7"
        );
        assert!(
            refused(r#"{"leaderId":1,"leaderEpoch":2,"votedId":1,"votedDirectoryId":"x","data_version":1}"#)
                .contains("votedDirectoryId")
        );
        assert_eq!(
            refused(
                r#"{"clusterId":"theirs","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":null,"data_version":0}"#
            ),
            "quorum-state is of cluster theirs, this node is of cluster ours"
        );
    }
}
