//! Something for each topic of each group, with every topic's name in memory once.

use crate::group::GroupId;
use ottla_model::TopicName;
use std::collections::BTreeMap;

/// The names of the topics that groups have offsets of, each with the number of its holders.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TopicNames(BTreeMap<TopicName, usize>);

impl TopicNames {
    /// The shared name for one more holder; `None` if no topic can have it.
    fn acquire(&mut self, topic: &str) -> Option<TopicName> {
        let known = self.0.get_key_value(topic).map(|(name, _)| name.clone());
        let name = known.map_or_else(|| TopicName::new(topic).ok(), Some)?;
        *self.0.entry(name.clone()).or_default() += 1;
        Some(name)
    }

    /// One holder less.
    fn release(&mut self, topic: &str) {
        if let Some(holders) = self.0.get_mut(topic) {
            *holders -= 1;
            if *holders == 0 {
                self.0.remove(topic);
            }
        }
    }
}

/// Group → topic → `T`, in the order of their names, so that what is decided by walking it is the same everywhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TopicMap<T>(BTreeMap<GroupId, BTreeMap<TopicName, T>>);

impl<T> Default for TopicMap<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Default> TopicMap<T> {
    pub(super) fn contains_group(&self, group: &str) -> bool {
        self.0.contains_key(group)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = (&GroupId, &BTreeMap<TopicName, T>)> {
        self.0.iter()
    }

    pub(super) fn group(&self, group: &str) -> Option<&BTreeMap<TopicName, T>> {
        self.0.get(group)
    }

    pub(super) fn get(&self, group: &str, topic: &str) -> Option<&T> {
        self.0.get(group)?.get(topic)
    }

    /// The names of group and topic as they are shared.
    pub(super) fn key(&self, group: &str, topic: &str) -> Option<(&GroupId, &TopicName)> {
        let (group, topics) = self.0.get_key_value(group)?;
        Some((group, topics.get_key_value(topic)?.0))
    }

    /// What there is for the topic, to be changed; the default if there was nothing. `None` if no topic can have such a
    /// name. Whoever leaves it empty calls [`remove`](Self::remove).
    pub(super) fn entry(&mut self, names: &mut TopicNames, group: &str, topic: &str) -> Option<&mut T> {
        if self.get(group, topic).is_none() {
            let name = names.acquire(topic)?;
            self.0.entry(group.into()).or_default().insert(name, T::default());
        }
        self.0.get_mut(group)?.get_mut(topic)
    }

    /// Lets `remove` take something out; whatever is empty after that goes, up to the group. `remove` says whether
    /// nothing is left for the topic.
    pub(super) fn remove(
        &mut self,
        names: &mut TopicNames,
        group: &str,
        topic: &str,
        remove: impl FnOnce(&mut T) -> bool,
    ) {
        let Some(topics) = self.0.get_mut(group) else { return };
        let Some(value) = topics.get_mut(topic) else { return };
        if remove(value) {
            topics.remove(topic);
            names.release(topic);
            if topics.is_empty() {
                self.0.remove(group);
            }
        }
    }
}
