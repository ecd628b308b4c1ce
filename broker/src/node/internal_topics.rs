//! Topics that nobody creates by hand: those that somebody asks about, and those that coordinators keep their state in.

use super::Node;
use super::groups::OFFSETS_TOPIC;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::{CreateTopicError, NewTopic};
use ottla_model::TopicName;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What it means that there is no `__consumer_offsets`.
const OFFSETS_HINT: &str = ", so no group is served (offsets.topic.replication.factor says how many brokers it takes)";
/// The same warning is worth repeating after that long.
const WARN_AGAIN_AFTER: Duration = Duration::from_secs(60);

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
                        Err(error) => {
                            let hint = if name == OFFSETS_TOPIC { OFFSETS_HINT } else { "" };
                            self.warn_once(format!("cannot create topic {name} automatically{hint}: {error}"));
                        }
                    }
                }
            }
            Ok(Err(error)) => self.warn_once(format!("cannot create topics automatically: {error}")),
            Err(error) => self.warn_once(format!("cannot create topics automatically: {error}")),
        }
    }

    fn warn_once(&self, message: String) {
        if self.creation_warnings.is_news(&message, self.clock().elapsed()) {
            tracing::warn!("{message}");
        }
    }
}

/// Keeps a log from being filled with one warning by clients that ask again ten times a second.
#[derive(Debug, Default)]
pub(super) struct RepeatedWarning {
    last: Mutex<Option<(String, Duration)>>,
}

impl RepeatedWarning {
    /// Whether this is not the warning that was just given. `now` is the time since the start.
    fn is_news(&self, message: &str, now: Duration) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |(text, at): &(String, Duration)| text == message && now.saturating_sub(*at) < WARN_AGAIN_AFTER;
        if last.as_ref().is_some_and(is_known) {
            return false;
        }
        *last = Some((message.to_owned(), now));
        true
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
    use super::{RepeatedWarning, WARN_AGAIN_AFTER, new_topic};
    use ottla_config::BrokerConfig;
    use ottla_model::TopicName;
    use std::path::Path;
    use std::time::Duration;

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

    #[test]
    fn a_warning_is_given_once_a_minute() {
        let warnings = RepeatedWarning::default();
        let start = Duration::from_secs(7);
        assert!(warnings.is_news("no", start));
        assert!(!warnings.is_news("no", start + Duration::from_secs(1)));
        assert!(warnings.is_news("never", start + Duration::from_secs(2)));
        assert!(!warnings.is_news("never", start + WARN_AGAIN_AFTER));
        assert!(warnings.is_news("never", start + Duration::from_secs(2) + WARN_AGAIN_AFTER));
    }
}
