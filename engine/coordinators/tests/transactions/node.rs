//! A broker around one shard, as small as can be: a clock, a log in memory, producer ids, and the driver's part.

use ottla_coordinators::transaction::{MarkersToWrite, ProducerIds};
use ottla_coordinators::{
    AppendRefusal, GroupError, Outcome, ReplayedRecord, Shard, TransactionSettings, TransactionShard,
};
use ottla_model::{Offset, ProducerId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

pub struct Node {
    pub shard: TransactionShard,
    pub settings: Arc<TransactionSettings>,
    pub log: Vec<ReplayedRecord>,
    pub now: Timestamp,
    /// The next append is refused.
    pub refuse: Option<AppendRefusal>,
    pub ids: Arc<Ids>,
    /// What is to be written, in the order in which it came.
    pub markers: Vec<MarkersToWrite>,
    /// How many of these nobody has looked at.
    pub unseen_markers: usize,
}

/// What became of a decision.
pub struct Decided<R> {
    /// `Err` if the log did not take the records.
    pub reply: Result<R, GroupError>,
}

/// Producer ids from 1.
#[derive(Debug, Default)]
pub struct Ids {
    given: AtomicI64,
    pub none_left: AtomicBool,
}

impl ProducerIds for Ids {
    fn draw(&self) -> Option<ProducerId> {
        let left = !self.none_left.load(Ordering::Relaxed);
        left.then(|| ProducerId::new(self.given.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

impl Node {
    pub fn new(settings: TransactionSettings) -> Self {
        let (settings, ids) = (Arc::new(settings), Arc::new(Ids::default()));
        let mut node = Self {
            shard: TransactionShard::new(settings.clone(), ids.clone()),
            settings,
            log: Vec::new(),
            now: Timestamp::new(0),
            refuse: None,
            ids,
            markers: Vec::new(),
            unseen_markers: 0,
        };
        let _ = node.reload();
        node
    }

    pub fn set_settings(&mut self, settings: TransactionSettings) {
        self.settings = Arc::new(settings);
        self.shard.set_settings(self.settings.clone());
    }

    /// Decide, append, replay, and take the markers that are due; or take back what the log refuses.
    pub fn decide<R>(&mut self, decision: impl FnOnce(&mut TransactionShard, Timestamp) -> Outcome<R>) -> Decided<R> {
        let outcome = decision(&mut self.shard, self.now);
        assert_eq!(outcome.released, Vec::new(), "nobody waits here");
        if let Some(refusal) = self.refuse.take_if(|_| !outcome.records.is_empty()) {
            assert_eq!(self.shard.append_refused(outcome.released, refusal, self.now), Vec::new());
            return Decided { reply: Err(refusal.error()) };
        }
        for record in outcome.records {
            let record = ReplayedRecord {
                key: record.key,
                value: record.value,
                offset: Offset::new(self.log.len() as i64),
                timestamp: self.now,
                transaction: None,
            };
            self.log.push(record.clone());
            self.shard.replay(record).expect("what was decided can be replayed");
        }
        let due = self.shard.markers_due();
        self.unseen_markers += due.len();
        self.markers.extend(due);
        Decided { reply: Ok(outcome.reply) }
    }

    /// Forgets everything but the log, as a restart does.
    pub fn reload(&mut self) -> Decided<()> {
        self.markers.clear();
        self.unseen_markers = 0;
        self.shard = self.replayed();
        self.decide(|shard, now| shard.loaded(now))
    }

    /// A shard that knows what the log says.
    pub fn replayed(&self) -> TransactionShard {
        self.replay(&self.log)
    }

    /// A shard that knows what the log says when it has been compacted: the last record of each key, and no tombstones.
    pub fn replayed_when_compacted(&self) -> TransactionShard {
        let last: BTreeMap<_, _> = self.log.iter().map(|record| (record.key.clone(), record.offset)).collect();
        let kept = self.log.iter().filter(|record| record.value.is_some() && last[&record.key] == record.offset);
        self.replay(kept)
    }

    fn replay<'a>(&self, records: impl IntoIterator<Item = &'a ReplayedRecord>) -> TransactionShard {
        let mut shard = TransactionShard::new(self.settings.clone(), self.ids.clone());
        for record in records {
            shard.replay(record.clone()).expect("what was written can be read");
        }
        shard
    }

    /// Moves the clock to the next deadline, but not beyond `until`. `None` when `until` is reached.
    pub fn wake_before(&mut self, until: Timestamp) -> Option<Decided<()>> {
        let due = self.shard.next_wake().filter(|due| *due <= until);
        let Some(due) = due else {
            self.now = until;
            return None;
        };
        self.now = self.now.max(due);
        Some(self.decide(|shard, now| shard.wake(now)))
    }
}
