//! `host:port`.

use crate::ClientError;
use std::fmt;

/// Where somebody may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Reads `host:port` with an optional `scheme://` before it; IPv6 with or without brackets.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, port) = rest.rsplit_once(':')?;
        let host = host.strip_prefix('[').unwrap_or(host);
        let host = host.strip_suffix(']').unwrap_or(host);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'%' | b':');
        if host.is_empty() || !host.bytes().all(allowed) || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { host: host.to_owned(), port: port.parse().ok()? })
    }

    /// Reads `bootstrap.servers`.
    ///
    /// # Errors
    /// Names the first entry that is no address, or says that there is none at all.
    pub(crate) fn parse_bootstrap(entries: &[String]) -> Result<Vec<Self>, ClientError> {
        let addresses: Vec<Self> = entries
            .iter()
            .map(|entry| {
                Self::parse(entry)
                    .ok_or_else(|| ClientError::Config(format!("Invalid url in bootstrap.servers: {entry}")))
            })
            .collect::<Result<_, _>>()?;
        if addresses.is_empty() {
            return Err(ClientError::Config("No resolvable bootstrap urls given in bootstrap.servers".to_owned()));
        }
        Ok(addresses)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_as_kafkas_clients_take_them() {
        for (text, host, port) in [
            ("localhost:9092", "localhost", 9092),
            ("[::1]:9092", "::1", 9092),
            ("::1:9092", "::1", 9092),
            ("PLAINTEXT://a-b_c.d:1", "a-b_c.d", 1),
        ] {
            assert_eq!(Address::parse(text), Some(Address { host: host.to_owned(), port }), "{text}");
        }
        for text in ["localhost", "localhost:", ":9092", "a b:1", "a:b", "a:65536", "--list", ""] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
