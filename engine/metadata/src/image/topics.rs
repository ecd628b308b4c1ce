//! All topics, by name and by id.

use super::{PartitionImage, TopicImage};
use ottla_model::{PartitionIndex, TopicId, TopicName};
use rpds::{HashTrieMapSync, RedBlackTreeMapSync};
use std::ops::Bound;

/// All topics. Cheap to clone; a change copies what is on its way through the trees and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicsImage {
    by_id: HashTrieMapSync<TopicId, TopicImage>,
    // Ordered, for the listings that are cut into pages by name.
    ids_by_name: RedBlackTreeMapSync<TopicName, TopicId>,
    // Names with '.' or '_' by what metrics would call them. More than one only in clusters older than KAFKA-13743.
    names_by_metric_name: RedBlackTreeMapSync<Box<str>, Vec<TopicName>>,
}

impl Default for TopicsImage {
    fn default() -> Self {
        Self {
            by_id: HashTrieMapSync::new_sync(),
            ids_by_name: RedBlackTreeMapSync::new_sync(),
            names_by_metric_name: RedBlackTreeMapSync::new_sync(),
        }
    }
}

impl TopicsImage {
    /// How many topics there are.
    pub fn len(&self) -> usize {
        self.ids_by_name.size()
    }
    /// Whether there is no topic.
    pub fn is_empty(&self) -> bool {
        self.ids_by_name.is_empty()
    }
    /// The topic of that id.
    pub fn by_id(&self, id: TopicId) -> Option<&TopicImage> {
        self.by_id.get(&id)
    }
    /// The topic of that name.
    pub fn by_name(&self, name: &str) -> Option<&TopicImage> {
        self.by_id.get(self.ids_by_name.get(name)?)
    }
    /// The id of the topic of that name.
    pub fn id_of(&self, name: &str) -> Option<TopicId> {
        self.ids_by_name.get(name).copied()
    }
    /// One partition, by its topic's id.
    pub fn partition(&self, id: TopicId, index: PartitionIndex) -> Option<&PartitionImage> {
        self.by_id(id)?.partition(index)
    }
    /// The topics in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &TopicImage> {
        self.ids_by_name.values().filter_map(|id| self.by_id.get(id))
    }
    /// The topics from the name `start` (inclusive; there need not be a topic of that name) on, in the order of their
    /// names.
    pub fn iter_from(&self, start: &str) -> impl Iterator<Item = &TopicImage> {
        self.ids_by_name
            .range::<str, _>((Bound::Included(start), Bound::Unbounded))
            .filter_map(|(_, id)| self.by_id.get(id))
    }
    /// A topic, other than `name` itself, whose metrics could not be told from those of a topic called `name`.
    pub fn colliding_with(&self, name: &str) -> Option<&TopicName> {
        self.names_by_metric_name.get(metric_name(name)?.as_ref())?.iter().find(|other| other.as_str() != name)
    }

    /// Adds a topic without partitions. The caller has checked that neither name nor id are taken.
    pub(crate) fn insert(&mut self, topic: TopicImage) {
        if let Some(metric_name) = metric_name(topic.name().as_str()) {
            let mut names = self.names_by_metric_name.get(&metric_name).cloned().unwrap_or_default();
            names.push(topic.name().clone());
            self.names_by_metric_name.insert_mut(metric_name, names);
        }
        self.ids_by_name.insert_mut(topic.name().clone(), topic.id());
        self.by_id.insert_mut(topic.id(), topic);
    }
    pub(crate) fn get_mut(&mut self, id: TopicId) -> Option<&mut TopicImage> {
        self.by_id.get_mut(&id)
    }
    /// Takes a topic away and returns its name.
    pub(crate) fn remove(&mut self, id: TopicId) -> Option<TopicName> {
        let name = self.by_id.get(&id)?.name().clone();
        self.by_id.remove_mut(&id);
        self.ids_by_name.remove_mut(&name);
        if let Some(metric_name) = metric_name(name.as_str()) {
            let mut names = self.names_by_metric_name.get(&metric_name).cloned().unwrap_or_default();
            names.retain(|other| *other != name);
            if names.is_empty() {
                self.names_by_metric_name.remove_mut(&metric_name);
            } else {
                self.names_by_metric_name.insert_mut(metric_name, names);
            }
        }
        Some(name)
    }
}

/// What a metric would call the topic, or `None` if that is its name and no other topic's: `.` and `_` are the same
/// in the names of metrics.
fn metric_name(topic: &str) -> Option<Box<str>> {
    topic.contains(['.', '_']).then(|| topic.replace('.', "_").into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::{TopicImage, TopicsImage};
    use ottla_model::{TopicId, TopicName};

    fn topics(names: &[&str]) -> TopicsImage {
        let mut topics = TopicsImage::default();
        for (index, name) in names.iter().enumerate() {
            topics.insert(TopicImage::new(TopicName::new(name).unwrap(), id(index)));
        }
        topics
    }
    fn id(index: usize) -> TopicId {
        TopicId::from_bytes((index as u128 + 1000).to_be_bytes())
    }

    #[test]
    fn collisions_are_found_and_forgotten_with_their_topic() {
        let mut topics = topics(&["a.b", "plain"]);
        assert_eq!(topics.colliding_with("a_b").unwrap().as_str(), "a.b");
        assert_eq!(topics.colliding_with("a.b"), None, "a name does not collide with itself");
        assert_eq!(topics.colliding_with("plain"), None);
        assert_eq!(topics.remove(id(0)).unwrap().as_str(), "a.b");
        assert_eq!(topics.colliding_with("a_b"), None);
        assert_eq!(topics, self::topics(&["x", "plain"]).tap_remove(id(0)));
    }

    impl TopicsImage {
        fn tap_remove(mut self, id: TopicId) -> Self {
            self.remove(id);
            self
        }
    }

    #[test]
    fn listings_are_ordered_and_can_start_anywhere() {
        let topics = topics(&["c", "a", "b.b"]);
        let names = |start| topics.iter_from(start).map(|topic| topic.name().to_string()).collect::<Vec<_>>();
        assert_eq!(names(""), ["a", "b.b", "c"]);
        assert_eq!(names("b"), ["b.b", "c"]);
        assert_eq!(names("c"), ["c"]);
        assert!(names("d").is_empty());
    }
}
