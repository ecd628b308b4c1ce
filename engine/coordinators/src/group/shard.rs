//! One partition of `__consumer_offsets`: its groups and their offsets.

use crate::group::listing::{DescribedGroup, GroupFilter, ListedGroup};
use crate::group::offsets::{
    CommitReply, CommitRequest, DeleteOffsetsReply, DeleteOffsetsRequest, FetchReply, FetchRequest, OffsetStore,
};
use crate::group::{
    GroupError, GroupSettings, HeartbeatRequest, JoinReply, JoinRequest, LeaveRequest, LeftMember, MemberIds,
    SyncReply, SyncRequest,
};
use crate::{Answer, AppendRefusal, Outcome, Released, ReplayError, ReplayedRecord, Shard, WaiterId};
use ottla_model::{ProducerId, Timestamp, Uuid};
use std::sync::Arc;

/// One partition of `__consumer_offsets`: its groups and their offsets.
#[derive(Debug)]
pub struct GroupShard {
    settings: Arc<GroupSettings>,
    offsets: OffsetStore,
}

impl GroupShard {
    /// A shard that knows nothing yet: replay the log, then [`loaded`](Shard::loaded).
    pub fn new(settings: Arc<GroupSettings>) -> Self {
        Self { settings, offsets: OffsetStore::default() }
    }

    /// From now on other things are allowed. What has been granted stays so.
    pub fn set_settings(&mut self, settings: Arc<GroupSettings>) {
        self.settings = settings;
    }

    /// A member wants to be part of the next generation.
    pub fn join(
        &mut self,
        _request: JoinRequest,
        _waiter: WaiterId,
        _now: Timestamp,
        _member_ids: &mut dyn MemberIds,
    ) -> Outcome<Answer<JoinReply>> {
        Outcome::reply(Answer::Later)
    }

    /// A member picks up its assignment; the leader hands in everybody's.
    pub fn sync(&mut self, _request: SyncRequest, _waiter: WaiterId, _now: Timestamp) -> Outcome<Answer<SyncReply>> {
        Outcome::reply(Answer::Later)
    }

    /// A member says that it is alive. While the shard is loading, Kafka answers heartbeats with success.
    pub fn heartbeat(&mut self, _request: &HeartbeatRequest, _now: Timestamp) -> Outcome<Result<(), GroupError>> {
        Outcome::reply(Ok(()))
    }

    /// Members leave, or are removed. A group that does not exist is no error of its own: nobody is known there.
    pub fn leave(&mut self, _request: &LeaveRequest, _now: Timestamp) -> Outcome<Result<Vec<LeftMember>, GroupError>> {
        Outcome::reply(Ok(Vec::new()))
    }

    /// What is to be said of a group. [`GroupError::GroupIdNotFound`] is an error from version 6 on; before, such a group
    /// is `Dead`.
    pub fn describe(&self, _group_id: &str) -> Outcome<Result<DescribedGroup, GroupError>> {
        Outcome::reply(Err(GroupError::GroupIdNotFound))
    }

    /// The groups that pass the filter, ordered by name.
    pub fn list(&self, _filter: &GroupFilter) -> Outcome<Vec<ListedGroup>> {
        Outcome::reply(Vec::new())
    }

    /// Deletes a group without members, and everything that it has committed.
    pub fn delete(&mut self, _group_id: &str) -> Outcome<Result<(), GroupError>> {
        Outcome::reply(Err(GroupError::GroupIdNotFound))
    }

    /// Remembers how far a group is. A group that does not exist is created if the committer claims no generation;
    /// otherwise [`GroupError::GroupIdNotFound`], which versions before 9 know as an illegal generation.
    pub fn commit_offsets(&mut self, _request: &CommitRequest, _now: Timestamp) -> Outcome<CommitReply> {
        Outcome::reply(Ok(Vec::new()))
    }

    /// How far a group is.
    pub fn fetch_offsets(&self, _request: &FetchRequest) -> Outcome<FetchReply> {
        Outcome::reply(Ok(Vec::new()))
    }

    /// Forgets how far a group is with topics that it does not read.
    pub fn delete_offsets(&mut self, _request: &DeleteOffsetsRequest) -> Outcome<DeleteOffsetsReply> {
        Outcome::reply(Ok(Vec::new()))
    }

    /// Forgets how far all groups are with topics that are gone: by id, or by name where no id was committed.
    pub fn topics_deleted(&mut self, _topics: &[(Uuid, String)]) -> Outcome<()> {
        Outcome::reply(())
    }
}

impl Shard for GroupShard {
    fn replay(&mut self, _record: ReplayedRecord) -> Result<(), ReplayError> {
        Ok(())
    }

    fn replay_end_of_transaction(&mut self, producer_id: ProducerId, committed: bool) {
        self.offsets.replay_end_of_transaction(producer_id, committed);
    }

    fn loaded(&mut self, _now: Timestamp) -> Outcome<()> {
        Outcome::reply(())
    }

    fn unload(&mut self) -> Vec<Released> {
        Vec::new()
    }

    fn next_wake(&self) -> Option<Timestamp> {
        None
    }

    fn wake(&mut self, _now: Timestamp) -> Outcome<()> {
        Outcome::reply(())
    }

    fn append_refused(&mut self, released: Vec<Released>, _refusal: AppendRefusal, _now: Timestamp) -> Vec<Released> {
        released
    }
}
