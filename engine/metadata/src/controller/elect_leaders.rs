//! ElectLeaders (key 43), versions 0–2: leaders are chosen anew (KIP-183, KIP-460), when somebody asks, and every now
//! and then.

use super::partition_change::{Election, PartitionChange};
use super::result::{ControllerResult, TooManyChanges, check_record_count};
use super::state::Controller;
use crate::image::{PartitionImage, TopicImage};
use ottla_model::PartitionIndex;
use ottla_protocol::MetadataRecord;

/// How many leaders are chosen in one go when nobody asked for it.
const ELECTIONS_PER_ROUND_MAX: usize = 1000;

/// Whom to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElectionType {
    /// The preferred replica.
    Preferred,
    /// Anyone, if there is no leader. Loses data.
    Unclean,
}

/// Why there is no other leader now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElectLeaderError {
    /// There is no such topic.
    #[error("No such topic as {0}")]
    UnknownTopic(String),
    /// The topic has no such partition.
    #[error("No such partition as {topic}-{partition}")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition it does not have.
        partition: PartitionIndex,
    },
    /// The right one leads already.
    #[error("Leader election not needed for topic partition.")]
    NotNeeded,
    /// The preferred replica cannot lead.
    #[error("The preferred leader was not available.")]
    PreferredNotAvailable,
    /// Nobody can lead.
    #[error("Eligible topic partition leaders are not available.")]
    NobodyAvailable,
}

/// One partition whose leader was to be chosen, and why it was not.
pub type ElectedPartition = (String, PartitionIndex, Result<(), ElectLeaderError>);

impl Controller {
    /// Chooses leaders for `partitions`, or for all. Replies in the order of the request; if all were meant, those
    /// that needed none have no reply.
    ///
    /// # Errors
    /// Nobody is chosen: it would be too much for one request.
    pub fn elect_leaders(
        &self,
        election: ElectionType,
        partitions: Option<&[(String, PartitionIndex)]>,
    ) -> Result<ControllerResult<Vec<ElectedPartition>>, TooManyChanges> {
        let mut records = Vec::new();
        let mut replies = Vec::new();
        match partitions {
            Some(partitions) => {
                for (topic, index) in partitions {
                    let elected = self.elect_leader(topic, *index, election);
                    replies.push((topic.clone(), *index, elected.map(|record| records.push(record))));
                    check_record_count(&records)?;
                }
            }
            None => {
                for topic in self.image().topics().iter() {
                    for (index, partition) in topic.partitions() {
                        let elected = self.elect_leader_of(topic, index, partition, election);
                        if elected != Err(ElectLeaderError::NotNeeded) {
                            let name = topic.name().to_string();
                            replies.push((name, index, elected.map(|record| records.push(record))));
                            check_record_count(&records)?;
                        }
                    }
                }
            }
        }
        Ok(ControllerResult::stepwise(records, replies))
    }

    /// Gives partitions back to their preferred leaders, some at a time. The reply says whether to call again.
    pub fn balance_leaders(&self) -> ControllerResult<bool> {
        self.elect_some(|partition| !partition.has_preferred_leader(), ElectionType::Preferred, |_| true)
    }

    /// Gives leaders to partitions without one whose topics would rather lose data than be offline, some at a time.
    /// The reply says whether to call again.
    pub fn elect_unclean_leaders(&self) -> ControllerResult<bool> {
        let prefers = |topic: &TopicImage| self.topic_rules(topic).election == Election::Unclean;
        self.elect_some(|partition| partition.leader.is_none(), ElectionType::Unclean, prefers)
    }

    fn elect_some(
        &self,
        concerns: impl Fn(&PartitionImage) -> bool,
        election: ElectionType,
        of_topic: impl Fn(&TopicImage) -> bool,
    ) -> ControllerResult<bool> {
        let mut records = Vec::new();
        for topic in self.image().topics().iter() {
            for (index, partition) in topic.partitions().filter(|(_, partition)| concerns(partition)) {
                if !of_topic(topic) {
                    break;
                }
                records.extend(self.elect_leader_of(topic, index, partition, election).ok());
                if records.len() == ELECTIONS_PER_ROUND_MAX {
                    return ControllerResult::stepwise(records, true);
                }
            }
        }
        ControllerResult::stepwise(records, false)
    }

    fn elect_leader(
        &self,
        name: &str,
        index: PartitionIndex,
        election: ElectionType,
    ) -> Result<MetadataRecord, ElectLeaderError> {
        let unknown_topic = || ElectLeaderError::UnknownTopic(name.to_owned());
        let topic = self.image().topics().by_name(name).ok_or_else(unknown_topic)?;
        let unknown_partition = || ElectLeaderError::UnknownPartition { topic: name.to_owned(), partition: index };
        let partition = topic.partition(index).ok_or_else(unknown_partition)?;
        self.elect_leader_of(topic, index, partition, election)
    }

    fn elect_leader_of(
        &self,
        topic: &TopicImage,
        index: PartitionIndex,
        partition: &PartitionImage,
        election: ElectionType,
    ) -> Result<MetadataRecord, ElectLeaderError> {
        let (needed, election, nobody) = match election {
            ElectionType::Preferred => {
                (!partition.has_preferred_leader(), Election::Preferred, ElectLeaderError::PreferredNotAvailable)
            }
            ElectionType::Unclean => (partition.leader.is_none(), Election::Unclean, ElectLeaderError::NobodyAvailable),
        };
        if !needed {
            return Err(ElectLeaderError::NotNeeded);
        }
        let may_lead = |broker| self.may_lead(broker, partition);
        let default_directory = |broker| self.default_directory(broker);
        PartitionChange::new(partition, self.surroundings(self.topic_rules(topic), &may_lead, &default_directory))
            .election(election)
            .build(topic.id(), index)
            .map(MetadataRecord::from)
            .ok_or(nobody)
    }
}
