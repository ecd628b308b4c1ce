//! Offsets by their place or by time (ListOffsets).

use crate::leader::Isolation;
use crate::leadership::NotLeader;
use crate::partition::Partition;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_storage::StorageError;

/// Which offset is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first that is there.
    Earliest,
    /// The first that is there on the leader's own disk.
    EarliestLocal,
    /// The end of what the reader may see.
    Latest,
    /// The last that lies in remote storage. There is none.
    LatestTiered,
    /// The first that is not in remote storage yet. There is none.
    EarliestPendingUpload,
    /// The first record with the largest timestamp (KIP-734).
    MaxTimestamp,
    /// The first record whose timestamp is not below.
    At(Timestamp),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundOffset {
    /// The offset.
    pub offset: Offset,
    /// The record's timestamp, where a record was looked for.
    pub timestamp: Option<Timestamp>,
    /// The record's leader epoch, or the leader's for the latest offset.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Why nothing could be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookupRefused {
    /// See [`NotLeader`].
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// `OFFSET_NOT_AVAILABLE`: a new leader does not know yet how much is committed (KIP-207).
    #[error("the high watermark has not reached the start of the leader's epoch yet")]
    NotAvailableYet,
    /// `KAFKA_STORAGE_ERROR`.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Partition {
    /// Looks an offset up as a reader of that isolation may see it. `Ok(None)` if there is none.
    ///
    /// # Errors
    /// See [`LookupRefused`].
    pub fn find_offset(
        &self,
        spec: OffsetSpec,
        isolation: Isolation,
        current_leader_epoch: Option<LeaderEpoch>,
    ) -> Result<Option<FoundOffset>, LookupRefused> {
        let role = self.read_role();
        let leader = role.as_leader(current_leader_epoch)?;
        let reader = self.reader();
        let upper_bound = self.upper_bound(isolation);
        let is_uncertain = isolation != Isolation::LogEnd && leader.epoch_start_offset > reader.high_watermark();

        let found = match spec {
            OffsetSpec::Earliest | OffsetSpec::EarliestLocal => {
                let offset = reader.log_start_offset();
                return Ok(Some(FoundOffset { offset, timestamp: None, leader_epoch: reader.epoch_of_offset(offset) }));
            }
            OffsetSpec::Latest if is_uncertain => return Err(LookupRefused::NotAvailableYet),
            OffsetSpec::Latest => {
                let leader_epoch = Some(leader.epoch);
                return Ok(Some(FoundOffset { offset: upper_bound, timestamp: None, leader_epoch }));
            }
            OffsetSpec::LatestTiered | OffsetSpec::EarliestPendingUpload => return Ok(None),
            OffsetSpec::MaxTimestamp => reader.offset_of_max_timestamp()?,
            OffsetSpec::At(timestamp) => reader.offset_for_timestamp(timestamp)?,
        };
        match found.filter(|found| found.offset < upper_bound) {
            Some(found) => Ok(Some(FoundOffset {
                offset: found.offset,
                timestamp: Some(found.timestamp),
                leader_epoch: found.leader_epoch,
            })),
            None if is_uncertain => Err(LookupRefused::NotAvailableYet),
            None => Ok(None),
        }
    }
}
