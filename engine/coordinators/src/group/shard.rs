//! One partition of `__consumer_offsets`: its groups and their offsets.

use crate::group::classic::{ClassicGroups, Effects};
use crate::group::expiry::Expiry;
use crate::group::listing::{DescribedGroup, GroupFilter, ListedGroup};
use crate::group::offsets::{
    CommitReply, CommitRequest, DeleteOffsetsReply, DeleteOffsetsRequest, FetchReply, FetchRequest, OffsetStore,
};
use crate::group::records::{GroupMetadata, GroupRecord};
use crate::group::{
    GroupError, GroupSettings, HeartbeatRequest, JoinReply, JoinRequest, LeaveRequest, LeftMember, MemberIds,
    SyncReply, SyncRequest,
};
use crate::{Answer, AppendRefusal, Outcome, Released, ReplayError, ReplayedRecord, Shard, WaiterId};
use ottla_model::{ProducerId, Timestamp, Uuid};
use std::sync::Arc;

/// One partition of `__consumer_offsets`: its groups and their offsets.
///
/// Classic groups only. Groups of other kinds, which Kafka may have left in the log, are listed and can be deleted; consumer
/// and streams groups become classic when a classic member joins, as empty ones do in Kafka.
#[derive(Debug)]
pub struct GroupShard {
    settings: Arc<GroupSettings>,
    classic: ClassicGroups,
    offsets: OffsetStore,
    expiry: Expiry,
    /// Topics that are gone, while there are still tombstones to be written for them.
    deleted_topics: Vec<(Uuid, String)>,
}

impl GroupShard {
    /// A shard that knows nothing yet: replay the log, then [`loaded`](Shard::loaded).
    pub fn new(settings: Arc<GroupSettings>) -> Self {
        Self {
            classic: ClassicGroups::new(settings.clone()),
            settings,
            offsets: OffsetStore::default(),
            expiry: Expiry::default(),
            deleted_topics: Vec::new(),
        }
    }

    /// From now on other things are allowed. What has been granted stays so.
    pub fn set_settings(&mut self, settings: Arc<GroupSettings>) {
        self.classic.set_settings(settings.clone());
        self.settings = settings;
    }

    /// A member wants to be part of the next generation.
    pub fn join(
        &mut self,
        request: JoinRequest,
        waiter: WaiterId,
        now: Timestamp,
        member_ids: &mut dyn MemberIds,
    ) -> Outcome<Answer<JoinReply>> {
        self.classic.begin();
        self.classic.join(request, waiter, now, member_ids)
    }

    /// A member picks up its assignment; the leader hands in everybody's.
    pub fn sync(&mut self, request: SyncRequest, waiter: WaiterId, now: Timestamp) -> Outcome<Answer<SyncReply>> {
        self.classic.begin();
        self.classic.sync(request, waiter, now)
    }

    /// A member says that it is alive. While the shard is loading, Kafka answers heartbeats with success.
    pub fn heartbeat(&mut self, request: &HeartbeatRequest, now: Timestamp) -> Outcome<Result<(), GroupError>> {
        self.classic.begin();
        self.classic.heartbeat(request, now)
    }

    /// Members leave, or are removed. A group that does not exist is no error of its own: nobody is known there.
    pub fn leave(&mut self, request: &LeaveRequest, now: Timestamp) -> Outcome<Result<Vec<LeftMember>, GroupError>> {
        self.classic.begin();
        self.classic.leave(request, now)
    }

    /// What is to be said of a group. [`GroupError::GroupIdNotFound`] is an error from version 6 on; before, such a group
    /// is `Dead`.
    pub fn describe(&self, group_id: &str) -> Outcome<Result<DescribedGroup, GroupError>> {
        Outcome::reply(self.classic.describe(group_id))
    }

    /// The groups that pass the filter, ordered by name.
    pub fn list(&self, filter: &GroupFilter) -> Outcome<Vec<ListedGroup>> {
        Outcome::reply(self.classic.list(filter))
    }

    /// Deletes a group without members, and everything that it has committed.
    pub fn delete(&mut self, group_id: &str) -> Outcome<Result<(), GroupError>> {
        self.classic.begin();
        let mut effects = Effects::default();
        self.offsets.delete_all(group_id, &mut effects.records);
        match (self.classic.get(group_id), self.classic.tombstones_of_another_kind(group_id)) {
            (Some(group), _) if !group.is_empty() => return Outcome::reply(Err(GroupError::NonEmptyGroup)),
            (Some(_), _) => effects.records.extend(GroupMetadata::tombstone(group_id)),
            (None, Some(tombstones)) => effects.records.extend(tombstones),
            (None, None) => return Outcome::reply(Err(GroupError::GroupIdNotFound)),
        }
        effects.with_reply(Ok(()))
    }

    /// Remembers how far a group is; its name may be empty, for clients of old. A group that does not exist is created if the committer claims no generation;
    /// otherwise [`GroupError::GroupIdNotFound`], which versions before 9 know as an illegal generation.
    pub fn commit_offsets(&mut self, request: &CommitRequest, now: Timestamp) -> Outcome<CommitReply> {
        self.classic.begin();
        if let Err(error) = self.classic.check_commit(&request.committer, now) {
            return Outcome::reply(Err(error));
        }
        let mut effects = Effects::default();
        let results = self.offsets.commit(request, false, &self.settings, now, &mut effects.records);
        effects.with_reply(Ok(results))
    }

