//! Choosing topics by regular expression, as `--topic` and `--include` do.

use ottla_model::TopicName;
use regex::Regex;

/// A list of topic patterns: a regular expression, with `,` for `|` and without blanks and quotes around it. A topic must
/// match it as a whole.
#[derive(Debug, Clone)]
pub struct TopicFilter {
    pattern: Regex,
}

impl TopicFilter {
    /// Reads the pattern.
    ///
    /// # Errors
    /// It is no regular expression: what Kafka's tools say then.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = text.trim().replace(',', "|").replace(' ', "");
        let regex = regex.trim_start_matches(['"', '\'']).trim_end_matches(['"', '\'']);
        let pattern = Regex::new(&format!("^(?:{regex})$")).map_err(|_| format!("{regex} is an invalid regex."))?;
        Ok(Self { pattern })
    }

    /// Whether the topic is chosen.
    pub fn allows(&self, topic: &str, exclude_internal: bool) -> bool {
        self.pattern.is_match(topic) && !(exclude_internal && is_internal(topic))
    }
}

/// Whether Kafka keeps its own state in the topic of that name.
pub fn is_internal(topic: &str) -> bool {
    TopicName::new(topic).is_ok_and(|name| name.is_internal())
}

#[cfg(test)]
mod tests {
    use super::TopicFilter;

    #[test]
    fn patterns_match_whole_names() {
        let filter = TopicFilter::new(" 'a.*, b' ").unwrap();
        for (topic, allowed) in [("a", true), ("abc", true), ("b", true), ("bc", false), ("xa", false)] {
            assert_eq!(filter.allows(topic, false), allowed, "{topic}");
        }
    }

    #[test]
    fn internal_topics_can_be_left_out() {
        let filter = TopicFilter::new(".*").unwrap();
        assert!(filter.allows("__consumer_offsets", false));
        assert!(!filter.allows("__consumer_offsets", true));
    }

    #[test]
    fn broken_patterns_are_named() {
        assert_eq!(TopicFilter::new("a(").unwrap_err(), "a( is an invalid regex.");
    }
}
