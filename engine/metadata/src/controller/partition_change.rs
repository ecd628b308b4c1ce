//! One partition's next state, and the record that says so: elections, in-sync and eligible replicas, directories.

use super::reassignment;
use crate::features::MetadataVersion;
use crate::image::{LeaderRecoveryState, PartitionImage};
use crate::replay::{NO_LEADER, NO_LEADER_CHANGE, NO_RECOVERY_STATE_CHANGE, ids};
use ottla_model::{BrokerId, PartitionIndex, TopicId, Uuid};
use ottla_protocol::messages::PartitionChangeRecord;
use std::collections::{BTreeMap, BTreeSet};

/// Whom to prefer as a leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Election {
    /// The preferred replica if it is in sync, else as `Online`.
    Preferred,
    /// Whoever leads, else anyone in sync (or eligible): keep the partition online.
    Online,
    /// As `Online`, but rather anyone than no leader. Loses data.
    Unclean,
}

/// What holds around the partition.
pub(super) struct Surroundings<'a> {
    /// Whether a broker may lead this partition: alive, with the replica's directory online.
    pub(super) may_lead: &'a dyn Fn(BrokerId) -> bool,
    /// The directory that a new replica on a broker is assigned to.
    pub(super) default_directory: &'a dyn Fn(BrokerId) -> Uuid,
    /// The metadata version in force.
    pub(super) metadata_version: MetadataVersion,
    /// Whether there are eligible leader replicas (KIP-966).
    pub(super) has_eligible_leader_replicas: bool,
    /// How many replicas must be in sync for acknowledged data to be safe; at most as many as there are.
    pub(super) min_insync_replicas: usize,
}

/// A change of a partition in the making. Starts as no change at all.
pub(super) struct PartitionChange<'a> {
    partition: &'a PartitionImage,
    surroundings: Surroundings<'a>,
    election: Election,
    in_sync: Vec<BrokerId>,
    replicas: Vec<BrokerId>,
    removing: Vec<BrokerId>,
    adding: Vec<BrokerId>,
    eligible: Vec<BrokerId>,
    recovery_state: LeaderRecoveryState,
    directories: BTreeMap<BrokerId, Uuid>,
    stopped_uncleanly: Option<BrokerId>,
}

struct Elected {
    leader: Option<BrokerId>,
    unclean: bool,
}

impl<'a> PartitionChange<'a> {
    pub(super) fn new(partition: &'a PartitionImage, surroundings: Surroundings<'a>) -> Self {
        Self {
            surroundings,
            election: Election::Online,
            in_sync: partition.in_sync_replicas.to_vec(),
            replicas: partition.replicas.to_vec(),
            removing: partition.removing_replicas.to_vec(),
            adding: partition.adding_replicas.to_vec(),
            eligible: partition.eligible_leader_replicas.to_vec(),
            recovery_state: partition.leader_recovery_state,
            directories: partition.replicas.iter().copied().zip(partition.directories.iter().copied()).collect(),
            stopped_uncleanly: None,
            partition,
        }
    }
    pub(super) fn election(mut self, election: Election) -> Self {
        self.election = election;
        self
    }
    pub(super) fn in_sync_replicas(mut self, in_sync: Vec<BrokerId>) -> Self {
        self.in_sync = in_sync;
        self
    }
    pub(super) fn leader_recovery_state(mut self, state: LeaderRecoveryState) -> Self {
        self.recovery_state = state;
        self
    }
    pub(super) fn directory(mut self, broker: BrokerId, directory: Uuid) -> Self {
        self.directories.insert(broker, directory);
        self
    }
    /// A broker came back without having stopped cleanly: what it acknowledged may be gone from its disk.
    pub(super) fn stopped_uncleanly(mut self, broker: Option<BrokerId>) -> Self {
        self.stopped_uncleanly = broker;
        self
    }

