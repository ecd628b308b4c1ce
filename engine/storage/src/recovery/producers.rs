//! The producers as they were when the log ended with a certain offset.

use super::scan::read_marker;
use crate::error::StorageError;
use crate::producer_state::{ProducerStateConfig, ProducerStates, decode_snapshot};
use crate::segment::{Cursor, FileKind, Home, Segment, Suffix, file_name};
use ottla_model::{Offset, Timestamp};
use std::sync::Arc;

/// Loads the last snapshot at or below `end`, and takes note of what was written from there to `end`. Without one, of all
/// that was written. Returns with it the offsets of snapshots that could not be read.
pub(crate) fn rebuild_producers(
    home: &Home,
    segments: &[Arc<Segment>],
    snapshots: &[Offset],
    log_start_offset: Offset,
    end: Offset,
    config: &ProducerStateConfig,
    now: Timestamp,
) -> Result<(ProducerStates, Vec<Offset>), StorageError> {
    let mut producers = ProducerStates::default();
    producers.reset(log_start_offset);
    let mut corrupt = Vec::new();
    for &snapshot in snapshots.iter().rev().filter(|&&snapshot| snapshot <= end && snapshot > log_start_offset) {
        let content = home.read_if_there(&file_name(snapshot, FileKind::ProducerSnapshot, Suffix::None))?;
        match content.map(|content| decode_snapshot(&content)) {
            Some(Ok(loaded)) => {
                producers.load(loaded, snapshot, config, now);
                break;
            }
            Some(Err(_)) | None => corrupt.push(snapshot),
        }
    }
    let from = producers.end_offset();
    let first = segments.partition_point(|segment| segment.base_offset() <= from).saturating_sub(1);
    for segment in segments.iter().skip(first).take_while(|segment| segment.base_offset() < end) {
        if from < end {
            replay(segment, from, end, &mut producers)?;
        }
    }
    producers.set_end_offset(end);
    // What is decided here is at or below the high watermark, as far as it is known.
    producers.settle_below(end);
    Ok((producers, corrupt))
}

/// Takes note of the batches of a segment that end at `from` or later and below `end`.
fn replay(segment: &Segment, from: Offset, end: Offset, producers: &mut ProducerStates) -> Result<(), StorageError> {
    let file = segment.log_file()?;
    let start = segment.position_of(from, segment.size())?;
    let mut cursor = Cursor::new(&*file, start, segment.size());
    while let Some(head) = cursor.next().map_err(|error| segment.cursor_failed(error))? {
        if head.last_offset >= end {
            break;
        }
        let Some(header) = &head.batch else { continue };
        if header.idempotent_producer_id().is_some() {
            // A marker that cannot be read ends nothing; the scan that should have found it cuts the log there.
            let marker = read_marker(segment, &*file, &head)?.unwrap_or(None);
            producers.apply(header, marker);
        }
    }
    Ok(())
}
