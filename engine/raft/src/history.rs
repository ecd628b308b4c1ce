//! What the log says of itself: voters and `kraft.version` at each offset.
//!
//! A voter set is in force from the moment its record is in the log, committed or not (Raft §6), so this follows the log's
//! end and not its high watermark.

use crate::batch::{BatchContent, ControlRecord, MetadataBatch};
use crate::snapshot::SnapshotId;
use crate::{KRaftVersion, VoterSet};
use ottla_model::Offset;
use std::collections::BTreeMap;

/// Voters and `kraft.version` by offset.
#[derive(Debug, Clone, Default)]
pub struct ControlHistory {
    static_voters: VoterSet,
    /// By the smallest log end (exclusive) that includes the record. 0 for the snapshot at offset 0, which `format` makes:
    /// no leader has written its voters to the log yet.
    voters: BTreeMap<Offset, VoterSet>,
    versions: BTreeMap<Offset, KRaftVersion>,
}

impl ControlHistory {
    /// Nothing read yet. `static_voters` are those of `controller.quorum.voters`; the log's own voters supersede them.
    pub fn new(static_voters: VoterSet) -> Self {
        Self { static_voters, ..Self::default() }
    }

    /// Takes in the control records of a snapshot, in place of everything known so far.
    pub fn load_snapshot<'a>(&mut self, id: SnapshotId, records: impl IntoIterator<Item = &'a ControlRecord>) {
        self.voters.clear();
        self.versions.clear();
        for record in records {
            self.observe(id.end_offset, record);
        }
    }
    /// Takes in one batch of the log, whose data records do not matter here.
    pub fn observe_batch(&mut self, batch: &MetadataBatch) {
        if let BatchContent::Control(records) = &batch.content {
            for (record, delta) in records.iter().zip(0i64..) {
                self.observe_record(batch.base_offset + delta, record);
            }
        }
    }
    /// Takes in one control record of the log.
    pub fn observe_record(&mut self, offset: Offset, record: &ControlRecord) {
        self.observe(offset.next(), record);
    }
    fn observe(&mut self, end_offset: Offset, record: &ControlRecord) {
        match record {
            ControlRecord::KRaftVersion(version) => {
                self.versions.insert(end_offset, *version);
            }
            ControlRecord::Voters(voters) => {
                self.voters.insert(end_offset, voters.clone());
            }
            ControlRecord::LeaderChange(_) | ControlRecord::SnapshotHeader { .. } | ControlRecord::SnapshotFooter => {}
        }
    }

    /// The voters in force at the log's end.
    pub fn voters(&self) -> &VoterSet {
        self.voters.last_key_value().map_or(&self.static_voters, |(_, voters)| voters)
    }
    /// The `kraft.version` in force at the log's end.
    pub fn kraft_version(&self) -> KRaftVersion {
        self.versions.last_key_value().map_or(KRaftVersion::default(), |(_, version)| *version)
    }
    /// The voters that a snapshot with that (exclusive) end must carry: those from control records, never static ones.
    pub fn voters_at(&self, end_offset: Offset) -> Option<&VoterSet> {
        self.voters.range(..=end_offset).next_back().map(|(_, voters)| voters)
    }
    /// The `kraft.version` that a snapshot with that (exclusive) end must carry.
    pub fn kraft_version_at(&self, end_offset: Offset) -> KRaftVersion {
        self.versions.range(..=end_offset).next_back().map_or(KRaftVersion::default(), |(_, version)| *version)
    }
    /// Whether a leader has ever written the voters to the log: not so while they are only in the snapshot at offset 0.
    pub fn voters_are_in_the_log(&self) -> bool {
        self.voters.last_key_value().is_some_and(|(end_offset, _)| *end_offset > Offset::ZERO)
    }
}
