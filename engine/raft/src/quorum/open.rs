//! From what a restart finds on disk to a role: which epoch, which vote, whether there may be an election at once.

use super::role::{Candidate, Leader, Resigned, Role, Unattached};
use super::{Action, Quorum, QuorumConfig};
use crate::batch::{ControlBatch, ControlRecord};
use crate::{ControlHistory, ElectionState, OffsetAndEpoch, ReplicaKey, VoterSet};
use ottla_model::{BrokerId, LeaderEpoch, Timestamp};

/// What the driver found on disk.
#[derive(Debug, Clone)]
pub struct OpenedLog {
    /// What the newest snapshot and the whole log after it say of voters and versions.
    pub history: ControlHistory,
    /// The content of `quorum-state`; `None` if there is no such file, which is so after formatting.
    pub election: Option<ElectionState>,
    /// Where the log ends. If the log holds no records, the end and epoch of the newest snapshot, or zeros.
    pub end: OffsetAndEpoch,
}

/// Why this node can have no part in the quorum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Neither configuration nor log names a voter.
    #[error(
        "no voters are known: set controller.quorum.voters, or format the metadata directory with --standalone or \
         --initial-controllers"
    )]
    NoVoters,
    /// Other nodes vote, or this node with another directory.
    #[error("this node, {local}, is not one of the voters {voters}")]
    NotAVoter {
        /// This node's id and directory id.
        local: ReplicaKey,
        /// Who votes.
        voters: VoterSet,
    },
    /// This node votes, and others with it.
    #[error("the voters are {voters}: a quorum of several voters is not supported yet")]
    SeveralVoters {
        /// Who votes.
        voters: VoterSet,
    },
    /// There is no epoch after the one on disk.
    #[error("epoch {0} is the last that can be counted")]
    EpochsExhausted(LeaderEpoch),
}

impl Quorum {
    /// Takes up where the disk left off. The only voter elects itself at once, into an epoch of its own.
    ///
    /// # Errors
    /// This release runs a quorum of one; every other voter set is refused, see [`OpenError`].
    pub fn open(config: QuorumConfig, opened: OpenedLog, now: Timestamp) -> Result<(Self, Vec<Action>), OpenError> {
        let local = config.local();
        let voters = opened.history.voters();
        if voters.is_empty() {
            return Err(OpenError::NoVoters);
        }
        if !voters.is_voter(local) {
            return Err(OpenError::NotAVoter { local, voters: voters.clone() });
        }
        if voters.len() > 1 {
            return Err(OpenError::SeveralVoters { voters: voters.clone() });
        }
        let mut quorum = Self {
            role: first_role(opened.election.unwrap_or_default(), opened.end, local),
            config,
            history: opened.history,
            log_end: opened.end,
            high_watermark: None,
            last_append_at: now,
        };
        let actions = quorum.elect_the_only_voter(now)?;
        Ok((quorum, actions))
    }

    /// With nobody else to ask, an election is won by its own vote. The steps in between are not made durable one by
    /// one: nothing leaves this replica before the last of them is, and that one says it all.
    fn elect_the_only_voter(&mut self, now: Timestamp) -> Result<Vec<Action>, OpenError> {
        let candidate = match &self.role {
            // The vote was made durable, the leadership was not: nothing has been written in that epoch.
            Role::Candidate(candidate) => candidate.epoch(),
            _ => next_epoch(self.epoch())?,
        };
        let candidate = Candidate::new(candidate, self.config.local());
        let elected_by = candidate.elected_by(self.voters());
        let epoch = candidate.epoch();
        self.role = Role::Candidate(candidate);
        Ok(match elected_by {
            Some(granting) => self.become_leader(epoch, &granting, now),
            None => vec![self.persist_election()],
        })
    }

    /// Makes the leadership durable, then opens the epoch with the control records that Kafka opens it with: always
    /// LEADER_CHANGE; and the voters, if the log does not hold them yet or this voter's listeners have changed.
    fn become_leader(&mut self, epoch: LeaderEpoch, granting: &[BrokerId], now: Timestamp) -> Vec<Action> {
        let local = self.config.local();
        self.role = Role::Leader(Leader::new(epoch, local.id, self.log_end.offset));
        let mut records = vec![ControlRecord::leader_change(local.id, self.voters().ids(), granting)];
        if self.kraft_version().is_reconfigurable() {
            let known = self.voters();
            let updated = known.updated(self.config.local_voter()).filter(|updated| updated != known);
            if updated.is_some() || !self.history.voters_are_in_the_log() {
                records.push(ControlRecord::KRaftVersion(self.kraft_version()));
                records.push(ControlRecord::Voters(updated.unwrap_or_else(|| known.clone())));
            }
        }
        let mut actions = vec![self.persist_election()];
        actions.extend(self.append_control(&records, now));
        actions
    }

    fn append_control(&mut self, records: &[ControlRecord], now: Timestamp) -> [Action; 2] {
        let base_offset = self.log_end.offset;
        let batch = ControlBatch { base_offset, epoch: self.epoch(), append_time: now, records }.to_bytes();
        for (record, delta) in records.iter().zip(0i64..) {
            self.history.observe_record(base_offset + delta, record);
        }
        self.append(batch, records.len(), now)
    }

    /// Counts a built batch into the log.
    pub(super) fn append(&mut self, batch: bytes::Bytes, record_count: usize, now: Timestamp) -> [Action; 2] {
        let base_offset = self.log_end.offset;
        let epoch = self.epoch();
        let end = base_offset + record_count as i64;
        self.log_end = OffsetAndEpoch { offset: end, epoch };
        self.last_append_at = now;
        [Action::Append { base_offset, last_offset: end - 1, epoch, batch }, Action::Sync]
    }
}

/// The role in which a restarted replica begins, before anything happens.
fn first_role(election: ElectionState, log_end: OffsetAndEpoch, local: ReplicaKey) -> Role {
    if election.epoch < log_end.epoch {
        // The file is older than the log, or lost. The vote it holds is of an epoch that is over.
        return Role::Unattached(Unattached::new(ElectionState { epoch: log_end.epoch, leader: None, voted: None }));
    }
    if election.leader == Some(local.id) {
        return Role::Resigned(Resigned::new(election.epoch, local.id));
    }
    if election.voted.is_some_and(|voted| voted.admits(local)) {
        return Role::Candidate(Candidate::new(election.epoch, local));
    }
    Role::Unattached(Unattached::new(election))
}

fn next_epoch(epoch: LeaderEpoch) -> Result<LeaderEpoch, OpenError> {
    if epoch.value() == i32::MAX { Err(OpenError::EpochsExhausted(epoch)) } else { Ok(epoch.next()) }
}
