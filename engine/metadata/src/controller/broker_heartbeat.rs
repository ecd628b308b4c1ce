//! BrokerHeartbeat (key 63), versions 0–2: keeps a broker's session, and moves it between its states.
//! v1 offline directories (KIP-858) · v2 cordoned directories (KIP-1066)
//!
//! fenced → unfenced once it has read its own registration → in controlled shutdown while others take over what it
//! leads → told to go, and fenced.

use super::result::ControllerResult;
use super::state::{Controller, StaleBrokerEpoch};
use crate::image::{BrokerEpoch, BrokerRegistration};
use ottla_model::{BrokerId, Offset, Timestamp, Uuid};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::BrokerRegistrationChangeRecord;
use std::collections::BTreeSet;

/// What a broker says every now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerHeartbeat {
    /// The broker.
    pub id: BrokerId,
    /// Its incarnation.
    pub epoch: BrokerEpoch,
    /// The last record of the metadata log that it has applied.
    pub metadata_offset: Offset,
    /// Whether it wants to be, or stay, fenced.
    pub wants_fence: bool,
    /// Whether it wants to stop.
    pub wants_shut_down: bool,
    /// Log directories that have gone offline.
    pub offline_directories: Vec<Uuid>,
    /// Log directories that take no new replicas; `None` if it does not know yet.
    pub cordoned_directories: Option<Vec<Uuid>>,
}

/// What the broker is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerHeartbeatReply {
    /// Whether it has read its own registration.
    pub is_caught_up: bool,
    /// Whether it is fenced.
    pub is_fenced: bool,
    /// Whether its controlled shutdown has begun, and is not yet done.
    pub in_controlled_shutdown: bool,
    /// Whether it may stop now.
    pub should_shut_down: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

impl State {
    fn is_fenced(self) -> bool {
        matches!(self, Self::Fenced | Self::ShutdownNow)
    }
}

impl Controller {
    /// Takes a heartbeat. `next_offset` is where the first of the records will stand.
    ///
    /// # Errors
    /// The heartbeat is from an incarnation that is not the registered one.
    pub fn broker_heartbeat(
        &mut self,
        heartbeat: &BrokerHeartbeat,
        next_offset: Offset,
        now: Timestamp,
    ) -> Result<ControllerResult<BrokerHeartbeatReply>, StaleBrokerEpoch> {
        let BrokerHeartbeat { id, epoch, .. } = *heartbeat;
        self.sessions.note_contact(id, epoch, now);
        let Some(registered_at) = self.registration_offset(id) else {
            return Err(StaleBrokerEpoch::HeartbeatBeforeRegistration { broker: id });
        };
        let registration = self.registration(id, epoch)?;
        let (current, next) = self.next_state(registration, heartbeat, registered_at);

        let mut records = Vec::new();
        if current != next {
            match next {
                State::Fenced | State::ShutdownNow => records.extend(self.records_for_fencing(registration)),
                State::Unfenced => records.extend(self.records_for_unfencing(registration)),
                State::ControlledShutdown => records.extend(self.records_for_controlled_shutdown(registration)),
            }
        }
        if self.metadata_version().has_directory_assignment() {
            records.extend(self.records_for_offline_directories(registration, &heartbeat.offline_directories));
        }
        if self.metadata_version().has_cordoned_directories() {
            let cordoned = heartbeat.cordoned_directories.as_deref();
            records.extend(cordoned.and_then(|directories| cordoned_change(registration, directories)));
        }

        self.sessions.note_progress(id, heartbeat.metadata_offset, next.is_fenced());
        if next == State::ControlledShutdown {
            let end = next_offset + i64::try_from(records.len()).unwrap_or(i64::MAX) - 1;
            self.sessions.note_controlled_shutdown(id, end);
        }
        let reply = BrokerHeartbeatReply {
            is_caught_up: heartbeat.metadata_offset >= registered_at,
            is_fenced: next.is_fenced(),
            in_controlled_shutdown: next == State::ControlledShutdown,
            should_shut_down: next == State::ShutdownNow,
        };
        Ok(ControllerResult::stepwise(records, reply))
    }

    fn next_state(
        &self,
        registration: &BrokerRegistration,
        heartbeat: &BrokerHeartbeat,
        registered_at: Offset,
    ) -> (State, State) {
        let shutdown_began_at = self.sessions.progress(registration.id).controlled_shutdown_offset();
        if let Some(began_at) = shutdown_began_at {
            let others_took_over = !self.leads_any_partition(registration.id)
                && self.sessions.all_active_have_applied(self.image().cluster(), began_at);
            let next = if others_took_over { State::ShutdownNow } else { State::ControlledShutdown };
            return (State::ControlledShutdown, next);
        }
        if registration.fenced {
            let next = if heartbeat.wants_shut_down {
                State::ShutdownNow
            } else if !heartbeat.wants_fence && heartbeat.metadata_offset >= registered_at {
                State::Unfenced
            } else {
                State::Fenced
            };
            return (State::Fenced, next);
        }
        let next = match (heartbeat.wants_fence, heartbeat.wants_shut_down) {
            (true, true) => State::ShutdownNow,
            (true, false) => State::Fenced,
            (false, true) if self.leads_any_partition(registration.id) => State::ControlledShutdown,
            (false, true) => State::ShutdownNow,
            (false, false) => State::Unfenced,
        };
        (State::Unfenced, next)
    }

    /// First the broker is unfenced, then it is given those partitions without a leader that it can lead.
    fn records_for_unfencing(&self, registration: &BrokerRegistration) -> Vec<MetadataRecord> {
        let unfenced = BrokerRegistrationChangeRecord { fenced: -1, ..change_of(registration) };
        let mut records = vec![unfenced.into()];
        records.extend(self.records_for_new_leader(registration.id));
        records
    }

    /// First the broker counts as going, then others take over what it leads.
    fn records_for_controlled_shutdown(&self, registration: &BrokerRegistration) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        if !registration.in_controlled_shutdown {
            let going = BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..change_of(registration) };
            records.push(going.into());
        }
        records.extend(self.records_for_lost_replicas(registration.id));
        records
    }

    fn records_for_offline_directories(
        &self,
        registration: &BrokerRegistration,
        offline: &[Uuid],
    ) -> Vec<MetadataRecord> {
        let (lost, left): (Vec<Uuid>, Vec<Uuid>) =
            registration.directories.iter().partition(|directory| offline.contains(directory));
        if lost.is_empty() {
            return Vec::new();
        }
        let mut records = self.records_for_lost_directories(registration.id, &lost);
        records.push(BrokerRegistrationChangeRecord { log_dirs: left, ..change_of(registration) }.into());
        records
    }
}

/// The record that says that other directories are cordoned than before, if they are.
fn cordoned_change(registration: &BrokerRegistration, cordoned: &[Uuid]) -> Option<MetadataRecord> {
    let set = |directories: &[Uuid]| directories.iter().copied().collect::<BTreeSet<_>>();
    let unchanged = registration.cordoned_directories.as_deref().is_some_and(|known| set(known) == set(cordoned));
    (!unchanged).then(|| {
        let cordoned_log_dirs = Some(cordoned.to_vec());
        BrokerRegistrationChangeRecord { cordoned_log_dirs, ..change_of(registration) }.into()
    })
}

/// A change of that registration that changes nothing yet.
pub(super) fn change_of(registration: &BrokerRegistration) -> BrokerRegistrationChangeRecord {
    BrokerRegistrationChangeRecord {
        broker_id: registration.id.value(),
        broker_epoch: registration.epoch.value(),
        ..Default::default()
    }
}
