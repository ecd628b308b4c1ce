//! What is to happen when, for many things at once.

use ottla_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// At most one deadline for each key.
///
/// Most deadlines are put off again and again (each heartbeat does it) and never come. So putting one off only notes the
/// new time; the place in the queue is corrected when the old time comes.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    /// By the time at which somebody must look.
    queue: BTreeSet<(Timestamp, K)>,
    of: BTreeMap<K, Deadline>,
}

#[derive(Debug, Clone, Copy)]
struct Deadline {
    /// When it is due.
    due: Timestamp,
    /// Its place in the queue: not after `due`.
    queued: Timestamp,
}

impl<K: Ord + Clone> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Self { queue: BTreeSet::new(), of: BTreeMap::new() }
    }

    /// Sets the deadline of `key`, whatever it was.
    pub(crate) fn set(&mut self, key: K, due: Timestamp) {
        if let Some(deadline) = self.of.get_mut(&key) {
            deadline.due = due;
            if deadline.queued > due {
                self.queue.remove(&(deadline.queued, key.clone()));
                deadline.queued = due;
                self.queue.insert((due, key));
            }
            return;
        }
        self.of.insert(key.clone(), Deadline { due, queued: due });
        self.queue.insert((due, key));
    }

    /// Takes the deadline of `key` away, if there is one.
    pub(crate) fn cancel(&mut self, key: &K) {
        if let Some(deadline) = self.of.remove(key) {
            self.queue.remove(&(deadline.queued, key.clone()));
        }
    }

    /// A time before which nothing is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.queue.first().map(|(queued, _)| *queued)
    }

    /// The key whose deadline has passed the longest time ago, if any has. It stays until it is taken.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<K> {
        loop {
            let (queued, key) = self.queue.first()?;
            if *queued > now {
                return None;
            }
            let deadline = self.of.get_mut(key).expect("what is queued has a deadline");
            if deadline.due == *queued {
                return Some(key.clone());
            }
            // Put off meanwhile. Each turn moves one entry forward in time: at most one turn for each key.
            deadline.queued = deadline.due;
            let moved = (deadline.due, key.clone());
            self.queue.pop_first();
            self.queue.insert(moved);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty() && self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Deadlines;
    use ottla_model::Timestamp;

    const fn at(time: i64) -> Timestamp {
        Timestamp::new(time)
    }

    #[test]
    fn what_is_due_comes_in_the_order_of_time() {
        let mut deadlines = Deadlines::new();
        deadlines.set("late", at(30));
        deadlines.set("early", at(10));
        assert_eq!(deadlines.next(), Some(at(10)));
        assert_eq!(deadlines.due(at(9)), None);
        assert_eq!(deadlines.due(at(30)), Some("early"));
        assert_eq!(deadlines.due(at(30)), Some("early"));
        deadlines.cancel(&"early");
        assert_eq!(deadlines.due(at(30)), Some("late"));
        deadlines.cancel(&"late");
        assert!(deadlines.is_empty());
    }

    #[test]
    fn what_is_put_off_is_not_due_at_the_old_time() {
        let mut deadlines = Deadlines::new();
        deadlines.set("a", at(10));
        deadlines.set("a", at(20));
        assert_eq!(deadlines.next(), Some(at(10)), "too early is allowed");
        assert_eq!(deadlines.due(at(15)), None);
        assert_eq!(deadlines.next(), Some(at(20)));
        assert_eq!(deadlines.due(at(20)), Some("a"));
    }

    #[test]
    fn what_is_brought_forward_is_due_at_the_new_time() {
        let mut deadlines = Deadlines::new();
        deadlines.set("a", at(300));
        deadlines.set("a", at(400));
        deadlines.set("a", at(20));
        assert_eq!(deadlines.next(), Some(at(20)));
        deadlines.cancel(&"a");
        assert!(deadlines.is_empty());
    }
}
