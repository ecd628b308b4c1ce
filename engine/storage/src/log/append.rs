//! Appending.

use super::PartitionLog;
use super::append_error::AppendError;
use super::config::Validation;
use super::roll::Incoming;
use super::shared::LogEnd;
use super::validate::{Rules, Validated, invalid_record, marker_of, validate};
use crate::error::StorageError;
use crate::producer_state::{Checked, Marker, ProducerFault};
use crate::segment::{AbortedEntry, EntryHead, Written};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, ProducerId, Timestamp};
use ottla_records::{BatchHeader, LogEntry, TimestampType, log_entries};
use std::io::IoSlice;

/// Who a leader appends for, which decides what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer: everything is checked.
    Client,
    /// A coordinator of this broker: control batches are allowed, sequence numbers are not checked.
    Coordinator,
}

/// How a leader appends.
#[derive(Debug, Clone)]
pub struct LeaderAppend {
    /// The leader's epoch, written into every batch.
    pub leader_epoch: LeaderEpoch,
    /// On whose behalf.
    pub origin: AppendOrigin,
    /// Whether the batch may be compressed with zstd: not in produce requests below version 7.
    pub zstd_allowed: bool,
    /// The transactions feature's level by which the end markers among the records were made (KIP-890, KIP-1228); 0
    /// where there are none.
    pub transaction_version: i16,
    /// Overrides [`LogConfig::validation`](super::LogConfig::validation).
    pub validation: Option<Validation>,
    /// The time.
    pub now: Timestamp,
}

impl LeaderAppend {
    /// As a producer's request asks for it.
    pub const fn from_client(leader_epoch: LeaderEpoch, now: Timestamp) -> Self {
        Self::from(AppendOrigin::Client, leader_epoch, now)
    }
    /// As a coordinator of this broker asks for it.
    pub const fn from_coordinator(leader_epoch: LeaderEpoch, now: Timestamp) -> Self {
        Self::from(AppendOrigin::Coordinator, leader_epoch, now)
    }
    const fn from(origin: AppendOrigin, leader_epoch: LeaderEpoch, now: Timestamp) -> Self {
        Self { leader_epoch, origin, zstd_allowed: true, transaction_version: 0, validation: None, now }
    }
}

/// What an append came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first record.
    pub base_offset: Offset,
    /// Offset of the last record, inclusive.
    pub last_offset: Offset,
    /// Under `LogAppendTime`, the timestamp that all the records were given; of a duplicate, the timestamp that it was
    /// first appended with. To be told to the producer.
    pub log_append_time: Option<Timestamp>,
    /// Where the log started at that moment.
    pub log_start_offset: Offset,
    /// The batch is in the log already, and nothing was written: an idempotent producer sent it twice. The offsets are
    /// those of the first time.
    pub duplicate: bool,
    /// Bytes written to the log.
    pub bytes: u32,
    /// Records written to the log, by the batches' offsets.
    pub records: u32,
    /// A new segment was begun for these records. The one before should be flushed soon
    /// ([`FlushScope::InactiveSegments`](super::FlushScope::InactiveSegments)), so that a crash does not find much to scan.
    pub rolled: bool,
}

/// Batches on their way into the log, positioned from 0.
struct Batches<'a> {
    pieces: &'a [IoSlice<'a>],
    entries: &'a [(EntryHead, Option<Marker>)],
}

