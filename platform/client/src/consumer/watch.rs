//! Watching topics: those that are subscribed to, those that match a pattern, and, for the leader of a group, those of
//! all its members. New partitions and new topics reach the group because somebody looks.

use super::group::assignors::PartitionCounts;
use super::group::join::Basis;
use super::{Consumer, Event, Subscription};
use crate::ClientError;
use crate::cluster::TopicMetadata;
use ottla_model::TopicName;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

/// What brokers say of topics.
pub(super) type Outcome = Result<Vec<(String, Result<Arc<TopicMetadata>, ClientError>)>, ClientError>;

/// How topics are watched.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// When to look again; `None` for at once.
    due: Option<Instant>,
    running: bool,
    failures: u32,
    /// Which assignment an answer can be held against: one that was asked for before is too old.
    round: u64,
    /// Whether the topics have been seen since the subscription was made.
    pub(super) listed: bool,
}

impl Watch {
    /// The subscription has changed.
    pub(super) fn restart(&mut self) {
        self.due = None;
        self.round += 1;
        self.listed = false;
    }

    /// There is a new assignment, made of what topics are now.
    pub(super) fn renew(&mut self, basis: &Basis) {
        self.round += 1;
        let missing = basis.topics.iter().any(|topic| !basis.counts.contains_key(topic));
        if missing {
            self.due = None;
        }
    }
}

impl Consumer {
    /// Looks at the topics if it is time.
    pub(super) fn watch_topics(&mut self, now: Instant) {
        if self.watch.running {
            return;
        }
        if let Some(later) = self.watch.due.filter(|later| *later > now) {
            self.wake_by(later);
            return;
        }
        let basis = self.group.as_ref().and_then(|group| group.basis.as_ref());
        let names: Option<BTreeSet<String>> = match &self.subscription {
            Subscription::Manual => return,
            Subscription::Topics(topics) => {
                let of_group = basis.iter().flat_map(|basis| &basis.topics).map(TopicName::to_string);
                Some(topics.iter().cloned().chain(of_group).collect())
            }
            Subscription::Matching { .. } => None,
        };
        self.watch.running = true;
        let (cluster, reports, round) = (Arc::clone(&self.cluster), self.reports.clone(), self.watch.round);
        let create = self.config.allow_auto_create_topics;
        tokio::spawn(async move {
            let names: Option<Vec<&str>> = names.as_ref().map(|names| names.iter().map(String::as_str).collect());
            let outcome = cluster.refresh(names.as_deref(), create).await;
            // The consumer has gone if this fails.
            let _ = reports.send(Event::Watched { round, outcome });
        });
    }

    /// Takes note of what topics there are.
    ///
    /// # Errors
    /// One of the topics that are subscribed to cannot be had.
    pub(super) fn watched(&mut self, round: u64, outcome: Outcome) -> Result<(), ClientError> {
        self.watch.running = false;
        let now = Instant::now();
        let topics = match outcome {
            Ok(topics) => topics,
            Err(error) => {
                self.look_again_soon(now);
                return if error.is_retriable() { Ok(()) } else { Err(error) };
            }
        };
        if round != self.watch.round {
            self.watch.due = None;
            return Ok(());
        }
        let mut failure = Ok(());
        let mut missing = false;
        if let Subscription::Matching { matches, found } = &mut self.subscription {
            let exclude = self.config.exclude_internal_topics;
            let known = topics.iter().filter_map(|(name, outcome)| Some((name, outcome.as_ref().ok()?)));
            let matching = known.filter(|(name, topic)| matches(name) && !(exclude && topic.is_internal));
            *found = matching.map(|(name, _)| name.clone()).collect();
        } else {
            for (name, outcome) in &topics {
                let Err(error) = outcome else { continue };
                if error.is_retriable() {
                    self.cluster.warn_of(name, outcome);
                    missing = true;
                } else if self.subscription.wants(name) {
                    failure = Err(error.clone());
                }
            }
        }
        self.watch.listed = true;
        self.rejoin_for_changed_partitions(&topics);
        if missing || failure.is_err() {
            self.look_again_soon(now);
        } else {
            self.watch.failures = 0;
            self.watch.due = Some(now + self.config.connection.metadata_age_max);
        }
        failure
    }

    fn look_again_soon(&mut self, now: Instant) {
        self.watch.failures = self.watch.failures.saturating_add(1);
        self.watch.due = Some(now + self.backoff().pause(self.watch.failures, &self.cluster.random));
    }

    /// The leader has the group rebalance when what it has assigned is not what there is.
    fn rejoin_for_changed_partitions(&self, topics: &[(String, Result<Arc<TopicMetadata>, ClientError>)]) {
        let Some(group) = &self.group else { return };
        let Some(basis) = &group.basis else { return };
        let counts: PartitionCounts = topics
            .iter()
            .filter_map(|(name, outcome)| Some((TopicName::new(name).ok()?, outcome.as_ref().ok()?.partitions.len())))
            .collect();
        if basis.topics.iter().any(|topic| counts.get(topic) != basis.counts.get(topic)) {
            group.standing().request_rejoin("cached metadata has changed");
        }
    }
}
