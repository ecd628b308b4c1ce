//! Which leader epoch begins at which offset: `leader-epoch-checkpoint`.
//!
//! The file is written when the log is flushed, not when an epoch begins: recovery reads what was not flushed anyway, and
//! finds the epochs in the batches. Ten thousand partitions that change leaders at once would wait for ten thousand
//! fsyncs otherwise.

use crate::checkpoint_text::{read_lines, write_lines};
use ottla_model::{LeaderEpoch, Offset};

/// The file's name.
pub(crate) const LEADER_EPOCH_CHECKPOINT: &str = "leader-epoch-checkpoint";

/// What stands for "no epoch" where one is asked about.
const NO_EPOCH: LeaderEpoch = LeaderEpoch::new(-1);

/// Where an epoch ends in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// The largest epoch of the log that is not above the one asked for; the one asked for if all are above it.
    pub leader_epoch: LeaderEpoch,
    /// The start offset of the epoch after it (exclusive end), or the log end.
    pub end_offset: Offset,
}

/// An epoch and the offset of its first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EpochStart {
    pub(crate) epoch: LeaderEpoch,
    pub(crate) start_offset: Offset,
}

/// The epochs of a log. Both epochs and start offsets increase from entry to entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeaderEpochs {
    entries: Vec<EpochStart>,
    /// Whether the file says something else.
    is_dirty: bool,
}

impl LeaderEpochs {
    /// Reads the file's content.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let read = read_lines(text, |words| match words {
            [epoch, start] => Some(EpochStart {
                epoch: LeaderEpoch::new(epoch.parse().ok().filter(|&epoch: &i32| epoch >= 0)?),
                start_offset: Offset::new(start.parse().ok().filter(|&start: &i64| start >= 0)?),
            }),
            _ => None,
        })?;
        let mut epochs = Self::default();
        for entry in read {
            epochs.assign(entry.epoch, entry.start_offset);
        }
        epochs.is_dirty = false;
        Ok(epochs)
    }

    /// The file's content.
    pub(crate) fn to_text(&self) -> String {
        write_lines(self.entries.iter().map(|entry| format!("{} {}", entry.epoch, entry.start_offset)))
    }

    /// Whether the file says something else.
    pub(crate) const fn is_dirty(&self) -> bool {
        self.is_dirty
    }
    pub(crate) const fn mark_written(&mut self) {
        self.is_dirty = false;
    }

    /// Says that `epoch` begins at `start_offset`, if that is news: what contradicts it goes.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start_offset: Offset) {
        if self.entries.last().is_some_and(|last| last.epoch == epoch && last.start_offset <= start_offset) {
            return;
        }
        while self.entries.last().is_some_and(|last| last.epoch >= epoch || last.start_offset >= start_offset) {
            self.entries.pop();
        }
        self.entries.push(EpochStart { epoch, start_offset });
        self.is_dirty = true;
    }

    /// Forgets epochs that begin at `end_offset` or after it.
    pub(crate) fn truncate_from_end(&mut self, end_offset: Offset) {
        let kept = self.entries.partition_point(|entry| entry.start_offset < end_offset);
        self.is_dirty |= kept < self.entries.len();
        self.entries.truncate(kept);
    }

    /// Forgets epochs that end before `start_offset`; the one that holds it begins there now.
    pub(crate) fn truncate_from_start(&mut self, start_offset: Offset) {
        let before = self.entries.partition_point(|entry| entry.start_offset <= start_offset);
        let Some(holding) = before.checked_sub(1) else { return };
        self.is_dirty |= holding > 0 || self.entries[holding].start_offset != start_offset;
        self.entries.drain(..holding);
        self.entries[0].start_offset = start_offset;
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.is_dirty |= !self.entries.is_empty();
        self.entries.clear();
    }

    pub(crate) fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|entry| entry.epoch)
    }
    pub(crate) fn of_offset(&self, offset: Offset) -> Option<LeaderEpoch> {
        let before = self.entries.partition_point(|entry| entry.start_offset <= offset);
        Some(self.entries[before.checked_sub(1)?].epoch)
    }

    /// Where `epoch` ends; see [`LogReader::end_offset_for_epoch`](crate::LogReader::end_offset_for_epoch).
    pub(crate) fn end_offset(&self, epoch: LeaderEpoch, log_end_offset: Offset) -> Option<EpochEndOffset> {
        if self.latest() == Some(epoch) {
            return Some(EpochEndOffset { leader_epoch: epoch, end_offset: log_end_offset });
        }
        if epoch == NO_EPOCH {
            return None;
        }
        let not_above = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let end_offset = self.entries.get(not_above)?.start_offset;
        let leader_epoch = not_above.checked_sub(1).map_or(epoch, |index| self.entries[index].epoch);
        Some(EpochEndOffset { leader_epoch, end_offset })
    }
}

