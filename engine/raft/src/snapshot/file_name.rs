//! The names of snapshot files.

use super::SnapshotId;
use ottla_model::{LeaderEpoch, Offset};

const SUFFIX: &str = ".checkpoint";
const PARTIAL_SUFFIX: &str = ".checkpoint.part";
const DELETED_SUFFIX: &str = ".checkpoint.deleted";
const OFFSET_DIGITS: usize = 20;
const EPOCH_DIGITS: usize = 10;

/// How far along a snapshot file is in its life, by its suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SnapshotFileState {
    /// `.checkpoint`: whole and immutable.
    Complete,
    /// `.checkpoint.part`: being written, or left behind by a crash.
    Partial,
    /// `.checkpoint.deleted`: to be unlinked, or left behind by a crash.
    Deleted,
}

/// A snapshot file by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnapshotFile {
    /// Which snapshot.
    pub id: SnapshotId,
    /// In what state.
    pub state: SnapshotFileState,
}

impl SnapshotFile {
    /// Reads a file name without its directory; `None` if it is not the name of a snapshot.
    ///
    /// Kafka puts a random number into the name of a partial file, `<id>-<number>.checkpoint.part`; we do not.
    pub fn parse(name: &str) -> Option<Self> {
        let (stem, state) = if let Some(stem) = name.strip_suffix(PARTIAL_SUFFIX) {
            (stem, SnapshotFileState::Partial)
        } else if let Some(stem) = name.strip_suffix(DELETED_SUFFIX) {
            (stem, SnapshotFileState::Deleted)
        } else {
            (name.strip_suffix(SUFFIX)?, SnapshotFileState::Complete)
        };
        let (offset, rest) = stem.split_at_checked(OFFSET_DIGITS)?;
        let (epoch, rest) = rest.strip_prefix('-')?.split_at_checked(EPOCH_DIGITS)?;
        let kafkas_number = state == SnapshotFileState::Partial && rest.starts_with('-');
        if !rest.is_empty() && !kafkas_number {
            return None;
        }
        let id = SnapshotId { end_offset: Offset::new(digits(offset)?), epoch: LeaderEpoch::new(digits(epoch)?) };
        Some(Self { id, state })
    }

    /// The file's name.
    pub fn name(&self) -> String {
        let suffix = match self.state {
            SnapshotFileState::Complete => SUFFIX,
            SnapshotFileState::Partial => PARTIAL_SUFFIX,
            SnapshotFileState::Deleted => DELETED_SUFFIX,
        };
        format!("{}{suffix}", self.id)
    }
}

impl SnapshotId {
    /// The name of the whole, immutable file.
    pub fn file_name(self) -> String {
        SnapshotFile { id: self, state: SnapshotFileState::Complete }.name()
    }
    /// The name while it is written: rename it to [`SnapshotId::file_name`] after a sync, then sync the directory.
    pub fn partial_file_name(self) -> String {
        SnapshotFile { id: self, state: SnapshotFileState::Partial }.name()
    }
    /// The name that it gets before it is unlinked, so that a crash in between cannot bring it back.
    pub fn deleted_file_name(self) -> String {
        SnapshotFile { id: self, state: SnapshotFileState::Deleted }.name()
    }
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    // parse() alone would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: SnapshotId = SnapshotId { end_offset: Offset::new(29), epoch: LeaderEpoch::new(1) };

    #[test]
    fn names_go_both_ways() {
        assert_eq!(ID.file_name(), "00000000000000000029-0000000001.checkpoint");
        for state in [SnapshotFileState::Complete, SnapshotFileState::Partial, SnapshotFileState::Deleted] {
            let file = SnapshotFile { id: ID, state };
            assert_eq!(SnapshotFile::parse(&file.name()), Some(file));
        }
    }

    #[test]
    fn kafkas_partial_files_are_known() {
        let parsed = SnapshotFile::parse("00000000000000000029-0000000001-8215391.checkpoint.part").unwrap();
        assert_eq!(parsed, SnapshotFile { id: ID, state: SnapshotFileState::Partial });
    }

    #[test]
    fn other_names_are_not_snapshots() {
        for name in [
            "bootstrap.checkpoint",
            "leader-epoch-checkpoint",
            "00000000000000000029.checkpoint",
            "0000000000000000002a-0000000001.checkpoint",
            "+0000000000000000029-0000000001.checkpoint",
            "00000000000000000029-0000000001-1.checkpoint",
            "00000000000000000029-9999999999.checkpoint",
            "99999999999999999999-0000000001.checkpoint",
            "000000000000000000290000000001.checkpoint",
            "ää000000000000000029-0000000001.checkpoint",
            ".checkpoint",
        ] {
            assert_eq!(SnapshotFile::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_higher_epoch_is_newer_whatever_the_offset() {
        let of = |end_offset, epoch| SnapshotId { end_offset: Offset::new(end_offset), epoch: LeaderEpoch::new(epoch) };
        assert!(of(5, 2) > of(9, 1));
        assert!(of(9, 1) > of(5, 1));
    }
}
