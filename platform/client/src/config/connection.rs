//! What every kind of client has.

use super::{Address, ClientProperties};
use crate::ClientError;
use std::time::Duration;

/// How to reach a cluster, and how patient to be with it.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// `bootstrap.servers`: where to ask first.
    pub bootstrap_servers: Vec<Address>,
    /// `client.id`.
    pub client_id: String,
    /// `request.timeout.ms`: after that long without an answer the connection is given up.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: what a whole operation may take, retries included.
    pub api_timeout: Duration,
    /// `retries` of an operation.
    pub retries_max: u32,
    /// `retry.backoff.ms`: the pause before the first retry; it doubles.
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`: the longest pause before a retry.
    pub retry_backoff_max: Duration,
    /// `reconnect.backoff.ms`: the pause after a connection that could not be had; it doubles.
    pub reconnect_backoff: Duration,
    /// `reconnect.backoff.max.ms`: the longest such pause.
    pub reconnect_backoff_max: Duration,
    /// `socket.connection.setup.timeout.ms`: what the first attempt to connect may take; it doubles.
    pub setup_timeout: Duration,
    /// `socket.connection.setup.timeout.max.ms`.
    pub setup_timeout_max: Duration,
    /// `metadata.max.age.ms`: metadata older than that is asked for again.
    pub metadata_age_max: Duration,
    /// `send.buffer.bytes`; `None` leaves it to the system.
    pub send_buffer: Option<u32>,
    /// `receive.buffer.bytes`; `None` leaves it to the system.
    pub receive_buffer: Option<u32>,
}

impl ConnectionConfig {
    /// Reads the keys that every kind of client has.
    ///
    /// # Errors
    /// Says which key is wrong and why.
    pub(crate) fn read(properties: &ClientProperties, receive_buffer_default: i32) -> Result<Self, ClientError> {
        refuse_security(properties)?;
        let socket_buffer = |key, default| -> Result<Option<u32>, ClientError> {
            Ok(u32::try_from(properties.int(key, default, -1)?).ok())
        };
        Ok(Self {
            bootstrap_servers: Address::parse_bootstrap(&properties.list("bootstrap.servers"))?,
            client_id: properties.text_or("client.id", "").to_owned(),
            request_timeout: properties.milliseconds("request.timeout.ms", 30_000)?,
            api_timeout: properties.milliseconds("default.api.timeout.ms", 60_000)?,
            retries_max: properties.int("retries", i32::MAX, 0)?.unsigned_abs(),
            retry_backoff: properties.milliseconds("retry.backoff.ms", 100)?,
            retry_backoff_max: properties.milliseconds("retry.backoff.max.ms", 1_000)?,
            reconnect_backoff: properties.milliseconds("reconnect.backoff.ms", 50)?,
            reconnect_backoff_max: properties.milliseconds("reconnect.backoff.max.ms", 1_000)?,
            setup_timeout: properties.milliseconds("socket.connection.setup.timeout.ms", 10_000)?,
            setup_timeout_max: properties.milliseconds("socket.connection.setup.timeout.max.ms", 30_000)?,
            metadata_age_max: properties.milliseconds("metadata.max.age.ms", 300_000)?,
            send_buffer: socket_buffer("send.buffer.bytes", 131_072)?,
            receive_buffer: socket_buffer("receive.buffer.bytes", receive_buffer_default)?,
        })
    }
}

/// A connection that was meant to be protected must not be made unprotected.
fn refuse_security(properties: &ClientProperties) -> Result<(), ClientError> {
    const KEY: &str = "security.protocol";
    let protocol = properties.text_or(KEY, "PLAINTEXT");
    match protocol.to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Ok(()),
        "SSL" | "SASL_PLAINTEXT" | "SASL_SSL" => {
            Err(ClientProperties::invalid(KEY, protocol, "only PLAINTEXT is supported by this client so far"))
        }
        _ => Err(ClientProperties::invalid(
            KEY,
            protocol,
            "String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{AdminConfig, ClientKind, ClientProperties};

    #[test]
    fn protection_that_cannot_be_had_is_refused_by_name() {
        let mut properties = ClientProperties::new(ClientKind::Admin);
        properties.set("bootstrap.servers", "a:1");
        assert!(AdminConfig::read(&properties).is_ok());
        properties.set("security.protocol", "SASL_SSL");
        assert_eq!(
            AdminConfig::read(&properties).unwrap_err().to_string(),
            "Invalid value SASL_SSL for configuration security.protocol: \
             only PLAINTEXT is supported by this client so far"
        );
    }

    #[test]
    fn a_bootstrap_server_is_needed() {
        let mut properties = ClientProperties::new(ClientKind::Admin);
        assert!(AdminConfig::read(&properties).is_err());
        properties.set("bootstrap.servers", "nonsense");
        let message = AdminConfig::read(&properties).unwrap_err().to_string();
        assert_eq!(message, "Invalid url in bootstrap.servers: nonsense");
    }
}
