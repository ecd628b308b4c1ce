//! Where a log's files are.

use super::open_files::OpenFiles;
use crate::disk::{Create, Disk, DiskFile};
use crate::error::StorageError;
use bytes::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// A partition's directory, which may be given another name while its log is in use.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) open_files: Arc<OpenFiles>,
    directory: RwLock<PathBuf>,
}

impl Home {
    pub(crate) fn new(disk: Arc<dyn Disk>, open_files: Arc<OpenFiles>, directory: PathBuf) -> Self {
        Self { disk, open_files, directory: RwLock::new(directory) }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub(crate) fn set_directory(&self, directory: &Path) {
        directory.clone_into(&mut self.directory.write().unwrap_or_else(PoisonError::into_inner));
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).join(name)
    }

    pub(crate) fn open(&self, name: &str, create: Create) -> Result<Arc<dyn DiskFile>, StorageError> {
        let path = self.path(name);
        self.disk.open(&path, create).map_err(StorageError::io("open", &path))
    }
    /// `None` if there is no such file.
    pub(crate) fn open_if_there(&self, name: &str) -> Result<Option<Arc<dyn DiskFile>>, StorageError> {
        let path = self.path(name);
        match self.disk.open(&path, Create::Never) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("open", &path)(error)),
        }
    }
    /// `None` if there is no such file.
    pub(crate) fn read_if_there(&self, name: &str) -> Result<Option<Bytes>, StorageError> {
        let path = self.path(name);
        match self.disk.read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("read", &path)(error)),
        }
    }
    /// False if there is no such file.
    pub(crate) fn rename_if_there(&self, from: &str, to: &str) -> Result<bool, StorageError> {
        let (from, to) = (self.path(from), self.path(to));
        match self.disk.rename(&from, &to) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StorageError::io("rename", &from)(error)),
        }
    }
    /// False if there is no such file.
    pub(crate) fn remove_if_there(&self, name: &str) -> Result<bool, StorageError> {
        let path = self.path(name);
        match self.disk.remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StorageError::io("remove", &path)(error)),
        }
    }
    /// Writes a small file so that after a power cut there is either all of it or what was there before.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), StorageError> {
        replace_file(&*self.disk, &self.path(name), content)
    }
    pub(crate) fn sync_directory(&self) -> Result<(), StorageError> {
        let directory = self.directory();
        self.disk.sync_directory(&directory).map_err(StorageError::io("sync", &directory))
    }
    /// Makes the directory's own name survive a power cut.
    pub(crate) fn sync_parent(&self) -> Result<(), StorageError> {
        match self.directory().parent() {
            Some(parent) => self.disk.sync_directory(parent).map_err(StorageError::io("sync", parent)),
            None => Ok(()),
        }
    }
}

/// Writes a small file so that after a power cut there is either all of it or what was there before: to `<name>.tmp`,
/// which is synced, renamed, and the directory synced.
pub(crate) fn replace_file(disk: &dyn Disk, path: &Path, content: &[u8]) -> Result<(), StorageError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let file = disk.open(&temporary, Create::Anew).map_err(StorageError::io("create", &temporary))?;
    file.write_at(&[io::IoSlice::new(content)], 0).map_err(StorageError::io("write", &temporary))?;
    file.sync().map_err(StorageError::io("sync", &temporary))?;
    disk.rename(&temporary, path).map_err(StorageError::io("rename", &temporary))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    disk.sync_directory(directory).map_err(StorageError::io("sync", directory))
}
