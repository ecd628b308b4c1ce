//! Topic names and what they name.

use crate::{PartitionIndex, TopicId};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A legal topic name: 1–249 of `[a-zA-Z0-9._-]`, neither `.` nor `..`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

/// Why a text cannot be a topic's name. The texts are those that Kafka's tools show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTopicName {
    /// Nothing at all.
    #[error("Topic name is invalid: the empty string is not allowed")]
    Empty,
    /// A directory of that name would mean something else.
    #[error("Topic name is invalid: '{0}' is not allowed")]
    Dots(String),
    /// `topic-partition` must fit a file name with room for a suffix.
    #[error("Topic name is invalid: the length of '{0}' is longer than the max allowed length 249")]
    TooLong(String),
    /// Something else than ASCII letters, digits, `.`, `_` and `-`.
    #[error(
        "Topic name is invalid: '{0}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    )]
    Characters(String),
}

impl TopicName {
    /// The longest legal name, in characters (= bytes).
    pub const LENGTH_MAX: usize = 249;

    /// Checks `name` by Kafka's rules.
    ///
    /// # Errors
    /// Says which rule the name breaks.
    pub fn new(name: &str) -> Result<Self, InvalidTopicName> {
        match name {
            "" => Err(InvalidTopicName::Empty),
            "." | ".." => Err(InvalidTopicName::Dots(name.to_owned())),
            _ if name.len() > Self::LENGTH_MAX => Err(InvalidTopicName::TooLong(name.to_owned())),
            _ if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) => {
                Err(InvalidTopicName::Characters(name.to_owned()))
            }
            _ => Ok(Self(name.into())),
        }
    }
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether two different names would give the same metric name: `.` and `_` are the same there.
    pub fn collides_with(&self, other: &Self) -> bool {
        self != other && self.0.replace('.', "_") == other.0.replace('.', "_")
    }
    /// Whether this is one of the topics that Kafka keeps its own state in.
    pub fn is_internal(&self) -> bool {
        matches!(&*self.0, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// One partition by its topic's name. Printed `topic-3`, as its directory is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: TopicName,
    /// Which of its partitions.
    pub partition: PartitionIndex,
}
impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// One partition by its topic's id: outlives nothing, is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicIdPartition {
    /// The topic's id.
    pub topic_id: TopicId,
    /// Which of its partitions.
    pub partition: PartitionIndex,
}

#[cfg(test)]
mod tests {
    use super::TopicName;

    #[test]
    fn names_follow_kafkas_rules() {
        for good in ["a", "a.b_c-D9", "...", &"x".repeat(249), "__consumer_offsets"] {
            assert!(TopicName::new(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", &"x".repeat(250), "a b", "ä", "a/b", "a\0"] {
            assert!(TopicName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dots_and_underscores_collide() {
        let name = |text| TopicName::new(text).unwrap();
        assert!(name("a.b").collides_with(&name("a_b")));
        assert!(!name("a.b").collides_with(&name("a.b")));
        assert!(!name("a.b").collides_with(&name("a-b")));
    }
}
