//! One thing happened: what now?

use super::role::{Resigned, Role};
use super::{Action, Event, Quorum};
use crate::batch::{DataBatch, NO_OP_FRAME};
use bytes::Bytes;
use ottla_model::{Offset, Timestamp};

impl Quorum {
    /// Takes in what happened and says what must be done, in order.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Action> {
        match event {
            Event::Tick => self.tick(now),
            Event::LogSynced { up_to } => self.log_synced(up_to),
            Event::Resign => self.resign(),
        }
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Action> {
        if self.next_tick_at().is_none_or(|due| now < due) {
            return Vec::new();
        }
        let frames = [Bytes::from_static(&NO_OP_FRAME)];
        let batch =
            DataBatch { base_offset: self.log_end.offset, epoch: self.epoch(), append_time: now, frames: &frames };
        let batch = batch.to_bytes().expect("one record of four bytes fits a batch");
        self.append(batch, frames.len(), now).into()
    }

    fn log_synced(&mut self, up_to: Offset) -> Vec<Action> {
        let up_to = up_to.min(self.log_end.offset);
        let Role::Leader(leader) = &mut self.role else {
            return Vec::new();
        };
        leader.is_durable_here(up_to);
        let Some(high_watermark) = leader.high_watermark(self.history.voters()) else {
            return Vec::new();
        };
        if self.high_watermark.is_some_and(|known| known >= high_watermark) {
            return Vec::new();
        }
        self.high_watermark = Some(high_watermark);
        let mut actions = vec![Action::Commit { up_to: high_watermark }];
        if !leader.announced {
            leader.announced = true;
            actions.push(Action::BecomeLeader { epoch: leader.epoch() });
        }
        actions
    }

    fn resign(&mut self) -> Vec<Action> {
        let Role::Leader(leader) = &self.role else {
            return Vec::new();
        };
        let (epoch, announced) = (leader.epoch(), leader.announced);
        // Nothing to make durable: the file already says who led this epoch, and a restart begins as resigned from that.
        self.role = Role::Resigned(Resigned::new(epoch, self.config.node_id));
        if announced { vec![Action::LoseLeadership { epoch }] } else { Vec::new() }
    }
}
