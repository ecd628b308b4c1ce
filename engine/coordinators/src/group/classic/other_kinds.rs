//! Groups that are not classic. Kafka may have left some in the log; here is only known that they are there.

use super::ClassicGroups;
use crate::group::GroupId;
use crate::group::records::OtherGroupRecord;

impl ClassicGroups {
    /// Takes note of a group that is not classic, or that it is no more.
    pub(crate) fn replay_other_kind(&mut self, record: &OtherGroupRecord) {
        if !record.is_existence {
            return;
        }
        if record.is_tombstone {
            self.other_kinds.remove(record.group.as_str());
            return;
        }
        // Offsets may come before the group's own record: it was taken for one that only commits.
        if self.get(&record.group).is_some_and(|group| group.members.is_empty() && group.protocol_type.is_none()) {
            self.forget(&record.group);
        }
        self.other_kinds.insert(GroupId::from(record.group.as_str()));
    }

    pub(super) fn is_of_another_kind(&self, group_id: &str) -> bool {
        self.other_kinds.contains(group_id)
    }
}
