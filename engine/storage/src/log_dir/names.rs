//! The names of partitions' directories.

use super::{DirectoryKind, PartitionDirectory};
use ottla_model::{PartitionIndex, TopicName, TopicPartition, Uuid};
use std::path::Path;

/// The longest name that file systems take.
const NAME_LENGTH_MAX: usize = 255;

/// A directory of tiered storage's, not a partition's.
pub(super) const REMOTE_INDEX_CACHE: &str = "remote-log-index-cache";

impl DirectoryKind {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Deleted => "-delete",
            Self::Future => "-future",
            Self::Stray => "-stray",
        }
    }
}

/// `topic-3`, or with what makes it unique and says what it is for: `topic-3.<32 hex digits>-delete`. In names that are
/// only looked at by people the topic is cut short if the whole would be too long.
pub(super) fn directory_name(topic_partition: &TopicPartition, kind: DirectoryKind, unique: Uuid) -> String {
    let TopicPartition { topic, partition } = topic_partition;
    let suffix = match kind {
        DirectoryKind::Live => format!("-{partition}"),
        kind => {
            let digits = u128::from_be_bytes(unique.to_bytes());
            format!("-{partition}.{digits:032x}{}", kind.suffix())
        }
    };
    let topic_length = topic.as_str().len().min(NAME_LENGTH_MAX - suffix.len());
    format!("{}{suffix}", &topic.as_str()[..topic_length])
}

/// A partition's directory by its name; `None` if it is not one.
pub(super) fn parse_directory_name(path: &Path, name: &str) -> Option<PartitionDirectory> {
    let marked = [DirectoryKind::Deleted, DirectoryKind::Future, DirectoryKind::Stray]
        .into_iter()
        .find(|kind| name.ends_with(kind.suffix()));
    let (kind, name) = match marked {
        Some(kind) => {
            // Kafka asks for something before the last dot, a unique part after it, and nothing more. A topic may end in
            // "-delete" itself, but then its directory ends in the partition's number.
            let (name, unique) = name.strip_suffix(kind.suffix())?.rsplit_once('.')?;
            (kind, if unique.is_empty() { return None } else { name })
        }
        None => (DirectoryKind::Live, name),
    };
    let (topic, partition) = name.rsplit_once('-')?;
    let partition: i32 = partition.parse().ok().filter(|&partition| partition >= 0)?;
    let topic_partition =
        TopicPartition { topic: TopicName::new(topic).ok()?, partition: PartitionIndex::new(partition) };
    Some(PartitionDirectory { path: path.to_owned(), topic_partition, kind })
}

#[cfg(test)]
mod tests {
    use super::{directory_name, parse_directory_name};
    use crate::log_dir::DirectoryKind;
    use ottla_model::{PartitionIndex, TopicName, TopicPartition, Uuid};
    use std::path::Path;

    fn partition(topic: &str, partition: i32) -> TopicPartition {
        TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(partition) }
    }

    #[test]
    fn names_go_both_ways() {
        let unique = Uuid::from_bytes([0xa7; 16]);
        for topic in ["t", "a-b.c", "x-1-delete", "--"] {
            for kind in [DirectoryKind::Live, DirectoryKind::Deleted, DirectoryKind::Future, DirectoryKind::Stray] {
                let name = directory_name(&partition(topic, 12), kind, unique);
                let parsed = parse_directory_name(Path::new("/data"), &name).unwrap();
                assert_eq!((parsed.topic_partition, parsed.kind), (partition(topic, 12), kind), "{name}");
            }
        }
        assert_eq!(directory_name(&partition("t", 0), DirectoryKind::Live, unique), "t-0");
        assert_eq!(
            directory_name(&partition("t", 0), DirectoryKind::Deleted, unique),
            "t-0.a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7-delete"
        );
    }

    #[test]
    fn long_names_are_cut_to_what_a_file_system_takes() {
        let long = partition(&"x".repeat(249), 99_999);
        assert_eq!(directory_name(&long, DirectoryKind::Live, Uuid::ZERO).len(), 255);
        let name = directory_name(&long, DirectoryKind::Stray, Uuid::ZERO);
        assert_eq!(name.len(), 255);
        let parsed = parse_directory_name(Path::new("."), &name).unwrap();
        assert_eq!(parsed.topic_partition.partition, PartitionIndex::new(99_999));
    }

    #[test]
    fn other_directories_are_not_partitions() {
        for name in ["lost+found", "t", "t-", "-3", "t-x", "t-3-delete", "t-3.-delete", "a b-3", "", "t-99999999999"] {
            assert_eq!(parse_directory_name(Path::new("."), name), None, "{name}");
        }
    }
}
