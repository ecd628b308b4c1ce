//! Which snapshot files a restart keeps, and whether they overtake the log.

use super::{SnapshotFile, SnapshotFileState, SnapshotId};
use crate::OffsetAndEpoch;
use ottla_model::Offset;
use std::collections::BTreeSet;

/// What to do with the files of a metadata partition's directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveredFiles {
    /// The snapshots that are whole and of use, oldest first.
    pub snapshots: BTreeSet<SnapshotId>,
    /// Names of files to unlink: partial, given up, or older than the log's start.
    pub delete: Vec<String>,
}

impl RecoveredFiles {
    /// The newest snapshot.
    pub fn newest(&self) -> Option<SnapshotId> {
        self.snapshots.last().copied()
    }
}

/// A log that begins after 0 is only half of the truth: a snapshot must hold the other half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the metadata log starts at offset {log_start_offset}, and no snapshot reaches that far")]
pub struct RecoverError {
    /// Where the log starts.
    pub log_start_offset: Offset,
}

/// Sorts the names found in a metadata partition's directory. Names of other files are passed over.
///
/// # Errors
/// The log does not start at 0 and no snapshot reaches its start: nothing must be deleted then.
pub fn recover_files<'a>(
    names: impl IntoIterator<Item = &'a str>,
    log_start_offset: Offset,
) -> Result<RecoveredFiles, RecoverError> {
    let mut recovered = RecoveredFiles::default();
    for name in names {
        match SnapshotFile::parse(name) {
            Some(SnapshotFile { id, state: SnapshotFileState::Complete }) if id.end_offset >= log_start_offset => {
                recovered.snapshots.insert(id);
            }
            Some(_) => recovered.delete.push(name.to_owned()),
            None => {}
        }
    }
    if log_start_offset > Offset::ZERO && recovered.snapshots.is_empty() {
        return Err(RecoverError { log_start_offset });
    }
    Ok(recovered)
}

/// Whether the newest snapshot is ahead of the log, and so the log must be truncated fully and begin at the returned
/// offset. A follower that crashed between fetching a snapshot and giving up its log leaves that behind.
pub fn log_must_restart_at(newest: Option<SnapshotId>, log_end: OffsetAndEpoch) -> Option<Offset> {
    let newest = newest?;
    let snapshot_end = OffsetAndEpoch { offset: newest.end_offset, epoch: newest.epoch };
    (snapshot_end > log_end).then_some(newest.end_offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ottla_model::LeaderEpoch;

    fn id(end_offset: i64, epoch: i32) -> SnapshotId {
        SnapshotId { end_offset: Offset::new(end_offset), epoch: LeaderEpoch::new(epoch) }
    }

    #[test]
    fn only_whole_snapshots_from_the_log_start_on_are_kept() {
        let names = [
            id(0, 0).file_name(),
            id(10, 1).file_name(),
            id(20, 1).file_name(),
            id(25, 1).partial_file_name(),
            id(5, 1).deleted_file_name(),
            "00000000000000000010.log".to_owned(),
            "quorum-state".to_owned(),
        ];
        let recovered = recover_files(names.iter().map(String::as_str), Offset::new(10)).unwrap();
        assert_eq!(recovered.snapshots, BTreeSet::from([id(10, 1), id(20, 1)]));
        assert_eq!(
            recovered.delete,
            [id(0, 0).file_name(), id(25, 1).partial_file_name(), id(5, 1).deleted_file_name()]
        );
        assert_eq!(recovered.newest(), Some(id(20, 1)));
    }

    #[test]
    fn a_log_without_its_beginning_is_an_error() {
        let error = recover_files([id(5, 1).file_name().as_str()], Offset::new(10)).unwrap_err();
        assert_eq!(error.to_string(), "the metadata log starts at offset 10, and no snapshot reaches that far");
        assert!(recover_files([], Offset::ZERO).is_ok());
    }

    #[test]
    fn a_snapshot_beyond_the_log_replaces_it() {
        let end = |offset, epoch| OffsetAndEpoch { offset: Offset::new(offset), epoch: LeaderEpoch::new(epoch) };
        assert_eq!(log_must_restart_at(Some(id(20, 1)), end(10, 1)), Some(Offset::new(20)));
        assert_eq!(log_must_restart_at(Some(id(5, 2)), end(10, 1)), Some(Offset::new(5)));
        assert_eq!(log_must_restart_at(Some(id(10, 1)), end(10, 1)), None);
        assert_eq!(log_must_restart_at(Some(id(0, 0)), end(0, 0)), None);
        assert_eq!(log_must_restart_at(None, end(0, 0)), None);
    }
}
