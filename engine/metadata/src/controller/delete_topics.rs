//! DeleteTopics (key 20), versions 1–6: topics go, by name or by id.
//! v3 deletion may be disabled · v6 topic ids (KIP-516)

use super::result::{ControllerResult, TooManyChanges, check_record_count};
use super::state::Controller;
use crate::image::TopicImage;
use ottla_model::{TopicId, TopicName};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::RemoveTopicRecord;
use std::collections::{BTreeMap, BTreeSet};

/// A topic to delete, as the request calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicReference {
    /// By its name.
    Name(String),
    /// By its id.
    Id(TopicId),
}

/// A topic that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedTopic {
    /// Its name.
    pub name: TopicName,
    /// Its id.
    pub id: TopicId,
}

/// Why a topic cannot be deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeleteTopicError {
    /// There is no topic of that name.
    #[error("This server does not host this topic-partition.")]
    UnknownName,
    /// There is no topic of that id.
    #[error("This server does not host this topic ID.")]
    UnknownId,
    /// An id that no topic has.
    #[error("Neither topic name nor id were specified.")]
    NeitherNameNorId,
    /// The request has the name more than once.
    #[error("Duplicate topic name.")]
    DuplicateName,
    /// The request has the id more than once.
    #[error("Duplicate topic id.")]
    DuplicateId,
    /// The request has the topic's id, too: this one.
    #[error("The provided topic name maps to an ID that was already supplied.")]
    NameAndId(TopicId),
}

/// `delete.topic.enable` is off, or there is too much to delete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicDeletionDisabled {
    /// `delete.topic.enable` is off.
    #[error("Topic deletion is disabled.")]
    Disabled,
    /// More topics than fit in one batch.
    #[error(transparent)]
    TooMany(#[from] TooManyChanges),
}

/// A reply for each topic, as the request called it.
pub type DeleteTopicsReply = Vec<(TopicReference, Result<DeletedTopic, DeleteTopicError>)>;

impl Controller {
    /// Deletes topics, each for itself. Replies in the order of the request; what stands there more than once has one
    /// reply, at its first place.
    ///
    /// # Errors
    /// Nothing is deleted.
    pub fn delete_topics(
        &self,
        topics: &[TopicReference],
    ) -> Result<ControllerResult<DeleteTopicsReply>, TopicDeletionDisabled> {
        if !self.settings.topics_may_be_deleted {
            return Err(TopicDeletionDisabled::Disabled);
        }
        let mut counts: BTreeMap<&TopicReference, usize> = BTreeMap::new();
        for topic in topics {
            *counts.entry(topic).or_default() += 1;
        }
        // A name that points at an id of the request spoils both: nobody knows which of the two was meant.
        let spoilt: BTreeSet<TopicId> = counts
            .keys()
            .filter_map(|topic| match topic {
                TopicReference::Name(name) => self.image().topics().id_of(name),
                TopicReference::Id(_) => None,
            })
            .filter(|id| counts.contains_key(&TopicReference::Id(*id)))
            .collect();

        let mut records: Vec<MetadataRecord> = Vec::new();
        let mut replies = Vec::new();
        for topic in topics {
            let Some(count) = counts.remove(topic) else { continue };
            let reply = match topic {
                TopicReference::Id(id) if id.is_zero() => Err(DeleteTopicError::NeitherNameNorId),
                TopicReference::Id(_) if count > 1 => Err(DeleteTopicError::DuplicateId),
                TopicReference::Name(_) if count > 1 => Err(DeleteTopicError::DuplicateName),
                // The name has the answer.
                TopicReference::Id(id) if spoilt.contains(id) => continue,
                TopicReference::Id(id) => self.image().topics().by_id(*id).ok_or(DeleteTopicError::UnknownId),
                TopicReference::Name(name) => match self.image().topics().by_name(name) {
                    None => Err(DeleteTopicError::UnknownName),
                    Some(topic) if spoilt.contains(&topic.id()) => Err(DeleteTopicError::NameAndId(topic.id())),
                    Some(topic) => Ok(topic),
                },
            };
            if let Ok(deleted) = &reply {
                records.push(RemoveTopicRecord { topic_id: deleted.id(), ..Default::default() }.into());
            }
            let deleted = |topic: &TopicImage| DeletedTopic { name: topic.name().clone(), id: topic.id() };
            replies.push((topic.clone(), reply.map(deleted)));
        }
        check_record_count(&records)?;
        Ok(ControllerResult::atomic(records, replies))
    }
}
