//! A node in miniature: a disk that can lose what was not synced, and a driver that keeps to the contract.

use bytes::{Bytes, BytesMut};
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp};
use ottla_raft::bootstrap::formatted_snapshot;
use ottla_raft::snapshot::{Snapshot, SnapshotHead, SnapshotWriter, recover_files};
use ottla_raft::{
    Action, ControlHistory, ElectionState, Endpoint, Event, MetadataBatch, MetadataBatchReader, OffsetAndEpoch,
    OpenError, OpenedLog, Proposal, ProposeError, Quorum, QuorumConfig, QuorumStateError, SnapshotId, VoterSet,
};
use std::collections::BTreeMap;

/// What is in the metadata directory.
#[derive(Debug, Default)]
pub struct Disk {
    pub quorum_state: Option<String>,
    pub snapshots: BTreeMap<SnapshotId, Bytes>,
    pub log_start: Offset,
    /// Whole batches: storage cuts torn ones off when it opens a log.
    pub log: Vec<Bytes>,
    /// How many of them are durable.
    pub synced: usize,
}

impl Disk {
    pub fn batches(&self) -> Vec<MetadataBatch> {
        let mut bytes = BytesMut::new();
        for batch in &self.log {
            bytes.extend_from_slice(batch);
        }
        MetadataBatchReader::new(bytes.freeze()).collect::<Result<_, _>>().unwrap()
    }
    fn newest_snapshot(&self) -> Option<(SnapshotId, Snapshot)> {
        let names: Vec<_> = self.snapshots.keys().map(|id| id.file_name()).collect();
        let newest = recover_files(names.iter().map(String::as_str), self.log_start).unwrap().newest()?;
        Some((newest, Snapshot::read(self.snapshots[&newest].clone(), newest.epoch).unwrap()))
    }
    pub fn end(&self) -> OffsetAndEpoch {
        let Some(last) = self.log.last() else {
            let id = self.newest_snapshot().map_or(SnapshotId::FORMATTED, |(id, _)| id);
            return OffsetAndEpoch { offset: id.end_offset, epoch: id.epoch };
        };
        let last = MetadataBatchReader::new(last.clone()).next().unwrap().unwrap();
        OffsetAndEpoch { offset: last.last_offset.next(), epoch: last.epoch }
    }
}

/// How a process ends that was not asked to.
#[derive(Debug, Clone, Copy)]
pub enum Crash {
    /// The operating system lives on, and with it all that was written. Nothing becomes durable by that.
    Kill,
    /// The machine goes down. So many of the batches that were not synced have reached the disk nevertheless.
    PowerLoss {
        /// From the oldest one on.
        survivors: usize,
    },
}

