//! Voters as people write them: in `controller.quorum.voters` and after `--initial-controllers`.

use super::{Endpoint, ReplicaKey, Voter, VoterSet};
use ottla_model::{BrokerId, Uuid};
use std::net::Ipv6Addr;

/// Why a text does not name voters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseVotersError {
    /// Not of the form that is asked for.
    #[error("\"{entry}\" is not a voter: expected {expected}")]
    Form {
        /// The entry as given.
        entry: String,
        /// The form of an entry.
        expected: &'static str,
    },
    /// One node id twice.
    #[error("node id {0} was specified more than once")]
    Duplicate(BrokerId),
    /// No voter at all.
    #[error("no voters given")]
    None,
}

const STATIC_FORM: &str = "{id}@{host}:{port}";
const INITIAL_FORM: &str = "{id}@{host}:{port}:{directory id}";

impl VoterSet {
    /// Reads `controller.quorum.voters`: `1@host:9093,2@[::1]:9093`. Such voters have no directory ids and run at
    /// `kraft.version` 0. `listener` is the first of `controller.listener.names`.
    ///
    /// # Errors
    /// An entry of another form, an id twice, or no entry at all.
    pub fn parse_static(text: &str, listener: &str) -> Result<Self, ParseVotersError> {
        parse(text, |entry| {
            let (id, address) = entry.split_once('@')?;
            let (host, port) = split_address(address)?;
            Some(Voter {
                key: ReplicaKey { id: parse_id(id)?, directory: None },
                endpoints: vec![endpoint(listener, host, port)?],
                kraft_versions: 0..=0,
            })
        })
        .map_err(|refused| refused.into_error(STATIC_FORM))
    }

    /// Reads `--initial-controllers`: `1@host:9093:JEXY6aqzQY-32P5TStzaFg,…`. All nodes are formatted with the same text.
    ///
    /// # Errors
    /// An entry of another form, an id twice, or no entry at all.
    pub fn parse_initial_controllers(text: &str, listener: &str) -> Result<Self, ParseVotersError> {
        parse(text, |entry| {
            let (id, rest) = entry.split_once('@')?;
            let (address, directory) = rest.rsplit_once(':')?;
            let (host, port) = split_address(address)?;
            let host = &as_java_prints(host);
            let directory = directory.parse::<Uuid>().ok()?;
            Some(Voter::local(ReplicaKey::new(parse_id(id)?, directory), vec![endpoint(listener, host, port)?]))
        })
        .map_err(|refused| refused.into_error(INITIAL_FORM))
    }
}

enum Refused {
    Entry(String),
    Duplicate(BrokerId),
    None,
}

impl Refused {
    fn into_error(self, expected: &'static str) -> ParseVotersError {
        match self {
            Self::Entry(entry) => ParseVotersError::Form { entry, expected },
            Self::Duplicate(id) => ParseVotersError::Duplicate(id),
            Self::None => ParseVotersError::None,
        }
    }
}

fn parse(text: &str, voter: impl Fn(&str) -> Option<Voter>) -> Result<VoterSet, Refused> {
    let mut voters = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let voter = voter(entry).ok_or_else(|| Refused::Entry(entry.to_owned()))?;
        if voters.iter().any(|known: &Voter| known.key.id == voter.key.id) {
            return Err(Refused::Duplicate(voter.key.id));
        }
        voters.push(voter);
    }
    if voters.is_empty() { Err(Refused::None) } else { Ok(voters.into_iter().collect()) }
}

fn parse_id(text: &str) -> Option<BrokerId> {
    text.parse().ok().filter(|id: &i32| *id >= 0).map(BrokerId::new)
}

/// `host:port` or `[v6 address]:port`; the brackets are not part of the host.
fn split_address(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(bracketed) => Some((bracketed.strip_suffix(']')?, port)),
        None => Some((host, port)),
    }
}

/// Kafka resolves these addresses and writes what it resolved, so `[::1]` becomes `0:0:0:0:0:0:0:1`: the same voters must
/// give the same bytes on all nodes, whoever formats them.
fn as_java_prints(host: &str) -> String {
    let Ok(address) = host.parse::<Ipv6Addr>() else {
        return host.to_owned();
    };
    match address.to_ipv4_mapped() {
        Some(address) => address.to_string(),
        None => address.segments().map(|segment| format!("{segment:x}")).join(":"),
    }
}

fn endpoint(listener: &str, host: &str, port: &str) -> Option<Endpoint> {
    if host.is_empty() {
        return None;
    }
    Some(Endpoint { listener: listener.to_ascii_uppercase(), host: host.to_owned(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_voters() {
        let voters = VoterSet::parse_static("2@b:9093, 1@[::1]:9094", "controller").unwrap();
        let first = voters.get(BrokerId::new(1)).unwrap();
        assert_eq!(
            first.endpoints,
            [Endpoint { listener: "CONTROLLER".to_owned(), host: "::1".to_owned(), port: 9094 }]
        );
        assert_eq!(first.key.directory, None);
        assert_eq!(voters.to_string(), "[1, 2]");
    }

    #[test]
    fn initial_controllers() {
        let voters = VoterSet::parse_initial_controllers("1@[::1]:9093:J8aAPcfLQt2bqs1JT_rMgQ", "CONTROLLER").unwrap();
        assert_eq!(voters.to_string(), "[1@J8aAPcfLQt2bqs1JT_rMgQ]");
        assert_eq!(voters.iter().next().unwrap().endpoints[0].host, "0:0:0:0:0:0:0:1");
    }

    #[test]
    fn what_names_no_voters_is_refused() {
        let refused = |text| VoterSet::parse_static(text, "C").unwrap_err().to_string();
        assert_eq!(refused("1@a"), "\"1@a\" is not a voter: expected {id}@{host}:{port}");
        assert_eq!(refused("-1@a:1"), "\"-1@a:1\" is not a voter: expected {id}@{host}:{port}");
        assert_eq!(refused("1@:1"), "\"1@:1\" is not a voter: expected {id}@{host}:{port}");
        assert_eq!(refused("1@a:65536"), "\"1@a:65536\" is not a voter: expected {id}@{host}:{port}");
        assert_eq!(refused("1@a:1,1@b:1"), "node id 1 was specified more than once");
        assert_eq!(refused(" , "), "no voters given");
        assert_eq!(
            VoterSet::parse_initial_controllers("1@a:1", "C").unwrap_err().to_string(),
            "\"1@a:1\" is not a voter: expected {id}@{host}:{port}:{directory id}"
        );
    }
}
