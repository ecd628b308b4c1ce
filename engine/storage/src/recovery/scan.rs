//! Reading a segment from one batch to the end, believing nothing.

use crate::disk::DiskFile;
use crate::error::StorageError;
use crate::leader_epochs::LeaderEpochs;
use crate::log::marker_of;
use crate::producer_state::{Marker, ProducerStates};
use crate::segment::{AbortedEntry, Cursor, CursorError, EntryHead, FileKind, Segment};
use crc_fast::{CrcAlgorithm, Digest};
use ottla_model::Offset;
use ottla_records::{BatchHeader, LogEntry};

/// What a scan has found.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Bytes of the segment that are whole, valid batches.
    pub(super) valid_bytes: u64,
    /// Bytes that were looked at.
    pub(super) scanned_bytes: u64,
    /// The offset after the last of them; the segment's base offset if there is none.
    pub(super) end_offset: Offset,
    /// Whether their offsets follow on each other without gaps, as they do until compaction takes some away.
    pub(super) is_dense: bool,
    /// Why not all bytes are, if not all are.
    pub(super) fault: Option<String>,
}

/// How much is read at a time.
const READ_SIZE: usize = 1 << 18;
/// Larger control batches are none that anybody writes.
const CONTROL_BATCH_MAX: u64 = 1 << 16;
/// Where what the CRC covers begins: with magic 2 the attributes, before that the magic.
const CRC_FROM: u64 = 21;
const LEGACY_CRC_FROM: u64 = 16;
const LEGACY_CRC: u64 = 12;

/// Scans `segment` from `position` on: every batch is checked, and entered into indexes, `producers` and `epochs`, up to
/// the first that is not whole and valid. Index entries are written on the way if `write_indexes` says so.
pub(super) fn scan(
    segment: &Segment,
    position: u64,
    producers: &mut ProducerStates,
    epochs: &mut LeaderEpochs,
    index_interval_bytes: u32,
    write_indexes: bool,
) -> Result<Scanned, StorageError> {
    let file = segment.log_file()?;
    let size = segment.size();
    let mut cursor = Cursor::new(&*file, position, size);
    let mut buffer = Vec::new();
    let mut scanned = Scanned {
        valid_bytes: position,
        scanned_bytes: 0,
        end_offset: segment.base_offset(),
        is_dense: true,
        fault: None,
    };
    let mut last_offset: Option<Offset> = None;
    let mut bytes_since_index_entry = 0;
    let fault = loop {
        let head = match cursor.next() {
            Ok(Some(head)) => head,
            Ok(None) if scanned.valid_bytes == size => break None,
            Ok(None) => break Some("the last batch is not there to its end".to_owned()),
            Err(CursorError::NoEntry { error, .. }) => break Some(error.to_string()),
            Err(error) => return Err(segment.cursor_failed(error)),
        };
        scanned.scanned_bytes += head.size;
        let crc = check_crc(&*file, &head, &mut buffer)
            .map_err(|error| StorageError::io("read", &segment.path(FileKind::Log))(error))?;
        if let Err(fault) = crc.and_then(|()| check_offsets(segment, &head, last_offset)) {
            break Some(fault);
        }
        let marker = match read_marker(segment, &*file, &head)? {
            Ok(marker) => marker,
            Err(fault) => break Some(fault),
        };
        let indexed = bytes_since_index_entry > u64::from(index_interval_bytes);
        bytes_since_index_entry = if indexed { 0 } else { bytes_since_index_entry } + head.size;
        segment.enter_scanned(&head, indexed);
        enter(segment, &head, marker, producers, epochs);
        scanned.is_dense &= last_offset.is_none_or(|last| head.first_offset == last.next()) && is_full(&head);
        last_offset = Some(head.last_offset);
        scanned.valid_bytes = head.end();
        scanned.end_offset = head.last_offset.next();
        if write_indexes && segment.index_write_is_due() {
            segment.persist_indexes()?;
        }
    };
    scanned.fault = fault;
    Ok(scanned)
}

/// Whether a batch has as many records as offsets. (What messages of before Kafka 0.11 hold is not looked into.)
fn is_full(head: &EntryHead) -> bool {
    head.batch.is_none_or(|header| i64::from(header.record_count) == head.last_offset - head.first_offset + 1)
}

fn enter(
    segment: &Segment,
    head: &EntryHead,
    marker: Option<Marker>,
    producers: &mut ProducerStates,
    epochs: &mut LeaderEpochs,
) {
    let Some(header) = &head.batch else {
        producers.set_end_offset(head.last_offset.next());
        return;
    };
    if let Some(epoch) = header.leader_epoch()
        && epochs.latest().is_none_or(|latest| epoch > latest)
    {
        epochs.assign(epoch, header.base_offset);
    }
    if let Some(completed) = producers.apply(header, marker)
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

fn check_offsets(segment: &Segment, head: &EntryHead, last_offset: Option<Offset>) -> Result<(), String> {
    let follows = last_offset.is_none_or(|last| head.first_offset > last) && head.first_offset <= head.last_offset;
    if !follows || segment.relative(head.first_offset).is_none() || segment.relative(head.last_offset).is_none() {
        return Err(format!(
            "offsets {} to {} after offset {}, in a segment that begins with {}",
            head.first_offset,
            head.last_offset,
            last_offset.map_or(-1, Offset::value),
            segment.base_offset()
        ));
    }
    Ok(())
}

/// Compares the CRC without having more than [`READ_SIZE`] bytes in memory, whatever a corrupt length field says.
fn check_crc(file: &dyn DiskFile, head: &EntryHead, buffer: &mut Vec<u8>) -> std::io::Result<Result<(), String>> {
    let (from, algorithm) = match head.batch {
        Some(_) => (CRC_FROM, CrcAlgorithm::Crc32Iscsi),
        None => (LEGACY_CRC_FROM, CrcAlgorithm::Crc32IsoHdlc),
    };
    let mut digest = Digest::new(algorithm);
    let mut position = head.position + from;
    while position < head.end() {
        let size = usize::try_from(head.end() - position).unwrap_or(READ_SIZE).min(READ_SIZE);
        buffer.resize(size, 0);
        if file.read_at(buffer, position)? < size {
            return Ok(Err("the file ends within the batch".to_owned()));
        }
        digest.update(buffer);
        position += size as u64;
    }
    // Both algorithms' results are 32 bits wide.
    let computed = digest.finalize() as u32;
    let stored = match &head.batch {
        Some(BatchHeader { crc, .. }) => *crc,
        None => {
            let mut crc = [0; 4];
            file.read_at(&mut crc, head.position + LEGACY_CRC)?;
            u32::from_be_bytes(crc)
        }
    };
    Ok(if stored == computed {
        Ok(())
    } else {
        Err(format!("stored crc is {stored:#010x}, computed crc is {computed:#010x}"))
    })
}

/// The end of a transaction in a control batch; a fault if it should hold one and does not.
pub(super) fn read_marker(
    segment: &Segment,
    file: &dyn DiskFile,
    head: &EntryHead,
) -> Result<Result<Option<Marker>, String>, StorageError> {
    let is_marker =
        head.batch.is_some_and(|header| header.attributes.is_control() && header.idempotent_producer_id().is_some());
    if !is_marker {
        return Ok(Ok(None));
    }
    if head.size > CONTROL_BATCH_MAX {
        return Ok(Err(format!("control batch of {} bytes", head.size)));
    }
    Ok(match segment.read_entry(file, head)? {
        LogEntry::Batch(batch) => marker_of(&batch).map_err(|error| error.to_string()),
        LogEntry::Legacy(_) => Ok(None),
    })
}
