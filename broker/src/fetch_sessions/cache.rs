//! All sessions of the broker, bounded.

use super::session::{FetchSession, Interest, WantedPartition};
use std::collections::HashMap;
use std::time::Duration;

/// A session that was not used for this long makes room for any other (`min.incremental.fetch.session.eviction.ms`).
const STALE_AFTER: Duration = Duration::from_secs(120);

/// The epoch of a request that opens a session.
const INITIAL_EPOCH: i32 = 0;
/// The epoch of a request that closes its session, or wants none.
const FINAL_EPOCH: i32 = -1;
/// The id of no session.
const NO_SESSION: i32 = 0;

/// What a request's session fields and partitions add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchPlan {
    /// Serve what the request names, answer for all of it. With `open`, offer the client a session for the next time.
    Full {
        /// Whether the client would like a session.
        open: bool,
    },
    /// Serve the session's partitions, answer with what is new.
    Incremental {
        /// The session's id.
        session_id: i32,
    },
}

/// Why a request cannot be taken as the next of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// There is no such session, or no more.
    #[error("no such fetch session")]
    UnknownId,
    /// A request was lost, or came twice.
    #[error("not the next epoch of the fetch session")]
    WrongEpoch,
    /// The session began with topic names and goes on with ids, or the other way round.
    #[error("the fetch session mixes topic names and topic ids")]
    MixedTopicRefs,
}

#[derive(Debug)]
struct Entry {
    session: FetchSession,
    next_epoch: i32,
    uses_topic_ids: bool,
    created: Duration,
    last_used: Duration,
}

/// All sessions. Times are durations since some fixed moment, the same for all calls.
#[derive(Debug)]
pub struct FetchSessions {
    entries: HashMap<i32, Entry>,
    slots: usize,
}

impl FetchSessions {
    /// Room for `slots` sessions (`max.incremental.fetch.session.cache.slots`).
    pub fn new(slots: usize) -> Self {
        Self { entries: HashMap::new(), slots }
    }

    /// Applies a request's session fields and, for the next request of a session, its changes.
    ///
    /// # Errors
    /// The request is not the next of a session that is here; the client has to begin anew.
    pub fn plan(
        &mut self,
        session_id: i32,
        session_epoch: i32,
        uses_topic_ids: bool,
        wanted: impl Iterator<Item = (WantedPartition, Interest)>,
        forgotten: impl Iterator<Item = WantedPartition>,
        now: Duration,
    ) -> Result<FetchPlan, SessionError> {
        if matches!(session_epoch, INITIAL_EPOCH | FINAL_EPOCH) {
            self.entries.remove(&session_id);
            return Ok(FetchPlan::Full { open: session_epoch == INITIAL_EPOCH });
        }
        let entry = self.entries.get_mut(&session_id).ok_or(SessionError::UnknownId)?;
        if entry.next_epoch != session_epoch {
            return Err(SessionError::WrongEpoch);
        }
        if entry.uses_topic_ids != uses_topic_ids {
            return Err(SessionError::MixedTopicRefs);
        }
        for (partition, interest) in wanted {
            entry.session.want(partition, interest);
        }
        for partition in forgotten {
            entry.session.forget(&partition);
        }
        if entry.session.is_empty() {
            self.entries.remove(&session_id);
            return Ok(FetchPlan::Full { open: false });
        }
        entry.next_epoch = epoch_after(session_epoch);
        entry.last_used = now;
        Ok(FetchPlan::Incremental { session_id })
    }

    /// Opens a session of `session`'s partitions if there is room or can be made; gives its id, 0 if not. `random` is
    /// called for candidates of an id.
    pub fn open(
        &mut self,
        session: FetchSession,
        uses_topic_ids: bool,
        now: Duration,
        mut random: impl FnMut() -> i32,
    ) -> i32 {
        if self.entries.len() >= self.slots && !self.evict_for(session.len(), now) {
            return NO_SESSION;
        }
        let session_id = loop {
            let candidate = random() & i32::MAX;
            if candidate != NO_SESSION && !self.entries.contains_key(&candidate) {
                break candidate;
            }
        };
        let next_epoch = epoch_after(INITIAL_EPOCH);
        self.entries.insert(session_id, Entry { session, next_epoch, uses_topic_ids, created: now, last_used: now });
        session_id
    }

    /// The session of an id that [`Self::plan`] gave, unless it was evicted or closed since.
    pub fn session(&mut self, session_id: i32) -> Option<&mut FetchSession> {
        self.entries.get_mut(&session_id).map(|entry| &mut entry.session)
    }

