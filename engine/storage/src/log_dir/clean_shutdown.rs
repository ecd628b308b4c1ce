//! `.kafka_cleanshutdown`: that the last shutdown was one.

use crate::disk::{Create, Disk};
use crate::error::StorageError;
use serde::{Deserialize, Serialize};
use std::io::{self, IoSlice};
use std::path::Path;

/// The file's name.
const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";

/// What `.kafka_cleanshutdown` said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanShutdown {
    /// The broker's epoch when it went; absent in files of before Kafka 3.7.
    pub broker_epoch: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: i32,
    #[serde(rename = "brokerEpoch")]
    broker_epoch: i64,
}

/// Reads the marker and takes it away, durably, so that a crash from here on is one.
pub(super) fn take(disk: &dyn Disk, directory: &Path) -> Result<Option<CleanShutdown>, StorageError> {
    let path = directory.join(CLEAN_SHUTDOWN);
    let text = match disk.read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StorageError::io("read", &path)(error)),
    };
    disk.remove_file(&path).map_err(StorageError::io("remove", &path))?;
    disk.sync_directory(directory).map_err(StorageError::io("sync", directory))?;
    // That the file is there is what counts; older ones are empty.
    let content: Option<Content> = serde_json::from_slice(&text).ok();
    Ok(Some(CleanShutdown { broker_epoch: content.map(|content| content.broker_epoch) }))
}

/// Writes the marker, durably.
pub(super) fn mark(disk: &dyn Disk, directory: &Path, broker_epoch: i64) -> Result<(), StorageError> {
    let path = directory.join(CLEAN_SHUTDOWN);
    let text = to_text(broker_epoch);
    let file = disk.open(&path, Create::Anew).map_err(StorageError::io("create", &path))?;
    file.write_at(&[IoSlice::new(text.as_bytes())], 0).map_err(StorageError::io("write", &path))?;
    file.sync().map_err(StorageError::io("sync", &path))?;
    disk.sync_directory(directory).map_err(StorageError::io("sync", directory))
}

fn to_text(broker_epoch: i64) -> String {
    format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}")
}

#[cfg(test)]
mod tests {
    use super::{CLEAN_SHUTDOWN, CleanShutdown, mark, take, to_text};
    use crate::disk::RealDisk;

    #[test]
    fn the_marker_is_there_once() {
        assert_eq!(to_text(17), r#"{"version":0,"brokerEpoch":17}"#);
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(take(&RealDisk, directory.path()).unwrap(), None);
        mark(&RealDisk, directory.path(), 17).unwrap();
        assert_eq!(take(&RealDisk, directory.path()).unwrap(), Some(CleanShutdown { broker_epoch: Some(17) }));
        assert_eq!(take(&RealDisk, directory.path()).unwrap(), None);
    }

    #[test]
    fn an_empty_marker_of_old_counts() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(CLEAN_SHUTDOWN), "").unwrap();
        assert_eq!(take(&RealDisk, directory.path()).unwrap(), Some(CleanShutdown { broker_epoch: None }));
    }
}
