//! Files that Apache Kafka wrote: see `tests/fixtures/README.md`.

use bytes::Bytes;
use ottla_raft::snapshot::{SnapshotFile, SnapshotFileState};
use ottla_raft::{MetadataBatch, MetadataBatchReader, SnapshotId};
use std::path::PathBuf;

pub const SEGMENT: &str = "00000000000000000000.log";

fn path(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kafka-4.3.0").join(of)
}

/// `dynamic/quorum-state`, …
pub fn read(file: &str) -> Bytes {
    std::fs::read(path(file)).unwrap_or_else(|error| panic!("{file}: {error}")).into()
}

pub fn read_text(file: &str) -> String {
    String::from_utf8(read(file).to_vec()).unwrap()
}

pub fn batches(bytes: Bytes) -> Vec<MetadataBatch> {
    MetadataBatchReader::new(bytes).collect::<Result<_, _>>().unwrap()
}

/// Every file of batches there is, and the snapshot that it is, if it is one.
pub fn all_batch_files() -> Vec<(String, Option<SnapshotId>)> {
    let mut files = Vec::new();
    for directory in ["dynamic", "static", "three-voters"] {
        for entry in std::fs::read_dir(path(directory)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let snapshot = SnapshotFile::parse(&name);
            assert!(snapshot.is_none_or(|file| file.state == SnapshotFileState::Complete));
            if name != "quorum-state" {
                files.push((format!("{directory}/{name}"), snapshot.map(|file| file.id)));
            }
        }
    }
    files.sort();
    assert_eq!(files.len(), 10);
    files
}
