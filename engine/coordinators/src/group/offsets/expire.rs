//! Forgetting offsets that nobody has needed for `offsets.retention.minutes`.

use super::stored::StoredOffset;
use super::{OffsetStore, is_full, push_tombstone};
use crate::CoordinatorRecord;
use crate::group::GroupSettings;
use ottla_model::Timestamp;

/// From when on a group's offsets grow old. Whether a topic is still read is asked besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetentionStart {
    /// Each from its own commit.
    Commit,
    /// All from the moment when the last member was gone.
    Empty(Timestamp),
}

impl OffsetStore {
    /// Pushes tombstones for what the group has committed too long ago. `true` if nothing of the group's remains then, not
    /// even in open transactions. `start` is `None` if nothing may expire.
    ///
    /// Stops, with `false`, when `records` are enough for one batch; the rest is found when it is asked again after the
    /// replay.
    #[must_use]
    pub(crate) fn expire(
        &self,
        group_id: &str,
        start: Option<RetentionStart>,
        is_subscribed: &dyn Fn(&str) -> bool,
        settings: &GroupSettings,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> bool {
        let Some(topics) = self.offsets.group(group_id) else { return !self.pending.contains_group(group_id) };
        let Some(start) = start else { return false };
        let mut is_all = true;
        for (topic, partitions) in topics {
            let topic = topic.as_str();
            if is_subscribed(topic) {
                is_all = false;
                continue;
            }
            for (partition, stored) in partitions.iter() {
                if !is_expired(stored, start, settings, now) || self.pending.contains(group_id, topic, partition) {
                    is_all = false;
                } else if is_full(records) {
                    return false;
                } else {
                    push_tombstone(group_id, topic, partition, records);
                }
            }
        }
        is_all && !self.pending.contains_group(group_id)
    }
}

fn is_expired(stored: &StoredOffset, start: RetentionStart, settings: &GroupSettings, now: Timestamp) -> bool {
    match (stored.expire_timestamp(), start) {
        (Some(expire_timestamp), _) => now >= expire_timestamp,
        (None, RetentionStart::Commit) => now.milliseconds_since(stored.commit_timestamp) >= settings.offsets_retention,
        (None, RetentionStart::Empty(since)) => now.milliseconds_since(since) >= settings.offsets_retention,
    }
}
