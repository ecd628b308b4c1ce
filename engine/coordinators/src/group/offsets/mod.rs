//! What groups have committed.

mod messages;

pub use messages::*;

use crate::group::GroupSettings;
use crate::group::records::{CommittedOffset, OffsetKey};
use crate::{CoordinatorRecord, ReplayedRecord};
use ottla_model::{ProducerId, Timestamp, Uuid};

/// From when on a group's offsets grow old. Whether a topic is still read is asked besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetentionStart {
    /// Each from its own commit.
    Commit,
    /// All from the moment when the last member was gone.
    Empty(Timestamp),
}

/// Everything that the groups of a shard have committed. Knows nothing about groups but their names: who may commit, and
/// which topics a group reads, is decided before.
#[derive(Debug, Default)]
pub(crate) struct OffsetStore {}

impl OffsetStore {
    /// Decides a commit of somebody who may: pushes a record for each partition that can be committed.
    pub(crate) fn commit(
        &self,
        _request: &CommitRequest,
        _settings: &GroupSettings,
        _now: Timestamp,
        _records: &mut Vec<CoordinatorRecord>,
    ) -> Vec<TopicResult> {
        Vec::new()
    }

    /// What the group has committed.
    pub(crate) fn fetch(&self, _request: &FetchRequest) -> Vec<FetchedTopic> {
        Vec::new()
    }

    /// Decides a deletion: pushes tombstones. Partitions of topics that the group reads are refused with
    /// [`GroupError::GroupSubscribedToTopic`](crate::GroupError::GroupSubscribedToTopic).
    pub(crate) fn delete(
        &self,
        _request: &DeleteOffsetsRequest,
        _is_subscribed: &dyn Fn(&str) -> bool,
        _records: &mut Vec<CoordinatorRecord>,
    ) -> Vec<TopicResult> {
        Vec::new()
    }

    /// Pushes tombstones for everything that the group has committed, in open transactions too.
    pub(crate) fn delete_all(&self, _group_id: &str, _records: &mut Vec<CoordinatorRecord>) {}

    /// Pushes tombstones for what the group has committed too long ago. `true` if nothing of the group's remains then.
    /// `start` is `None` if nothing may expire.
    pub(crate) fn expire(
        &self,
        _group_id: &str,
        _start: Option<RetentionStart>,
        _is_subscribed: &dyn Fn(&str) -> bool,
        _settings: &GroupSettings,
        _now: Timestamp,
        _records: &mut Vec<CoordinatorRecord>,
    ) -> bool {
        false
    }

    /// Pushes tombstones for what any group has committed for topics that no longer exist.
    pub(crate) fn topics_deleted(&self, _topics: &[(Uuid, String)], _records: &mut Vec<CoordinatorRecord>) {}

    /// Takes a record of the log into the state.
    pub(crate) fn replay(&mut self, _key: OffsetKey, _committed: Option<CommittedOffset>, _record: &ReplayedRecord) {}

    /// What the producer wrote in the transaction that ends now counts, or never will.
    pub(crate) fn replay_end_of_transaction(&mut self, _producer_id: ProducerId, _committed: bool) {}
}
