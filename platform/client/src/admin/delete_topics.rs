//! Removing topics.

use super::{Admin, outcome};
use crate::ClientError;
use ottla_model::TopicId;
use ottla_protocol::messages::DeleteTopicsRequest;
use ottla_protocol::messages::delete_topics_request::DeleteTopicState;

/// From this version on topics are named in a field that can also hold ids.
const FIRST_VERSION_WITH_IDS: i16 = 6;

impl Admin {
    /// Deletes topics by name.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn delete_topics(&self, names: &[String]) -> Result<Vec<(String, Result<(), ClientError>)>, ClientError> {
        let attempt = async || {
            let connection = self.cluster.any().await?;
            let version = connection.version_of::<DeleteTopicsRequest>()?;
            let mut request = DeleteTopicsRequest { timeout_ms: self.timeout_ms(), ..DeleteTopicsRequest::default() };
            if version >= FIRST_VERSION_WITH_IDS {
                let by_name = |name: &String| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
                request.topics = names.iter().map(by_name).collect();
            } else {
                request.topic_names = names.to_vec();
            }
            let answer = connection.submit(&request, version).await?.wait().await?;
            let of_topic = |topic: ottla_protocol::messages::delete_topics_response::DeletableTopicResult| {
                Ok((topic.name.unwrap_or_default(), outcome(topic.error_code, topic.error_message)?))
            };
            answer.responses.into_iter().map(of_topic).collect()
        };
        self.cluster.attempts("deleteTopics").run(attempt).await
    }

    /// Deletes topics by id.
    ///
    /// # Errors
    /// No broker answers in time, or the broker does not know ids.
    pub async fn delete_topics_by_id(
        &self,
        ids: &[TopicId],
    ) -> Result<Vec<(TopicId, Result<(), ClientError>)>, ClientError> {
        let by_id = |id: &TopicId| DeleteTopicState { name: None, topic_id: *id, ..DeleteTopicState::default() };
        let request = DeleteTopicsRequest {
            topics: ids.iter().map(by_id).collect(),
            timeout_ms: self.timeout_ms(),
            ..DeleteTopicsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            let of_topic = |topic: ottla_protocol::messages::delete_topics_response::DeletableTopicResult| {
                Ok((topic.topic_id, outcome(topic.error_code, topic.error_message)?))
            };
            answer.responses.into_iter().map(of_topic).collect()
        };
        self.cluster.attempts("deleteTopics").run(attempt).await
    }
}
