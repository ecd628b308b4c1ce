//! The offsets that say how far things are.

use super::PartitionLog;
use ottla_model::{LeaderEpoch, Offset};

impl PartitionLog {
    /// The first offset that is still there.
    pub fn log_start_offset(&self) -> Offset {
        self.shared.log_start_offset()
    }
    /// The offset of the next record.
    pub fn log_end_offset(&self) -> Offset {
        self.shared.end().offset
    }
    /// Everything below is on disk for sure: what goes into `recovery-point-offset-checkpoint`.
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }
    /// What goes into `log-start-offset-checkpoint`: the log start offset, if the first segment's name does not say it.
    pub fn log_start_offset_to_checkpoint(&self) -> Option<Offset> {
        let first = self.shared.segments().as_slice()[0].base_offset();
        Some(self.log_start_offset()).filter(|&start| start > first)
    }

    /// The high watermark: below it, records are replicated as widely as they must be. The log keeps it, because
    /// retention and the last stable offset depend on it; what it should be is for others to say.
    pub fn high_watermark(&self) -> Offset {
        self.shared.high_watermark()
    }
    /// Sets the high watermark, forced between log start and log end. It may go back (after a truncation). Returns what
    /// it then is.
    pub fn set_high_watermark(&mut self, high_watermark: Offset) -> Offset {
        let forced = high_watermark.min(self.log_end_offset()).max(self.log_start_offset());
        self.shared.set_high_watermark(forced);
        self.producers.settle_below(forced);
        self.update_first_unstable_offset();
        forced
    }
    /// Raises the high watermark, to the log end at most; never lowers it. Returns the new value if it changed.
    pub fn raise_high_watermark(&mut self, high_watermark: Offset) -> Option<Offset> {
        let raised = high_watermark.min(self.log_end_offset());
        (raised > self.high_watermark()).then(|| self.set_high_watermark(raised))
    }
    /// The offset that consumers with `read_committed` read up to: the first record of the first transaction that is
    /// open, or decided above the high watermark; the high watermark if there is none.
    pub fn last_stable_offset(&self) -> Offset {
        self.shared.last_stable_offset()
    }
    pub(super) fn update_first_unstable_offset(&self) {
        let first = self.producers.first_unstable_offset();
        self.shared.set_first_unstable_offset(first.map(|first| first.max(self.log_start_offset())));
    }

    /// Says that `epoch` begins at `start_offset` (inclusive): what a new leader does with its log end offset before it
    /// appends. Entries of the same or later epochs, or at the same or later offsets, give way.
    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch, start_offset: Offset) {
        self.shared.epochs_mut().assign(epoch, start_offset);
    }
}