impl PartitionLog {
    /// Appends what a producer or a coordinator wrote: checks it, gives it offsets, the leader's epoch and, where the
    /// topic says so, another codec or timestamps, and writes it with one system call.
    ///
    /// `records` is not copied. Base offset and leader epoch, which the CRC does not cover, are patched in a copy of the
    /// 61 bytes of header that is written in front of the untouched rest.
    ///
    /// When this returns, the records are in the kernel's page cache and readers see them. They are on disk when a flush
    /// that began later has succeeded.
    ///
    /// # Errors
    /// See [`AppendError`]. Nothing has been appended then.
    pub fn append_as_leader(&mut self, records: Bytes, append: &LeaderAppend) -> Result<Appended, AppendError> {
        self.check_writable()?;
        let base_offset = self.log_end_offset();
        let rules = Rules { topic_partition: &self.topic_partition, config: &self.config, append, base_offset };
        let Validated { header, payload, marker } = validate(&records, &rules)?;
        if let Some(duplicate) = self.check_producer(&header, marker, append)? {
            return Ok(duplicate);
        }
        let fixed_part = header.to_bytes();
        let head = EntryHead {
            position: 0,
            size: (fixed_part.len() + payload.len()) as u64,
            first_offset: header.base_offset,
            last_offset: header.last_offset(),
            max_timestamp: header.max_timestamp,
            batch: Some(header),
        };
        let pieces = [IoSlice::new(&fixed_part), IoSlice::new(&payload)];
        let appended = self.write(&Batches { pieces: &pieces, entries: &[(head, marker)] }, append.now)?;
        let is_leaders_time = self.config.timestamp_type == TimestampType::LogAppendTime;
        Ok(Appended { log_append_time: is_leaders_time.then_some(append.now), ..appended })
    }

