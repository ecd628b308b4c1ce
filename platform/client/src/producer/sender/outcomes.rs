//! What becomes of batches: appended, sent again, taken apart, or given up.

use super::{Sender, request};
use crate::ClientError;
use crate::producer::batch::{Batch, Destination};
use ottla_model::ErrorCode;
use ottla_protocol::messages::ProduceResponse;
use tokio::time::Instant;

impl Sender {
    pub(super) fn answered(&mut self, batches: Vec<Batch>, outcome: Result<Option<ProduceResponse>, ClientError>) {
        let mut answer = match outcome {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => None,
            Err(error) => {
                for batch in batches {
                    self.landed(&batch.destination);
                    self.rejected(batch, error.clone());
                }
                return;
            }
        };
        for batch in batches {
            self.landed(&batch.destination);
            let told = match &mut answer {
                None => Ok(request::Appended::default()),
                Some(answer) => request::outcome_of(&self.shared, answer, &batch.destination),
            };
            match told {
                Ok(appended) => {
                    let state = self.partitions.entry(batch.destination.clone()).or_default();
                    state.acknowledge(batch.stamp, batch.record_count());
                    self.finish(batch.number);
                    batch.succeed(appended.base_offset, appended.log_append_time);
                    self.shared.progress.notify_waiters();
                }
                Err(error) => self.rejected(batch, error),
            }
        }
    }

    fn landed(&mut self, destination: &Destination) {
        if let Some(state) = self.partitions.get_mut(destination) {
            state.in_flight = state.in_flight.saturating_sub(1);
        }
    }

    /// A batch was not appended, or nobody knows.
    fn rejected(&mut self, mut batch: Batch, error: ClientError) {
        let now = Instant::now();
        if error.is_stale_metadata() {
            self.shared.cluster.forget(&batch.destination.topic);
        }
        if error.code() == Some(ErrorCode::MessageTooLarge) && batch.record_count() > 1 {
            return self.split(batch);
        }
        let mut retry = error.is_retriable();
        match error.code() {
            Some(ErrorCode::DuplicateSequenceNumber) => {
                // It was appended so long ago that the broker has forgotten where.
                let state = self.partitions.entry(batch.destination.clone()).or_default();
                state.acknowledge(batch.stamp, batch.record_count());
                self.finish(batch.number);
                batch.succeed(None, None);
                self.shared.progress.notify_waiters();
                return;
            }
            Some(ErrorCode::OutOfOrderSequenceNumber) => {
                // What comes before it was lost and will be sent again. If nothing is missing, the broker counts
                // otherwise than we do, and only a new producer id brings the two together.
                let state = self.partitions.entry(batch.destination.clone()).or_default();
                if !batch.stamp.is_some_and(|stamp| state.has_gap_before(stamp)) {
                    self.identity.renew();
                }
                retry = true;
            }
            Some(ErrorCode::UnknownProducerId) => {
                self.identity.renew();
                retry = true;
            }
            _ => {}
        }
        let expired = batch.created_at + self.shared.limits.delivery_timeout <= now;
        if retry && !expired && batch.attempts <= self.shared.config.connection.retries_max {
            batch.not_before = now + self.backoff().pause(batch.attempts, &self.shared.cluster.random);
            let state = self.partitions.entry(batch.destination.clone()).or_default();
            state.put_back(batch);
            return;
        }
        let error = match error {
            _ if retry && expired => expiry(&batch, self.shared.limits.delivery_timeout.as_millis()),
            ClientError::Disconnected(_) => ClientError::refused(ErrorCode::NetworkException, None),
            other => other,
        };
        let uncertain = retry;
        self.give_up(batch, &error, uncertain);
    }

    /// Fails a batch for good. Sequence numbers must not have gaps: if it may have been appended, or if others have been
    /// numbered behind it, only a new producer id can go on.
    fn give_up(&mut self, batch: Batch, error: &ClientError, uncertain: bool) {
        if let Some(stamp) = batch.stamp {
            let state = self.partitions.entry(batch.destination.clone()).or_default();
            if uncertain || !state.is_idle() {
                self.identity.renew();
            } else {
                state.give_back(stamp);
            }
        }
        self.finish(batch.number);
        batch.fail(error);
        self.shared.progress.notify_waiters();
    }

    fn split(&mut self, batch: Batch) {
        let (number, destination, stamp) = (batch.number, batch.destination.clone(), batch.stamp);
        let largest = self.shared.config.buffer_memory;
        let Some(parts) = batch.split(self.shared.config.compressor, largest) else {
            if stamp.is_some() {
                self.identity.renew();
            }
            self.finish(number);
            self.shared.progress.notify_waiters();
            return;
        };
        self.shared.accumulator().split(number);
        let state = self.partitions.entry(destination).or_default();
        parts.into_iter().for_each(|part| state.put_back(part));
    }

    /// Fails batches that have waited for longer than a record may.
    pub(super) fn expire(&mut self, now: Instant) {
        let limits = self.shared.limits;
        let expired = self.shared.accumulator().take_expired(limits, now);
        for (destination, open) in expired {
            let number = open.number;
            match open.seal(destination, None) {
                Some(batch) => {
                    let error = expiry(&batch, limits.delivery_timeout.as_millis());
                    self.give_up(batch, &error, false);
                }
                None => self.finish(number),
            }
        }
        let mut expired = Vec::new();
        for state in self.partitions.values_mut() {
            expired.extend(state.take_expired(now, limits.delivery_timeout));
        }
        for batch in expired {
            let error = expiry(&batch, limits.delivery_timeout.as_millis());
            self.give_up(batch, &error, true);
        }
        let retry_expiry =
            self.partitions.values().filter_map(|state| state.next_expiry(limits.delivery_timeout)).min();
        if let Some(when) = retry_expiry {
            self.wake_by(when);
        }
        self.partitions.retain(|_, state| !state.is_forgettable());
    }

    pub(super) fn fail_everything(&mut self, error: &ClientError) {
        let mut batches = Vec::new();
        {
            let mut accumulator = self.shared.accumulator();
            let destinations: Vec<_> = accumulator.destinations().cloned().collect();
            for destination in destinations {
                while let Some(open) = accumulator.take(&destination) {
                    let number = open.number;
                    match open.seal(destination.clone(), None) {
                        Some(batch) => batches.push(batch),
                        None => accumulator.finished(number),
                    }
                }
            }
        }
        for state in self.partitions.values_mut() {
            batches.extend(state.take_all_retries());
        }
        for batch in batches {
            self.finish(batch.number);
            batch.fail(error);
        }
        self.shared.progress.notify_waiters();
    }

    pub(super) fn finish(&self, number: u64) {
        self.shared.accumulator().finished(number);
    }
}

fn expiry(batch: &Batch, timeout_ms: u128) -> ClientError {
    ClientError::Timeout(format!(
        "Expiring {} record(s) for {}:{timeout_ms} ms has passed since batch creation",
        batch.record_count(),
        batch.destination
    ))
}
