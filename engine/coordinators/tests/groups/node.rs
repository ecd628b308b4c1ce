//! A broker around one shard, as small as can be: a clock, a log in memory, and the driver's part.

use ottla_coordinators::group::MemberIds;
use ottla_coordinators::{
    AppendRefusal, GroupError, GroupSettings, GroupShard, Outcome, Released, ReplayedRecord, Shard, WaiterId,
};
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Node {
    pub shard: GroupShard,
    pub settings: Arc<GroupSettings>,
    pub log: Vec<ReplayedRecord>,
    pub now: Timestamp,
    /// The next append is refused.
    pub refuse: Option<AppendRefusal>,
    /// The next append is part of this producer's transaction.
    pub transaction: Option<(ProducerId, ProducerEpoch)>,
    ids: Counted,
    waiters: u64,
}

/// What became of a decision.
pub struct Decided<R> {
    /// `Err` if the log did not take the records.
    pub reply: Result<R, GroupError>,
    pub released: Vec<Released>,
    /// How many records it took.
    pub written: usize,
}

struct Counted(u64);

impl MemberIds for Counted {
    fn random_part(&mut self) -> String {
        self.0 += 1;
        self.0.to_string()
    }
}

impl Node {
    pub fn new(settings: GroupSettings) -> Self {
        let settings = Arc::new(settings);
        let mut node = Self {
            shard: GroupShard::new(settings.clone()),
            settings,
            log: Vec::new(),
            now: Timestamp::new(0),
            refuse: None,
            transaction: None,
            ids: Counted(0),
            waiters: 0,
        };
        let _ = node.reload();
        node
    }

    pub fn waiter(&mut self) -> WaiterId {
        self.waiters += 1;
        WaiterId(self.waiters)
    }

    /// Decide, append, replay; or take back what the log refuses.
    pub fn decide<R>(
        &mut self,
        decision: impl FnOnce(&mut GroupShard, Timestamp, &mut dyn MemberIds) -> Outcome<R>,
    ) -> Decided<R> {
        let outcome = decision(&mut self.shard, self.now, &mut self.ids);
        if let Some(refusal) = self.refuse.take_if(|_| !outcome.records.is_empty()) {
            let released = self.shard.append_refused(outcome.released, refusal, self.now);
            return Decided { reply: Err(refusal.error()), released, written: 0 };
        }
        let written = outcome.records.len();
        let transaction = self.transaction.take();
        for record in outcome.records {
            let record = ReplayedRecord {
                key: record.key,
                value: record.value,
                offset: Offset::new(self.log.len() as i64),
                timestamp: self.now,
                transaction,
            };
            self.log.push(record.clone());
            self.shard.replay(record).expect("what was decided can be replayed");
        }
        Decided { reply: Ok(outcome.reply), released: outcome.released, written }
    }

    /// Forgets everything but the log, as a restart does.
    pub fn reload(&mut self) -> Decided<()> {
        self.shard = self.replayed();
        self.decide(|shard, now, _| shard.loaded(now))
    }

    /// A shard that knows what the log says.
    pub fn replayed(&self) -> GroupShard {
        self.replay(&self.log)
    }

    /// A shard that knows what the log says when it has been compacted: the last record of each key, and no tombstones.
    pub fn replayed_when_compacted(&self) -> GroupShard {
        let last: BTreeMap<_, _> = self.log.iter().map(|record| (record.key.clone(), record.offset)).collect();
        let kept = self.log.iter().filter(|record| record.value.is_some() && last[&record.key] == record.offset);
        self.replay(kept)
    }

    fn replay<'a>(&self, records: impl IntoIterator<Item = &'a ReplayedRecord>) -> GroupShard {
        let mut shard = GroupShard::new(self.settings.clone());
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
        Some(self.decide(|shard, now, _| shard.wake(now)))
    }
}
