//! Raising the log start offset.

use super::{PartitionLog, ReadError};
use ottla_model::Offset;

impl PartitionLog {
    /// Raises the log start offset (`DeleteRecords`, or a follower doing as its leader did). What lies below is not read
    /// any more; whole segments go with the next [`Self::delete_old_segments`]. False if the log starts there already.
    ///
    /// # Errors
    /// Above the high watermark nothing can be deleted.
    pub fn delete_records_before(&mut self, offset: Offset) -> Result<bool, ReadError> {
        let high_watermark = self.high_watermark();
        if offset > high_watermark {
            return Err(ReadError::OffsetOutOfRange {
                requested: offset,
                log_start_offset: self.log_start_offset(),
                log_end_offset: high_watermark,
            });
        }
        Ok(self.raise_log_start_offset(offset))
    }

    /// `offset` must not be above the high watermark.
    pub(super) fn raise_log_start_offset(&mut self, offset: Offset) -> bool {
        if offset <= self.log_start_offset() {
            return false;
        }
        // The recovery point stays: it says what is on disk, and a crash may bring back what lies below the log start.
        self.shared.set_log_start_offset(offset);
        self.shared.epochs_mut().truncate_from_start(offset);
        self.producers.settle_below(offset);
        self.update_first_unstable_offset();
        true
    }
}
