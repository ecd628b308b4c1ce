//! What an admin client runs on.

use super::{ClientProperties, ConnectionConfig};
use crate::ClientError;

/// Kafka's `AdminClientConfig`.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// What every client has.
    pub connection: ConnectionConfig,
}

impl AdminConfig {
    /// Reads and checks.
    ///
    /// # Errors
    /// Says which key is wrong and why.
    pub fn read(properties: &ClientProperties) -> Result<Self, ClientError> {
        Ok(Self { connection: ConnectionConfig::read(properties, 65_536)? })
    }
}
