//! Groups, as requests see them: whose they are, what they are allowed, when their answers may be given.

use super::Node;
use crate::drivers::coordinators::{
    Asked, CommitPolicy, CoordinatorsConfig, GroupCoordinators, HostedShard, Uncommitted,
};
use ottla_config::BrokerConfig;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::{Answer, GroupSettings, GroupShard, Outcome, WaitedReply, WaiterId};
use ottla_model::Timestamp;
use ottla_records::Compression;
use std::sync::Arc;
use std::time::Duration;

/// The topic that keeps groups and their offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// What a group's coordinator has decided, and may be told when it is committed.
#[derive(Debug)]
#[must_use = "the answer has to wait for what it says to be committed"]
pub struct GroupDecision<R> {
    shard: Arc<HostedShard<GroupShard>>,
    answer: Uncommitted<R>,
}

/// What the driver of the groups' coordinators goes by.
pub(super) fn coordinators_config(config: &BrokerConfig) -> CoordinatorsConfig {
    CoordinatorsConfig {
        topic: OFFSETS_TOPIC,
        // The configuration has looked at the number.
        compression: Compression::from_id(config.offsets.topic.compression).unwrap_or(Compression::None),
        load_buffer_bytes: config.offsets.load_buffer_bytes,
    }
}

/// What groups are allowed.
pub(super) fn settings(config: &BrokerConfig) -> GroupSettings {
    let milliseconds = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    GroupSettings {
        session_timeout_min: config.groups.session_timeout_min_ms,
        session_timeout_max: config.groups.session_timeout_max_ms,
        size_max: config.groups.size_max as usize,
        initial_rebalance_delay: i32::try_from(milliseconds(config.groups.initial_rebalance_delay)).unwrap_or(i32::MAX),
        offset_metadata_max: usize::try_from(config.offsets.metadata_bytes_max).unwrap_or(0),
        offsets_retention: milliseconds(config.offsets.retention),
        offsets_retention_check_interval: milliseconds(config.offsets.retention_check_interval),
    }
}

impl Node {
    /// The coordinators of groups on this broker.
    pub fn groups(&self) -> &GroupCoordinators {
        &self.followed.groups
    }

    /// Has the group's coordinator decide; gives the answer when everything that it says is committed.
    ///
    /// What `decide` does happens in the first poll, in the order in which requests are started.
    ///
    /// # Errors
    /// The group is another broker's, its shard is loading, or what was decided could not be made to last.
    pub async fn decide_group<R>(
        &self,
        group_id: &str,
        decide: impl FnOnce(&mut GroupShard, Timestamp) -> Outcome<R>,
    ) -> Result<R, GroupError> {
        self.group_committed(self.begin_group(group_id, decide)?).await
    }

    /// The first half of [`Self::decide_group`], for requests about several groups: all are decided before the first is
    /// waited for.
    ///
    /// # Errors
    /// As [`Self::decide_group`].
    pub fn begin_group<R>(
        &self,
        group_id: &str,
        decide: impl FnOnce(&mut GroupShard, Timestamp) -> Outcome<R>,
    ) -> Result<GroupDecision<R>, GroupError> {
        let shard = self.groups().shard_for(group_id)?;
        let answer = shard.decide(decide)?;
        Ok(GroupDecision { shard, answer })
    }

    /// Has all coordinators of groups on this broker decide.
    ///
    /// # Errors
    /// A shard is loading.
    pub fn begin_all_groups<R>(
        &self,
        mut decide: impl FnMut(&mut GroupShard) -> Outcome<R>,
    ) -> Result<Vec<GroupDecision<R>>, GroupError> {
        let mut decisions = Vec::new();
        for shard in self.groups().all() {
            match shard.decide(|state, _| decide(state)) {
                Ok(answer) => decisions.push(GroupDecision { shard, answer }),
                // It went elsewhere meanwhile: that broker speaks for it.
                Err(GroupError::NotCoordinator) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(decisions)
    }

    /// The answer, when everything that it says is committed.
    ///
    /// # Errors
    /// As [`HostedShard::committed`].
    pub async fn group_committed<R>(&self, decision: GroupDecision<R>) -> Result<R, GroupError> {
        let config = self.config();
        let policy = CommitPolicy {
            flusher: self.flusher(),
            durability: config.ottla.ack_durability,
            timeout: config.offsets.commit_timeout,
        };
        decision.shard.committed(decision.answer, &policy).await
    }

    /// As [`Self::decide_group`], for requests that may have to wait for others; `waited` takes its kind of answer out of
    /// what those are given who have been waiting.
    ///
    /// # Errors
    /// As [`Self::decide_group`].
    pub async fn ask_group<R>(
        &self,
        group_id: &str,
        decide: impl FnOnce(&mut GroupShard, WaiterId, Timestamp) -> Outcome<Answer<R>>,
        waited: impl FnOnce(WaitedReply) -> Option<R>,
    ) -> Result<R, GroupError> {
        let shard = self.groups().shard_for(group_id)?;
        match shard.ask(decide)? {
            Asked::Now(answer) => self.group_committed(GroupDecision { shard, answer }).await,
            Asked::Later(released) => {
                // A shard that is dropped drops those who wait.
                let answer = released.await.map_err(|_| GroupError::NotCoordinator)?;
                let answer = self.group_committed(GroupDecision { shard, answer }).await?;
                waited(answer).ok_or(GroupError::CoordinatorNotAvailable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::settings;
    use ottla_config::BrokerConfig;
    use ottla_coordinators::GroupSettings;
    use std::path::Path;

    #[test]
    fn defaults_are_the_same_on_both_sides() {
        let delay = vec!["group.initial.rebalance.delay.ms=3000".to_owned()];
        let loaded = BrokerConfig::quick_start(Path::new("/nowhere"), &delay).expect("valid");
        assert_eq!(settings(&loaded.config), GroupSettings::default());
    }
}
