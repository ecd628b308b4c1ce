//! What comes with time: transactions that take too long are aborted, transactional ids of which nothing is heard are
//! forgotten.

use super::records::TransactionMetadata;
use super::{TransactionSettings, TransactionShard, TransactionState, TransactionalId};
use crate::deadlines::Deadlines;
use crate::{AppendRefusal, CoordinatorRecord};
use ottla_model::Timestamp;

/// Records that are written in one go, at most, so that those who wait for the shard do not wait for all of them.
const RECORDS_A_WAKE: usize = 200;
/// Bytes of records in one go, more or less: a fraction of what the topic takes in a batch (`max.message.bytes`, 1 MiB).
const BYTES_A_WAKE: usize = 128 * 1024;

/// The deadline of each transactional id: of its transaction, if there is one, or of itself.
#[derive(Debug)]
pub(super) struct Timers {
    /// Since when time passes; not while the log is being read.
    begun: Option<Timestamp>,
    deadlines: Deadlines<TransactionalId>,
    /// Those whose deadline has come, until what has been decided about them is in the log.
    in_flight: Vec<TransactionalId>,
    /// There was one whose record was too large: it must not take others with it.
    one_by_one: bool,
}

impl Default for Timers {
    fn default() -> Self {
        Self { begun: None, deadlines: Deadlines::new(), in_flight: Vec::new(), one_by_one: false }
    }
}

impl Timers {
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.begun = Some(now);
    }

    pub(super) fn have_begun(&self) -> bool {
        self.begun.is_some()
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Takes notice of what the log says of a transactional id.
    pub(super) fn follow(
        &mut self,
        transactional_id: &TransactionalId,
        metadata: &TransactionMetadata,
        settings: &TransactionSettings,
    ) {
        self.in_flight.clear();
        match self.deadline(metadata, settings) {
            Some(deadline) => self.deadlines.set(transactional_id.clone(), deadline),
            None => self.deadlines.cancel(transactional_id),
        }
    }

    pub(super) fn forget(&mut self, transactional_id: &TransactionalId) {
        self.in_flight.clear();
        self.deadlines.cancel(transactional_id);
    }

    /// When somebody has to look at the transactional id; `None`: not before something else happens.
    fn deadline(&self, metadata: &TransactionMetadata, settings: &TransactionSettings) -> Option<Timestamp> {
        match metadata.state {
            TransactionState::Ongoing if metadata.never_times_out() => None,
            TransactionState::Ongoing => {
                let start = metadata.start.unwrap_or_default();
                // The time-out itself is still in time.
                let over = start.plus_milliseconds(metadata.timeout.into()).plus_milliseconds(1);
                Some(self.round(over, settings.abort_interval))
            }
            TransactionState::PrepareCommit | TransactionState::PrepareAbort => None,
            TransactionState::Empty | TransactionState::CompleteCommit | TransactionState::CompleteAbort => {
                let expired = metadata.last_update.plus_milliseconds(settings.transactional_id_expiration);
                Some(self.round(expired, settings.expiration_interval))
            }
        }
    }

    /// The first of the rounds, one every `interval`, that is not before `time`.
    fn round(&self, time: Timestamp, interval: i64) -> Timestamp {
        let begun = self.begun.unwrap_or_default();
        let interval = interval.max(1);
        let passed = time.milliseconds_since(begun).max(1);
        let rounds = passed / interval + i64::from(passed % interval != 0);
        begun.plus_milliseconds(rounds.saturating_mul(interval))
    }

    /// What has been decided is not in the log: it is tried again in the next round.
    pub(super) fn refused(&mut self, refusal: AppendRefusal, now: Timestamp, settings: &TransactionSettings) {
        self.one_by_one |= refusal == AppendRefusal::TooLarge && !self.in_flight.is_empty();
        for transactional_id in std::mem::take(&mut self.in_flight) {
            self.put_off(transactional_id, now, settings);
        }
    }

    fn put_off(&mut self, transactional_id: TransactionalId, now: Timestamp, settings: &TransactionSettings) {
        let next_round = self.round(now.plus_milliseconds(1), settings.abort_interval);
        self.deadlines.set(transactional_id, next_round);
    }
}

impl TransactionShard {
    /// Does what is due, as much as fits into one go.
    pub(super) fn wake_timers(&mut self, now: Timestamp, records: &mut Vec<CoordinatorRecord>) {
        self.timers.in_flight.clear();
        while records.is_empty() || !(self.timers.one_by_one || is_full(records)) {
            let Some(transactional_id) = self.timers.deadlines.due(now) else { return };
            // A new deadline comes with the record.
            self.timers.deadlines.cancel(&transactional_id);
            if self.time_is_up(&transactional_id, now, records) {
                self.timers.in_flight.push(transactional_id);
            } else {
                self.timers.put_off(transactional_id, now, &self.settings);
            }
        }
    }

    /// Whether something could be done about it.
    fn time_is_up(
        &mut self,
        transactional_id: &TransactionalId,
        now: Timestamp,
        records: &mut Vec<CoordinatorRecord>,
    ) -> bool {
        let Some(transaction) = self.transactions.get(transactional_id) else { return true };
        match transaction.metadata.state {
            TransactionState::Ongoing => self.fence(transactional_id, now, records).is_ok(),
            TransactionState::PrepareCommit | TransactionState::PrepareAbort => true,
            TransactionState::Empty | TransactionState::CompleteCommit | TransactionState::CompleteAbort => {
                records.extend(TransactionMetadata::tombstone(transactional_id));
                true
            }
        }
    }
}

pub(super) fn is_full(records: &[CoordinatorRecord]) -> bool {
    let bytes = |record: &CoordinatorRecord| record.key.len() + record.value.as_ref().map_or(0, bytes::Bytes::len);
    records.len() >= RECORDS_A_WAKE || records.iter().map(bytes).sum::<usize>() >= BYTES_A_WAKE
}