    /// The record that makes it so, or `None` if nothing changes.
    pub(super) fn build(mut self, topic_id: TopicId, index: PartitionIndex) -> Option<PartitionChangeRecord> {
        let mut record = PartitionChangeRecord { topic_id, partition_id: index.value(), ..Default::default() };
        self.complete_reassignment();
        self.find_eligible();
        self.elect(&mut record);
        self.raise_leader_epoch_for_lost_replicas(&mut record);
        self.write_eligible(&mut record);
        self.write_in_sync(&mut record);
        self.raise_leader_epoch_for_shrink(&mut record);
        self.write_last_known_leader(&mut record);
        self.write_assignment(&mut record);
        if self.recovery_state != self.partition.leader_recovery_state {
            record.leader_recovery_state = self.recovery_state.value();
        }
        (!is_no_change(&record)).then_some(record)
    }

    fn complete_reassignment(&mut self) {
        let Some(done) = reassignment::completed(&self.replicas, &self.in_sync, &self.removing, &self.adding) else {
            return;
        };
        self.replicas = done.replicas;
        self.in_sync = done.in_sync_replicas;
        self.removing.clear();
        self.adding.clear();
    }

    /// While fewer than `min.insync.replicas` are in sync the high watermark stands still, so those that have just
    /// left hold everything below it: they stay eligible, unless they stopped uncleanly.
    fn find_eligible(&mut self) {
        if !self.surroundings.has_eligible_leader_replicas {
            return;
        }
        if self.in_sync.len() >= self.surroundings.min_insync_replicas {
            self.eligible.clear();
            return;
        }
        let candidates: BTreeSet<BrokerId> =
            self.eligible.iter().chain(&self.partition.in_sync_replicas).copied().collect();
        self.eligible = candidates
            .into_iter()
            .filter(|broker| !self.in_sync.contains(broker) && Some(*broker) != self.stopped_uncleanly)
            .collect();
    }

    fn elect(&mut self, record: &mut PartitionChangeRecord) {
        let Elected { leader, unclean } = self.elected();
        if leader == self.partition.leader {
            return;
        }
        record.leader = leader.map_or(NO_LEADER, |leader| leader.value());
        let Some(leader) = leader else { return };
        if self.eligible.contains(&leader) {
            self.in_sync = vec![leader];
            self.eligible.retain(|&broker| broker != leader);
        }
        if unclean {
            // The new leader's log is the truth now, and nobody else's is known to be the same.
            record.isr = Some(vec![leader.value()]);
            if self.partition.leader_recovery_state != LeaderRecoveryState::Recovering {
                record.leader_recovery_state = LeaderRecoveryState::Recovering.value();
            }
        }
    }

    fn elected(&self) -> Elected {
        let clean = |leader| Elected { leader: Some(leader), unclean: false };
        let unclean = |leader| Elected { leader: Some(leader), unclean: true };
        if self.election == Election::Preferred
            && let Some(&preferred) = self.replicas.first()
            && self.is_good_leader(preferred)
        {
            return clean(preferred);
        }
        // A leader that is still good stays: a change costs every client a metadata request.
        if let Some(leader) = self.partition.leader
            && self.is_good_leader(leader)
        {
            return clean(leader);
        }
        if let Some(&online) = self.replicas.iter().find(|&&replica| self.is_good_leader(replica)) {
            return clean(online);
        }
        if let Some(last_known) = self.last_known_leader() {
            return unclean(last_known);
        }
        if self.election == Election::Unclean
            && let Some(&any) = self.replicas.iter().find(|&&replica| (self.surroundings.may_lead)(replica))
        {
            return unclean(any);
        }
        Elected { leader: None, unclean: false }
    }

    /// In sync; or eligible, if nobody is in sync.
    fn is_good_leader(&self, broker: BrokerId) -> bool {
        let complete = self.in_sync.contains(&broker) || (self.in_sync.is_empty() && self.eligible.contains(&broker));
        complete && (self.surroundings.may_lead)(broker)
    }