    /// Remembers how far a group is, if a transaction is committed (TxnOffsetCommit): the records are to be appended as part
    /// of the producer's transaction, and count when its marker is [replayed](Shard::replay_end_of_transaction).
    pub fn commit_transactional_offsets(&mut self, request: &CommitRequest, now: Timestamp) -> Outcome<CommitReply> {
        self.classic.begin();
        if request.committer.group_id.is_empty() {
            return Outcome::reply(Err(GroupError::InvalidGroupId));
        }
        if let Err(error) = self.classic.check_transactional_commit(&request.committer) {
            return Outcome::reply(Err(error));
        }
        let mut effects = Effects::default();
        let results = self.offsets.commit(request, true, &self.settings, now, &mut effects.records);
        effects.with_reply(Ok(results))
    }

    /// How far a group is. One that does not exist has committed nothing.
    pub fn fetch_offsets(&self, request: &FetchRequest) -> Outcome<FetchReply> {
        Outcome::reply(Ok(self.offsets.fetch(request)))
    }

    /// Forgets how far a group is with topics that it does not read.
    pub fn delete_offsets(&mut self, request: &DeleteOffsetsRequest) -> Outcome<DeleteOffsetsReply> {
        self.classic.begin();
        if request.group_id.is_empty() {
            return Outcome::reply(Err(GroupError::InvalidGroupId));
        }
        let group = self.classic.get(&request.group_id);
        if group.is_none() && !self.classic.is_of_another_kind(&request.group_id) {
            return Outcome::reply(Err(GroupError::GroupIdNotFound));
        }
        if let Some(error) = group.and_then(|group| group.check_delete_offsets().err()) {
            return Outcome::reply(Err(error));
        }
        let mut effects = Effects::default();
        let is_subscribed = |topic: &str| group.is_some_and(|group| group.is_subscribed_to(topic));
        let results = self.offsets.delete(request, &is_subscribed, &mut effects.records);
        effects.with_reply(Ok(results))
    }

    /// Forgets how far all groups are with topics that are gone: by id, or by name where no id was committed. What is too
    /// much for one batch is left to [`wake`](Shard::wake), at once.
    pub fn topics_deleted(&mut self, topics: &[(Uuid, String)]) -> Outcome<()> {
        self.classic.begin();
        self.deleted_topics.extend_from_slice(topics);
        let mut effects = Effects::default();
        self.forget_topics(&mut effects);
        effects.with_reply(())
    }

    fn forget_topics(&mut self, effects: &mut Effects) {
        if self.deleted_topics.is_empty() || self.offsets.topics_deleted(&self.deleted_topics, &mut effects.records) {
            self.deleted_topics.clear();
        }
    }
}

impl Shard for GroupShard {
    fn replay(&mut self, record: ReplayedRecord) -> Result<(), ReplayError> {
        match GroupRecord::read(record.key.clone(), record.value.clone())? {
            GroupRecord::Offset { key, committed } => {
                if let Some(committed) = &committed {
                    self.classic.replay_existence(&key.group, committed.commit_timestamp);
                }
                self.offsets.replay(key, committed, &record);
                Ok(())
            }
            GroupRecord::Group { group, metadata } => self.classic.replay(&group, metadata),
            GroupRecord::Other(other) => {
                self.classic.replay_other_kind(&other, &record.key);
                Ok(())
            }
            GroupRecord::Unknown { .. } => Ok(()),
        }
    }

    fn replay_end_of_transaction(&mut self, producer_id: ProducerId, committed: bool) {
        self.offsets.replay_end_of_transaction(producer_id, committed);
    }

    fn loaded(&mut self, now: Timestamp) -> Outcome<()> {
        let mut effects = Effects::default();
        self.classic.begin();
        self.classic.loaded(now, &mut effects);
        self.expiry.rest(&self.settings, now);
        effects.with_reply(())
    }

    fn unload(&mut self) -> Vec<Released> {
        self.classic.unload()
    }

    fn next_wake(&self) -> Option<Timestamp> {
        let at_once = (!self.deleted_topics.is_empty()).then(Timestamp::default);
        [at_once, self.classic.next_deadline(), self.expiry.next()].into_iter().flatten().min()
    }

    fn wake(&mut self, now: Timestamp) -> Outcome<()> {
        let mut effects = Effects::default();
        self.classic.begin();
        self.classic.wake(now, &mut effects);
        self.forget_topics(&mut effects);
        self.expiry.wake(&self.classic, &self.offsets, &self.settings, now, &mut effects);
        effects.with_reply(())
    }

    fn append_refused(&mut self, released: Vec<Released>, refusal: AppendRefusal, now: Timestamp) -> Vec<Released> {
        // What is left undone here is found by the next round; trying at once would be refused again.
        self.deleted_topics.clear();
        self.expiry.rest(&self.settings, now);
        self.classic.append_refused(released, refusal, now)
    }
}
