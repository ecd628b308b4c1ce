//! Looking, now and then, for offsets that nobody needs any more, and for groups that are left with nothing.

use super::classic::{ClassicGroups, Effects};
use super::offsets::{OffsetStore, is_full};
use super::records::GroupMetadata;
use super::{GroupId, GroupSettings};
use ottla_model::Timestamp;

/// Groups that are looked at in one go, so that those who wait for the shard do not wait for all of them.
const GROUPS_A_WAKE: usize = 200;

/// Goes over all groups, a few at a time, every `offsets.retention.check.interval.ms`.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    /// When to go on, or to begin again. Not before the shard is loaded.
    due: Option<Timestamp>,
    /// The last group that has been looked at, in the middle of a round.
    looked_at: Option<GroupId>,
}

impl Expiry {
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due
    }

    /// Rests until the next round.
    pub(super) fn rest(&mut self, settings: &GroupSettings, now: Timestamp) {
        self.looked_at = None;
        self.due = Some(now.plus_milliseconds(settings.offsets_retention_check_interval.max(1)));
    }

    /// Looks at some more groups, if it is time.
    pub(super) fn wake(
        &mut self,
        groups: &ClassicGroups,
        offsets: &OffsetStore,
        settings: &GroupSettings,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let from = self.looked_at.clone();
        let mut left_to_look_at = GROUPS_A_WAKE;
        for (group_id, group) in groups.following(from.as_ref()) {
            let is_subscribed = |topic: &str| group.is_subscribed_to(topic);
            let records = &mut effects.records;
            if offsets.expire(group_id, group.retention_start(), &is_subscribed, settings, now, records)
                && group.is_empty()
            {
                records.extend(GroupMetadata::tombstone(group_id));
            }
            if is_full(records) {
                // There may be more of this group's: it is looked at again when these are gone.
                return;
            }
            self.looked_at = Some(group_id.clone());
            left_to_look_at -= 1;
            if left_to_look_at == 0 {
                return;
            }
        }
        self.rest(settings, now);
    }
}
