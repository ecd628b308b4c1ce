//! Groups that are not classic. Kafka may have left some in the log: members of the consumer, share and streams protocols,
//! which are not served here. It is known that they are there and which records they have; nobody can be a member.

use super::ClassicGroups;
use crate::CoordinatorRecord;
use crate::group::GroupId;
use crate::group::listing::{GroupFilter, GroupState, ListedGroup};
use crate::group::records::{OtherGroupKind, OtherGroupRecord};
use bytes::Bytes;
use std::collections::BTreeSet;

/// A group that is not classic.
#[derive(Debug)]
pub(super) struct OtherGroup {
    kind: OtherGroupKind,
    /// Whether the record is there that makes it a group; others may come before it, or outlive it.
    exists: bool,
    /// The keys of all that the log has about it.
    keys: BTreeSet<Bytes>,
}

impl OtherGroup {
    fn name(&self) -> &'static str {
        match self.kind {
            OtherGroupKind::Consumer => "consumer",
            OtherGroupKind::Share => "share",
            OtherGroupKind::Streams => "streams",
        }
    }
}

impl ClassicGroups {
    /// Takes note of what the log has about a group that is not classic, or has no longer.
    pub(crate) fn replay_other_kind(&mut self, record: &OtherGroupRecord, key: &Bytes) {
        let group_id = record.group.as_str();
        if record.is_tombstone {
            let Some(group) = self.other_kinds.get_mut(group_id) else { return };
            group.keys.remove(key);
            group.exists &= !record.is_existence;
            if group.keys.is_empty() {
                self.other_kinds.remove(group_id);
            }
            return;
        }
        // Offsets may come before the group's own record: it was taken for one that only commits.
        let is_taken_for_classic =
            |group: &super::ClassicGroup| group.members.is_empty() && group.protocol_type.is_none();
        if record.is_existence && self.get(group_id).is_some_and(is_taken_for_classic) {
            self.forget(group_id);
        }
        let unknown = || OtherGroup { kind: record.kind, exists: false, keys: BTreeSet::new() };
        let group = self.other_kinds.entry(GroupId::from(group_id)).or_insert_with(unknown);
        group.exists |= record.is_existence;
        // A slice of what was read would keep all of it.
        group.keys.insert(Bytes::copy_from_slice(key));
    }

    pub(crate) fn is_of_another_kind(&self, group_id: &str) -> bool {
        self.other_kinds.get(group_id).is_some_and(|group| group.exists)
    }

    /// Whether a classic member may make the group a classic one. Kafka lets it when the group is empty, and so are all of
    /// them here: whoever was a member cannot keep its session up.
    pub(super) fn may_become_classic(&self, group_id: &str) -> bool {
        let is_share = |group: &OtherGroup| group.exists && group.kind == OtherGroupKind::Share;
        !self.other_kinds.get(group_id).is_some_and(is_share)
    }

    /// Tombstones for all that the log has about a group that is not classic; not for its offsets. `None` if there is no
    /// such group, or if it has more elsewhere: share groups do, in `__share_group_state`.
    pub(crate) fn tombstones_of_another_kind(&self, group_id: &str) -> Option<Vec<CoordinatorRecord>> {
        let is_all_here = |group: &&OtherGroup| group.exists && group.kind != OtherGroupKind::Share;
        let group = self.other_kinds.get(group_id).filter(is_all_here)?;
        Some(group.keys.iter().map(|key| CoordinatorRecord { key: key.clone(), value: None }).collect())
    }

    pub(super) fn list_other_kinds(&self, filter: &GroupFilter) -> impl Iterator<Item = ListedGroup> {
        let state = GroupState::Empty.name();
        let existing = self.other_kinds.iter().filter(|(_, group)| group.exists);
        let matching = existing.filter(move |(_, group)| filter.matches(group.name(), state));
        matching.map(move |(group_id, group)| ListedGroup {
            group_id: group_id.to_string(),
            protocol_type: group.name().to_owned(),
            state,
            group_type: group.name(),
        })
    }
}
