//! What a broker gives its topics.

use crate::keys::{self, Fallback, Unit, broker_synonyms_of_topic};
use std::collections::BTreeMap;

/// A text for every topic key that has a default: from the broker keys that stand for it, else Kafka's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDefaults {
    texts: BTreeMap<&'static str, String>,
}

impl TopicDefaults {
    /// Asks `set` for the text that each broker key is set to, `None` where it is not set.
    pub(crate) fn from_broker<'a>(set: impl Fn(&str) -> Option<&'a str>) -> Self {
        let texts = keys::topic().iter().filter_map(|key| {
            let synonyms = broker_synonyms_of_topic(key.name);
            let from_broker =
                synonyms.iter().find_map(|synonym| Some(in_milliseconds(set(synonym.name)?, synonym.unit)));
            let text = match (from_broker, key.fallback) {
                (Some(text), _) => text,
                (None, Fallback::Is(text)) => text.to_owned(),
                (None, _) => return None,
            };
            Some((key.name, normalised(key.name, text)))
        });
        Self { texts: texts.collect() }
    }

    /// The text that `topic_key` has when a topic does not set it.
    pub fn text(&self, topic_key: &str) -> Option<&str> {
        self.texts.get(topic_key).map(String::as_str)
    }
}

/// Kafka's defaults, with no broker key set.
impl Default for TopicDefaults {
    fn default() -> Self {
        Self::from_broker(|_| None)
    }
}

/// A number that cannot be read counts as 0 in Kafka; here it was refused when the broker's keys were read.
pub(crate) fn in_milliseconds(text: &str, unit: Unit) -> String {
    let milliseconds_per_unit: i64 = match unit {
        Unit::Same => return text.to_owned(),
        Unit::Minutes => 60 * 1000,
        Unit::Hours => 60 * 60 * 1000,
    };
    let count: i32 = text.trim().parse().unwrap_or(0);
    (i64::from(count) * milliseconds_per_unit).to_string()
}

/// A broker may say "for ever" with any negative number, a topic only with -1.
fn normalised(topic_key: &str, text: String) -> String {
    if topic_key == "retention.ms" && text.trim().starts_with('-') { "-1".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::TopicDefaults;

    #[test]
    fn the_finest_unit_wins_whatever_the_order() {
        let set = [("log.retention.hours", "1"), ("log.retention.minutes", "2"), ("log.roll.hours", "3")];
        let lookup = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, text)| *text);
        let defaults = TopicDefaults::from_broker(lookup);
        assert_eq!(defaults.text("retention.ms"), Some("120000"));
        assert_eq!(defaults.text("segment.ms"), Some("10800000"));
        assert_eq!(defaults.text("segment.jitter.ms"), Some("0"));
        assert_eq!(defaults.text("internal.segment.bytes"), None);
    }

    #[test]
    fn any_negative_retention_of_a_broker_is_for_ever() {
        let lookup = |name: &str| (name == "log.retention.hours").then_some("-5");
        assert_eq!(TopicDefaults::from_broker(lookup).text("retention.ms"), Some("-1"));
    }
}
