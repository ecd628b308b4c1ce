//! Fencing brokers that were not heard of for longer than a session.

use super::broker_heartbeat::change_of;
use super::result::ControllerResult;
use super::state::Controller;
use crate::image::BrokerRegistration;
use ottla_model::Timestamp;
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::BrokerRegistrationChangeRecord;

impl Controller {
    /// Fences one broker whose session has ended, if there is one. The reply says whether to call again: one at a time,
    /// so that each decision sees the one before.
    pub fn fence_stale_broker(&mut self, now: Timestamp) -> ControllerResult<bool> {
        let Some((broker, epoch)) = self.sessions.take_expired(now) else {
            return ControllerResult::stepwise(Vec::new(), false);
        };
        // What has ended may be the session of an incarnation that is long gone, or that is fenced already.
        let records = match self.registration(broker, epoch) {
            Ok(registration) => self.records_for_fencing(registration),
            Err(_) => Vec::new(),
        };
        ControllerResult::stepwise(records, true)
    }

    /// When [`fence_stale_broker`](Self::fence_stale_broker) will next have something to do, if no broker is heard of
    /// until then.
    pub fn next_session_end(&self) -> Option<Timestamp> {
        self.sessions.next_expiry()
    }

    /// First others take over what the broker leads, then it is fenced.
    pub(super) fn records_for_fencing(&self, registration: &BrokerRegistration) -> Vec<MetadataRecord> {
        let mut records = self.records_for_lost_replicas(registration.id);
        records.push(BrokerRegistrationChangeRecord { fenced: 1, ..change_of(registration) }.into());
        records
    }
}