    /// Appends batches as they are, offsets, epochs and all: what a follower copies from its leader. Batches of an epoch
    /// above `leader_epoch`, and an incomplete one at the end, are left out. `Ok(None)` if nothing is left.
    ///
    /// # Errors
    /// Corrupt batches, offsets that go back or are below the log end, or the disk's. Nothing has been appended then.
    pub fn append_as_follower(
        &mut self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Option<Appended>, AppendError> {
        self.append_verbatim(&records, now, |head| Ok(head.leader_epoch().is_none_or(|epoch| epoch <= leader_epoch)))
    }

    /// Appends batches as they are, as the leader of a Raft quorum, which gives offsets and epochs itself. Every batch
    /// must have `leader_epoch`, and the first must not begin below the log end.
    ///
    /// # Errors
    /// As for a follower, batches of another epoch, or none at all. Nothing has been appended then.
    pub fn append_as_raft_leader(
        &mut self,
        records: Bytes,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        let appended = self.append_verbatim(&records, now, |head| match head.leader_epoch() {
            Some(epoch) if epoch == leader_epoch => Ok(true),
            epoch => Err(invalid_record(format!(
                "Append from Raft leader did not set the batch epoch correctly, expected {leader_epoch} but the batch has {}",
                epoch.map_or(-1, LeaderEpoch::value)
            ))),
        })?;
        appended.ok_or_else(|| invalid_record("Attempt to append an empty record set".to_owned()))
    }

    fn append_verbatim(
        &mut self,
        records: &Bytes,
        now: Timestamp,
        take: impl Fn(&EntryHead) -> Result<bool, AppendError>,
    ) -> Result<Option<Appended>, AppendError> {
        self.check_writable()?;
        let mut entries: Vec<(EntryHead, Option<Marker>)> = Vec::new();
        let mut bytes = 0;
        for entry in log_entries(records.clone()) {
            let entry = entry.map_err(|error| AppendError::Corrupt { message: error.to_string() })?;
            let head = head_of(&entry, bytes);
            if !take(&head)? {
                break;
            }
            entry.verify_crc().map_err(|error| AppendError::Corrupt {
                message: format!("Record is corrupt ({error}) in topic partition {}.", self.topic_partition),
            })?;
            let marker = match &entry {
                LogEntry::Batch(batch) => marker_of(batch).map_err(|error| invalid_record(error.to_string()))?,
                LogEntry::Legacy(_) => None,
            };
            let previous = entries.last().map(|(head, _)| head.last_offset);
            if previous.is_some_and(|previous| head.first_offset <= previous) || head.last_offset < head.first_offset {
                return Err(self.unexpected_offset(&entries, &head, "Out of order offsets found"));
            }
            bytes = head.end();
            entries.push((head, marker));
        }
        let Some((first, _)) = entries.first() else { return Ok(None) };
        if first.first_offset < self.log_end_offset() {
            return Err(self.unexpected_offset(&entries, first, "Unexpected offset"));
        }
        let pieces = [IoSlice::new(&records[..bytes as usize])];
        self.write(&Batches { pieces: &pieces, entries: &entries }, now).map(Some)
    }

    fn unexpected_offset(&self, entries: &[(EntryHead, Option<Marker>)], at: &EntryHead, what: &str) -> AppendError {
        let first_offset = entries.first().map_or(at.first_offset, |(first, _)| first.first_offset);
        let last_offset = entries.last().map_or(at.last_offset, |(last, _)| last.last_offset);
        AppendError::UnexpectedOffset {
            message: format!(
                "{what} in append to {}: the batch at {} follows offset {}, and the log ends with {}. Log start offset = {}",
                self.topic_partition,
                at.first_offset,
                last_offset,
                self.log_end_offset(),
                self.log_start_offset(),
            ),
            first_offset,
            last_offset,
        }
    }

    /// Refuses to write to a log whose disk cannot be trusted any more.
    pub(super) fn check_writable(&self) -> Result<(), StorageError> {
        self.shared.poisoned().map_or(Ok(()), Err)
    }

    /// Cuts what an earlier write has left and could not be cut then.
    pub(super) fn repair_torn_tail(&mut self) -> Result<(), StorageError> {
        if self.has_torn_tail {
            self.active_segment().cut_unpublished()?;
            self.has_torn_tail = false;
        }
        Ok(())
    }

    /// Whether the batch's producer may append it now; what to answer if it has done so before.
    fn check_producer(
        &self,
        header: &BatchHeader,
        marker: Option<Marker>,
        append: &LeaderAppend,
    ) -> Result<Option<Appended>, AppendError> {
        let Some(id) = header.idempotent_producer_id() else { return Ok(None) };
        let checked = match append.origin {
            AppendOrigin::Client => self.producers.check_from_client(id, header),
            AppendOrigin::Coordinator => self
                .producers
                .check_from_coordinator(id, header, marker, append.transaction_version)
                .map(|()| Checked::New),
        };
        match checked.map_err(|fault| self.refusal(fault, id, header, marker))? {
            Checked::New => Ok(None),
            Checked::Duplicate { first_offset, last_offset, timestamp } => Ok(Some(Appended {
                base_offset: first_offset,
                last_offset,
                log_append_time: Some(timestamp),
                log_start_offset: self.log_start_offset(),
                duplicate: true,
                bytes: 0,
                records: 0,
                rolled: false,
            })),
        }
    }

    fn refusal(
        &self,
        fault: ProducerFault,
        producer_id: ProducerId,
        header: &BatchHeader,
        marker: Option<Marker>,
    ) -> AppendError {
        let (topic_partition, offset) = (self.topic_partition.clone(), header.base_offset);
        let (epoch, sequence) = (header.producer_epoch, header.base_sequence);
        match fault {
            ProducerFault::OldEpoch { current, is_marker_of_version_2 } => AppendError::InvalidProducerEpoch {
                topic_partition,
                offset,
                producer_id,
                producer_epoch: epoch,
                relation: if is_marker_of_version_2 { "<=" } else { "<" },
                current_epoch: current,
            },
            ProducerFault::NewEpochNotAtZero { current } => AppendError::OutOfOrderSequence {
                message: format!(
                    "Invalid sequence number for new epoch of producer {producer_id} at offset {offset} in partition \
                     {topic_partition}: {epoch} (request epoch), {sequence} (seq. number), {current} (current producer epoch)"
                ),
            },
            ProducerFault::OutOfOrder { last_sequence } => AppendError::OutOfOrderSequence {
                message: format!(
                    "Out of order sequence number for producer {producer_id} at offset {offset} in partition \
                     {topic_partition}: {sequence} (incoming seq. number), {last_sequence} (current end sequence number)"
                ),
            },
            ProducerFault::NotTransactional => AppendError::InvalidTransactionState {
                message: format!(
                    "Expected transactional write from producer {producer_id} at offset {offset} in partition {topic_partition}"
                ),
            },
            ProducerFault::OldCoordinator { current } => AppendError::CoordinatorFenced {
                topic_partition,
                offset,
                producer_id,
                coordinator_epoch: marker.map_or(-1, |marker| marker.marker.coordinator_epoch),
                current_epoch: current,
            },
        }
    }

    /// Writes batches, with one system call, and then makes them known: to the indexes, to the producers' states, and last
    /// of all to readers.
    fn write(&mut self, batches: &Batches<'_>, now: Timestamp) -> Result<Appended, AppendError> {
        let (Some((first, _)), Some((last, _))) = (batches.entries.first(), batches.entries.last()) else {
            return Err(invalid_record("Attempt to append an empty record set".to_owned()));
        };
        let (bytes, first_offset, last_offset) = (last.end(), first.first_offset, last.last_offset);
        if bytes > u64::from(self.config.segment_bytes) {
            return Err(AppendError::LargerThanSegment {
                topic_partition: self.topic_partition.clone(),
                size: bytes as usize,
                maximum: self.config.segment_bytes,
            });
        }
        let max_timestamp =
            batches.entries.iter().map(|(head, _)| head.max_timestamp).max().unwrap_or(BatchHeader::NO_TIMESTAMP);
        self.is_changed = true;
        self.repair_torn_tail()?;
        let rolled = self.roll_for(&Incoming { bytes, first_offset, last_offset, max_timestamp }, now)?;

        let segment = self.active_segment();
        if let Err(error) = segment.write(batches.pieces) {
            // A full disk takes part of a write. Readers do not see it; recovery and whoever appends next must not.
            self.has_torn_tail = true;
            let _ = self.repair_torn_tail();
            return Err(error.into());
        }
        let position = segment.size();
        let mut bytes_since_index_entry = self.active.bytes_since_index_entry;
        let interval = u64::from(self.config.index_interval_bytes);
        segment.publish(batches.entries.iter().map(|(head, _)| {
            let indexed = bytes_since_index_entry > interval;
            bytes_since_index_entry = if indexed { 0 } else { bytes_since_index_entry } + head.size;
            Written { head: EntryHead { position: position + head.position, ..*head }, indexed }
        }));
        self.active.bytes_since_index_entry = bytes_since_index_entry;

        for (head, marker) in batches.entries {
            self.note_epoch(head);
            let Some(header) = &head.batch else { continue };
            if let Some(completed) = self.producers.apply(header, *marker)
                && completed.is_aborted
            {
                segment.push_aborted(AbortedEntry {
                    producer_id: completed.producer_id,
                    first_offset: completed.first_offset,
                    last_offset: completed.last_offset,
                    last_stable_offset: completed.last_stable_offset,
                });
            }
        }
        self.producers.set_end_offset(last_offset.next());
        self.update_first_unstable_offset();
        self.shared.set_end(LogEnd {
            offset: last_offset.next(),
            segment: segment.base_offset(),
            position: position + bytes,
        });
        self.unflushed_since.get_or_insert(now);
        if segment.index_write_is_due() {
            // If there is no room they wait in memory until there is: a flush says so, an append need not.
            let _ = segment.persist_indexes();
        }
        Ok(Appended {
            base_offset: first_offset,
            last_offset,
            log_append_time: None,
            log_start_offset: self.log_start_offset(),
            duplicate: false,
            bytes: bytes as u32,
            records: u32::try_from(last_offset - first_offset + 1).unwrap_or(u32::MAX),
            rolled,
        })
    }

    fn note_epoch(&self, head: &EntryHead) {
        let Some(epoch) = head.leader_epoch() else {
            // Batches without epochs: a follower must go by the high watermark again when it truncates.
            if head.batch.is_none() {
                self.shared.epochs_mut().clear();
            }
            return;
        };
        if self.shared.epochs().latest() != Some(epoch) {
            self.shared.epochs_mut().assign(epoch, head.first_offset);
        }
    }
}

/// The fixed part of an entry that will begin at `position`.
fn head_of(entry: &LogEntry, position: u64) -> EntryHead {
    let batch = match entry {
        LogEntry::Batch(batch) => Some(batch.header),
        LogEntry::Legacy(_) => None,
    };
    EntryHead {
        position,
        size: entry.size_in_bytes() as u64,
        first_offset: batch.map_or(entry.last_offset(), |header| header.base_offset),
        last_offset: entry.last_offset(),
        max_timestamp: entry.max_timestamp(),
        batch,
    }
}
