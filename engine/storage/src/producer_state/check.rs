//! Whether a producer may append a batch now.

use super::entry::{BatchMemory, ProducerEntry};
use super::{Marker, ProducerStates};
use ottla_model::{Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::BatchHeader;

/// A batch that may be appended, or need not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// To be appended.
    New,
    /// It is in the log already.
    Duplicate {
        first_offset: Offset,
        last_offset: Offset,
        /// The largest of its timestamps.
        timestamp: Timestamp,
    },
}

/// Why a producer may not append a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProducerFault {
    /// A later instance has written already. `is_marker_of_version_2`: those must be later, not only as late.
    OldEpoch { current: ProducerEpoch, is_marker_of_version_2: bool },
    /// The first batch of an epoch begins with another sequence number than 0.
    NewEpochNotAtZero { current: ProducerEpoch },
    /// A batch is missing before this one (or this one is older than those that are remembered).
    OutOfOrder { last_sequence: i32 },
    /// Outside of the transaction that is open.
    NotTransactional,
    /// A later coordinator has written a marker already.
    OldCoordinator { current: i32 },
}

/// From this version of transactions on, every transaction has its own producer epoch (KIP-890).
const EPOCH_PER_TRANSACTION: i16 = 2;

impl ProducerStates {
    /// Checks a batch from a client: its epoch, its sequence numbers, and whether it comes a second time.
    pub(crate) fn check_from_client(&self, id: ProducerId, header: &BatchHeader) -> Result<Checked, ProducerFault> {
        let unknown = ProducerEntry::unknown();
        let entry = self.producers.get(&id).unwrap_or(&unknown);
        if let Some(batch) = entry.find_duplicate(header) {
            let BatchMemory { last_offset, timestamp, .. } = batch;
            return Ok(Checked::Duplicate { first_offset: batch.first_offset(), last_offset, timestamp });
        }
        check_data_epoch(entry, header)?;
        check_sequence(entry, header)?;
        check_transaction(entry, header)?;
        Ok(Checked::New)
    }

    /// Checks a batch from a coordinator: its epoch, and that of the coordinator if it is a marker.
    pub(crate) fn check_from_coordinator(
        &self,
        id: ProducerId,
        header: &BatchHeader,
        marker: Option<Marker>,
        transaction_version: i16,
    ) -> Result<(), ProducerFault> {
        let unknown = ProducerEntry::unknown();
        let entry = self.producers.get(&id).unwrap_or(&unknown);
        let Some(Marker { marker, .. }) = marker else {
            check_data_epoch(entry, header)?;
            return check_transaction(entry, header);
        };
        check_marker_epoch(entry, header.producer_epoch, transaction_version)?;
        if entry.coordinator_epoch > marker.coordinator_epoch {
            return Err(ProducerFault::OldCoordinator { current: entry.coordinator_epoch });
        }
        Ok(())
    }
}

fn check_data_epoch(entry: &ProducerEntry, header: &BatchHeader) -> Result<(), ProducerFault> {
    if header.producer_epoch < entry.epoch {
        return Err(ProducerFault::OldEpoch { current: entry.epoch, is_marker_of_version_2: false });
    }
    Ok(())
}

/// Sequence numbers follow on each other within an epoch, and begin with 0 in a new one. If the log knows nothing of the
/// producer (retention may have taken all that it wrote), any number will do.
fn check_sequence(entry: &ProducerEntry, header: &BatchHeader) -> Result<(), ProducerFault> {
    let is_unknown = entry.epoch == BatchHeader::NO_PRODUCER_EPOCH;
    let first = header.base_sequence;
    if is_unknown {
        return Ok(());
    }
    if header.producer_epoch != entry.epoch {
        return if first == 0 { Ok(()) } else { Err(ProducerFault::NewEpochNotAtZero { current: entry.epoch }) };
    }
    let last = entry.last_sequence();
    let follows = i64::from(first) == i64::from(last) + 1 || (first == 0 && last == i32::MAX);
    if follows { Ok(()) } else { Err(ProducerFault::OutOfOrder { last_sequence: last }) }
}

fn check_transaction(entry: &ProducerEntry, header: &BatchHeader) -> Result<(), ProducerFault> {
    if entry.transaction_start.is_some() && !header.attributes.is_transactional() {
        return Err(ProducerFault::NotTransactional);
    }
    Ok(())
}

/// Under version 2, a marker raises the epoch: one with the present epoch is late, unless it is written again because its
/// answer was lost, which shows in that no transaction is open.
fn check_marker_epoch(entry: &ProducerEntry, epoch: ProducerEpoch, version: i16) -> Result<(), ProducerFault> {
    let is_version_2 = version >= EPOCH_PER_TRANSACTION;
    let is_old = if is_version_2 { epoch <= entry.epoch } else { epoch < entry.epoch };
    let is_repeated =
        is_version_2 && epoch == entry.epoch && (entry.transaction_start.is_none() || epoch == ProducerEpoch::MAX);
    if is_old && !is_repeated {
        return Err(ProducerFault::OldEpoch { current: entry.epoch, is_marker_of_version_2: is_version_2 });
    }
    Ok(())
}
