//! Topics that nobody creates by hand: those that somebody asks about, and those that coordinators keep their state in.

use super::Node;
use super::groups::OFFSETS_TOPIC;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::{CreateTopicError, NewTopic};
use ottla_model::TopicName;

impl Node {
    /// Creates topics that somebody has asked about. What goes wrong is logged: whoever asked sees that there is still no
    /// such topic.
    ///
    /// The state of coordinators that are not there yet is not created: its topic would have to be made as they need it.
    pub async fn create_topics_automatically(&self, names: impl IntoIterator<Item = TopicName>) {
        let config = self.config();
        let topics: Vec<_> = names.into_iter().filter_map(|name| new_topic(&name, &config)).collect();
        if topics.is_empty() {
            return;
        }
        match self.create_topics(topics, false).await {
            Ok(Ok(replies)) => {
                for (name, reply) in replies {
                    match reply {
                        Ok(_) => tracing::info!("created topic {name}, because it was asked about"),
                        Err(CreateTopicError::AlreadyExists(_)) => {}
                        Err(error) => tracing::warn!("cannot create topic {name} automatically: {error}"),
                    }
                }
            }
            Ok(Err(error)) => tracing::warn!("cannot create topics automatically: {error}"),
            Err(error) => tracing::warn!("cannot create topics automatically: {error}"),
        }
    }
}

/// The topic as it is to be created: with default counts, unless it is a coordinator's.
fn new_topic(name: &TopicName, config: &BrokerConfig) -> Option<NewTopic> {
    match name.as_str() {
        OFFSETS_TOPIC => Some(offsets_topic(config)),
        _ if name.is_internal() => None,
        name => Some(NewTopic { name: name.to_owned(), ..NewTopic::default() }),
    }
}

/// `__consumer_offsets`, with the values that Kafka gives it.
fn offsets_topic(config: &BrokerConfig) -> NewTopic {
    let topic = &config.offsets.topic;
    let configs = [
        ("cleanup.policy", "compact".to_owned()),
        // Whatever else the broker's default is: its coordinator has chosen.
        ("compression.type", "producer".to_owned()),
        ("segment.bytes", topic.segment_bytes.to_string()),
    ];
    NewTopic {
        name: OFFSETS_TOPIC.to_owned(),
        partitions: Some(i32::try_from(topic.partitions).unwrap_or(i32::MAX)),
        replication_factor: Some(i16::try_from(topic.replication_factor).unwrap_or(i16::MAX)),
        configs: configs.map(|(key, value)| (key.to_owned(), Some(value))).into(),
        ..NewTopic::default()
    }
}

#[cfg(test)]
mod tests {
    use super::new_topic;
    use ottla_config::BrokerConfig;
    use ottla_model::TopicName;
    use std::path::Path;

    #[test]
    fn offsets_are_kept_in_a_compacted_topic() {
        let overrides = ["offsets.topic.num.partitions=7".to_owned(), "offsets.topic.segment.bytes=2048".to_owned()];
        let config = BrokerConfig::quick_start(Path::new("/nowhere"), &overrides).expect("valid").config;
        let topic = |name: &str| new_topic(&TopicName::new(name).expect("a legal name"), &config);

        let offsets = topic("__consumer_offsets").expect("created on demand");
        assert_eq!((offsets.partitions, offsets.replication_factor), (Some(7), Some(1)));
        let configs: Vec<_> =
            offsets.configs.iter().map(|(key, value)| (key.as_str(), value.as_deref().unwrap_or_default())).collect();
        let expected = [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "2048")];
        assert_eq!(configs, expected);

        assert_eq!(topic("plain").expect("created on demand").partitions, None);
        assert!(topic("__transaction_state").is_none());
    }
}
