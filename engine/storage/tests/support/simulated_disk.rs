//! A disk in memory that forgets what was not synced, as a power cut makes a real one do, and worse than most: writes to a
//! file that were not synced are kept, lost or torn independently of each other.

use bytes::Bytes;
use ottla_storage::Disk;
use ottla_storage::disk::{Create, DiskFile, Entry, FileLock};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// See the module's documentation. Paths are absolute; there are no links.
#[derive(Debug)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Node 0 is the root directory.
    nodes: Vec<Node>,
    locked: BTreeSet<PathBuf>,
    faults: Faults,
    syncs: u64,
}

/// What goes wrong from now on.
#[derive(Debug, Default, Clone, Copy)]
pub struct Faults {
    /// So many more bytes can be written; then the disk is full. `None` if there is room without end.
    pub room: Option<usize>,
    /// Syncs fail, and what they should have written is lost.
    pub sync_fails: bool,
    /// Files cannot be cut.
    pub set_len_fails: bool,
}

#[derive(Debug, Clone)]
enum Node {
    File { content: Vec<u8>, durable: Vec<u8>, unsynced: Vec<Change> },
    Directory { names: BTreeMap<String, usize>, durable: BTreeMap<String, usize>, unsynced: Vec<NameChange> },
}

#[derive(Debug, Clone)]
enum Change {
    Write { position: usize, bytes: Vec<u8> },
    SetLength(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Set(String, usize),
    Remove(String),
    Rename(String, String),
}

/// A small generator of numbers; the same seed gives the same numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// From 0 to `sides` (exclusive).
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { position, bytes } => {
                let end = position + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*position..end].copy_from_slice(bytes);
            }
            Self::SetLength(length) => content.resize(*length, 0),
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Remove(name) => drop(names.remove(name)),
            Self::Rename(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

impl Node {
    const fn file() -> Self {
        Self::File { content: Vec::new(), durable: Vec::new(), unsynced: Vec::new() }
    }
    const fn directory() -> Self {
        Self::Directory { names: BTreeMap::new(), durable: BTreeMap::new(), unsynced: Vec::new() }
    }

    /// As a power cut leaves it.
    fn after_crash(&self, dice: &mut Dice) -> Self {
        match self {
            Self::File { durable, unsynced, .. } => {
                let mut content = durable.clone();
                for change in unsynced {
                    match (dice.throw(4), change) {
                        (0, _) => {}
                        (1, Change::Write { position, bytes }) => {
                            let torn = bytes[..dice.throw(bytes.len() + 1)].to_vec();
                            Change::Write { position: *position, bytes: torn }.apply(&mut content);
                        }
                        (_, change) => change.apply(&mut content),
                    }
                }
                Self::File { durable: content.clone(), content, unsynced: Vec::new() }
            }
            // File systems keep the order of what happens to names.
            Self::Directory { durable, unsynced, .. } => {
                let mut names = durable.clone();
                let kept = dice.throw(unsynced.len() + 1);
                unsynced[..kept].iter().for_each(|change| change.apply(&mut names));
                Self::Directory { durable: names.clone(), names, unsynced: Vec::new() }
            }
        }
    }
}

impl Default for SimulatedDisk {
    fn default() -> Self {
        let state = State { nodes: vec![Node::directory()], ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }
}

impl SimulatedDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The disk after a power cut. Who has this one open does not see the other.
    pub fn after_crash(&self, dice: &mut Dice) -> Arc<Self> {
        let nodes = self.state().nodes.iter().map(|node| node.after_crash(dice)).collect();
        Arc::new(Self { state: Arc::new(Mutex::new(State { nodes, ..State::default() })) })
    }
    /// The disk after the process was killed: the system has everything that was written.
    pub fn after_kill(&self) -> Arc<Self> {
        let nodes = self.state().nodes.clone();
        Arc::new(Self { state: Arc::new(Mutex::new(State { nodes, ..State::default() })) })
    }
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }
    /// How often something was synced.
    pub fn sync_count(&self) -> u64 {
        self.state().syncs
    }
    /// What a file holds at the moment.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        match &state.nodes[state.find(path)?] {
            Node::File { content, .. } => Some(content.clone()),
            Node::Directory { .. } => None,
        }
    }
    /// Replaces what a file holds, durably: as if somebody else had written it.
    pub fn set_content(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let node = state.find(path).expect("the file is there");
        state.nodes[node] = Node::File { content: bytes.clone(), durable: bytes, unsynced: Vec::new() };
    }
    /// The names in a directory.
    pub fn names(&self, directory: &Path) -> Vec<String> {
        self.list(directory).unwrap().into_iter().map(|entry| entry.name).collect()
    }
}

