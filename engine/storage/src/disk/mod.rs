//! The seam under the log: the few things that storage asks of a file system.
//!
//! Everything that storage persists goes through [`Disk`] and [`DiskFile`], so that tests can put a disk there that
//! loses what was not synced. No production code knows of such a disk.

mod real;

pub use real::RealDisk;

use bytes::Bytes;
use std::fmt;
use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file system, or what stands for one.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Opens a file for reading and writing; one that is there and may only be read, for that.
    ///
    /// # Errors
    /// The system's; `NotFound` if the file is missing and `create` does not ask for it.
    fn open(&self, path: &Path, create: Create) -> io::Result<Arc<dyn DiskFile>>;
    /// The whole content of a small file.
    ///
    /// # Errors
    /// The system's; `NotFound` if there is none.
    fn read(&self, path: &Path) -> io::Result<Bytes>;
    /// Creates a directory and those above it that are missing. Not an error if it is there.
    ///
    /// # Errors
    /// The system's.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// What a directory holds, in no particular order.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;
    /// Whether there is a file or directory of that name.
    ///
    /// # Errors
    /// The system's, other than that there is none.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// Gives a file or directory another name, replacing a file of that name.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// The system's; `NotFound` if there is none.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with all that is in it.
    ///
    /// # Errors
    /// The system's; `NotFound` if there is none.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in this directory survive a power cut.
    ///
    /// # Errors
    /// The system's.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Takes the lock on a file that says "this directory is in use", creating the file. `None` if another process, or
    /// another part of this one, holds it. The lock lasts as long as what is returned, or the process.
    ///
    /// # Errors
    /// The system's.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>>;
}

/// An open file. Reads and writes are positioned; there is no cursor.
pub trait DiskFile: fmt::Debug + Send + Sync + 'static {
    /// Reads up to `buffer.len()` bytes at `position`. Less only at the end of the file.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes all the pieces, one after the other, beginning at `position`, in one system call where that is possible.
    ///
    /// # Errors
    /// The system's. An unknown part of the bytes may have been written then.
    fn write_at(&self, pieces: &[IoSlice<'_>], position: u64) -> io::Result<()>;
    /// Bytes in the file.
    ///
    /// # Errors
    /// The system's.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file is empty.
    ///
    /// # Errors
    /// The system's.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Cuts the file, or lengthens it with zeros.
    ///
    /// # Errors
    /// The system's.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Makes what was written survive a power cut (`fdatasync`).
    ///
    /// # Errors
    /// The system's. What was written and not yet synced may be lost then, whatever a later call says.
    fn sync(&self) -> io::Result<()>;
    /// When the file was last written to, in milliseconds since 1970.
    ///
    /// # Errors
    /// The system's.
    fn modified(&self) -> io::Result<i64>;
    /// Sets what [`Self::modified`] says. Survives a power cut only by chance.
    ///
    /// # Errors
    /// The system's; `Unsupported` if it keeps no such times.
    fn set_modified(&self, milliseconds: i64) -> io::Result<()>;
    /// Lets nobody write to it who opens it from now on, and nobody but the owner read it (mode 0400). Not an error
    /// where there are no such modes.
    ///
    /// # Errors
    /// The system's.
    fn make_read_only(&self) -> io::Result<()>;
    /// The file itself, where there is one that the kernel can send from.
    fn as_file(&self) -> Option<&Arc<File>>;
}

/// Holds a [`Disk::lock`] until it is dropped.
pub trait FileLock: fmt::Debug + Send + Sync {}

/// Whether [`Disk::open`] may create the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// It must be there.
    Never,
    /// If it is not there.
    IfMissing,
    /// It is emptied if it is there.
    Anew,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the directory's. Names that are not UTF-8 are none of ours and are left out.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a directory itself.
    pub is_directory: bool,
}
