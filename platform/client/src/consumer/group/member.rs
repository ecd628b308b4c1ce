//! Where a consumer stands in its group. What the calls to `poll` do and what goes on behind them meet here.

use crate::ClientError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A generation that nobody is of.
const NO_GENERATION: i32 = -1;

/// As what the consumer speaks to the coordinator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::consumer) struct Identity {
    /// -1 outside of any generation.
    pub(in crate::consumer) generation: i32,
    /// Empty before the coordinator has given one.
    pub(in crate::consumer) member_id: String,
    /// The assignor of this generation.
    pub(in crate::consumer) protocol: Option<String>,
}

impl Identity {
    /// Nobody.
    pub(in crate::consumer) fn none() -> Self {
        Self { generation: NO_GENERATION, member_id: String::new(), protocol: None }
    }

    /// Whether this is somebody in a generation: who is not has lost what it had.
    pub(in crate::consumer) fn is_member(&self) -> bool {
        self.generation != NO_GENERATION && !self.member_id.is_empty()
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::consumer) enum Phase {
    /// Not in the group.
    Unjoined,
    /// Has asked to join.
    Joining,
    /// Has joined, and waits for the assignment.
    Syncing,
    /// Has an assignment.
    Stable,
}

/// A member's standing, shared.
#[derive(Debug)]
pub(in crate::consumer) struct Member {
    standing: Mutex<Standing>,
    /// There is something for the heartbeats to look at.
    pub(in crate::consumer) changed: Notify,
}

/// A member's standing.
#[derive(Debug)]
pub(in crate::consumer) struct Standing {
    pub(in crate::consumer) phase: Phase,
    pub(in crate::consumer) identity: Identity,
    /// Why it should join (again); `None` if it need not.
    pub(in crate::consumer) rejoin: Option<String>,
    /// Whether what it had has to be given up, or is lost, before it joins.
    pub(in crate::consumer) needs_preparation: bool,
    /// How often it has joined.
    pub(in crate::consumer) rebalances: u64,
    /// What the next `poll` has to tell.
    pub(in crate::consumer) failure: Option<ClientError>,
    /// Whether somebody is inside of `poll`.
    polling: bool,
    last_poll: Instant,
}

impl Member {
    pub(in crate::consumer) fn new() -> Self {
        let standing = Standing {
            phase: Phase::Unjoined,
            identity: Identity::none(),
            rejoin: Some(String::new()),
            needs_preparation: true,
            rebalances: 0,
            failure: None,
            polling: false,
            last_poll: Instant::now(),
        };
        Self { standing: Mutex::new(standing), changed: Notify::new() }
    }

    pub(in crate::consumer) fn standing(&self) -> MutexGuard<'_, Standing> {
        // Nothing panics while holding it, and its content is whole between any two statements.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// `poll` begins or ends.
    pub(in crate::consumer) fn polled(&mut self, inside: bool, now: Instant) {
        self.polling = inside;
        self.last_poll = now;
    }

    /// When the consumer counts as stuck; not as long as it is inside of `poll`.
    pub(in crate::consumer) fn poll_deadline(&self, interval: Duration) -> Option<Instant> {
        (!self.polling).then(|| self.last_poll + interval)
    }

    /// Asks for a rebalance, unless that has been done.
    pub(in crate::consumer) fn request_rejoin(&mut self, reason: &str) {
        if self.rejoin.is_none() {
            self.rejoin = Some(reason.to_owned());
        }
    }

    /// It is not in the group any more, or not in this generation. Its member id may still be good.
    pub(in crate::consumer) fn fall_out(&mut self, reason: &str, forget_member_id: bool) {
        self.phase = Phase::Unjoined;
        let member_id = if forget_member_id { String::new() } else { std::mem::take(&mut self.identity.member_id) };
        self.identity = Identity { member_id, ..Identity::none() };
        self.rejoin = Some(reason.to_owned());
        self.needs_preparation = true;
    }

    /// It begins to join, as whom is returned.
    pub(in crate::consumer) fn begin_joining(&mut self) -> (Identity, String) {
        self.phase = Phase::Joining;
        (self.identity.clone(), self.rejoin.clone().unwrap_or_default())
    }

    /// It has joined. Says whether that is still wanted.
    pub(in crate::consumer) fn joined(&mut self, identity: Identity) -> bool {
        let wanted = self.phase == Phase::Joining;
        if wanted {
            self.phase = Phase::Syncing;
            self.rebalances += 1;
            self.identity = identity;
        }
        wanted
    }

    /// It has got its assignment in `generation`. Says whether that is still its generation.
    pub(in crate::consumer) fn synced(&mut self, generation: i32) -> bool {
        let wanted = self.phase == Phase::Syncing && self.identity.generation == generation;
        if wanted {
            self.phase = Phase::Stable;
            self.rejoin = None;
        }
        wanted
    }

    /// As whom offsets can be committed: only who has an assignment speaks for it.
    pub(in crate::consumer) fn stable_identity(&self) -> Option<&Identity> {
        (self.phase == Phase::Stable).then_some(&self.identity)
    }

    /// Whether it is in the middle of a rebalance.
    pub(in crate::consumer) fn is_rebalancing(&self) -> bool {
        matches!(self.phase, Phase::Joining | Phase::Syncing)
    }

    /// Whether the coordinator expects heartbeats of it.
    pub(in crate::consumer) fn beats(&self) -> bool {
        matches!(self.phase, Phase::Syncing | Phase::Stable) && self.failure.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Member, Phase};
    use std::time::Duration;
    use tokio::time::Instant;

    fn identity(generation: i32) -> Identity {
        Identity { generation, member_id: "m".to_owned(), protocol: Some("range".to_owned()) }
    }

    #[test]
    fn a_member_joins_syncs_and_falls_out() {
        let member = Member::new();
        let mut standing = member.standing();
        assert!(standing.rejoin.is_some() && !standing.beats() && standing.stable_identity().is_none());
        standing.begin_joining();
        assert!(standing.is_rebalancing() && !standing.beats());
        assert!(standing.joined(identity(3)));
        assert!(standing.beats() && standing.rejoin.is_some());
        assert!(!standing.synced(2), "an answer of an earlier generation");
        assert!(standing.synced(3));
        assert_eq!(standing.stable_identity(), Some(&identity(3)));
        assert_eq!(standing.rejoin, None);

        standing.fall_out("evicted", false);
        assert_eq!((standing.phase, standing.identity.member_id.as_str()), (Phase::Unjoined, "m"));
        assert!(!standing.identity.is_member() && standing.needs_preparation);
        standing.fall_out("evicted", true);
        assert_eq!(standing.identity, Identity::none());
    }

    #[test]
    fn who_has_fallen_out_meanwhile_does_not_become_a_member() {
        let member = Member::new();
        let mut standing = member.standing();
        standing.begin_joining();
        standing.fall_out("left", true);
        assert!(!standing.joined(identity(3)));
        assert!(!standing.synced(3));
    }

    #[test]
    fn whoever_is_inside_of_poll_is_not_stuck() {
        let member = Member::new();
        let mut standing = member.standing();
        let (now, interval) = (Instant::now(), Duration::from_secs(5));
        standing.polled(true, now);
        assert_eq!(standing.poll_deadline(interval), None);
        standing.polled(false, now);
        assert_eq!(standing.poll_deadline(interval), Some(now + interval));
    }
}
