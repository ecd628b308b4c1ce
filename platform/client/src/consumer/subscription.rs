//! What a consumer wants to read.

use std::collections::BTreeSet;
use std::fmt;

/// Where a consumer's partitions come from.
#[derive(Default)]
pub(super) enum Subscription {
    /// From nowhere, or from the caller.
    #[default]
    Manual,
    /// From the group, of these topics.
    Topics(BTreeSet<String>),
    /// From the group, of all topics with such names.
    Matching {
        /// Whether a topic of that name is wanted.
        matches: Box<dyn Fn(&str) -> bool + Send + Sync>,
        /// Those that there are, as far as is known.
        found: BTreeSet<String>,
    },
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("Manual"),
            Self::Topics(topics) => f.debug_tuple("Topics").field(topics).finish(),
            Self::Matching { found, .. } => f.debug_struct("Matching").field("found", found).finish_non_exhaustive(),
        }
    }
}

impl Subscription {
    /// Whether partitions come from the group.
    pub(super) fn is_shared(&self) -> bool {
        !matches!(self, Self::Manual)
    }

    /// The topics to join with.
    pub(super) fn topics(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Manual => None,
            Self::Topics(topics) => Some(topics),
            Self::Matching { found, .. } => Some(found),
        }
    }

    /// Whether a partition of that topic may be assigned. A leader that knows more topics than we do may be right.
    pub(super) fn wants(&self, topic: &str) -> bool {
        match self {
            Self::Manual => false,
            Self::Topics(topics) => topics.contains(topic),
            Self::Matching { matches, .. } => matches(topic),
        }
    }

    /// Takes note of a topic that was assigned and is wanted, but was not known.
    pub(super) fn learn(&mut self, topic: &str) {
        if let Self::Matching { found, .. } = self
            && !found.contains(topic)
        {
            found.insert(topic.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Subscription;

    #[test]
    fn a_pattern_wants_more_than_it_has_found() {
        let mut subscription =
            Subscription::Matching { matches: Box::new(|topic| topic.starts_with('a')), found: Default::default() };
        assert!(subscription.wants("ab") && !subscription.wants("b"));
        assert_eq!(subscription.topics(), Some(&Default::default()));
        subscription.learn("ab");
        assert_eq!(subscription.topics(), Some(&["ab".to_owned()].into()));
        assert!(!Subscription::Manual.is_shared());
    }
}