#[cfg(test)]
mod tests {
    use super::{EpochEndOffset, LeaderEpochs};
    use ottla_model::{LeaderEpoch, Offset};

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for &(epoch, start) in entries {
            epochs.assign(LeaderEpoch::new(epoch), Offset::new(start));
        }
        epochs
    }
    fn listed(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
        epochs.entries.iter().map(|entry| (entry.epoch.value(), entry.start_offset.value())).collect()
    }

    #[test]
    fn an_epoch_is_assigned_once_and_later_truth_wins() {
        assert_eq!(listed(&epochs(&[(1, 0), (1, 5), (2, 10)])), [(1, 0), (2, 10)]);
        assert_eq!(listed(&epochs(&[(1, 0), (2, 10), (3, 10)])), [(1, 0), (3, 10)], "epoch 2 wrote nothing");
        assert_eq!(listed(&epochs(&[(1, 0), (4, 10), (2, 12)])), [(1, 0), (2, 12)], "epoch 4 was never committed");
        assert_eq!(listed(&epochs(&[(1, 5), (1, 3)])), [(1, 3)]);
    }

    #[test]
    fn end_offsets_follow_kafkas_rules() {
        let epochs = epochs(&[(2, 4), (4, 10), (7, 20)]);
        let end = |epoch| epochs.end_offset(LeaderEpoch::new(epoch), Offset::new(33));
        let found = |epoch, offset| {
            Some(EpochEndOffset { leader_epoch: LeaderEpoch::new(epoch), end_offset: Offset::new(offset) })
        };
        assert_eq!(end(7), found(7, 33), "the latest ends with the log");
        assert_eq!(end(8), None, "not known yet");
        assert_eq!(end(4), found(4, 20));
        assert_eq!(end(5), found(4, 20), "the largest not above");
        assert_eq!(end(1), found(1, 4), "older than all: the first start");
        assert_eq!(end(-2), found(-2, 4));
        assert_eq!(end(-1), None, "no epoch at all");
        assert_eq!(LeaderEpochs::default().end_offset(LeaderEpoch::new(0), Offset::ZERO), None);
    }

    #[test]
    fn truncation_from_both_ends() {
        let all = epochs(&[(2, 4), (4, 10), (7, 20)]);
        let cut = |end: i64, start: i64| {
            let mut epochs = all.clone();
            epochs.truncate_from_end(Offset::new(end));
            epochs.truncate_from_start(Offset::new(start));
            listed(&epochs)
        };
        assert_eq!(cut(20, 0), [(2, 4), (4, 10)]);
        assert_eq!(cut(21, 10), [(4, 10), (7, 20)]);
        assert_eq!(cut(99, 12), [(4, 12), (7, 20)]);
        assert_eq!(cut(99, 99), [(7, 99)]);
        assert_eq!(cut(4, 0), []);
    }

    #[test]
    fn text_goes_both_ways() {
        let epochs = epochs(&[(0, 0), (3, 1200)]);
        assert_eq!(epochs.to_text(), "0\n2\n0 0\n3 1200\n");
        let parsed = LeaderEpochs::parse(epochs.to_text().as_bytes()).unwrap();
        assert_eq!(listed(&parsed), listed(&epochs));
        assert!(!parsed.is_dirty());
        assert!(LeaderEpochs::parse(b"0\n1\n-1 0\n").is_err());
        assert_eq!(LeaderEpochs::parse(b"").map(|parsed| listed(&parsed)), Ok(vec![]));
    }

    #[test]
    fn which_epoch_wrote_an_offset() {
        let epochs = epochs(&[(2, 4), (4, 10)]);
        let of = |offset| epochs.of_offset(Offset::new(offset)).map(LeaderEpoch::value);
        assert_eq!([of(3), of(4), of(9), of(10), of(999)], [None, Some(2), Some(2), Some(4), Some(4)]);
    }
}
