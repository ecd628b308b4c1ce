//! Which topics there are.

use super::Admin;
use crate::ClientError;
use ottla_model::TopicId;

/// A topic that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicListing {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: TopicId,
    /// Whether Kafka keeps its own state in it.
    pub is_internal: bool,
}

impl Admin {
    /// Every topic that we may know of, by name.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>, ClientError> {
        let listing = |name: String, topic: &crate::cluster::TopicMetadata| TopicListing {
            name,
            id: topic.id,
            is_internal: topic.is_internal,
        };
        let answer = self.cluster.attempts("listTopics").run(async || self.cluster.refresh(None, false).await).await?;
        let mut topics: Vec<_> =
            answer.into_iter().filter_map(|(name, topic)| Some(listing(name, &*topic.ok()?))).collect();
        topics.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(topics)
    }
}
