//! Membership of a consumer group, on the classic protocol.
//!
//! [`Shared`] is what the tasks behind a consumer have in common: the coordinator and the member's standing. Heartbeats
//! and commits have a task each; joining is a task for each try. What they find out they leave in the standing, or report
//! to `poll`, which alone changes what is read.

pub(super) mod assignors;
pub(super) mod committer;
mod heartbeat;
pub(super) mod join;
pub(super) mod leave;
mod member;
pub(super) mod offsets;
pub(super) mod protocol;

use crate::cluster::Cluster;
use crate::config::GroupConfig;
use crate::group_coordinator::GroupCoordinator;
use assignors::{Assignor, RebalanceProtocol};
use committer::Committer;
use join::Basis;
use ottla_model::TopicPartition;
use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use member::{Member, Standing};

/// What the tasks of a membership have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: GroupConfig,
    pub(super) coordinator: GroupCoordinator,
    member: Member,
    /// `allow.auto.create.topics`.
    allow_auto_create_topics: bool,
}

impl Shared {
    fn log_context(&self) -> &str {
        &self.coordinator.cluster.log_context
    }
}

/// Where the consumer is between two assignments.
#[derive(Debug)]
pub(super) enum Stage {
    /// Nothing is going on.
    Settled,
    /// Offsets are being committed; after that these are given up.
    Committing {
        /// What is given up.
        given_up: BTreeSet<TopicPartition>,
    },
    /// The coordinator has been asked.
    Joining(AbortHandle),
}

/// A consumer's membership, as `poll` sees it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) shared: Arc<Shared>,
    pub(super) committer: Committer,
    heartbeats: Option<AbortHandle>,
    pub(super) stage: Stage,
    /// Joining is not tried before this.
    pub(super) not_before: Option<Instant>,
    /// With which topics it has joined last.
    pub(super) joined_topics: Option<BTreeSet<String>>,
    /// What it has been assigned last, and in which generation: the sticky assignor wants to know.
    pub(super) last_assignment: Option<(Vec<TopicPartition>, i32)>,
    /// What the group's assignment rests on, if this is the leader.
    pub(super) basis: Option<Basis>,
    pub(super) next_auto_commit: Option<Instant>,
}

impl Group {
    pub(super) fn new(config: GroupConfig, cluster: Arc<Cluster>, allow_auto_create_topics: bool) -> Self {
        let coordinator = GroupCoordinator::new(cluster, config.group_id.clone());
        let shared = Arc::new(Shared { config, coordinator, member: Member::new(), allow_auto_create_topics });
        Self {
            committer: Committer::start(Arc::clone(&shared)),
            shared,
            heartbeats: None,
            stage: Stage::Settled,
            not_before: None,
            joined_topics: None,
            last_assignment: None,
            basis: None,
            next_auto_commit: None,
        }
    }

    /// The member's standing. Not to be held while waiting for anything.
    pub(super) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.shared.member.standing()
    }

    /// What the group does with partitions in a rebalance.
    pub(super) fn protocol(&self) -> RebalanceProtocol {
        Assignor::protocol_of(&self.shared.config.assignors)
    }

    /// Begins to send heartbeats, once there is something to beat for.
    pub(super) fn start_heartbeats(&mut self, tell: impl Fn() + Send + Sync + 'static) {
        if self.heartbeats.is_none() {
            let shared = Arc::clone(&self.shared);
            let task = tokio::spawn(async move { heartbeat::beat(&shared, tell).await });
            self.heartbeats = Some(task.abort_handle());
        }
    }

    /// The heartbeats have something to look at.
    pub(super) fn changed(&self) {
        self.shared.member.changed.notify_one();
    }

    /// Gives up joining, and its connection: what is asked next is not to wait behind it.
    pub(super) fn stop_joining(&mut self) {
        if let Stage::Joining(task) = std::mem::replace(&mut self.stage, Stage::Settled) {
            task.abort();
            self.shared.coordinator.lose("the consumer does not want to join any more");
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.heartbeats.iter().for_each(AbortHandle::abort);
        self.stop_joining();
    }
}

/// Marks a consumer as inside of `poll` for as long as it lives.
pub(super) struct InsidePoll(Arc<Shared>);

impl InsidePoll {
    pub(super) fn enter(group: &Group) -> Self {
        group.standing().polled(true, Instant::now());
        Self(Arc::clone(&group.shared))
    }
}

impl Drop for InsidePoll {
    fn drop(&mut self) {
        self.0.member.standing().polled(false, Instant::now());
    }
}
