//! One broker's connection: had when it is needed, kept while it lasts, not asked for too often.

use crate::ClientError;
use crate::backoff::Backoff;
use crate::config::{Address, ConnectionConfig};
use crate::connection::Connection;
use crate::random::Random;
use ottla_model::BrokerId;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A broker, or a bootstrap server that has not said yet which broker it is.
#[derive(Debug)]
pub(super) struct Node {
    /// -1, -2, … for bootstrap servers.
    id: i32,
    pub(super) address: Address,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    connection: Option<Arc<Connection>>,
    failures: u32,
    not_before: Option<Instant>,
}

/// A connection to a broker for something that must not wait behind everything else.
#[derive(Debug)]
pub(crate) struct Dedicated {
    node: Node,
}

impl Dedicated {
    pub(crate) fn new(id: BrokerId, address: Address) -> Self {
        Self { node: Node::new(id.value(), address) }
    }

    /// The connection, made if need be. Waits out the pause after earlier failures.
    ///
    /// # Errors
    /// It cannot be had.
    pub(crate) async fn connection(&self, cluster: &super::Cluster) -> Result<Arc<Connection>, ClientError> {
        self.node.connection(&cluster.config, &cluster.random, &cluster.log_context).await
    }
}

/// How good a choice a node is for a request that any broker can answer; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Readiness {
    Connected,
    Untried,
    Failing,
}

impl Node {
    pub(super) fn new(id: i32, address: Address) -> Self {
        Self { id, address, state: Mutex::default() }
    }

    pub(super) fn readiness(&self) -> Readiness {
        // Whoever holds the lock is connecting: that is not a connection yet, but no failure either.
        match self.state.try_lock() {
            Ok(state) if state.connection.as_ref().is_some_and(|open| open.is_open()) => Readiness::Connected,
            Ok(state) if state.failures > 0 => Readiness::Failing,
            _ => Readiness::Untried,
        }
    }

    /// The connection, made if need be. Waits out the pause after earlier failures.
    pub(super) async fn connection(
        &self,
        config: &ConnectionConfig,
        random: &Random,
        log_context: &str,
    ) -> Result<Arc<Connection>, ClientError> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection {
            if connection.is_open() {
                return Ok(Arc::clone(connection));
            }
            state.connection = None;
        }
        if let Some(not_before) = state.not_before.take() {
            sleep_until(not_before).await;
        }
        let doublings = state.failures.min(16);
        let setup_timeout =
            config.setup_timeout.saturating_mul(1 << doublings).min(config.setup_timeout_max.max(config.setup_timeout));
        match Connection::open(&self.address, config, setup_timeout).await {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = State { connection: Some(Arc::clone(&connection)), ..State::default() };
                Ok(connection)
            }
            Err(error) => {
                tracing::warn!(
                    "{log_context} Connection to node {} ({}) could not be established. Node may not be available.",
                    self.id,
                    self.address
                );
                state.failures = state.failures.saturating_add(1);
                let backoff = Backoff { first: config.reconnect_backoff, longest: config.reconnect_backoff_max };
                state.not_before = Some(Instant::now() + backoff.pause(state.failures, random));
                Err(error)
            }
        }
    }
}
