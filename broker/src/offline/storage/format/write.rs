//! The files of a freshly formatted directory.

use super::super::super::failure::Failure;
use crate::clock::Clock;
use bytes::Bytes;
use ottla_raft::VoterSet;
use ottla_raft::bootstrap::{BOOTSTRAP_FILE_NAME, bootstrap_checkpoint, format_metadata_directory};
use ottla_storage::{LogDirectory, MetaProperties, RealDisk};
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Nobody may change a snapshot.
const SNAPSHOT_MODE: u32 = 0o400;

/// Writes `frames` as the first records, for the metadata directory with the first voters if there are any, and at last
/// `meta.properties`: its presence says that all is there.
pub(super) fn directory(
    path: &Path,
    frames: &[Bytes],
    metadata: Option<Option<&VoterSet>>,
    properties: &MetaProperties,
) -> Result<(), Failure> {
    let now = Clock::start().now();
    let files = match metadata {
        Some(voters) => format_metadata_directory(frames, voters, now),
        None => bootstrap_checkpoint(frames, now).map(|content| vec![(BOOTSTRAP_FILE_NAME.to_owned(), content)]),
    };
    for (name, content) in files.map_err(Failure::said)? {
        let file = path.join(&name);
        let mode = (name != BOOTSTRAP_FILE_NAME).then_some(SNAPSHOT_MODE);
        write(&file, &content, mode).map_err(|error| Failure::Said(format!("{}: {error}", file.display())))?;
    }
    LogDirectory::format(&RealDisk, path, properties)
        .map_err(|error| Failure::Said(format!("Error while writing meta.properties file {}: {error}", path.display())))
}

/// All or nothing, even if the power fails: under a temporary name, synced, renamed.
fn write(path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let temporary = path.with_extension("checkpoint.tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    if let Some(mode) = mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(parent)?.sync_all()
}
