//! A compaction that ends at any of the disk's operations: the log is the old one or the new one, never less.

mod support;

use bytes::Bytes;
use ottla_model::{Offset, Timestamp};
use ottla_storage::disk::{Create, DiskFile, Entry, FileLock};
use ottla_storage::{Disk, LeaderAppend, OpenLog, PartitionLog};
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use support::compaction::{compact, config, keyed, words};
use support::simulated_disk::{Dice, SimulatedDisk};
use support::{EPOCH, NOW, begin, cases, to_open};

/// Lets so many changes through; from then on nothing is changed any more.
#[derive(Debug, Clone)]
struct Stopping {
    disk: Arc<SimulatedDisk>,
    left: Arc<AtomicI64>,
}

impl Stopping {
    fn change(&self) -> io::Result<()> {
        if self.left.fetch_sub(1, Ordering::Relaxed) > 0 { Ok(()) } else { Err(ErrorKind::Other.into()) }
    }
}

impl Disk for Stopping {
    fn open(&self, path: &Path, create: Create) -> io::Result<Arc<dyn DiskFile>> {
        if create != Create::Never {
            self.change()?;
        }
        Ok(Arc::new(StoppingFile { file: self.disk.open(path, create)?, disk: self.clone() }))
    }
    fn read(&self, path: &Path) -> io::Result<Bytes> {
        self.disk.read(path)
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.disk.create_directory(path)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        self.disk.list(directory)
    }
    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.disk.exists(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.disk.exists(from)? {
            return Err(ErrorKind::NotFound.into());
        }
        self.change()?;
        self.disk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        if !self.disk.exists(path)? {
            return Err(ErrorKind::NotFound.into());
        }
        self.change()?;
        self.disk.remove_file(path)
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.disk.remove_directory(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.disk.sync_directory(path)
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        self.disk.lock(path)
    }
}

#[derive(Debug)]
struct StoppingFile {
    file: Arc<dyn DiskFile>,
    disk: Stopping,
}

impl DiskFile for StoppingFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(buffer, position)
    }
    fn write_at(&self, pieces: &[IoSlice<'_>], position: u64) -> io::Result<()> {
        self.disk.change()?;
        self.file.write_at(pieces, position)
    }
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.change()?;
        self.file.set_len(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.disk.change()?;
        self.file.sync()
    }
    fn modified(&self) -> io::Result<i64> {
        self.file.modified()
    }
    fn set_modified(&self, milliseconds: i64) -> io::Result<()> {
        self.file.set_modified(milliseconds)
    }
    fn make_read_only(&self) -> io::Result<()> {
        self.file.make_read_only()
    }
    fn as_file(&self) -> Option<&Arc<File>> {
        None
    }
}

/// Three segments to be compacted into one, and a head; all of it on the disk.
fn dirty_log() -> (Stopping, Mutex<PartitionLog>) {
    let disk = SimulatedDisk::default();
    disk.create_directory(Path::new("/data")).unwrap();
    disk.sync_directory(Path::new("/")).unwrap();
    let stopping = Stopping { disk: Arc::new(disk), left: Arc::new(AtomicI64::new(i64::MAX)) };
    let mut log = begin(Arc::new(stopping.clone()), Path::new("/data"), &config());
    let mut append = |records: Bytes, roll: bool| {
        log.append_as_leader(records, &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
        if roll {
            log.roll(NOW).unwrap();
        }
    };
    append(keyed(&[("a", Some("1")), ("b", Some("2"))]), false);
    append(keyed(&[("c", Some("3")), ("d", Some("4"))]), true);
    append(keyed(&[("a", None), ("b", Some("5"))]), false);
    append(keyed(&[("c", Some("6")), ("e", Some("7"))]), true);
    append(keyed(&[("b", Some("8")), ("f", Some("9"))]), true);
    append(keyed(&[("a", Some("10"))]), false);
    log.set_high_watermark(log.log_end_offset());
    log.flush(NOW).unwrap();
    (stopping, Mutex::new(log))
}

fn open(disk: Arc<SimulatedDisk>, recovery_point: Offset) -> Mutex<PartitionLog> {
    let open = to_open(disk, Path::new("/data"), &config());
    let (mut log, report) = PartitionLog::open(OpenLog { recovery_point, ..open }).unwrap();
    assert_eq!((&report.tail_cut, report.removed_segments.len()), (&None, 0), "{report:?}");
    log.set_high_watermark(log.log_end_offset());
    Mutex::new(log)
}

#[test]
fn whenever_it_ends_the_log_is_the_old_one_or_the_new_one() {
    let (_, log) = dirty_log();
    let old = words(&log);
    let now: Timestamp = NOW.plus_milliseconds(1);
    compact(&log, now).unwrap().unwrap();
    let new = words(&log);
    assert_eq!(new, ["3:d=4", "4:a", "6:c=6", "7:e=7", "8:b=8", "9:f=9", "10:a=10"]);

    let (mut seen_old, mut seen_new, mut finished) = (0, 0, false);
    for changes in 0.. {
        let (stopping, log) = dirty_log();
        stopping.left.store(changes, Ordering::Relaxed);
        finished = compact(&log, now).is_ok();
        for seed in 0..u64::from(cases(8)) {
            let dice = &mut Dice::new(seed);
            let disk = if seed == 0 { stopping.disk.after_kill() } else { stopping.disk.after_crash(dice) };
            let recovery_point = Offset::new([0, 4, 10, 11][dice.throw(4)]);
            let recovered = open(disk, recovery_point);
            let found = words(&recovered);
            assert!(found == old || found == new, "after {changes} changes, seed {seed}: {found:?}");
            seen_old += usize::from(found == old);
            seen_new += usize::from(found == new);
            // And if it was not, it can be compacted now.
            compact(&recovered, now).unwrap().unwrap();
            assert_eq!(words(&recovered), new);
        }
        // Whoever goes on without a restart has all of it too.
        let found = words(&log);
        assert!(found == old || found == new, "after {changes} changes: {found:?}");
        if finished {
            break;
        }
        assert!(changes < 1000);
    }
    assert!(finished && seen_old > 0 && seen_new > 0);
}
