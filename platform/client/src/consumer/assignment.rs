//! One partition that is read, and where.

use super::SeekTo;
use crate::admin::OffsetSpec;
use ottla_model::{BrokerId, Offset};
use tokio::time::Instant;

/// How a partition's position stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Nobody has said, and the broker has not been asked.
    Unknown,
    /// The broker is to be asked where that is.
    Wanted(OffsetSpec),
    /// The next record's offset.
    At(Offset),
}

/// A partition that is read.
#[derive(Debug)]
pub(super) struct Assigned {
    position: Position,
    /// Which seek the position comes from. Answers to what was asked before are stale.
    pub(super) seek: u64,
    /// Whether a broker is being asked for the position.
    pub(super) looking_up: bool,
    /// Nothing is asked of a broker before this: the last answer was an error that may pass.
    pub(super) not_before: Option<Instant>,
    /// A replica that the leader would rather have us read from, and until when we do (KIP-392).
    pub(super) preferred_replica: Option<(BrokerId, Instant)>,
}

impl Default for Assigned {
    fn default() -> Self {
        Self { position: Position::Unknown, seek: 0, looking_up: false, not_before: None, preferred_replica: None }
    }
}

impl Assigned {
    pub(super) fn seek(&mut self, to: SeekTo, seek: u64) {
        self.position = match to {
            SeekTo::Offset(offset) => Position::At(offset),
            SeekTo::Beginning => Position::Wanted(OffsetSpec::Earliest),
            SeekTo::End => Position::Wanted(OffsetSpec::Latest),
            SeekTo::Time(time) => Position::Wanted(OffsetSpec::At(time)),
        };
        self.seek = seek;
        self.looking_up = false;
        self.not_before = None;
    }

    pub(super) fn position(&self) -> Option<Offset> {
        match self.position {
            Position::At(offset) => Some(offset),
            Position::Unknown | Position::Wanted(_) => None,
        }
    }

    pub(super) fn has_no_idea(&self) -> bool {
        self.position == Position::Unknown
    }

    /// What to ask a broker for, if that has to be.
    pub(super) fn wanted(&self) -> Option<OffsetSpec> {
        match self.position {
            Position::Wanted(to) => Some(to),
            Position::Unknown | Position::At(_) => None,
        }
    }

    /// The position is of no use: the policy decides.
    pub(super) fn lose_position(&mut self) {
        self.position = Position::Unknown;
    }

    /// The broker has said where that is.
    pub(super) fn found(&mut self, offset: Offset) {
        self.position = Position::At(offset);
    }

    /// Records up to this offset (exclusive) have been given out.
    pub(super) fn advance(&mut self, next_offset: Offset) {
        if let Position::At(offset) = self.position {
            self.position = Position::At(offset.max(next_offset));
        }
    }
}
