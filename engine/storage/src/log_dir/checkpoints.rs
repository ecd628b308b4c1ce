//! The checkpoint files of a log directory: an offset for each partition.

use crate::checkpoint_text::{read_lines, write_lines};
use crate::disk::Disk;
use crate::error::StorageError;
use crate::segment::replace_file;
use ottla_model::{Offset, PartitionIndex, TopicName, TopicPartition};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The four checkpoint files of a log directory: an offset for each partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckpointKind {
    /// `recovery-point-offset-checkpoint`.
    RecoveryPoint,
    /// `log-start-offset-checkpoint`.
    LogStartOffset,
    /// `replication-offset-checkpoint`.
    HighWatermark,
    /// `cleaner-offset-checkpoint`.
    Cleaner,
}

/// What a checkpoint file holds.
pub type OffsetCheckpoint = BTreeMap<TopicPartition, Offset>;

impl CheckpointKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::RecoveryPoint, Self::LogStartOffset, Self::HighWatermark, Self::Cleaner];

    /// The file's name.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::RecoveryPoint => "recovery-point-offset-checkpoint",
            Self::LogStartOffset => "log-start-offset-checkpoint",
            Self::HighWatermark => "replication-offset-checkpoint",
            Self::Cleaner => "cleaner-offset-checkpoint",
        }
    }
}

/// Reads a checkpoint; a missing or empty file has no entries. `Ok(Err(reason))` if it cannot be understood.
pub(super) fn read(
    disk: &dyn Disk,
    directory: &Path,
    kind: CheckpointKind,
) -> Result<Result<OffsetCheckpoint, String>, StorageError> {
    let path = directory.join(kind.file_name());
    match disk.read(&path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Ok(OffsetCheckpoint::new())),
        Err(error) => Err(StorageError::io("read", &path)(error)),
    }
}

pub(super) fn write<'a>(
    disk: &dyn Disk,
    directory: &Path,
    kind: CheckpointKind,
    offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>,
) -> Result<(), StorageError> {
    replace_file(disk, &directory.join(kind.file_name()), to_text(offsets).as_bytes())
}

fn to_text<'a>(offsets: impl IntoIterator<Item = (&'a TopicPartition, Offset)>) -> String {
    write_lines(
        offsets
            .into_iter()
            .map(|(TopicPartition { topic, partition }, offset)| format!("{topic} {partition} {offset}")),
    )
}

fn parse(text: &[u8]) -> Result<OffsetCheckpoint, String> {
    let entries = read_lines(text, |words| match words {
        [topic, partition, offset] => {
            let topic_partition = TopicPartition {
                topic: TopicName::new(topic).ok()?,
                partition: PartitionIndex::new(partition.parse().ok()?),
            };
            Some((topic_partition, Offset::new(offset.parse().ok()?)))
        }
        _ => None,
    })?;
    Ok(entries.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{parse, to_text};

    #[test]
    fn text_goes_both_ways() {
        let text = "0\n2\n__consumer_offsets 49 0\ntopic 3 1234567890123\n";
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.len(), 2);
        assert_eq!(to_text(parsed.iter().map(|(partition, &offset)| (partition, offset))), text);
        assert_eq!(parse(b"").map(|parsed| parsed.len()), Ok(0));
        for bad in ["0\n1\ntopic 3\n", "0\n1\nto pic 3 4\n", "0\n1\ntopic x 4\n", "0\n1\ntopic 3 x\n"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
