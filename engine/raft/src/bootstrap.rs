//! What `format` puts into a directory, and what a first start makes of it.
//!
//! Kafka 4.3 writes the first metadata records (feature levels, SCRAM credentials) into `bootstrap.checkpoint` of every log
//! directory, and the first voters of a dynamic quorum into the snapshot [`SnapshotId::FORMATTED`] of the metadata
//! partition. Kafka 4.4 writes both into that snapshot, and no `bootstrap.checkpoint`. We write what 4.3 writes, which both
//! can start from, and read either.

use crate::batch::{ControlBatch, ControlRecord, DataBatch, TooLarge};
use crate::snapshot::{Snapshot, SnapshotError, SnapshotHead};
use crate::{KRaftVersion, SnapshotId, VoterSet};
use bytes::{Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, Timestamp};

/// The file of the first records, in every log directory.
pub const BOOTSTRAP_FILE_NAME: &str = "bootstrap.checkpoint";

/// The directory of the metadata log, inside of the metadata directory.
pub const METADATA_PARTITION_DIRECTORY: &str = "__cluster_metadata-0";

/// The epoch of every batch in a formatted directory: there has been no leader.
const NO_EPOCH: LeaderEpoch = LeaderEpoch::new(0);

/// The files that formatting puts into the metadata directory besides `meta.properties`: their paths, relative to the
/// directory, and their contents. Write each as a whole (temporary name, sync, rename), the snapshot as mode 0400.
///
/// `first_records` are frames. `initial_voters` are those of `--standalone` and `--initial-controllers`; without them the
/// voters come from `controller.quorum.voters` (kraft.version 0), or are to be learned from others
/// (`--no-initial-controllers`).
///
/// Other log directories get the first of these files alone: [`bootstrap_checkpoint`].
///
/// # Errors
/// More first records than fit one batch.
pub fn format_metadata_directory(
    first_records: &[Bytes],
    initial_voters: Option<&VoterSet>,
    now: Timestamp,
) -> Result<Vec<(String, Bytes)>, TooLarge> {
    let mut files = vec![(BOOTSTRAP_FILE_NAME.to_owned(), bootstrap_checkpoint(first_records, now)?)];
    if let Some(voters) = initial_voters {
        let name = format!("{METADATA_PARTITION_DIRECTORY}/{}", SnapshotId::FORMATTED.file_name());
        files.push((name, formatted_snapshot(voters, now)));
    }
    Ok(files)
}

/// The content of `bootstrap.checkpoint`.
///
/// # Errors
/// More first records than fit one batch.
pub fn bootstrap_checkpoint(first_records: &[Bytes], now: Timestamp) -> Result<Bytes, TooLarge> {
    let header = [ControlRecord::SnapshotHeader { last_contained_log_timestamp: Timestamp::new(0) }];
    checkpoint(&header, first_records, now)
}

/// The content of the snapshot that tells the first voters of a dynamic quorum.
pub fn formatted_snapshot(voters: &VoterSet, now: Timestamp) -> Bytes {
    let head = SnapshotHead {
        last_contained_log_timestamp: now,
        kraft_version: KRaftVersion::Reconfigurable,
        voters: Some(voters.clone()),
    };
    checkpoint(&head.records(), &[], now).expect("without data records there is nothing too large")
}

fn checkpoint(head: &[ControlRecord], frames: &[Bytes], now: Timestamp) -> Result<Bytes, TooLarge> {
    let control =
        |base_offset, records| ControlBatch { base_offset, epoch: NO_EPOCH, append_time: now, records }.to_bytes();
    let mut bytes = BytesMut::from(control(Offset::ZERO, head));
    let first_data_offset = Offset::new(head.len() as i64);
    if !frames.is_empty() {
        let data = DataBatch { base_offset: first_data_offset, epoch: NO_EPOCH, append_time: now, frames };
        bytes.extend_from_slice(&data.to_bytes()?);
    }
    bytes.extend_from_slice(&control(first_data_offset + frames.len() as i64, &[ControlRecord::SnapshotFooter]));
    Ok(bytes.freeze())
}

/// The first records of a formatted directory: from `bootstrap.checkpoint` if there is one (Kafka up to 4.3, and we),
/// otherwise from the snapshot [`SnapshotId::FORMATTED`] (Kafka from 4.4 on). `None`: nobody said anything, and the first
/// leader decides by itself.
///
/// # Errors
/// A file that is not a snapshot.
pub fn read_first_records(
    bootstrap_checkpoint: Option<Bytes>,
    formatted_snapshot: Option<Bytes>,
) -> Result<Option<Vec<Bytes>>, SnapshotError> {
    for file in [bootstrap_checkpoint, formatted_snapshot].into_iter().flatten() {
        let frames = Snapshot::read(file, NO_EPOCH)?.frames;
        if !frames.is_empty() {
            return Ok(Some(frames));
        }
    }
    Ok(None)
}
