//! When brokers were last heard of, and how far they are. Never written down: after a change of controllers, every
//! broker is given a whole session to speak up.

use crate::image::{BrokerEpoch, ClusterImage};
use ottla_model::{BrokerId, Offset, Timestamp};
use std::collections::BTreeMap;

/// The sessions of all brokers. Times are those of a clock that never goes back; they need not be the time of day.
#[derive(Debug)]
pub(super) struct Sessions {
    timeout_ms: i64,
    /// An incarnation that registered but was never heard of has no session.
    last_contacts: BTreeMap<(BrokerId, BrokerEpoch), Timestamp>,
    progress: BTreeMap<BrokerId, Progress>,
}

/// How far a broker is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The last record of the metadata log that it has applied.
    metadata_offset: Option<Offset>,
    /// Where the log ended when its controlled shutdown began: it may go once the others have read that far.
    controlled_shutdown_offset: Option<Offset>,
}

impl Progress {
    pub(super) fn controlled_shutdown_offset(self) -> Option<Offset> {
        self.controlled_shutdown_offset
    }
}

impl Sessions {
    pub(super) fn new(timeout_ms: i64) -> Self {
        Self { timeout_ms, last_contacts: BTreeMap::new(), progress: BTreeMap::new() }
    }
    pub(super) fn clear(&mut self) {
        self.last_contacts.clear();
        self.progress.clear();
    }
    /// Gives every unfenced broker a whole session from now, except the one of this controller's own node: if it runs, it
    /// is heard of as soon as any; if the node is just starting, what was registered before is gone for sure, and must
    /// not keep its successor waiting for a session's length.
    pub(super) fn start(&mut self, cluster: &ClusterImage, own: BrokerId, now: Timestamp) {
        self.clear();
        for broker in cluster.brokers().filter(|broker| !broker.fenced && broker.id != own) {
            self.last_contacts.insert((broker.id, broker.epoch), now);
        }
    }
    /// An incarnation was heard of.
    pub(super) fn note_contact(&mut self, broker: BrokerId, epoch: BrokerEpoch, now: Timestamp) {
        self.last_contacts.insert((broker, epoch), now);
    }
    /// Whether that incarnation was heard of lately.
    pub(super) fn is_valid(&self, broker: BrokerId, epoch: BrokerEpoch, now: Timestamp) -> bool {
        self.last_contacts.get(&(broker, epoch)).is_some_and(|&last| !self.is_expired(last, now))
    }
    /// Forgets, and returns, one incarnation that was not heard of for longer than a session.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<(BrokerId, BrokerEpoch)> {
        let expired = *self.last_contacts.iter().find(|&(_, &last)| self.is_expired(last, now))?.0;
        self.last_contacts.remove(&expired);
        Some(expired)
    }
    /// When the next session ends, if nothing is heard until then.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        // Expired means *longer* than a session ago.
        self.last_contacts.values().min().map(|last| last.plus_milliseconds(self.timeout_ms.saturating_add(1)))
    }

    pub(super) fn progress(&self, broker: BrokerId) -> Progress {
        self.progress.get(&broker).copied().unwrap_or_default()
    }
    pub(super) fn forget_progress(&mut self, broker: BrokerId) {
        self.progress.remove(&broker);
    }
    /// Notes how far a broker is. A fenced broker has left its controlled shutdown: it may just go.
    pub(super) fn note_progress(&mut self, broker: BrokerId, metadata_offset: Offset, fenced: bool) {
        let progress = self.progress.entry(broker).or_default();
        progress.metadata_offset = Some(metadata_offset);
        if fenced {
            progress.controlled_shutdown_offset = None;
        }
    }
    /// Notes where the log ended when a broker began its controlled shutdown. Only the first time counts.
    pub(super) fn note_controlled_shutdown(&mut self, broker: BrokerId, end: Offset) {
        self.progress.entry(broker).or_default().controlled_shutdown_offset.get_or_insert(end);
    }
    /// Whether every broker that is unfenced and stays has applied the record at `offset`.
    pub(super) fn all_active_have_applied(&self, cluster: &ClusterImage, offset: Offset) -> bool {
        cluster
            .brokers()
            .filter(|broker| !broker.fenced)
            .map(|broker| self.progress(broker.id))
            .filter(|progress| progress.controlled_shutdown_offset.is_none())
            .all(|progress| progress.metadata_offset.is_some_and(|applied| applied >= offset))
    }

    fn is_expired(&self, last: Timestamp, now: Timestamp) -> bool {
        now.milliseconds_since(last) > self.timeout_ms
    }
}

#[cfg(test)]
mod tests {
    use super::Sessions;
    use crate::image::BrokerEpoch;
    use ottla_model::{BrokerId, Timestamp};

    #[test]
    fn a_session_ends_only_after_its_whole_length() {
        let (broker, epoch) = (BrokerId::new(1), BrokerEpoch::new(7));
        let mut sessions = Sessions::new(9000);
        assert!(!sessions.is_valid(broker, epoch, Timestamp::new(0)), "registered, but never heard of");
        sessions.note_contact(broker, epoch, Timestamp::new(100));
        assert!(sessions.is_valid(broker, epoch, Timestamp::new(9100)));
        assert_eq!(sessions.take_expired(Timestamp::new(9100)), None);
        assert_eq!(sessions.next_expiry(), Some(Timestamp::new(9101)));
        assert!(!sessions.is_valid(broker, epoch, Timestamp::new(9101)));
        assert!(!sessions.is_valid(broker, BrokerEpoch::new(8), Timestamp::new(100)), "another incarnation");
        assert_eq!(sessions.take_expired(Timestamp::new(9101)), Some((broker, epoch)));
        assert_eq!(sessions.take_expired(Timestamp::new(9101)), None, "each is taken once");
    }
}
