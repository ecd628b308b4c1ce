//! The part of a rebalance that `poll` does: giving up what others are to have, asking to join, taking over what comes.
//!
//! Offsets of what is given up are committed before the coordinator is asked, so that whoever gets the partitions next
//! finds them.

use super::group::assignors::RebalanceProtocol;
use super::group::committer::Commit;
use super::group::join::{self, Joined};
use super::group::offsets::CommitAs;
use super::group::protocol::{Subscription as JoinSubscription, encode_subscription};
use super::group::{Group, Stage};
use super::{Assigned, Consumer, Event, Subscription};
use crate::ClientError;
use ottla_model::{ErrorCode, TopicPartition};
use ottla_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

/// The generation of who has never been in one.
const NO_GENERATION: i32 = -1;

impl Consumer {
    /// Does what membership of the group asks for now.
    ///
    /// # Errors
    /// Something that the caller has to know.
    pub(super) fn look_after_group(&mut self, now: Instant) -> Result<(), ClientError> {
        let Some(group) = &mut self.group else { return Ok(()) };
        if self.subscription.is_shared() {
            let failure = group.standing().failure.take();
            if let Some(failure) = failure {
                group.changed();
                return Err(failure);
            }
            self.watch_topics(now);
            self.rejoin_for_changed_topics();
            self.go_on_rebalancing(now)?;
        }
        self.auto_commit(now);
        Ok(())
    }

    fn rejoin_for_changed_topics(&mut self) {
        let Some(group) = &mut self.group else { return };
        if group.joined_topics.is_some() && group.joined_topics.as_ref() != self.subscription.topics() {
            group.standing().request_rejoin("subscription has changed");
        }
    }

    fn go_on_rebalancing(&mut self, now: Instant) -> Result<(), ClientError> {
        let Some(group) = &mut self.group else { return Ok(()) };
        let needed = group.standing().rejoin.is_some() && matches!(group.stage, Stage::Settled);
        // A pattern is matched with all topics at least once before the first join.
        let unlisted = matches!(self.subscription, Subscription::Matching { .. }) && !self.watch.listed;
        if !needed || unlisted {
            return Ok(());
        }
        if let Some(later) = group.not_before.filter(|later| *later > now) {
            self.wake_by(later);
            return Ok(());
        }
        if group.shared.config.assignors.is_empty() {
            return Err(ClientError::IllegalArgument(
                "User configured partition.assignment.strategy to empty while trying to subscribe for group protocol to \
                 auto assign partitions"
                    .to_owned(),
            ));
        }
        let unprepared = std::mem::take(&mut group.standing().needs_preparation);
        if unprepared {
            self.prepare_to_join();
        }
        self.start_joining()
    }

    /// Gives up what has to be given up before joining, or takes note that it is lost.
    fn prepare_to_join(&mut self) {
        let Some(group) = &self.group else { return };
        let protocol = group.protocol();
        if !group.standing().identity.is_member() {
            let lost: BTreeSet<_> = self.partitions.keys().cloned().collect();
            self.lose(&lost);
            return;
        }
        let given_up = self.partitions.keys().filter(|partition| match protocol {
            RebalanceProtocol::Eager => true,
            RebalanceProtocol::Cooperative => !self.subscription.wants(partition.topic.as_str()),
        });
        self.give_up(given_up.cloned().collect());
    }

    fn lose(&mut self, lost: &BTreeSet<TopicPartition>) {
        if lost.is_empty() {
            return;
        }
        tracing::info!(
            "{} Giving away all assigned partitions as lost since generation/memberID has been reset, \
             indicating that consumer is in old state or no longer part of the group",
            self.cluster.log_context
        );
        self.listener.0.lost(&lost.iter().cloned().collect::<Vec<_>>());
        self.drop_partitions(lost);
    }

    /// Commits what has been read and then gives these partitions up. Nothing more of them is given out from now on.
    fn give_up(&mut self, given_up: BTreeSet<TopicPartition>) {
        let mut offsets = self.offsets_to_auto_commit();
        if !given_up.is_empty() {
            offsets.extend(self.listener.0.revoked(&given_up.iter().cloned().collect::<Vec<_>>()));
        }
        if offsets.is_empty() {
            self.drop_partitions(&given_up);
            return;
        }
        for partition in &given_up {
            if let Some(assigned) = self.partitions.get_mut(partition) {
                assigned.given_up = true;
            }
        }
        let reports = self.reports.clone();
        let Some(group) = &mut self.group else { return };
        group.stage = Stage::Committing { given_up };
        group.committer.submit(Commit {
            offsets,
            commit_as: CommitAs::Member,
            // Others wait for us that long.
            until: Some(Instant::now() + group.shared.config.poll_interval_max),
            done: Box::new(move |outcome| {
                // The consumer has gone if this fails.
                let _ = reports.send(Event::GivenUp(outcome));
            }),
        });
    }

    /// The offsets of what is given up are committed, or cannot be.
    pub(super) fn given_up(&mut self, outcome: Result<(), ClientError>) {
        if let Err(error) = outcome {
            tracing::error!(
                "{} Offset commit before giving up partitions failed: {error}. Will continue to join group.",
                self.cluster.log_context
            );
        }
        let Some(group) = &mut self.group else { return };
        if let Stage::Committing { given_up } = &mut group.stage {
            let given_up = std::mem::take(given_up);
            group.stage = Stage::Settled;
            self.drop_partitions(&given_up);
        }
    }

