//! Trying again, but not for ever.

use super::Cluster;
use crate::ClientError;
use crate::backoff::Backoff;
use crate::clock::milliseconds_since_1970;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// One operation's tries: how many there were, and until when there may be more.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    cluster: &'a Cluster,
    name: String,
    deadline: Instant,
    deadline_wall_clock: i64,
    failures: u32,
    answered: bool,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(cluster: &'a Cluster, name: String, time: Duration) -> Self {
        let deadline = Instant::now() + time;
        let deadline_wall_clock =
            milliseconds_since_1970().saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        Self { cluster, name, deadline, deadline_wall_clock, failures: 0, answered: false }
    }

    /// Tries until a moment.
    pub(crate) fn until(cluster: &'a Cluster, name: &str, deadline: Instant) -> Self {
        Self::new(cluster, name.to_owned(), deadline.saturating_duration_since(Instant::now()))
    }

    /// Tries until it works, for as long as trying again makes sense.
    ///
    /// # Errors
    /// One that will not go away, or `Timeout`.
    pub(crate) async fn run<T>(
        mut self,
        mut attempt: impl AsyncFnMut() -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        loop {
            match timeout_at(self.deadline, attempt()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => self.pause_after(error).await?,
                Err(_) => return Err(self.timed_out()),
            }
        }
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// There will be none: the error will not go away, or time or tries are used up.
    pub(crate) async fn pause_after(&mut self, error: ClientError) -> Result<(), ClientError> {
        if !error.is_retriable() || self.failures >= self.cluster.config.retries_max {
            return Err(error);
        }
        self.answered |= error.code().is_some();
        self.failures += 1;
        let config = &self.cluster.config;
        let backoff = Backoff { first: config.retry_backoff, longest: config.retry_backoff_max };
        let next = Instant::now() + backoff.pause(self.failures, &self.cluster.random);
        if next >= self.deadline {
            sleep_until(self.deadline).await;
            return Err(self.timed_out());
        }
        sleep_until(next).await;
        Ok(())
    }

    /// What is said when time is up, in the words of Kafka's admin client.
    pub(crate) fn timed_out(&self) -> ClientError {
        let name = &self.name;
        if !self.answered {
            return ClientError::Timeout(format!("Timed out waiting for a node assignment. Call: {name}"));
        }
        let tries = self.failures;
        let now = milliseconds_since_1970();
        ClientError::Timeout(format!(
            "Call(callName={name}, deadlineMs={}, tries={tries}, nextAllowedTryMs={now}) \
             timed out at {now} after {tries} attempt(s)",
            self.deadline_wall_clock
        ))
    }
}
