//! Reading a snapshot, strictly: a snapshot is the beginning of history, and a doubtful one is none.

use crate::batch::{BatchContent, ControlRecord, MetadataBatchReader, ReadError};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};

/// Why bytes are not a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A batch is damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is nothing in it.
    #[error("the snapshot is empty")]
    Empty,
    /// It begins with something else than SNAPSHOT_HEADER.
    #[error("the snapshot does not begin with a header")]
    NoHeader,
    /// It ends with something else than SNAPSHOT_FOOTER: it was never finished, or has lost its tail.
    #[error("the snapshot does not end with a footer")]
    NoFooter,
    /// A header or footer in the midst of it, or anything after the footer.
    #[error("the snapshot has a control record at offset {0} that does not belong there")]
    Misplaced(Offset),
    /// Offsets run from 0 without a gap.
    #[error("the snapshot has offset {found} where {expected} should follow")]
    Gap {
        /// The offset after the last batch.
        expected: Offset,
        /// The offset that the next batch begins with.
        found: Offset,
    },
    /// All batches are of the epoch in the file's name.
    #[error("the snapshot has a batch of epoch {found} among those of epoch {expected}")]
    Epoch {
        /// The epoch of the first batch, or of the name.
        expected: LeaderEpoch,
        /// The epoch of this batch.
        found: LeaderEpoch,
    },
}

/// A whole snapshot, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The append time of the last log record that it stands for.
    pub last_contained_log_timestamp: Timestamp,
    /// Every control record in order, header and footer among them: what [`crate::ControlHistory::load_snapshot`] takes.
    pub control: Vec<ControlRecord>,
    /// The frames of all data records, in order. Slices of the file's bytes.
    pub frames: Vec<Bytes>,
}

impl Snapshot {
    /// Reads all of it. `epoch` is that of the file's name; every batch must be of it.
    ///
    /// # Errors
    /// Anything that a snapshot writer would not have written.
    pub fn read(bytes: Bytes, epoch: LeaderEpoch) -> Result<Self, SnapshotError> {
        let mut reader = SnapshotReader::new(bytes, epoch);
        let (mut control, mut frames) = (Vec::new(), Vec::new());
        while let Some(content) = reader.next().transpose()? {
            match content {
                BatchContent::Control(mut records) => control.append(&mut records),
                BatchContent::Data(mut records) => frames.append(&mut records),
            }
        }
        let Some(ControlRecord::SnapshotHeader { last_contained_log_timestamp }) = control.first() else {
            return Err(SnapshotError::Empty);
        };
        Ok(Self { last_contained_log_timestamp: *last_contained_log_timestamp, control, frames })
    }
}

/// Goes through a snapshot batch by batch, and ends with an error if it did not end with its footer.
#[derive(Debug)]
pub struct SnapshotReader {
    batches: MetadataBatchReader,
    epoch: LeaderEpoch,
    expected: Offset,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Inside,
    Finished,
    Failed,
}

impl SnapshotReader {
    /// Reads the bytes of a snapshot whose name says `epoch`.
    pub fn new(bytes: Bytes, epoch: LeaderEpoch) -> Self {
        Self { batches: MetadataBatchReader::new(bytes), epoch, expected: Offset::ZERO, state: State::Start }
    }

    fn check(&mut self) -> Result<Option<BatchContent>, SnapshotError> {
        let Some(batch) = self.batches.next().transpose()? else {
            return match self.state {
                State::Start => Err(SnapshotError::Empty),
                State::Inside => Err(SnapshotError::NoFooter),
                State::Finished | State::Failed => Ok(None),
            };
        };
        if self.state == State::Finished {
            return Err(SnapshotError::Misplaced(batch.base_offset));
        }
        if batch.base_offset != self.expected {
            return Err(SnapshotError::Gap { expected: self.expected, found: batch.base_offset });
        }
        if batch.epoch != self.epoch {
            return Err(SnapshotError::Epoch { expected: self.epoch, found: batch.epoch });
        }
        match &batch.content {
            BatchContent::Control(records) => self.check_control(batch.base_offset, records)?,
            BatchContent::Data(_) if self.state == State::Start => return Err(SnapshotError::NoHeader),
            BatchContent::Data(_) => {}
        }
        self.expected = batch.last_offset.next();
        Ok(Some(batch.content))
    }

    fn check_control(&mut self, base_offset: Offset, records: &[ControlRecord]) -> Result<(), SnapshotError> {
        for (record, delta) in records.iter().zip(0i64..) {
            self.state = match (record, self.state) {
                (ControlRecord::SnapshotHeader { .. }, State::Start) => State::Inside,
                (_, State::Start) => return Err(SnapshotError::NoHeader),
                (ControlRecord::SnapshotFooter, State::Inside) => State::Finished,
                (ControlRecord::KRaftVersion(_) | ControlRecord::Voters(_), State::Inside) => State::Inside,
                _ => return Err(SnapshotError::Misplaced(base_offset + delta)),
            };
        }
        Ok(())
    }
}

impl Iterator for SnapshotReader {
    type Item = Result<BatchContent, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Failed {
            return None;
        }
        let checked = self.check();
        if checked.is_err() {
            self.state = State::Failed;
        }
        checked.transpose()
    }
}
