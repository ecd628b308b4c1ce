//! Which partitions are asked for.

use crate::java::text::split;
use crate::topic_filter::TopicFilter;

/// Chooses partitions: those that any of its rules allows.
#[derive(Debug)]
pub(super) struct PartitionFilter {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    topic: TopicFilter,
    partitions: Partitions,
}

#[derive(Debug, PartialEq, Eq)]
enum Partitions {
    All,
    These(Vec<i32>),
    /// The second is not one of them.
    Between(i32, i32),
}

impl Partitions {
    fn allows(&self, partition: i32) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&partition),
            Self::Between(from, to) => (*from..*to).contains(&partition),
        }
    }
}

impl PartitionFilter {
    /// From `--topic-partitions`.
    pub(super) fn by_rules(text: &str) -> Result<Self, String> {
        let rules = split(text, ',').into_iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// From `--topic` and `--partitions`.
    pub(super) fn by_topic(topic: Option<&str>, partitions: Option<&str>) -> Result<Self, String> {
        let partitions = match partitions {
            None | Some("") => Partitions::All,
            Some(text) => {
                let numbers: Result<Vec<i32>, _> = split(text, ',').into_iter().map(str::parse).collect();
                Partitions::These(numbers.map_err(|_| {
                    format!(
                        "--partitions expects a comma separated list of numeric partition ids, but received: {text}"
                    )
                })?)
            }
        };
        Ok(Self { rules: vec![Rule { topic: TopicFilter::new(topic.unwrap_or(".*"))?, partitions }] })
    }

    /// Whether partitions of that topic may be allowed.
    pub(super) fn allows_topic(&self, topic: &str) -> bool {
        self.rules.iter().any(|rule| rule.topic.allows(topic, false))
    }

    /// Whether that partition is allowed.
    pub(super) fn allows(&self, topic: &str, partition: i32) -> bool {
        self.rules.iter().any(|rule| rule.topic.allows(topic, false) && rule.partitions.allows(partition))
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    let invalid = || format!("Invalid rule specification: {text}");
    let (topic, partitions) = match text.split_once(':') {
        Some((topic, partitions)) => (topic, Some(partitions)),
        None => (text, None),
    };
    let number = |digits: &str, missing: i32| match digits {
        "" => Ok(missing),
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().map_err(|_| invalid()),
        _ => Err(invalid()),
    };
    let partitions = match partitions {
        None | Some("") => Partitions::All,
        Some(range) => match range.split_once('-') {
            Some((from, to)) => Partitions::Between(number(from, 0)?, number(to, i32::MAX)?),
            None => Partitions::These(vec![number(range, 0)?]),
        },
    };
    let topic = TopicFilter::new(if topic.is_empty() { ".*" } else { topic })?;
    Ok(Rule { topic, partitions })
}

#[cfg(test)]
mod tests {
    use super::PartitionFilter;

    fn allowed(filter: &PartitionFilter, topic: &str) -> Vec<i32> {
        (0..8).filter(|partition| filter.allows(topic, *partition)).collect()
    }

    #[test]
    fn rules_name_topics_and_partitions() {
        let filter = PartitionFilter::by_rules("a:1,b.*:2-4,c,d:6-,e:-2,:7").unwrap();
        assert_eq!(allowed(&filter, "a"), [1, 7]);
        assert_eq!(allowed(&filter, "bcd"), [2, 3, 7]);
        assert_eq!(allowed(&filter, "c"), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(allowed(&filter, "d"), [6, 7]);
        assert_eq!(allowed(&filter, "e"), [0, 1, 7]);
        for bad in ["a:x", "a:1:2", "a:-x", "a:99999999999"] {
            let message = PartitionFilter::by_rules(bad).unwrap_err();
            assert_eq!(message, format!("Invalid rule specification: {bad}"));
        }
    }

    #[test]
    fn a_topic_and_some_of_its_partitions() {
        let filter = PartitionFilter::by_topic(Some("a|b"), Some("0,3")).unwrap();
        assert_eq!(allowed(&filter, "a"), [0, 3]);
        assert!(!filter.allows_topic("c"));
        assert!(PartitionFilter::by_topic(None, None).unwrap().allows("anything", 5));
        assert!(PartitionFilter::by_topic(None, Some("x")).unwrap_err().ends_with("but received: x"));
    }
}
