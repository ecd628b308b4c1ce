//! Which logs there may be something to compact in.
//!
//! A log that nothing is appended to does not change its mind, so only those are looked at that have changed since they
//! were last, and those whose records have become old enough meanwhile. Ten thousand idle logs cost nothing here.

use ottla_model::{Timestamp, TopicIdPartition};
use ottla_storage::Cleanable;
use std::collections::{BTreeMap, BTreeSet};

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// To be looked at as soon as possible.
    changed: BTreeSet<TopicIdPartition>,
    /// To be looked at when it is time.
    later: BTreeMap<TopicIdPartition, Timestamp>,
    /// Worth it, with how dirty they are.
    due: BTreeMap<TopicIdPartition, f64>,
    in_progress: BTreeSet<TopicIdPartition>,
    /// Tried, and not to be tried again.
    uncleanable: BTreeSet<TopicIdPartition>,
}

impl Candidates {
    /// The log has changed.
    pub(super) fn look_at(&mut self, id: TopicIdPartition) {
        if !self.uncleanable.contains(&id) {
            self.changed.insert(id);
        }
    }
    /// The log may be another case at that time.
    pub(super) fn look_at_later(&mut self, id: TopicIdPartition, at: Timestamp) {
        self.later.insert(id, at);
    }

    /// Those that must be looked at now. What is being compacted waits until that is over.
    pub(super) fn take_to_be_looked_at(&mut self, now: Timestamp) -> Vec<TopicIdPartition> {
        let ripe = self.later.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id);
        self.changed.extend(ripe);
        let (busy, free): (BTreeSet<_>, BTreeSet<_>) =
            self.changed.iter().copied().partition(|id| self.in_progress.contains(id));
        self.changed = busy;
        let free = Vec::from_iter(free);
        for id in &free {
            self.later.remove(id);
        }
        free
    }
    /// A log has been looked at.
    pub(super) fn assessed(&mut self, id: TopicIdPartition, cleanable: &Cleanable) {
        if cleanable.is_due {
            self.due.insert(id, cleanable.dirty_ratio);
        } else {
            self.due.remove(&id);
        }
        if let Some(at) = cleanable.look_again {
            self.look_at_later(id, at);
        }
    }

    /// The dirtiest log, which is in progress from now on.
    pub(super) fn take_dirtiest(&mut self) -> Option<TopicIdPartition> {
        let (&id, _) = self.due.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        self.due.remove(&id);
        self.in_progress.insert(id);
        Some(id)
    }
    /// It is no longer in progress, and must be looked at again: not everything may have fitted, or more has come.
    pub(super) fn done(&mut self, id: TopicIdPartition) {
        self.in_progress.remove(&id);
        self.changed.insert(id);
    }
    /// The log is no more, or not to be compacted.
    pub(super) fn forget(&mut self, id: TopicIdPartition) {
        self.changed.remove(&id);
        self.later.remove(&id);
        self.due.remove(&id);
        self.in_progress.remove(&id);
    }
    /// The log cannot be compacted.
    pub(super) fn mark_uncleanable(&mut self, id: TopicIdPartition) {
        self.forget(id);
        self.uncleanable.insert(id);
    }
}

#[cfg(test)]
mod tests {
    use super::Candidates;
    use ottla_model::{Offset, PartitionIndex, Timestamp, TopicIdPartition, Uuid};
    use ottla_storage::Cleanable;

    fn id(number: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: Uuid::METADATA_TOPIC, partition: PartitionIndex::new(number) }
    }
    fn cleanable(is_due: bool, dirty_ratio: f64, look_again: Option<i64>) -> Cleanable {
        Cleanable {
            dirty_ratio,
            is_due,
            look_again: look_again.map(Timestamp::new),
            first_dirty_offset: Offset::ZERO,
            first_uncleanable_offset: Offset::ZERO,
        }
    }
    const NOW: Timestamp = Timestamp::new(100);

    #[test]
    fn the_dirtiest_comes_first_and_each_once() {
        let mut candidates = Candidates::default();
        for (number, ratio) in [(1, 0.6), (2, 0.9), (3, 0.7)] {
            candidates.assessed(id(number), &cleanable(true, ratio, None));
        }
        candidates.assessed(id(4), &cleanable(false, 1.0, None));
        let order: Vec<_> = std::iter::from_fn(|| candidates.take_dirtiest()).collect();
        assert_eq!(order, [id(2), id(3), id(1)]);
    }

    #[test]
    fn only_what_has_changed_or_has_ripened_is_looked_at() {
        let mut candidates = Candidates::default();
        candidates.look_at(id(1));
        candidates.assessed(id(2), &cleanable(false, 0.9, Some(100)));
        candidates.assessed(id(3), &cleanable(false, 0.9, Some(101)));
        assert_eq!(candidates.take_to_be_looked_at(NOW), [id(1), id(2)]);
        assert_eq!(candidates.take_to_be_looked_at(NOW), []);
    }

    #[test]
    fn what_is_in_progress_waits_and_is_looked_at_afterwards() {
        let mut candidates = Candidates::default();
        candidates.assessed(id(1), &cleanable(true, 0.9, None));
        assert_eq!(candidates.take_dirtiest(), Some(id(1)));
        candidates.look_at(id(1));
        assert_eq!(candidates.take_to_be_looked_at(NOW), []);
        candidates.done(id(1));
        assert_eq!(candidates.take_to_be_looked_at(NOW), [id(1)]);
    }

    #[test]
    fn what_is_uncleanable_is_left_alone() {
        let mut candidates = Candidates::default();
        candidates.assessed(id(1), &cleanable(true, 0.9, Some(100)));
        candidates.mark_uncleanable(id(1));
        candidates.look_at(id(1));
        assert_eq!(candidates.take_to_be_looked_at(NOW), []);
        assert_eq!(candidates.take_dirtiest(), None);
    }
}
