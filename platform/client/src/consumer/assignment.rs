//! One partition that is read, and where.

use super::SeekTo;
use super::group::offsets::OffsetAndMetadata;
use crate::admin::OffsetSpec;
use ottla_model::{BrokerId, LeaderEpoch, Offset};
use tokio::time::Instant;

/// How a partition's position stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Nobody has said, and the broker has not been asked: the policy decides.
    Unknown,
    /// Where the group has left off; its coordinator is to be asked.
    Committed,
    /// The broker is to be asked where that is.
    Wanted(OffsetSpec),
    /// The next record's offset, and under which leader the record before it was appended, if that is known.
    At(Offset, Option<LeaderEpoch>),
}

/// A partition that is read.
#[derive(Debug)]
pub(super) struct Assigned {
    position: Position,
    /// Which seek the position comes from. Answers to what was asked before are stale.
    pub(super) seek: u64,
    /// Whether a broker is being asked for the position, or whether it is still good.
    pub(super) looking_up: bool,
    /// Nothing is asked of a broker before this: the last answer was an error that may pass.
    pub(super) not_before: Option<Instant>,
    /// A replica that the leader would rather have us read from, and until when we do (KIP-392).
    pub(super) preferred_replica: Option<(BrokerId, Instant)>,
    /// Under which leader the position is known to be in the log.
    pub(super) checked_under: Option<LeaderEpoch>,
    /// The caller wants no records for now.
    pub(super) paused: bool,
    /// It is about to be given up: nothing more of it is given out, so that what is committed stays true.
    pub(super) given_up: bool,
}

impl Assigned {
    /// A partition that has come with that seek. It begins where the group left off, or where the policy says.
    pub(super) fn new(seek: u64, in_group: bool) -> Self {
        Self {
            position: if in_group { Position::Committed } else { Position::Unknown },
            seek,
            looking_up: false,
            not_before: None,
            preferred_replica: None,
            checked_under: None,
            paused: false,
            given_up: false,
        }
    }

    pub(super) fn seek(&mut self, to: SeekTo, seek: u64) {
        self.position = match to {
            SeekTo::Offset(offset) => Position::At(offset, None),
            SeekTo::Beginning => Position::Wanted(OffsetSpec::Earliest),
            SeekTo::End => Position::Wanted(OffsetSpec::Latest),
            SeekTo::Time(time) => Position::Wanted(OffsetSpec::At(time)),
        };
        self.seek = seek;
        self.looking_up = false;
        self.not_before = None;
        self.checked_under = None;
    }

    pub(super) fn position(&self) -> Option<Offset> {
        match self.position {
            Position::At(offset, _) => Some(offset),
            Position::Unknown | Position::Committed | Position::Wanted(_) => None,
        }
    }

    /// What to commit for the partition, if it has come so far.
    pub(super) fn consumed(&self) -> Option<OffsetAndMetadata> {
        match self.position {
            Position::At(offset, leader_epoch) => {
                Some(OffsetAndMetadata { offset, leader_epoch, metadata: String::new() })
            }
            Position::Unknown | Position::Committed | Position::Wanted(_) => None,
        }
    }

    /// Whether records of it are to be given out.
    pub(super) fn is_wanted(&self) -> bool {
        !self.paused && !self.given_up
    }

    pub(super) fn has_no_idea(&self) -> bool {
        self.position == Position::Unknown
    }

    /// Whether the coordinator has to be asked where the group left off.
    pub(super) fn awaits_committed(&self) -> bool {
        self.position == Position::Committed
    }

    /// What to ask a broker for, if that has to be.
    pub(super) fn wanted(&self) -> Option<OffsetSpec> {
        match self.position {
            Position::Wanted(to) => Some(to),
            Position::Unknown | Position::Committed | Position::At(..) => None,
        }
    }

    /// What has to be checked before reading on under that leader: whether its log has the record before the position,
    /// appended under the leader that it had then (KIP-320).
    pub(super) fn unchecked(&self, leader_epoch: Option<LeaderEpoch>) -> Option<(Offset, LeaderEpoch)> {
        match self.position {
            Position::At(offset, Some(epoch)) if leader_epoch.is_some() && leader_epoch != self.checked_under => {
                Some((offset, epoch))
            }
            _ => None,
        }
    }

    /// The position is of no use: the policy decides.
    pub(super) fn lose_position(&mut self) {
        self.position = Position::Unknown;
    }

    /// The broker has said where that is.
    pub(super) fn found(&mut self, offset: Offset, leader_epoch: Option<LeaderEpoch>) {
        self.position = Position::At(offset, leader_epoch);
    }

    /// Records up to this offset (exclusive) have been given out; the last one was appended under that leader.
    pub(super) fn advance(&mut self, next_offset: Offset, leader_epoch: Option<LeaderEpoch>) {
        if let Position::At(offset, epoch) = self.position
            && next_offset > offset
        {
            self.position = Position::At(next_offset, leader_epoch.or(epoch));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Assigned;
    use crate::consumer::SeekTo;
    use ottla_model::{LeaderEpoch, Offset};

    #[test]
    fn a_position_is_checked_when_somebody_else_leads() {
        let epoch = |number| Some(LeaderEpoch::new(number));
        let mut assigned = Assigned::new(1, true);
        assert!(assigned.awaits_committed() && assigned.unchecked(epoch(3)).is_none());
        assigned.found(Offset::new(7), epoch(2));
        assert_eq!(assigned.unchecked(epoch(3)), Some((Offset::new(7), LeaderEpoch::new(2))));
        assert_eq!(assigned.unchecked(None), None, "an old broker that has no epochs");
        assigned.checked_under = epoch(3);
        assert_eq!(assigned.unchecked(epoch(3)), None);
        assigned.advance(Offset::new(9), epoch(3));
        assert_eq!(assigned.unchecked(epoch(4)), Some((Offset::new(9), LeaderEpoch::new(3))));
        assigned.seek(SeekTo::Offset(Offset::new(1)), 2);
        assert_eq!(assigned.unchecked(epoch(4)), None, "whoever seeks knows where to");
    }
}
