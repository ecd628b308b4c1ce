//! The quorum's own records: a key that says the type, a value that is a protocol message.
//!
//! ```text
//! key    version int16 (0) · type int16
//! value  version int16 · the message's other fields, flexible encoding
//! ```

use crate::voters::InvalidVotersRecord;
use crate::{KRaftVersion, ReplicaKey, UnknownKRaftVersion, VoterSet};
use bytes::Bytes;
use ottla_model::{BrokerId, Timestamp};
use ottla_protocol::messages::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord,
    leader_change_message,
};
use ottla_protocol::{DecodeError, Message, Reader, Writer};
use ottla_records::{ControlRecordError, ControlRecordType};

/// One record of a control batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlRecord {
    /// LEADER_CHANGE (2): the first record of every epoch.
    LeaderChange(LeaderChange),
    /// SNAPSHOT_HEADER (3): the first record of every snapshot.
    SnapshotHeader {
        /// The append time of the last log record that the snapshot stands for. 0 in a `bootstrap.checkpoint`.
        last_contained_log_timestamp: Timestamp,
    },
    /// SNAPSHOT_FOOTER (4): the last record of every snapshot.
    SnapshotFooter,
    /// KRAFT_VERSION (5): the finalized level of `kraft.version` from here on.
    KRaftVersion(KRaftVersion),
    /// KRAFT_VOTERS (6): who votes from here on (KIP-853).
    Voters(VoterSet),
}

/// What a new leader says of its election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderChange {
    /// Who leads.
    pub leader: BrokerId,
    /// Who may vote. Directory ids are in version 1 only, which Kafka 4.3 reads in no case and never writes.
    pub voters: Vec<ReplicaKey>,
    /// Who voted for the leader.
    pub granting_voters: Vec<ReplicaKey>,
}

/// Why a record of a control batch cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum ControlRecordProblem {
    /// The key is not `version, type`.
    #[error(transparent)]
    Key(#[from] ControlRecordError),
    /// A type that has no place in the metadata log, or none that we know.
    #[error("control record type {0:?} does not belong into a metadata log")]
    Type(ControlRecordType),
    /// Not the message that the type promises, or one of a later release.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A level that we cannot run at.
    #[error(transparent)]
    KRaftVersion(#[from] UnknownKRaftVersion),
    /// Voters that cannot be.
    #[error(transparent)]
    Voters(#[from] InvalidVotersRecord),
}

/// The version that every value is written with.
const VALUE_VERSION: i16 = 0;

impl ControlRecord {
    /// What a leader elected by `granting` says to `voters`.
    pub(crate) fn leader_change(
        leader: BrokerId,
        voters: impl Iterator<Item = BrokerId>,
        granting: &[BrokerId],
    ) -> Self {
        let key = |id| ReplicaKey { id, directory: None };
        Self::LeaderChange(LeaderChange {
            leader,
            voters: voters.map(key).collect(),
            granting_voters: granting.iter().copied().map(key).collect(),
        })
    }

    pub(super) fn key(&self) -> [u8; 4] {
        let record_type = match self {
            Self::LeaderChange(_) => ControlRecordType::LeaderChange,
            Self::SnapshotHeader { .. } => ControlRecordType::SnapshotHeader,
            Self::SnapshotFooter => ControlRecordType::SnapshotFooter,
            Self::KRaftVersion(_) => ControlRecordType::KraftVersion,
            Self::Voters(_) => ControlRecordType::KraftVoters,
        };
        record_type.to_key()
    }

    pub(super) fn value(&self) -> Bytes {
        match self {
            Self::LeaderChange(change) => encode(&LeaderChangeMessage {
                version: VALUE_VERSION,
                leader_id: change.leader.value(),
                voters: to_message_voters(&change.voters),
                granting_voters: to_message_voters(&change.granting_voters),
                ..LeaderChangeMessage::default()
            }),
            Self::SnapshotHeader { last_contained_log_timestamp } => encode(&SnapshotHeaderRecord {
                version: VALUE_VERSION,
                last_contained_log_timestamp: last_contained_log_timestamp.value(),
                ..SnapshotHeaderRecord::default()
            }),
            Self::SnapshotFooter => {
                encode(&SnapshotFooterRecord { version: VALUE_VERSION, ..SnapshotFooterRecord::default() })
            }
            Self::KRaftVersion(version) => encode(&KRaftVersionRecord {
                version: VALUE_VERSION,
                kraft_version: version.level(),
                ..KRaftVersionRecord::default()
            }),
            Self::Voters(voters) => encode(&voters.to_record()),
        }
    }

    pub(super) fn decode(key: &[u8], value: Bytes) -> Result<Self, ControlRecordProblem> {
        let record_type = ControlRecordType::from_key(Some(key))?;
        let value = Value(value);
        match record_type {
            ControlRecordType::LeaderChange => {
                let message: LeaderChangeMessage = value.decode()?;
                Ok(Self::LeaderChange(LeaderChange {
                    leader: BrokerId::new(message.leader_id),
                    voters: of_message_voters(&message.voters),
                    granting_voters: of_message_voters(&message.granting_voters),
                }))
            }
            ControlRecordType::SnapshotHeader => {
                let message: SnapshotHeaderRecord = value.decode()?;
                let last_contained_log_timestamp = Timestamp::new(message.last_contained_log_timestamp);
                Ok(Self::SnapshotHeader { last_contained_log_timestamp })
            }
            ControlRecordType::SnapshotFooter => {
                let _: SnapshotFooterRecord = value.decode()?;
                Ok(Self::SnapshotFooter)
            }
            ControlRecordType::KraftVersion => {
                let message: KRaftVersionRecord = value.decode()?;
                Ok(Self::KRaftVersion(KRaftVersion::try_from(message.kraft_version)?))
            }
            ControlRecordType::KraftVoters => {
                let message: VotersRecord = value.decode()?;
                Ok(Self::Voters(VoterSet::of_record(message)?))
            }
            ControlRecordType::Abort | ControlRecordType::Commit | ControlRecordType::Unknown(_) => {
                Err(ControlRecordProblem::Type(record_type))
            }
        }
    }
}

struct Value(Bytes);

impl Value {
    /// Decodes by the version that stands first in the value: these messages name their version themselves.
    fn decode<M: Message>(self) -> Result<M, ControlRecordProblem> {
        // Shorter than a version, it is some unknown version: no message decodes as -1.
        let version = self.0.first_chunk().copied().map_or(-1, i16::from_be_bytes);
        let mut reader = Reader::new(self.0);
        let message = M::decode(&mut reader, version)?;
        reader.expect_end()?;
        Ok(message)
    }
}

fn encode(message: &impl Message) -> Bytes {
    let mut writer = Writer::new();
    message.encode(&mut writer, VALUE_VERSION).expect("lengths of a control record fit their fields");
    writer.finish_to_bytes().expect("no record bytes from files")
}

fn to_message_voters(voters: &[ReplicaKey]) -> Vec<leader_change_message::Voter> {
    let voter = |key: &ReplicaKey| leader_change_message::Voter {
        voter_id: key.id.value(),
        ..leader_change_message::Voter::default()
    };
    voters.iter().map(voter).collect()
}

fn of_message_voters(voters: &[leader_change_message::Voter]) -> Vec<ReplicaKey> {
    voters.iter().map(|voter| ReplicaKey::new(BrokerId::new(voter.voter_id), voter.voter_directory_id)).collect()
}
