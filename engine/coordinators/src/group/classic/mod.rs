//! Groups whose members agree among themselves (the "classic" protocol): everybody joins, a leader assigns, everybody
//! picks up the assignment (syncs), and says by heartbeats that it is alive.
//!
//! ```text
//!          somebody joins              all have joined, or time is up          the leader's assignment is in the log
//!  Empty ────────────────▶ Preparing ──────────────────────────▶ Completing ──────────────────────────▶ Stable
//!    ▲                     Rebalance                              Rebalance                               │
//!    │ nobody is left         │ ▲   somebody joins, leaves, is given up │   somebody joins anew, leaves, …  │
//!    └────────────────────────┘ └─────────────────────────────────────┴─────────────────────────────────────┘
//! ```
//!
//! A `Turn` is one group's reaction to one request or deadline. One file for each kind of request, and:
//!
//! * `group`, `member`: what is known; `vote`: the protocol's choice; `subscription`: what consumers read.
//! * `rebalance`: how a generation comes about.
//! * `timers`: sessions and other deadlines. `replay`: what the log says. `refusal`: what happens when it takes nothing.
//! * `other_kinds`: groups that are not classic.

pub mod messages;

mod commit_check;
mod describe;
mod group;
mod heartbeat;
mod join;
mod join_static;
mod leave;
mod member;
mod other_kinds;
mod rebalance;
mod refusal;
mod replay;
mod subscription;
mod sync;
mod timers;
mod turn;
mod vote;

pub(crate) use group::ClassicGroup;

use crate::deadlines::Deadlines;
use crate::group::{GroupId, GroupSettings};
use crate::{CoordinatorRecord, Outcome, Released};
use other_kinds::OtherGroup;
use ottla_model::Timestamp;
use refusal::InFlight;
use std::collections::BTreeMap;
use std::sync::Arc;
use timers::Deadline;
use turn::Turn;

/// The classic groups of a shard.
#[derive(Debug)]
pub(crate) struct ClassicGroups {
    settings: Arc<GroupSettings>,
    groups: BTreeMap<GroupId, ClassicGroup>,
    /// Groups that are not classic.
    other_kinds: BTreeMap<GroupId, OtherGroup>,
    deadlines: Deadlines<Deadline>,
    /// What the last outcome's records stand for, until they are replayed or refused.
    in_flight: Vec<InFlight>,
}

/// What comes of a decision, as it piles up.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) records: Vec<CoordinatorRecord>,
    pub(crate) released: Vec<Released>,
}

impl Effects {
    pub(crate) fn with_reply<R>(self, reply: R) -> Outcome<R> {
        Outcome { records: self.records, reply, released: self.released }
    }
}

impl ClassicGroups {
    pub(crate) fn new(settings: Arc<GroupSettings>) -> Self {
        Self {
            settings,
            groups: BTreeMap::new(),
            other_kinds: BTreeMap::new(),
            deadlines: Deadlines::new(),
            in_flight: Vec::new(),
        }
    }

    pub(crate) fn set_settings(&mut self, settings: Arc<GroupSettings>) {
        self.settings = settings;
    }

    pub(crate) fn get(&self, group_id: &str) -> Option<&ClassicGroup> {
        self.groups.get(group_id)
    }

    /// The groups whose names come after `after`, in order.
    pub(crate) fn following(&self, after: Option<&GroupId>) -> impl Iterator<Item = (&GroupId, &ClassicGroup)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.groups.range((after.map_or(Unbounded, |last| Excluded(last.clone())), Unbounded))
    }

    /// A decision begins: what the last one has sent to the log has been answered for.
    pub(crate) fn begin(&mut self) {
        self.in_flight.clear();
    }

    /// Whoever waits is told that this is the wrong place by now.
    pub(crate) fn unload(&mut self) -> Vec<Released> {
        let mut effects = Effects::default();
        for group_id in self.groups.keys().cloned().collect::<Vec<_>>() {
            // Nothing is decided that depends on the time.
            let mut turn = self.turn(&group_id, Timestamp::default(), &mut effects).expect("its name was just read");
            turn.send_everybody_elsewhere();
        }
        effects.released
    }

    /// The group's turn, if there is such a group.
    fn turn<'a>(&'a mut self, group_id: &str, now: Timestamp, effects: &'a mut Effects) -> Option<Turn<'a>> {
        Some(Turn {
            group: self.groups.get_mut(group_id)?,
            settings: &self.settings,
            deadlines: &mut self.deadlines,
            in_flight: &mut self.in_flight,
            effects,
            now,
        })
    }
}
