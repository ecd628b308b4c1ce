//! Writing a snapshot, batch by batch, to whatever takes bytes.

use super::SnapshotId;
use crate::batch::{ControlBatch, ControlRecord, DataBatch, SIZE_MAX, TooLarge};
use crate::{ControlHistory, KRaftVersion, VoterSet};
use bytes::Bytes;
use ottla_model::{Offset, Timestamp};
use std::io::{self, Write};

/// What a snapshot says of itself before its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHead {
    /// The append time of the last record that the snapshot stands for.
    pub last_contained_log_timestamp: Timestamp,
    /// The `kraft.version` in force at the snapshot's end.
    pub kraft_version: KRaftVersion,
    /// The voters in force at the snapshot's end, if they come from control records. Not written at `kraft.version` 0.
    pub voters: Option<VoterSet>,
}

impl SnapshotHead {
    /// What a snapshot that ends at `end_offset` must say.
    pub fn at(history: &ControlHistory, end_offset: Offset, last_contained_log_timestamp: Timestamp) -> Self {
        Self {
            last_contained_log_timestamp,
            kraft_version: history.kraft_version_at(end_offset),
            voters: history.voters_at(end_offset).cloned(),
        }
    }

    pub(crate) fn records(&self) -> Vec<ControlRecord> {
        let last_contained_log_timestamp = self.last_contained_log_timestamp;
        let mut records = vec![ControlRecord::SnapshotHeader { last_contained_log_timestamp }];
        if self.kraft_version.is_reconfigurable() {
            records.push(ControlRecord::KRaftVersion(self.kraft_version));
            records.extend(self.voters.iter().cloned().map(ControlRecord::Voters));
        }
        records
    }
}

/// Writes one snapshot. Dropped before [`SnapshotWriter::finish`], it leaves bytes that no reader takes for a snapshot.
#[derive(Debug)]
pub struct SnapshotWriter<W> {
    sink: W,
    id: SnapshotId,
    next_offset: Offset,
    pending: Vec<Bytes>,
    pending_bytes: usize,
    pending_since: Timestamp,
}

/// Flush when so many bytes of frames are waiting: well below [`SIZE_MAX`] with every record's own few bytes added, and
/// as much memory as writing takes.
const PENDING_BYTES_MAX: usize = 1024 * 1024;

impl<W: Write> SnapshotWriter<W> {
    /// Begins a snapshot by writing its header.
    ///
    /// # Errors
    /// What the sink says.
    pub fn begin(mut sink: W, id: SnapshotId, head: &SnapshotHead, now: Timestamp) -> io::Result<Self> {
        let records = head.records();
        let header = ControlBatch { base_offset: Offset::ZERO, epoch: id.epoch, append_time: now, records: &records };
        sink.write_all(&header.to_bytes())?;
        let next_offset = Offset::new(records.len() as i64);
        Ok(Self { sink, id, next_offset, pending: Vec::new(), pending_bytes: 0, pending_since: now })
    }

    /// Adds one record.
    ///
    /// # Errors
    /// What the sink says; [`io::ErrorKind::InvalidInput`] with [`TooLarge`] inside for a record that fits no batch.
    pub fn append(&mut self, frame: Bytes, now: Timestamp) -> io::Result<()> {
        if frame.len() > SIZE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, TooLarge { size: frame.len() }));
        }
        if !self.pending.is_empty() && self.pending_bytes + frame.len() > PENDING_BYTES_MAX {
            self.flush_batch()?;
        }
        if self.pending.is_empty() {
            self.pending_since = now;
        }
        self.pending_bytes += frame.len();
        self.pending.push(frame);
        Ok(())
    }

    fn flush_batch(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let batch = DataBatch {
            base_offset: self.next_offset,
            epoch: self.id.epoch,
            append_time: self.pending_since,
            frames: &self.pending,
        };
        let bytes = batch.to_bytes().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        self.sink.write_all(&bytes)?;
        self.next_offset = self.next_offset + self.pending.len() as i64;
        self.pending.clear();
        self.pending_bytes = 0;
        Ok(())
    }

    /// Ends the snapshot with its footer and gives the sink back: sync it, make it read-only (0400), rename it.
    ///
    /// # Errors
    /// What the sink says.
    pub fn finish(mut self, now: Timestamp) -> io::Result<W> {
        self.flush_batch()?;
        let footer = ControlBatch {
            base_offset: self.next_offset,
            epoch: self.id.epoch,
            append_time: now,
            records: &[ControlRecord::SnapshotFooter],
        };
        self.sink.write_all(&footer.to_bytes())?;
        self.sink.flush()?;
        Ok(self.sink)
    }
}
