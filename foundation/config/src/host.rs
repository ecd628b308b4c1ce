//! `host:port`, by the rules of Kafka's clients: IPv6 in brackets or not, scope ids, no names beyond ASCII.

/// A host and a port that somebody may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostAndPort {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl std::fmt::Display for HostAndPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// One of a static voter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    /// The voter's `node.id`.
    pub id: i32,
    /// Where its controller listens.
    pub address: HostAndPort,
}

/// Whether `host` has only characters that a host's name or address may have.
pub(crate) fn has_host_characters(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'%' | b'.' | b'_' | b':'))
}

/// Reads `[protocol://]host:port`, brackets round the host allowed.
fn split(address: &str) -> Option<(&str, &str)> {
    let is_scheme =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'%' | b'.' | b'_'));
    let address = match address.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => address,
    };
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (has_host_characters(host) && is_port).then_some((host, port))
}

pub(crate) fn parse_host_and_port(address: &str) -> Option<HostAndPort> {
    let (host, port) = split(address)?;
    Some(HostAndPort { host: host.to_owned(), port: port.parse().ok()? })
}

/// Reads `controller.quorum.voters`; the error is Kafka's text.
pub(crate) fn parse_voters(entries: &[String]) -> Result<Vec<Voter>, String> {
    const KEY: &str = "controller.quorum.voters";
    entries
        .iter()
        .map(|entry| {
            let parts: Vec<&str> = entry.split('@').collect();
            let [id, address] = parts[..] else {
                return Err(format!(
                    "Invalid configuration value for {KEY}. Each entry should be in the form `{{id}}@{{host}}:{{port}}`."
                ));
            };
            let id = id.parse().map_err(|_| format!("Failed to parse voter ID as an integer from {id}"))?;
            let address = parse_host_and_port(address).ok_or_else(|| {
                format!(
                    "Failed to parse host name from entry {entry} for the configuration {KEY}. \
                     Each entry should be in the form `{{id}}@{{host}}:{{port}}`."
                )
            })?;
            Ok(Voter { id, address })
        })
        .collect()
}

/// Reads `controller.quorum.bootstrap.servers`; the error is Kafka's text.
pub(crate) fn parse_bootstrap_servers(entries: &[String]) -> Result<Vec<HostAndPort>, String> {
    entries
        .iter()
        .map(|entry| {
            parse_host_and_port(entry).ok_or_else(|| {
                format!(
                    "Failed to parse host name from {entry} for the configuration \
                     controller.quorum.bootstrap.servers. Each entry should be in the form \"{{host}}:{{port}}\""
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{parse_host_and_port, parse_voters};

    #[test]
    fn addresses() {
        for (text, host, port) in [
            ("localhost:9093", "localhost", 9093),
            ("[::1]:9093", "::1", 9093),
            ("::1:9093", "::1", 9093),
            ("fe80::1%eth0:1", "fe80::1%eth0", 1),
            ("PLAINTEXT://a-b_c.d:2", "a-b_c.d", 2),
        ] {
            let address = parse_host_and_port(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((address.host.as_str(), address.port), (host, port));
        }
        for text in ["localhost", "localhost:", "local host:1", "a:b", "a:65536", "a/b:1"] {
            assert_eq!(parse_host_and_port(text), None, "{text}");
        }
    }

    #[test]
    fn voters() {
        let entries = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let voters = parse_voters(&entries("1@a:9093,2@[::1]:9094")).expect("well-formed");
        assert_eq!(voters.iter().map(|voter| voter.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(voters[1].address.to_string(), "[::1]:9094");
        for text in ["1", "1@a", "x@a:1", "1@2@a:1"] {
            assert!(parse_voters(&entries(text)).is_err(), "{text}");
        }
    }
}
