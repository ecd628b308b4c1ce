//! A bound on how many segment files are open.

use crate::disk::DiskFile;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A bound on the segment files that logs keep open between uses. Shared by all logs of a process; files that have not
/// been used for long are closed, and opened again when they are needed.
///
/// Files that are in use at the moment (a read on its way out, a sync) stay open until that is over, beyond the bound.
#[derive(Debug)]
pub struct OpenFiles {
    capacity: usize,
    /// Open slots, each once, in the order in which they will be asked whether they have been used since.
    clock: Mutex<VecDeque<Weak<FileSlot>>>,
}

/// A file that may be open.
#[derive(Debug, Default)]
pub(crate) struct FileSlot {
    file: Mutex<Option<Arc<dyn DiskFile>>>,
    used: AtomicBool,
}

impl OpenFiles {
    /// Keeps about `capacity` files open at most; at least one.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), clock: Mutex::default() }
    }

    /// The slot's file, opened with `open` if it is not open.
    pub(crate) fn get(
        &self,
        slot: &Arc<FileSlot>,
        open: impl FnOnce() -> io::Result<Arc<dyn DiskFile>>,
    ) -> io::Result<Arc<dyn DiskFile>> {
        let mut file = slot.lock();
        slot.used.store(true, Ordering::Relaxed);
        if let Some(file) = &*file {
            return Ok(Arc::clone(file));
        }
        let opened = open()?;
        *file = Some(Arc::clone(&opened));
        drop(file);
        self.admit(slot);
        Ok(opened)
    }

    /// Gives a newly opened slot its place, and closes another one (second chance: those used since they were last
    /// asked go to the end of the queue once) if there are too many.
    fn admit(&self, slot: &Arc<FileSlot>) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.push_back(Arc::downgrade(slot));
        let mut chances = clock.len();
        while clock.len() > self.capacity {
            let Some(oldest) = clock.pop_front() else { break };
            let Some(slot) = oldest.upgrade() else { continue };
            if chances > 0 && slot.used.swap(false, Ordering::Relaxed) {
                chances -= 1;
                clock.push_back(oldest);
            } else {
                slot.close();
            }
        }
    }
}

impl FileSlot {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<dyn DiskFile>>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Closes the file once nobody uses it any more.
    fn close(&self) {
        *self.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{FileSlot, OpenFiles};
    use crate::disk::{Create, Disk, RealDisk};
    use std::sync::Arc;

    #[test]
    fn files_least_recently_used_are_closed_and_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let open_files = OpenFiles::new(3);
        let slots: Vec<Arc<FileSlot>> = (0..10).map(|_| Arc::default()).collect();
        let get = |i: usize| {
            let path = directory.path().join(i.to_string());
            open_files.get(&slots[i], || RealDisk.open(&path, Create::IfMissing)).unwrap()
        };
        let is_open = |i: usize| slots[i].lock().is_some();
        for i in 0..10 {
            get(i);
            get(0);
        }
        assert!(is_open(0), "used all the time");
        assert_eq!((0..10).filter(|&i| is_open(i)).count(), 3);
        assert!(!is_open(1));
        get(1);
        assert!(is_open(1));
        assert_eq!((0..10).filter(|&i| is_open(i)).count(), 3);
    }

    #[test]
    fn a_closed_slot_can_still_be_used_by_whoever_has_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let open_files = OpenFiles::new(1);
        let (first, second) = (Arc::default(), Arc::default());
        let open = |name: &str| RealDisk.open(&directory.path().join(name), Create::IfMissing);
        let file = open_files.get(&first, || open("a")).unwrap();
        open_files.get(&second, || open("b")).unwrap();
        assert!(first.lock().is_none());
        file.set_len(10).unwrap();
        assert_eq!(file.len().unwrap(), 10);
    }
}
