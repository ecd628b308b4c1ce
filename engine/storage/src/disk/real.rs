//! The file system of the machine.

use super::{Create, Disk, DiskFile, Entry, FileLock};
use bytes::Bytes;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::{Errno, pwritev};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path, create: Create) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create != Create::Never)
            .truncate(create == Create::Anew)
            .open(path);
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && create == Create::Never => {
                File::open(path)?
            }
            opened => opened?,
        };
        Ok(Arc::new(RealFile(Arc::new(file))))
    }

    fn read(&self, path: &Path) -> io::Result<Bytes> {
        fs::read(path).map(Bytes::from)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            entries.push(Entry { name, path: entry.path(), is_directory: entry.file_type()?.is_dir() });
        }
        Ok(entries)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        fs::exists(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        Ok(RealLock::take(path)?.map(|lock| Box::new(lock) as Box<dyn FileLock>))
    }
}

/// A file of the machine's file system. The kernel can send from it, hence the `Arc`.
#[derive(Debug)]
struct RealFile(Arc<File>);

impl DiskFile for RealFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.0.read_at(&mut buffer[filled..], position + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, pieces: &[IoSlice<'_>], mut position: u64) -> io::Result<()> {
        // More pieces than the kernel takes in one call never come together: a leader writes two.
        let mut copies: [IoSlice<'_>; 8] = [IoSlice::new(&[]); 8];
        for pieces in pieces.chunks(copies.len()) {
            let copied = &mut copies[..pieces.len()];
            copied.copy_from_slice(pieces);
            let mut left: &mut [IoSlice<'_>] = copied;
            IoSlice::advance_slices(&mut left, 0);
            while !left.is_empty() {
                match pwritev(&*self.0, left, position) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => {
                        position += written as u64;
                        IoSlice::advance_slices(&mut left, written);
                    }
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn modified(&self) -> io::Result<i64> {
        let metadata = self.0.metadata()?;
        Ok(metadata.mtime().saturating_mul(1000).saturating_add(metadata.mtime_nsec() / 1_000_000))
    }

    fn set_modified(&self, milliseconds: i64) -> io::Result<()> {
        let magnitude = Duration::from_millis(milliseconds.unsigned_abs());
        let time = if milliseconds < 0 { UNIX_EPOCH.checked_sub(magnitude) } else { UNIX_EPOCH.checked_add(magnitude) };
        self.0.set_modified(time.ok_or(io::ErrorKind::InvalidInput)?)
    }

    fn make_read_only(&self) -> io::Result<()> {
        self.0.set_permissions(Permissions::from_mode(0o400))
    }

    fn as_file(&self) -> Option<&Arc<File>> {
        Some(&self.0)
    }
}

/// A POSIX record lock: the kind that Java's `FileChannel.lock` takes, so that Kafka and we keep each other out.
///
/// Such locks belong to the process: two parts of one process would both get it, and it is lost when the process closes
/// *any* descriptor of the file. So whether this process has it is looked up in [`HELD`], before the file is opened.
#[derive(Debug)]
struct RealLock {
    _file: File,
    directory: (u64, u64),
}

/// The directories (device and inode) in which this process holds the lock.
static HELD: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

impl RealLock {
    fn take(path: &Path) -> io::Result<Option<Self>> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let metadata = fs::metadata(directory)?;
        let directory = (metadata.dev(), metadata.ino());
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains(&directory) {
            return Ok(None);
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                held.insert(directory);
                Ok(Some(Self { _file: file, directory }))
            }
            // POSIX lets systems answer with either.
            Err(Errno::AGAIN | Errno::ACCESS) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl FileLock for RealLock {}

impl Drop for RealLock {
    fn drop(&mut self) {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use super::RealDisk;
    use crate::disk::{Create, Disk};
    use std::io::IoSlice;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn pieces_are_written_one_after_the_other_whatever_their_number() {
        let directory = tempfile::tempdir().unwrap();
        let file = RealDisk.open(&directory.path().join("file"), Create::IfMissing).unwrap();
        let pieces: Vec<Vec<u8>> = (0..20_u8).map(|i| vec![i; usize::from(i)]).collect();
        let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        file.write_at(&slices, 3).unwrap();
        let expected: Vec<u8> = [vec![0; 3], pieces.concat()].concat();
        let mut read = vec![0xff; expected.len() + 5];
        assert_eq!(file.read_at(&mut read, 0).unwrap(), expected.len());
        assert_eq!(&read[..expected.len()], expected);
    }

    #[test]
    fn what_may_only_be_read_can_be_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let file = RealDisk.open(&path, Create::Anew).unwrap();
        file.write_at(&[IoSlice::new(b"content")], 0).unwrap();
        file.make_read_only().unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o400);
        let file = RealDisk.open(&path, Create::Never).unwrap();
        assert_eq!(file.len().unwrap(), 7);
    }

    #[test]
    fn a_file_can_be_made_to_look_older() {
        let directory = tempfile::tempdir().unwrap();
        let file = RealDisk.open(&directory.path().join("file"), Create::Anew).unwrap();
        for time in [1_700_000_000_123, 0, 1] {
            file.set_modified(time).unwrap();
            assert_eq!(file.modified().unwrap(), time);
        }
    }

    #[test]
    fn one_lock_at_a_time_within_a_process() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".lock");
        let lock = RealDisk.lock(&path).unwrap();
        assert!(lock.is_some());
        assert!(RealDisk.lock(&path).unwrap().is_none());
        drop(lock);
        assert!(RealDisk.lock(&path).unwrap().is_some());
    }
}