    /// How many sessions are open.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes a session that is worth less than a new one of `size` partitions: one that is stale, or else the smallest
    /// that is smaller and not quite new. Says whether there was one.
    fn evict_for(&mut self, size: usize, now: Duration) -> bool {
        let stale = self.entries.iter().min_by_key(|(_, entry)| entry.last_used);
        let victim = match stale {
            Some((&id, entry)) if now.saturating_sub(entry.last_used) > STALE_AFTER => Some(id),
            _ => self
                .entries
                .iter()
                .filter(|(_, entry)| entry.session.len() < size && now.saturating_sub(entry.created) > STALE_AFTER)
                .min_by_key(|(_, entry)| entry.session.len())
                .map(|(&id, _)| id),
        };
        victim.is_some_and(|id| self.entries.remove(&id).is_some())
    }
}

/// Epochs go round from the highest to 1: 0 and -1 mean something else.
fn epoch_after(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::super::session::TopicRef;
    use super::{FetchPlan, FetchSession, FetchSessions, Interest, SessionError, WantedPartition};
    use std::iter::{empty, once};
    use std::time::Duration;

    const INTEREST: Interest =
        Interest { fetch_offset: 0, partition_max_bytes: 1, current_leader_epoch: None, last_fetched_epoch: None };

    fn wanted(partition: i32) -> WantedPartition {
        WantedPartition { topic: TopicRef::Name("t".into()), partition }
    }

    fn session(size: i32) -> FetchSession {
        let mut session = FetchSession::default();
        for partition in 0..size {
            session.want(wanted(partition), INTEREST);
        }
        session
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_session_goes_on_epoch_by_epoch() {
        let mut sessions = FetchSessions::new(2);
        let now = seconds(0);
        let plan = sessions.plan(0, 0, false, empty(), empty(), now);
        assert_eq!(plan, Ok(FetchPlan::Full { open: true }));
        let mut candidates = [0, -1].into_iter();
        let id = sessions.open(session(2), false, now, || candidates.next().unwrap());
        assert_eq!(id, i32::MAX, "neither zero nor negative");

        assert_eq!(sessions.plan(id, 1, false, empty(), empty(), now), Ok(FetchPlan::Incremental { session_id: id }));
        assert_eq!(sessions.plan(id, 1, false, empty(), empty(), now), Err(SessionError::WrongEpoch));
        assert_eq!(sessions.plan(id, 2, true, empty(), empty(), now), Err(SessionError::MixedTopicRefs));
        assert_eq!(sessions.plan(7, 2, false, empty(), empty(), now), Err(SessionError::UnknownId));

        let changes = sessions.plan(id, 2, false, once((wanted(5), INTEREST)), once(wanted(0)), now);
        assert_eq!(changes, Ok(FetchPlan::Incremental { session_id: id }));
        let partitions: Vec<_> = sessions.session(id).unwrap().wanted().map(|(wanted, _)| wanted.partition).collect();
        assert_eq!(partitions, [1, 5]);

        let emptied = sessions.plan(id, 3, false, empty(), [wanted(1), wanted(5)].into_iter(), now);
        assert_eq!(emptied, Ok(FetchPlan::Full { open: false }));
        assert!(sessions.is_empty());
    }

    #[test]
    fn a_session_may_begin_with_nothing() {
        let mut sessions = FetchSessions::new(1);
        let now = seconds(0);
        let id = sessions.open(session(0), false, now, || 9);
        assert_eq!(id, 9);
        let plan = sessions.plan(id, 1, false, once((wanted(0), INTEREST)), empty(), now);
        assert_eq!(plan, Ok(FetchPlan::Incremental { session_id: id }));
    }

    #[test]
    fn a_full_request_closes_the_session_it_names() {
        let mut sessions = FetchSessions::new(2);
        let id = sessions.open(session(1), false, seconds(0), || 9);
        assert_eq!(sessions.plan(id, -1, false, empty(), empty(), seconds(0)), Ok(FetchPlan::Full { open: false }));
        assert!(sessions.is_empty());
    }

    #[test]
    fn only_stale_or_smaller_sessions_make_room() {
        let mut sessions = FetchSessions::new(1);
        let mut ids = 1..;
        assert_eq!(sessions.open(session(2), false, seconds(0), || ids.next().unwrap()), 1);
        assert_eq!(sessions.open(session(3), false, seconds(60), || ids.next().unwrap()), 0, "the other one is new");
        sessions.plan(1, 1, false, empty(), empty(), seconds(100)).unwrap();
        assert_eq!(sessions.open(session(2), false, seconds(200), || ids.next().unwrap()), 0, "not larger");
        assert_eq!(sessions.open(session(3), false, seconds(200), || ids.next().unwrap()), 2, "larger");
        assert_eq!(sessions.open(session(1), false, seconds(321), || ids.next().unwrap()), 3, "the other one is stale");
        assert_eq!(sessions.len(), 1);
    }
}
