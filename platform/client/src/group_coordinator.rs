//! The coordinator of a consumer group: which broker it is, and a connection of its own to it.

use crate::ClientError;
use crate::cluster::{Cluster, Dedicated};
use crate::config::Address;
use crate::connection::Connection;
use ottla_model::{BrokerId, ErrorCode};
use ottla_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What FindCoordinator calls groups.
const GROUP_KEY_TYPE: i8 = 0;
/// From this version on several coordinators are asked for at once (KIP-699).
const FIRST_VERSION_WITH_BATCHES: i16 = 4;

/// The coordinator of one group. JoinGroup waits at the broker for as long as a rebalance takes, and so does everything
/// behind it on the same connection: fetches have theirs, and this is another.
#[derive(Debug)]
pub(crate) struct GroupCoordinator {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) group_id: String,
    found: Mutex<Option<Arc<Dedicated>>>,
}

impl GroupCoordinator {
    /// Nobody has asked yet.
    pub(crate) fn new(cluster: Arc<Cluster>, group_id: String) -> Self {
        Self { cluster, group_id, found: Mutex::new(None) }
    }

    fn found(&self) -> MutexGuard<'_, Option<Arc<Dedicated>>> {
        // Nothing panics while holding it.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection to it; asks who it is if that is not known.
    ///
    /// # Errors
    /// Nobody knows, or it cannot be reached. It is asked for again next time.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>, ClientError> {
        let known = self.found().clone();
        let broker = match known {
            Some(known) => known,
            None => {
                let (id, address) = find(&self.cluster, &self.group_id).await?;
                tracing::info!(
                    "{} Discovered group coordinator {address} (id: {id} rack: null)",
                    self.cluster.log_context
                );
                let found = Arc::new(Dedicated::new(id, address));
                *self.found() = Some(Arc::clone(&found));
                found
            }
        };
        let connection = broker.connection(&self.cluster).await;
        if connection.is_err() {
            self.lose("it cannot be reached");
        }
        connection
    }

    /// It is not there, or it is somebody else by now: the next one who needs it asks again, and connects again.
    pub(crate) fn lose(&self, cause: &str) {
        if self.found().take().is_some() {
            tracing::info!(
                "{} Group coordinator is unavailable or invalid due to cause: {cause}. Rediscovery will be attempted.",
                self.cluster.log_context
            );
        }
    }

    /// Takes note of an error that came of asking the coordinator something: some say that it is none, or not there.
    pub(crate) fn heed(&self, error: &ClientError) {
        let gone = match error {
            ClientError::Disconnected(_) => true,
            other => matches!(other.code(), Some(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable)),
        };
        if gone {
            self.lose(&error.to_string());
        }
    }
}

/// Asks any broker who coordinates the group.
///
/// # Errors
/// No broker answers, or the one that does cannot say.
pub(crate) async fn find(cluster: &Cluster, group_id: &str) -> Result<(BrokerId, Address), ClientError> {
    let connection = cluster.any().await?;
    let version = connection.version_of::<FindCoordinatorRequest>()?;
    let request = if version >= FIRST_VERSION_WITH_BATCHES {
        FindCoordinatorRequest { coordinator_keys: vec![group_id.to_owned()], ..FindCoordinatorRequest::default() }
    } else {
        FindCoordinatorRequest { key: group_id.to_owned(), ..FindCoordinatorRequest::default() }
    };
    let request = FindCoordinatorRequest { key_type: GROUP_KEY_TYPE, ..request };
    read(connection.submit(&request, version).await?.wait().await?, group_id)
}

fn read(answer: FindCoordinatorResponse, group_id: &str) -> Result<(BrokerId, Address), ClientError> {
    let told = answer.coordinators.into_iter().find(|coordinator| coordinator.key == group_id);
    let (error_code, message, node_id, host, port) = match told {
        Some(told) => (told.error_code, told.error_message, told.node_id, told.host, told.port),
        None => (answer.error_code, answer.error_message, answer.node_id, answer.host, answer.port),
    };
    check(error_code, message, group_id)?;
    let port = u16::try_from(port).ok().filter(|_| !host.is_empty());
    let port = port.ok_or_else(|| ClientError::refused(ErrorCode::CoordinatorNotAvailable, None))?;
    Ok((BrokerId::new(node_id), Address { host, port }))
}

/// A refusal that concerns a group, in Kafka's words.
///
/// # Errors
/// The refusal.
pub(crate) fn check(error_code: i16, message: Option<String>, group_id: &str) -> Result<(), ClientError> {
    if error_code == ErrorCode::GroupAuthorizationFailed.code() {
        let message = format!("Not authorized to access group: {group_id}");
        return Err(ClientError::refused(ErrorCode::GroupAuthorizationFailed, Some(message)));
    }
    ClientError::check(error_code, message)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::Address;
    use ottla_model::{BrokerId, ErrorCode};
    use ottla_protocol::messages::FindCoordinatorResponse;
    use ottla_protocol::messages::find_coordinator_response::Coordinator;

    #[test]
    fn old_and_new_answers_are_read() {
        let found = Ok((BrokerId::new(3), Address { host: "h".to_owned(), port: 9 }));
        let old = FindCoordinatorResponse { node_id: 3, host: "h".to_owned(), port: 9, ..Default::default() };
        assert_eq!(read(old, "g"), found);
        let told = Coordinator { key: "g".to_owned(), node_id: 3, host: "h".to_owned(), port: 9, ..Default::default() };
        let new = FindCoordinatorResponse { coordinators: vec![told], ..Default::default() };
        assert_eq!(read(new, "g"), found);
    }

    #[test]
    fn refusals_are_told() {
        let code = |error_code| {
            let told = Coordinator { key: "g".to_owned(), node_id: -1, error_code, ..Default::default() };
            let answer = FindCoordinatorResponse { coordinators: vec![told], ..Default::default() };
            read(answer, "g").unwrap_err()
        };
        assert_eq!(code(15).code(), Some(ErrorCode::CoordinatorNotAvailable));
        assert_eq!(code(30).to_string(), "Not authorized to access group: g");
        assert_eq!(code(0).code(), Some(ErrorCode::CoordinatorNotAvailable), "it names nobody");
    }
}
