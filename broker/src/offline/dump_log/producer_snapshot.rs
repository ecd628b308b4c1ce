//! `.snapshot`: what a partition remembers of its producers.

use super::super::failure::Failure;
use super::cannot_read;
use bytes::Bytes;
use ottla_protocol::messages::ProducerSnapshot;
use ottla_protocol::{Message as _, Reader};
use ottla_records::{crc32c, decrement_sequence};
use std::io::Write;
use std::path::Path;

/// Where the entries begin: after the version (int16) and the checksum (uint32), which covers all that follows.
const ENTRIES_POSITION: usize = 6;

pub(super) fn dump(path: &Path, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let bytes = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let snapshot = match parse(Bytes::from(bytes)) {
        Ok(snapshot) => snapshot,
        Err(message) => return Ok(writeln!(err, "{message}")?),
    };
    for entry in snapshot.producer_entries {
        let first_offset = match entry.current_txn_first_offset {
            ..0 => "OptionalLong.empty".to_owned(),
            offset => format!("OptionalLong[{offset}]"),
        };
        write!(
            out,
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {first_offset} \
             lastTimestamp: {}",
            entry.producer_id, entry.epoch, entry.coordinator_epoch, entry.timestamp
        )?;
        if entry.last_offset >= 0 {
            write!(
                out,
                " firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
                decrement_sequence(entry.last_sequence, entry.offset_delta),
                entry.last_sequence,
                entry.last_offset,
                entry.offset_delta,
                entry.timestamp
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn parse(bytes: Bytes) -> Result<ProducerSnapshot, String> {
    let schema = |why: &dyn std::fmt::Display| format!("Snapshot failed schema validation: {why}");
    let mut reader = Reader::new(bytes.clone());
    let version = reader.int16().map_err(|error| schema(&error))?;
    if !(ProducerSnapshot::LOWEST_VERSION..=ProducerSnapshot::HIGHEST_VERSION).contains(&version) {
        return Err(schema(&format!("Snapshot contained an unknown file version {version}")));
    }
    let snapshot = ProducerSnapshot::decode(&mut reader, version).map_err(|error| schema(&error))?;
    let computed = crc32c(&bytes[ENTRIES_POSITION..]);
    if snapshot.crc != computed {
        return Err(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {}. Computed crc: {computed}",
            snapshot.crc
        ));
    }
    Ok(snapshot)
}
