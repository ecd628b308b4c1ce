//! One member of a classic group.

use super::messages::JoinProtocol;
use crate::WaiterId;
use bytes::Bytes;
use std::sync::Arc;

/// A member's id, shared by everything that names the member.
pub(crate) type MemberId = Arc<str>;

/// One member of a classic group: what it told about itself, what it was given, what it waits for.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(super) id: MemberId,
    /// The name that outlives restarts, if the member is static (KIP-345).
    pub(super) group_instance_id: Option<Arc<str>>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    /// Milliseconds.
    pub(super) rebalance_timeout: i32,
    /// Milliseconds.
    pub(super) session_timeout: i32,
    /// What the member could follow, what it likes best first. Of a member that was loaded, the log only knows what was
    /// voted for.
    pub(super) protocols: Vec<JoinProtocol>,
    /// What the leader has given to it. Empty if there was nothing, or it is void.
    pub(super) assignment: Bytes,
    /// Its join request that waits for the others. Changed through the group, which counts them.
    pub(super) awaiting_join: Option<WaiterId>,
    /// Its sync request that waits for the leader.
    pub(super) awaiting_sync: Option<WaiterId>,
    /// It has not been part of a generation yet.
    pub(super) is_new: bool,
}

impl Member {
    pub(super) fn is_static(&self) -> bool {
        self.group_instance_id.is_some()
    }

    /// What the member said for a protocol; nothing if it does not follow it.
    pub(super) fn metadata(&self, protocol: Option<&str>) -> Bytes {
        let said = self.protocols.iter().find(|known| Some(known.name.as_str()) == protocol);
        said.map(|known| known.metadata.clone()).unwrap_or_default()
    }

    /// Whether a request waits for the coordinator, so that a heartbeat cannot be expected. A new member is not waited
    /// for without end all the same: nobody would notice if it went away.
    pub(super) fn need_not_heartbeat(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}