impl State {
    fn find(&self, path: &Path) -> Option<usize> {
        let mut node = 0;
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let Node::Directory { names, .. } = &self.nodes[node] else { return None };
            node = *names.get(name.to_str()?)?;
        }
        Some(node)
    }
    fn parent(&self, path: &Path) -> io::Result<(usize, String)> {
        let parent = self.find(path.parent().unwrap_or(Path::new("/"))).ok_or(ErrorKind::NotFound)?;
        let name = path.file_name().and_then(|name| name.to_str()).ok_or(ErrorKind::InvalidInput)?;
        Ok((parent, name.to_owned()))
    }
    fn change_names(&mut self, directory: usize, change: NameChange) {
        let Node::Directory { names, unsynced, .. } = &mut self.nodes[directory] else { panic!("not a directory") };
        change.apply(names);
        unsynced.push(change);
    }
    fn change(&mut self, file: usize, change: Change) {
        let Node::File { content, unsynced, .. } = &mut self.nodes[file] else { panic!("not a file") };
        change.apply(content);
        unsynced.push(change);
    }
    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let (parent, name) = self.parent(path)?;
        self.nodes.push(node);
        let number = self.nodes.len() - 1;
        self.change_names(parent, NameChange::Set(name, number));
        Ok(number)
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path, create: Create) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        let node = match (state.find(path), create) {
            (Some(node), Create::Anew) => {
                state.change(node, Change::SetLength(0));
                node
            }
            (Some(node), _) => node,
            (None, Create::Never) => return Err(ErrorKind::NotFound.into()),
            (None, _) => state.add(path, Node::file())?,
        };
        Ok(Arc::new(SimulatedFile { state: Arc::clone(&self.state), node }))
    }

    fn read(&self, path: &Path) -> io::Result<Bytes> {
        self.content(path).map(Bytes::from).ok_or(ErrorKind::NotFound.into())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let ancestors: Vec<&Path> = path.ancestors().collect();
        for directory in ancestors.into_iter().rev().skip(1) {
            if state.find(directory).is_none() {
                state.add(directory, Node::directory())?;
            }
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let state = self.state();
        let node = state.find(directory).ok_or(ErrorKind::NotFound)?;
        let Node::Directory { names, .. } = &state.nodes[node] else { return Err(ErrorKind::NotADirectory.into()) };
        Ok(names
            .iter()
            .map(|(name, &node)| Entry {
                name: name.clone(),
                path: directory.join(name),
                is_directory: matches!(state.nodes[node], Node::Directory { .. }),
            })
            .collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.state().find(path).is_some())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(from).ok_or(ErrorKind::NotFound)?;
        let ((from_parent, from), (to_parent, to)) = (state.parent(from)?, state.parent(to)?);
        assert_eq!(from_parent, to_parent, "nothing moves between directories");
        state.change_names(from_parent, NameChange::Rename(from, to));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(path).ok_or(ErrorKind::NotFound)?;
        let (parent, name) = state.parent(path)?;
        state.change_names(parent, NameChange::Remove(name));
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.remove_file(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.syncs += 1;
        let node = state.find(path).ok_or(ErrorKind::NotFound)?;
        let Node::Directory { names, durable, unsynced } = &mut state.nodes[node] else { panic!("not a directory") };
        durable.clone_from(names);
        unsynced.clear();
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        self.open(path, Create::IfMissing)?;
        let is_free = self.state().locked.insert(path.to_owned());
        let lock = SimulatedLock { state: Arc::clone(&self.state), path: path.to_owned() };
        Ok(is_free.then(|| Box::new(lock) as Box<dyn FileLock>))
    }
}

#[derive(Debug)]
struct SimulatedLock {
    state: Arc<Mutex<State>>,
    path: PathBuf,
}

impl FileLock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.state.lock().unwrap().locked.remove(&self.path);
    }
}

#[derive(Debug)]
struct SimulatedFile {
    state: Arc<Mutex<State>>,
    node: usize,
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let state = self.state.lock().unwrap();
        let Node::File { content, .. } = &state.nodes[self.node] else { panic!("not a file") };
        let from = usize::try_from(position).unwrap().min(content.len());
        let count = buffer.len().min(content.len() - from);
        buffer[..count].copy_from_slice(&content[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, pieces: &[IoSlice<'_>], position: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let mut bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
        let wanted = bytes.len();
        if let Some(room) = &mut state.faults.room {
            bytes.truncate(*room);
            *room -= bytes.len();
        }
        let is_whole = bytes.len() == wanted;
        if !bytes.is_empty() {
            state.change(self.node, Change::Write { position: usize::try_from(position).unwrap(), bytes });
        }
        if is_whole { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
    }

    fn len(&self) -> io::Result<u64> {
        let state = self.state.lock().unwrap();
        let Node::File { content, .. } = &state.nodes[self.node] else { panic!("not a file") };
        Ok(content.len() as u64)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.faults.set_len_fails {
            return Err(ErrorKind::Other.into());
        }
        state.change(self.node, Change::SetLength(usize::try_from(length).unwrap()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.syncs += 1;
        let fails = state.faults.sync_fails;
        let Node::File { content, durable, unsynced } = &mut state.nodes[self.node] else { panic!("not a file") };
        unsynced.clear();
        if fails {
            // The kernel marks the pages clean and forgets them.
            return Err(ErrorKind::Other.into());
        }
        durable.clone_from(content);
        Ok(())
    }

    fn modified(&self) -> io::Result<i64> {
        Ok(0)
    }

    fn set_modified(&self, _milliseconds: i64) -> io::Result<()> {
        Ok(())
    }

    fn make_read_only(&self) -> io::Result<()> {
        Ok(())
    }

    fn as_file(&self) -> Option<&Arc<File>> {
        None
    }
}
