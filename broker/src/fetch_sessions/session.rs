//! One session: the partitions that a client is interested in.

use ottla_model::{LeaderEpoch, Uuid};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How a request names a topic: by id since Fetch v13, by name before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopicRef {
    /// Versions 13 and later.
    Id(Uuid),
    /// Versions up to 12.
    Name(Arc<str>),
}

/// A partition as a request names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantedPartition {
    /// Of which topic.
    pub topic: TopicRef,
    /// Its number.
    pub partition: i32,
}

/// What a client wants of a partition: the fields of FetchRequest's `FetchPartition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// The first offset wanted.
    pub fetch_offset: i64,
    /// Bytes at most, except that a first batch comes whole.
    pub partition_max_bytes: i32,
    /// The leader epoch that the client believes in; `None` if it does not say.
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// The epoch of the last record the client has; `None` if it does not say.
    pub last_fetched_epoch: Option<LeaderEpoch>,
}

/// What an answer is about to say of a partition, as far as the session must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// -1 with an error.
    pub high_watermark: i64,
    /// -1 with an error.
    pub log_start_offset: i64,
    /// Whether there are records, or something that the client must act upon (a diverging epoch).
    pub has_news: bool,
    /// Whether there is an error.
    pub is_error: bool,
}

#[derive(Debug)]
struct CachedPartition {
    turn: u64,
    interest: Interest,
    /// As last told to the client; `None` before, and after an error: then the next answer says it whatever it is.
    told: Option<(i64, i64)>,
}

/// The partitions of one session, in serving order: whoever has had records goes to the end of the line.
#[derive(Debug, Default)]
pub struct FetchSession {
    partitions: HashMap<WantedPartition, CachedPartition>,
    line: BTreeMap<u64, WantedPartition>,
    next_turn: u64,
}

impl FetchSession {
    /// Adds a partition at the end of the line, or changes what is wanted of one that is in it.
    pub fn want(&mut self, partition: WantedPartition, interest: Interest) {
        if let Some(cached) = self.partitions.get_mut(&partition) {
            cached.interest = interest;
            return;
        }
        let turn = self.next_turn;
        self.next_turn += 1;
        self.line.insert(turn, partition.clone());
        self.partitions.insert(partition, CachedPartition { turn, interest, told: None });
    }

    /// Takes a partition out of the session, if it is in it.
    pub fn forget(&mut self, partition: &WantedPartition) {
        if let Some(cached) = self.partitions.remove(partition) {
            self.line.remove(&cached.turn);
        }
    }

    /// How many partitions are wanted.
    pub fn len(&self) -> usize {
        self.partitions.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// What is wanted, in serving order.
    pub fn wanted(&self) -> impl Iterator<Item = (&WantedPartition, Interest)> {
        self.line.values().map(|partition| (partition, self.partitions[partition].interest))
    }

    /// Notes what an answer is going to say of `partition`; says whether it has to say it at all.
    pub fn must_tell(&mut self, partition: &WantedPartition, outcome: Outcome) -> bool {
        // Forgotten by a later request while this one waited: the client has no use for it any more.
        let Some(cached) = self.partitions.get_mut(partition) else { return false };
        let state = (outcome.high_watermark, outcome.log_start_offset);
        let tell = outcome.has_news || outcome.is_error || cached.told != Some(state);
        cached.told = (!outcome.is_error).then_some(state);
        if outcome.has_news {
            self.line.remove(&cached.turn);
            cached.turn = self.next_turn;
            self.next_turn += 1;
            self.line.insert(cached.turn, partition.clone());
        }
        tell
    }
}

#[cfg(test)]
mod tests {
    use super::{FetchSession, Interest, Outcome, TopicRef, WantedPartition};

    fn wanted(partition: i32) -> WantedPartition {
        WantedPartition { topic: TopicRef::Name("t".into()), partition }
    }

    const INTEREST: Interest =
        Interest { fetch_offset: 0, partition_max_bytes: 1, current_leader_epoch: None, last_fetched_epoch: None };
    const QUIET: Outcome = Outcome { high_watermark: 5, log_start_offset: 0, has_news: false, is_error: false };

    fn session() -> FetchSession {
        let mut session = FetchSession::default();
        for partition in 0..3 {
            session.want(wanted(partition), INTEREST);
        }
        session
    }

    fn line(session: &FetchSession) -> Vec<i32> {
        session.wanted().map(|(wanted, _)| wanted.partition).collect()
    }

    #[test]
    fn only_news_is_told_twice() {
        let mut session = session();
        assert!(session.must_tell(&wanted(0), QUIET), "the first answer says everything");
        assert!(!session.must_tell(&wanted(0), QUIET));
        assert!(session.must_tell(&wanted(0), Outcome { high_watermark: 6, ..QUIET }));
        assert!(session.must_tell(&wanted(0), Outcome { high_watermark: 6, log_start_offset: 1, ..QUIET }));
        assert!(session.must_tell(&wanted(1), Outcome { has_news: true, ..QUIET }));
    }

    #[test]
    fn errors_are_told_every_time_and_their_end_too() {
        let mut session = session();
        session.must_tell(&wanted(0), QUIET);
        let error = Outcome { high_watermark: -1, log_start_offset: -1, has_news: false, is_error: true };
        assert!(session.must_tell(&wanted(0), error));
        assert!(session.must_tell(&wanted(0), error));
        assert!(session.must_tell(&wanted(0), QUIET));
        assert!(!session.must_tell(&wanted(0), QUIET));
    }

    #[test]
    fn who_had_records_goes_to_the_end_of_the_line() {
        let mut session = session();
        session.must_tell(&wanted(0), Outcome { has_news: true, ..QUIET });
        assert_eq!(line(&session), [1, 2, 0]);
        session.forget(&wanted(2));
        session.want(wanted(1), Interest { fetch_offset: 9, ..INTEREST });
        session.want(wanted(7), INTEREST);
        assert_eq!(line(&session), [1, 0, 7]);
        assert!(!session.must_tell(&wanted(2), Outcome { has_news: true, ..QUIET }), "forgotten meanwhile");
        assert_eq!(session.wanted().next().unwrap().1.fetch_offset, 9);
    }
}