    pub(super) fn drop_partitions(&mut self, dropped: &BTreeSet<TopicPartition>) {
        self.partitions.retain(|partition, _| !dropped.contains(partition));
        self.fetched.retain(|fetched| !dropped.contains(&fetched.partition));
    }

    fn start_joining(&mut self) -> Result<(), ClientError> {
        let Some(group) = &mut self.group else { return Ok(()) };
        let Some(topics) = self.subscription.topics() else { return Ok(()) };
        if !matches!(group.stage, Stage::Settled) {
            return Ok(());
        }
        let owned: Vec<_> = self.partitions.keys().cloned().collect();
        let generation = group.standing().identity.generation;
        let mut protocols = Vec::new();
        for assignor in &group.shared.config.assignors {
            let last = group.last_assignment.as_ref();
            let last_generation = last.map_or(NO_GENERATION, |(_, generation)| *generation);
            let metadata = encode_subscription(&JoinSubscription {
                topics,
                user_data: assignor.user_data(last.map(|(assigned, _)| assigned.as_slice()), last_generation),
                owned: &owned,
                generation,
                rack: &self.config.client_rack,
            })?;
            let name = assignor.name().to_owned();
            protocols.push(JoinGroupRequestProtocol { name, metadata, ..Default::default() });
        }
        group.joined_topics = Some(topics.clone());
        group.basis = None;
        let reports = self.reports.clone();
        group.start_heartbeats(move || {
            let _ = reports.send(Event::GroupChanged);
        });
        tracing::info!("{} (Re-)joining group", self.cluster.log_context);
        let (shared, reports) = (Arc::clone(&group.shared), self.reports.clone());
        let joining = tokio::spawn(async move {
            let outcome = join::join(&shared, protocols).await;
            let _ = reports.send(Event::Joined(outcome));
        });
        group.stage = Stage::Joining(joining.abort_handle());
        Ok(())
    }

    /// The rebalance is over, or has come to nothing.
    ///
    /// # Errors
    /// One that trying again would not mend. It is tried again all the same if `poll` is called again.
    pub(super) fn joined(&mut self, outcome: Result<Joined, ClientError>) -> Result<(), ClientError> {
        let backoff = self.backoff();
        let Some(group) = &mut self.group else { return Ok(()) };
        if !matches!(group.stage, Stage::Joining(_)) {
            return Ok(());
        }
        group.stage = Stage::Settled;
        let error = match outcome {
            Ok(joined) => {
                group.not_before = None;
                self.take_over(joined);
                return Ok(());
            }
            Err(error) => error,
        };
        if error.code() != Some(ErrorCode::MemberIdRequired) {
            let exception = error.exception_name();
            let simple_name = exception.rsplit('.').next().unwrap_or_default();
            tracing::info!("{} rebalance failed due to '{error}' ({simple_name})", self.cluster.log_context);
            group.standing().rejoin = Some(format!("rebalance failed due to {simple_name}"));
        }
        let at_once = matches!(
            error.code(),
            Some(
                ErrorCode::MemberIdRequired
                    | ErrorCode::UnknownMemberId
                    | ErrorCode::IllegalGeneration
                    | ErrorCode::RebalanceInProgress
            )
        );
        group.not_before = (!at_once).then(|| Instant::now() + backoff.pause(1, &self.cluster.random));
        if at_once || error.is_retriable() { Ok(()) } else { Err(error) }
    }

    fn take_over(&mut self, joined: Joined) {
        let Some(group) = &mut self.group else { return };
        {
            let mut standing = group.standing();
            if standing.stable_identity() != Some(&joined.identity) {
                standing.fall_out("rebalance failed since the generation/state was modified by heartbeats", true);
                return;
            }
            standing.needs_preparation = true;
            if !joined.assigned.iter().all(|partition| self.subscription.wants(partition.topic.as_str())) {
                // The subscription has changed since we joined with it.
                standing.request_rejoin("received assignment does not match the current subscription");
                return;
            }
        }
        for partition in &joined.assigned {
            self.subscription.learn(partition.topic.as_str());
            if let Some(topics) = &mut group.joined_topics {
                topics.insert(partition.topic.to_string());
            }
        }
        if let Some(basis) = &joined.basis {
            self.watch.renew(basis);
        }
        group.basis = joined.basis;
        group.last_assignment = Some((joined.assigned.clone(), joined.identity.generation));
        let interval = group.shared.config.auto_commit_interval;
        group.next_auto_commit = interval.map(|interval| Instant::now() + interval);
        let assigned: BTreeSet<_> = joined.assigned.into_iter().collect();
        let revoked: BTreeSet<_> = self.partitions.keys().filter(|owned| !assigned.contains(owned)).cloned().collect();
        let added: Vec<_> = assigned.into_iter().filter(|partition| !self.partitions.contains_key(partition)).collect();
        if !revoked.is_empty() {
            group.standing().request_rejoin("need to revoke partitions and re-join");
            self.give_up(revoked);
        }
        for partition in &added {
            self.seeks += 1;
            self.partitions.insert(partition.clone(), Assigned::new(self.seeks, true));
        }
        self.listener.0.assigned(&added);
    }

    /// Leaves the group: nothing is read any more.
    pub(super) fn withdraw(&mut self) -> Option<&mut Group> {
        let group = self.group.as_mut()?;
        group.stop_joining();
        group.stage = Stage::Settled;
        group.joined_topics = None;
        group.basis = None;
        Some(group)
    }
}
