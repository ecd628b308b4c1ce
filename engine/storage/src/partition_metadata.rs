//! Which topic a partition's directory belongs to: `partition.metadata`.

use crate::disk::{Create, Disk};
use crate::error::StorageError;
use crate::segment::replace_file;
use ottla_model::TopicId;
use std::io;
use std::path::Path;

/// The file's name.
pub(crate) const PARTITION_METADATA: &str = "partition.metadata";

/// The topic id in a partition's directory. A file that is not there to its end, as a power cut can leave that of a new
/// partition, has none.
pub(crate) fn read_topic_id(disk: &dyn Disk, directory: &Path) -> Result<Option<TopicId>, StorageError> {
    let path = directory.join(PARTITION_METADATA);
    match disk.read(&path) {
        Ok(text) => parse(&text).map_err(|reason| StorageError::Corrupt { path, reason }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StorageError::io("read", &path)(error)),
    }
}

/// Writes down the topic id of a directory that has just been made. Not durably: whoever syncs the directory for the
/// first time syncs this file too, and until then there is nothing in the log to lose. (A sync for each of 10,000 new
/// partitions takes minutes.)
pub(crate) fn write_first_topic_id(disk: &dyn Disk, directory: &Path, topic_id: TopicId) -> Result<(), StorageError> {
    let path = directory.join(PARTITION_METADATA);
    let file = disk.open(&path, Create::Anew).map_err(StorageError::io("create", &path))?;
    file.write_at(&[io::IoSlice::new(to_text(topic_id).as_bytes())], 0).map_err(StorageError::io("write", &path))
}

/// Writes down the topic id, durably.
pub(crate) fn write_topic_id(disk: &dyn Disk, directory: &Path, topic_id: TopicId) -> Result<(), StorageError> {
    replace_file(disk, &directory.join(PARTITION_METADATA), to_text(topic_id).as_bytes())
}

fn to_text(topic_id: TopicId) -> String {
    format!("version: 0\ntopic_id: {topic_id}")
}

fn parse(text: &[u8]) -> Result<Option<TopicId>, String> {
    if is_torn(text) {
        return Ok(None);
    }
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default();
    // Later versions only add to this one.
    match version.strip_prefix("version:").and_then(|version| version.trim().parse::<i32>().ok()) {
        Some(0..) => {}
        _ => return Err(format!("\"{version}\" is not a version")),
    }
    let topic_id = lines.next().unwrap_or_default();
    let parsed: Option<TopicId> = topic_id.strip_prefix("topic_id:").and_then(|id| id.trim().parse().ok());
    parsed.filter(|id| !id.is_zero()).map(Some).ok_or_else(|| format!("\"{topic_id}\" is not a topic id"))
}

/// Whether this is only the beginning of what [`to_text`] writes, or of the right length and still zeros.
fn is_torn(text: &[u8]) -> bool {
    let whole = to_text(TopicId::ZERO);
    let without_id = whole.len() - TopicId::ZERO.to_string().len();
    let same = text.len().min(without_id);
    text.len() < whole.len() && text[..same] == whole.as_bytes()[..same] || text.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::{parse, to_text};
    use ottla_model::TopicId;

    #[test]
    fn text_goes_both_ways() {
        let id: TopicId = "72DdlFkRSvOTODhijJGSDw".parse().unwrap();
        assert_eq!(to_text(id), "version: 0\ntopic_id: 72DdlFkRSvOTODhijJGSDw");
        assert_eq!(parse(to_text(id).as_bytes()), Ok(Some(id)));
        assert_eq!(parse(b"version: 7\ntopic_id: 72DdlFkRSvOTODhijJGSDw\nmore: things\n"), Ok(Some(id)));
        for length in 0..to_text(id).len() {
            assert_eq!(parse(&to_text(id).as_bytes()[..length]), Ok(None), "{length} bytes");
        }
        assert_eq!(parse(&[0; 43]), Ok(None));
        for bad in [
            "version: -1\ntopic_id: 72DdlFkRSvOTODhijJGSDw",
            "version: 1",
            "version: 0\ntopic_id: !!!!!!!!!!!!!!!!!!!!!!",
            "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA",
            "topic_id: 72DdlFkRSvOTODhijJGSDw",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