    /// Where neither in-sync nor eligible replicas are left, the last leader is the best guess: its log is the longest.
    fn last_known_leader(&self) -> Option<BrokerId> {
        if !self.surroundings.has_eligible_leader_replicas || !self.in_sync.is_empty() || !self.eligible.is_empty() {
            return None;
        }
        match *self.partition.last_known_leaders {
            [last_known] if (self.surroundings.may_lead)(last_known) => Some(last_known),
            _ => None,
        }
    }

    /// A replica that is taken away must learn so before it does harm.
    fn raise_leader_epoch_for_lost_replicas(&self, record: &mut PartitionChangeRecord) {
        let loses_one = self.partition.replicas.iter().any(|replica| !self.replicas.contains(replica));
        if record.leader == NO_LEADER_CHANGE && loses_one {
            record.leader = self.partition.leader.map_or(NO_LEADER, |leader| leader.value());
        }
    }

    fn write_eligible(&mut self, record: &mut PartitionChangeRecord) {
        let unclean = record.isr.is_some();
        if unclean || !self.surroundings.has_eligible_leader_replicas {
            self.eligible.clear();
        }
        if *self.eligible != *self.partition.eligible_leader_replicas {
            record.eligible_leader_replicas = Some(ids(&self.eligible));
        }
    }

    fn write_in_sync(&self, record: &mut PartitionChangeRecord) {
        // Without eligible leader replicas, the last one in sync stays so on paper: somebody must be electable.
        let may_write = !self.in_sync.is_empty() || self.surroundings.has_eligible_leader_replicas;
        if record.isr.is_none() && may_write && *self.in_sync != *self.partition.in_sync_replicas {
            record.isr = Some(ids(&self.in_sync));
        }
    }

    fn raise_leader_epoch_for_shrink(&self, record: &mut PartitionChangeRecord) {
        if !self.surroundings.metadata_version.raises_leader_epoch_on_isr_shrink() || record.leader != NO_LEADER_CHANGE
        {
            return;
        }
        let Some(isr) = &record.isr else { return };
        if self.partition.in_sync_replicas.iter().any(|replica| !isr.contains(&replica.value())) {
            record.leader = self.partition.leader.map_or(NO_LEADER, |leader| leader.value());
        }
    }

    fn write_last_known_leader(&self, record: &mut PartitionChangeRecord) {
        if !self.surroundings.has_eligible_leader_replicas {
            return;
        }
        let knows_one = !self.partition.last_known_leaders.is_empty();
        if record.leader == NO_LEADER && !knows_one {
            record.last_known_elr = self.partition.leader.map(|leader| vec![leader.value()]);
        } else if record.leader >= 0 && knows_one {
            record.last_known_elr = Some(Vec::new());
        }
    }

    fn write_assignment(&self, record: &mut PartitionChangeRecord) {
        if !self.replicas.is_empty() {
            if self.surroundings.metadata_version.has_directory_assignment() {
                let directory = |replica: &BrokerId| {
                    let known = self.directories.get(replica).copied();
                    known.unwrap_or_else(|| (self.surroundings.default_directory)(*replica))
                };
                let directories: Vec<Uuid> = self.replicas.iter().map(directory).collect();
                if *directories != *self.partition.directories {
                    record.directories = Some(directories);
                }
            }
            if *self.replicas != *self.partition.replicas {
                record.replicas = Some(ids(&self.replicas));
            }
        }
        if *self.removing != *self.partition.removing_replicas {
            record.removing_replicas = Some(ids(&self.removing));
        }
        if *self.adding != *self.partition.adding_replicas {
            record.adding_replicas = Some(ids(&self.adding));
        }
    }
}

fn is_no_change(record: &PartitionChangeRecord) -> bool {
    record.isr.is_none()
        && record.eligible_leader_replicas.is_none()
        && record.last_known_elr.is_none()
        && record.leader == NO_LEADER_CHANGE
        && record.replicas.is_none()
        && record.removing_replicas.is_none()
        && record.adding_replicas.is_none()
        && record.leader_recovery_state == NO_RECOVERY_STATE_CHANGE
        && record.directories.is_none()
}
