//! The small files beside the metadata log: `quorum-state` and snapshots. Each is replaced as a whole, durably.

use ottla_model::Timestamp;
use ottla_raft::SnapshotId;
use ottla_raft::snapshot::{SnapshotHead, SnapshotWriter};
use ottla_storage::disk::{Create, Disk, DiskFile};
use std::io::{self, IoSlice, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// Who leads in which epoch, and whom this node has voted for.
pub const QUORUM_STATE: &str = "quorum-state";

/// The directory of the metadata partition.
#[derive(Debug)]
pub struct MetadataFiles {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

impl MetadataFiles {
    /// The files in `directory`.
    pub fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory }
    }

    /// The names of all files.
    pub fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.disk.list(&self.directory)?.into_iter().map(|entry| entry.name).collect())
    }

    /// The file's content, or `None` if there is no such file.
    pub fn read(&self, name: &str) -> io::Result<Option<bytes::Bytes>> {
        match self.disk.read(&self.directory.join(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces `quorum-state`; durable when this returns.
    pub fn write_quorum_state(&self, contents: &str) -> io::Result<()> {
        let temporary = self.directory.join(format!("{QUORUM_STATE}.tmp"));
        let file = self.disk.open(&temporary, Create::Anew)?;
        file.write_at(&[IoSlice::new(contents.as_bytes())], 0)?;
        file.sync()?;
        self.disk.rename(&temporary, &self.directory.join(QUORUM_STATE))?;
        self.disk.sync_directory(&self.directory)
    }

    /// Writes a snapshot of `frames`; it is there as a whole, and durable, when this returns. Gives its size in bytes.
    pub fn write_snapshot(
        &self,
        id: SnapshotId,
        head: &SnapshotHead,
        frames: impl Iterator<Item = io::Result<bytes::Bytes>>,
        now: Timestamp,
    ) -> io::Result<u64> {
        let partial = self.directory.join(id.partial_file_name());
        let file = self.disk.open(&partial, Create::Anew)?;
        let mut writer = SnapshotWriter::begin(Sequential { file, position: 0 }, id, head, now)?;
        for frame in frames {
            writer.append(frame?, now)?;
        }
        let written = writer.finish(now)?;
        written.file.sync()?;
        // Nobody is to write to it any more; Kafka's are the same.
        written.file.make_read_only()?;
        self.disk.rename(&partial, &self.directory.join(id.file_name()))?;
        self.disk.sync_directory(&self.directory)?;
        Ok(written.position)
    }

    /// Takes a snapshot away so that no crash can bring it back.
    pub fn delete_snapshot(&self, id: SnapshotId) -> io::Result<()> {
        let marked = self.directory.join(id.deleted_file_name());
        self.disk.rename(&self.directory.join(id.file_name()), &marked)?;
        self.disk.remove_file(&marked)
    }

    /// Removes what a crash left behind.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove_file(&self.directory.join(name))
    }

    /// Bytes in the file.
    pub fn size(&self, name: &str) -> io::Result<u64> {
        self.disk.open(&self.directory.join(name), Create::Never)?.len()
    }
}

/// A file that is written from its beginning to its end.
struct Sequential {
    file: Arc<dyn DiskFile>,
    position: u64,
}

impl Write for Sequential {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(&[IoSlice::new(bytes)], self.position)?;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
