//! Heartbeats: what a member does behind the caller's back for as long as it is in the group.
//!
//! Besides it keeps three clocks: when the next heartbeat is due, when a coordinator that does not answer counts as lost
//! (`session.timeout.ms`), and when a caller that does not come back to `poll` counts as stuck (`max.poll.interval.ms`):
//! then the member leaves, so that others get its partitions, and joins again when the caller is back.

use super::member::Identity;
use super::{Shared, leave};
use crate::ClientError;
use crate::backoff::Backoff;
use crate::group_coordinator::check;
use ottla_model::ErrorCode;
use ottla_protocol::messages::HeartbeatRequest;
use tokio::time::{Instant, sleep_until, timeout_at};

/// When what is due.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    next_beat: Instant,
    session_end: Instant,
    failures: u32,
}

/// What a heartbeat came to.
enum Outcome {
    /// The coordinator knows us.
    Heard,
    /// It does not answer, or not as it should.
    Failed,
    /// There is nothing to beat for any more.
    Over,
}

/// Beats while there is something to beat for; never ends. `tell` is called when `poll` has something to look at.
pub(super) async fn beat(shared: &Shared, tell: impl Fn()) {
    let mut clocks = Clocks::from_now(shared);
    let mut rebalances_seen = 0;
    loop {
        let (beats, rebalances, poll_end) = {
            let standing = shared.member.standing();
            (standing.beats(), standing.rebalances, standing.poll_deadline(shared.config.poll_interval_max))
        };
        if !beats {
            shared.member.changed.notified().await;
            continue;
        }
        if rebalances != rebalances_seen {
            rebalances_seen = rebalances;
            clocks = Clocks::from_now(shared);
        }
        let now = Instant::now();
        if clocks.session_end <= now {
            shared.coordinator.lose("session timed out without receiving a heartbeat response");
            clocks.session_end = now + shared.config.session_timeout;
        }
        if poll_end.is_some_and(|end| end <= now) {
            leave_stuck(shared).await;
            tell();
        } else if clocks.next_beat <= now {
            clocks.next_beat = now + shared.config.heartbeat_interval;
            match timeout_at(clocks.session_end, once(shared)).await {
                Ok(Outcome::Heard) => {
                    clocks.session_end = Instant::now() + shared.config.session_timeout;
                    clocks.failures = 0;
                    if shared.member.standing().rejoin.is_some() {
                        tell();
                    }
                }
                Ok(Outcome::Failed) | Err(_) => clocks.fail(shared),
                Ok(Outcome::Over) => tell(),
            }
        } else {
            let next = [Some(clocks.next_beat), Some(clocks.session_end), poll_end].into_iter().flatten().min();
            tokio::select! {
                () = sleep_until(next.unwrap_or(clocks.next_beat)) => {}
                () = shared.member.changed.notified() => {}
            }
        }
    }
}

impl Clocks {
    fn from_now(shared: &Shared) -> Self {
        let now = Instant::now();
        let config = &shared.config;
        Self { next_beat: now + config.heartbeat_interval, session_end: now + config.session_timeout, failures: 0 }
    }

    fn fail(&mut self, shared: &Shared) {
        let cluster = &shared.coordinator.cluster;
        let backoff = Backoff { first: cluster.config.retry_backoff, longest: cluster.config.retry_backoff_max };
        self.failures = self.failures.saturating_add(1);
        self.next_beat = Instant::now() + backoff.pause(self.failures, &cluster.random);
    }
}

async fn leave_stuck(shared: &Shared) {
    tracing::warn!(
        "{} consumer poll timeout has expired. This means the time between subsequent calls to poll() \
         was longer than the configured max.poll.interval.ms, which typically implies that \
         the poll loop is spending too much time processing messages. You can address this \
         either by increasing max.poll.interval.ms or by reducing the maximum size of batches \
         returned in poll() with max.poll.records.",
        shared.log_context()
    );
    if let Some(farewell) = leave::resign(shared) {
        leave::tell(shared, farewell, "consumer poll timeout has expired.").await;
    }
}

async fn once(shared: &Shared) -> Outcome {
    let connection = match shared.coordinator.connection().await {
        Ok(connection) => connection,
        Err(error) => return failed(shared, error),
    };
    let identity = shared.member.standing().identity.clone();
    let request = HeartbeatRequest {
        group_id: shared.config.group_id.clone(),
        generation_id: identity.generation,
        member_id: identity.member_id.clone(),
        group_instance_id: shared.config.instance_id.clone(),
        ..HeartbeatRequest::default()
    };
    let answer = connection.call(&request).await;
    let outcome = answer.and_then(|answer| check(answer.error_code, None, &shared.config.group_id));
    match outcome {
        Ok(()) => Outcome::Heard,
        Err(error) => refused(shared, &identity, error),
    }
}

/// A refusal that only the caller can do something about ends the heartbeats; any other is tried again.
fn failed(shared: &Shared, error: ClientError) -> Outcome {
    shared.coordinator.heed(&error);
    if error.code() == Some(ErrorCode::GroupAuthorizationFailed) {
        shared.member.standing().failure = Some(error);
        return Outcome::Over;
    }
    tracing::debug!("{} heartbeat failed: {error}", shared.log_context());
    Outcome::Failed
}

fn refused(shared: &Shared, identity: &Identity, error: ClientError) -> Outcome {
    let code = error.code();
    match code {
        Some(ErrorCode::RebalanceInProgress) => {
            // The coordinator knows us; it wants us to join again. If we are at it already, that is old news.
            let mut standing = shared.member.standing();
            if standing.stable_identity().is_some() {
                standing.request_rejoin("group is already rebalancing");
            }
            Outcome::Heard
        }
        Some(ErrorCode::IllegalGeneration | ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId) => {
            let mut standing = shared.member.standing();
            if standing.identity != *identity {
                return Outcome::Heard;
            }
            let name = code.map_or("", ErrorCode::name);
            let reason = format!("encountered {name} from HEARTBEAT response");
            // Of an old generation the member id is still good.
            standing.fall_out(&reason, code != Some(ErrorCode::IllegalGeneration));
            if code == Some(ErrorCode::FencedInstanceId) {
                standing.failure = Some(error);
            }
            Outcome::Over
        }
        _ => failed(shared, error),
    }
}