#[derive(Debug)]
pub struct Machine {
    pub config: QuorumConfig,
    pub cluster_id: String,
    pub static_voters: VoterSet,
    pub now: Timestamp,
    pub disk: Disk,
    pub quorum: Option<Quorum>,
    /// What the core has asked for and is not done yet.
    pub pending: std::collections::VecDeque<Action>,
    /// Whether a sync was asked for that has not been begun.
    pub sync_wanted: bool,
    /// How many batches the sync that is under way covers, and the log end offset after them.
    pub syncing: Option<(usize, Offset)>,
    pub committed: Offset,
    pub leading: Option<LeaderEpoch>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    QuorumState(#[from] QuorumStateError),
    #[error(transparent)]
    Open(#[from] OpenError),
}

pub const DIRECTORY: &str = "FCU5w33nTyywMgwOyj3l3A";

impl Machine {
    pub fn new() -> Self {
        Self {
            config: QuorumConfig {
                node_id: BrokerId::new(1),
                directory_id: DIRECTORY.parse().unwrap(),
                listeners: vec![endpoint(9093)],
                append_no_op_when_idle: None,
            },
            cluster_id: "4L6g3nShT-eMCtK--X86sw".to_owned(),
            static_voters: VoterSet::empty(),
            now: Timestamp::new(1_700_000_000_000),
            disk: Disk::default(),
            quorum: None,
            pending: std::collections::VecDeque::new(),
            sync_wanted: false,
            syncing: None,
            committed: Offset::ZERO,
            leading: None,
        }
    }

    pub fn format(&mut self, initial_controllers: &str) {
        let voters = VoterSet::parse_initial_controllers(initial_controllers, "CONTROLLER").unwrap();
        self.disk.snapshots.insert(SnapshotId::FORMATTED, formatted_snapshot(&voters, self.now));
    }

    /// Reads the disk and opens the core; its first actions are pending then.
    pub fn start(&mut self) -> Result<(), StartError> {
        assert!(self.quorum.is_none(), "already running");
        let mut history = ControlHistory::new(self.static_voters.clone());
        if let Some((id, snapshot)) = self.disk.newest_snapshot() {
            history.load_snapshot(id, &snapshot.control);
        }
        for batch in self.disk.batches() {
            history.observe_batch(&batch);
        }
        let election =
            self.disk.quorum_state.as_deref().map(|text| ElectionState::parse(text, &self.cluster_id)).transpose()?;
        let opened = OpenedLog { history, election, end: self.disk.end() };
        let (quorum, actions) = Quorum::open(self.config.clone(), opened, self.now)?;
        self.quorum = Some(quorum);
        self.pending.extend(actions);
        Ok(())
    }

    fn core(&mut self) -> &mut Quorum {
        assert!(self.pending.is_empty(), "the core is called again only when its actions are done");
        self.quorum.as_mut().expect("running")
    }

    pub fn step(&mut self, event: Event) {
        let now = self.now;
        let actions = self.core().step(event, now);
        self.pending.extend(actions);
    }

    pub fn propose(&mut self, epoch: LeaderEpoch, frames: &[Bytes]) -> Result<Proposal, ProposeError> {
        let now = self.now;
        let (proposal, actions) = self.core().propose(epoch, frames, now)?;
        self.pending.extend(actions);
        Ok(proposal)
    }

    /// Carries out the next pending action.
    pub fn act(&mut self) -> Option<Action> {
        let action = self.pending.pop_front()?;
        match &action {
            Action::PersistQuorumState { contents } => self.disk.quorum_state = Some(contents.clone()),
            Action::Append { batch, .. } => self.disk.log.push(batch.clone()),
            Action::Sync => self.sync_wanted = true,
            Action::Commit { up_to } => self.committed = *up_to,
            Action::BecomeLeader { epoch } => self.leading = Some(*epoch),
            Action::LoseLeadership { .. } => self.leading = None,
        }
        Some(action)
    }

    /// A sync begins: it covers what is written by now. What is written meanwhile, it may miss.
    pub fn begin_sync(&mut self) {
        self.sync_wanted = false;
        self.syncing = Some((self.disk.log.len(), self.disk.end().offset));
    }
    /// The sync ends and is reported.
    pub fn finish_sync(&mut self) {
        let (batches, up_to) = self.syncing.take().expect("a sync was begun");
        self.disk.synced = batches;
        self.step(Event::LogSynced { up_to });
    }

    /// The process ends at this very point.
    pub fn crash(&mut self, crash: Crash) {
        if let Crash::PowerLoss { survivors } = crash {
            self.disk.log.truncate(self.disk.synced + survivors);
            self.disk.synced = self.disk.log.len();
        }
        self.quorum = None;
        self.pending.clear();
        self.sync_wanted = false;
        self.syncing = None;
        self.committed = Offset::ZERO;
        self.leading = None;
    }

    /// Makes a snapshot of all that is committed and drops that part of the log. `None` if nothing of it is in the log.
    pub fn snapshot(&mut self) -> Option<SnapshotId> {
        assert!(self.syncing.is_none(), "this little disk counts batches");
        let history = self.quorum.as_ref().expect("running").history();
        let batches = self.disk.batches();
        let covered = batches.iter().take_while(|batch| batch.last_offset < self.committed).count();
        let last = &batches[covered.checked_sub(1)?];
        let id = SnapshotId { end_offset: last.last_offset.next(), epoch: last.epoch };
        let head = SnapshotHead::at(history, id.end_offset, last.append_time);
        let writer = SnapshotWriter::begin(Vec::new(), id, &head, self.now).unwrap();
        self.disk.snapshots = BTreeMap::from([(id, writer.finish(self.now).unwrap().into())]);
        self.disk.log.drain(..covered);
        self.disk.synced -= covered;
        self.disk.log_start = id.end_offset;
        Some(id)
    }
}

pub fn endpoint(port: u16) -> Endpoint {
    Endpoint { listener: "CONTROLLER".to_owned(), host: "localhost".to_owned(), port }
}
