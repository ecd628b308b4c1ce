//! Which partitions are read: chosen by the caller, or by the group. And how that ends.

use super::commits::{no_group, submit};
use super::group::leave;
use super::group::offsets::Offsets;
use super::{Assigned, Consumer, Listener, RebalanceListener, Subscription, not_assigned};
use crate::ClientError;
use ottla_model::TopicPartition;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What closing may take, the last commit and leaving the group included.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(30);

impl Consumer {
    /// Reads these partitions from now on and no others. Those that were read before keep their positions; new ones
    /// start where the group left off, if there is a group that has, or where `auto.offset.reset` says. Ends a
    /// subscription.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        self.unsubscribe();
        let mut before = std::mem::take(&mut self.partitions);
        for partition in partitions {
            let assigned = before.remove(&partition).unwrap_or_else(|| {
                self.seeks += 1;
                Assigned::new(self.seeks, self.group.is_some())
            });
            self.partitions.insert(partition, assigned);
        }
        self.fetched.retain(|fetched| self.partitions.contains_key(&fetched.partition));
    }

    /// Reads these topics, sharing their partitions with the other members of the group. The group is joined in `poll`.
    ///
    /// # Errors
    /// There is no `group.id`.
    pub fn subscribe(&mut self, topics: impl IntoIterator<Item = impl Into<String>>) -> Result<(), ClientError> {
        let topics: BTreeSet<String> = topics.into_iter().map(Into::into).collect();
        self.replace_subscription(Subscription::Topics(topics))
    }

    /// Reads the topics with such names, those to come included, as [`Self::subscribe`] does. New ones are found within
    /// `metadata.max.age.ms`.
    ///
    /// # Errors
    /// There is no `group.id`.
    pub fn subscribe_matching(
        &mut self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<(), ClientError> {
        self.replace_subscription(Subscription::Matching { matches: Box::new(matches), found: BTreeSet::new() })
    }

    fn replace_subscription(&mut self, subscription: Subscription) -> Result<(), ClientError> {
        if self.group.is_none() {
            return Err(no_group());
        }
        if !self.subscription.is_shared() {
            self.partitions.clear();
            self.fetched.clear();
        }
        self.subscription = subscription;
        self.watch.restart();
        Ok(())
    }

    /// Leaves the group, if it was joined, and reads nothing any more. What was read is not committed by this.
    pub fn unsubscribe(&mut self) {
        if !self.subscription.is_shared() {
            return;
        }
        let dropped: Vec<_> = self.partitions.keys().cloned().collect();
        self.subscription = Subscription::Manual;
        self.partitions.clear();
        self.fetched.clear();
        self.watch.restart();
        let Some(group) = self.withdraw() else { return };
        let shared = Arc::clone(&group.shared);
        let was_member = group.standing().stable_identity().is_some();
        if let Some(farewell) = leave::resign(&shared) {
            let reason = "the consumer unsubscribed from all topics";
            tokio::spawn(async move { leave::tell(&shared, farewell, reason).await });
        }
        if !dropped.is_empty() {
            if was_member {
                // It is too late to commit: the group is being left.
                let _ = self.listener.0.revoked(&dropped);
            } else {
                self.listener.0.lost(&dropped);
            }
        }
    }

    /// Tells `listener` about rebalances from now on, instead of whom was told before.
    pub fn listen(&mut self, listener: impl RebalanceListener + 'static) {
        self.listener = Listener(Box::new(listener));
    }

    /// The partitions that are read now.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.partitions.keys()
    }

    /// Gives out no records of the partition until [`Self::resume`]. It stays ours: heartbeats go on in `poll`. A
    /// partition that comes back after a rebalance is not paused.
    ///
    /// # Errors
    /// The partition is not assigned.
    pub fn pause(&mut self, partition: &TopicPartition) -> Result<(), ClientError> {
        self.partitions.get_mut(partition).ok_or_else(|| not_assigned(partition))?.paused = true;
        Ok(())
    }

    /// Gives out records of the partition again.
    ///
    /// # Errors
    /// The partition is not assigned.
    pub fn resume(&mut self, partition: &TopicPartition) -> Result<(), ClientError> {
        self.partitions.get_mut(partition).ok_or_else(|| not_assigned(partition))?.paused = false;
        Ok(())
    }

    /// Commits what `poll` has given out, if `enable.auto.commit` says so, waits for what is being committed, and leaves
    /// the group (a static member stays in it until its session is over).
    pub async fn close(mut self) {
        let deadline = Instant::now() + CLOSE_TIME_MAX;
        let commit_as = self.commit_as();
        let mut offsets = self.offsets_to_auto_commit();
        if self.subscription.is_shared() {
            offsets.extend(self.say_goodbye());
        }
        let Some(group) = self.withdraw() else { return };
        // Even if there is nothing to commit, this comes after what is being committed.
        let committing = submit(group, offsets, commit_as, Some(deadline));
        if let Ok(Err(error)) = timeout_at(deadline, committing).await {
            tracing::warn!("{} Offset commit on close failed: {error}", self.cluster.log_context);
        }
        let Some(group) = &self.group else { return };
        if let Some(farewell) = leave::resign(&group.shared) {
            // Nobody waits for a coordinator that does not answer: the session runs out.
            let _ = timeout_at(deadline, leave::tell(&group.shared, farewell, "the consumer is being closed")).await;
        }
    }

    /// Tells the listener that its partitions go; gives what it wants to be committed.
    fn say_goodbye(&mut self) -> Offsets {
        // What is being given up already has been told.
        let owned = self.partitions.iter().filter(|(_, assigned)| !assigned.given_up);
        let owned: Vec<_> = owned.map(|(partition, _)| partition.clone()).collect();
        let speaks = self.group.as_ref().is_some_and(|group| group.standing().stable_identity().is_some());
        if owned.is_empty() {
            Offsets::new()
        } else if speaks {
            self.listener.0.revoked(&owned)
        } else {
            self.listener.0.lost(&owned);
            Offsets::new()
        }
    }
}
