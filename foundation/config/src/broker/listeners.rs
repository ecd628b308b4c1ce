//! `listeners` and what belongs to them: names, protocols, what to advertise.

use super::reader::Reader;
use crate::host;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Where a node listens, and what it tells others.
#[derive(Debug, Clone, PartialEq)]
pub struct Listeners {
    /// `listeners`, in their order.
    pub all: Vec<Listener>,
    /// `controller.listener.names`; a broker reaches the quorum by the first.
    pub controller_names: Vec<String>,
    /// What brokers and clients are told. Controllers' listeners are not among them.
    pub advertised_brokers: Vec<Listener>,
    /// What brokers and controllers are told of this controller.
    pub advertised_controllers: Vec<Listener>,
    /// The name of the listener by which brokers talk to each other.
    pub inter_broker: String,
    /// What each name stands for, of listeners elsewhere too.
    pub protocols: BTreeMap<String, SecurityProtocol>,
}

/// One entry of `listeners` or `advertised.listeners`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// In upper case.
    pub name: String,
    /// What `listener.security.protocol.map` says of the name.
    pub protocol: SecurityProtocol,
    /// A name or an address, IPv6 without brackets. `None` to listen on: all addresses of the machine; `None` to
    /// advertise: the machine's own name, which whoever starts the node has to find out.
    pub host: Option<String>,
    /// To listen on: 0 is any free port, and what is advertised is the one that was got.
    pub port: u16,
}

/// What is spoken under the Kafka protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecurityProtocol {
    /// Nothing.
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL over TCP.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    /// The name that Kafka gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "PLAINTEXT",
            Self::Ssl => "SSL",
            Self::SaslPlaintext => "SASL_PLAINTEXT",
            Self::SaslSsl => "SASL_SSL",
        }
    }
    /// The number of broker registrations.
    pub const fn id(self) -> i16 {
        match self {
            Self::Plaintext => 0,
            Self::Ssl => 1,
            Self::SaslPlaintext => 2,
            Self::SaslSsl => 3,
        }
    }
    fn from_name(name: &str) -> Option<Self> {
        [Self::Plaintext, Self::Ssl, Self::SaslPlaintext, Self::SaslSsl]
            .into_iter()
            .find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for SecurityProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_deref().unwrap_or_default();
        if host.contains(':') {
            write!(f, "{}://[{host}]:{}", self.name, self.port)
        } else {
            write!(f, "{}://{host}:{}", self.name, self.port)
        }
    }
}

const ANY_IPV4: &str = "0.0.0.0";
const MAP: &str = "listener.security.protocol.map";
const NAME: &str = "inter.broker.listener.name";
const PROTOCOL: &str = "security.inter.broker.protocol";

impl Listeners {
    /// The listeners that clients and brokers use.
    pub fn brokers(&self) -> impl Iterator<Item = &Listener> {
        self.all.iter().filter(|listener| !self.is_controllers(listener))
    }
    /// The listeners that speak to controllers.
    pub fn controllers(&self) -> impl Iterator<Item = &Listener> {
        self.all.iter().filter(|listener| self.is_controllers(listener))
    }
    fn is_controllers(&self, listener: &Listener) -> bool {
        self.controller_names.contains(&listener.name)
    }

    /// Problems are left in `reader`; what can be read is returned.
    pub(super) fn read(reader: &mut Reader<'_>, own_voter_address: Option<&host::HostAndPort>) -> Self {
        let controller_names = reader.list("controller.listener.names");
        let protocols = protocols(reader, &controller_names);
        let all = match parse(&reader.list("listeners"), &protocols, true) {
            Ok(listeners) => listeners,
            Err(message) => {
                reader.refuse("listeners", message);
                Vec::new()
            }
        };
        let advertised = match reader.optional_list("advertised.listeners") {
            None => None,
            Some(entries) => match parse(&entries, &protocols, false) {
                Ok(listeners) => Some(listeners),
                Err(message) => {
                    reader.refuse("advertised.listeners", message);
                    None
                }
            },
        };
        for listener in &all {
            if listener.protocol != SecurityProtocol::Plaintext {
                let text = format!("listener {} uses {}, which is not supported yet", listener.name, listener.protocol);
                reader.refuse("listeners", text);
            }
        }
        let inter_broker = inter_broker(reader, &protocols);
        let advertised_brokers = advertised
            .as_ref()
            .unwrap_or(&all)
            .iter()
            .filter(|listener| !controller_names.contains(&listener.name))
            .cloned()
            .collect();
        let advertised_controllers =
            advertised_controllers(&controller_names, &all, advertised.as_deref().unwrap_or(&[]), own_voter_address);
        Self { all, controller_names, advertised_brokers, advertised_controllers, inter_broker, protocols }
    }
}

/// What each listener name stands for. Without a map of their own, controllers' names stand for PLAINTEXT unless
/// something else than PLAINTEXT is in use.
fn protocols(reader: &mut Reader<'_>, controller_names: &[String]) -> BTreeMap<String, SecurityProtocol> {
    let mut protocols = BTreeMap::new();
    for entry in reader.text(MAP).split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let Some((name, protocol)) = entry.rsplit_once(':').map(|(name, protocol)| (name.trim(), protocol.trim()))
        else {
            // Java's own words for an entry without a colon.
            let why = format!("begin 0, end -1, length {}", entry.len());
            reader.refuse(MAP, format!("Error parsing configuration property '{MAP}': {why}"));
            continue;
        };
        match SecurityProtocol::from_name(protocol) {
            Some(_) if name.is_empty() => reader.refuse(MAP, "The provided listener name is null or empty string"),
            Some(known) => {
                protocols.insert(name.to_uppercase(), known);
            }
            None => reader.refuse(MAP, format!("Invalid security protocol `{protocol}` defined in {MAP}")),
        }
    }
    if reader.layers.set_text(MAP).is_some() {
        return protocols;
    }
    let is_secure = |name: &str| matches!(name, "SSL" | "SASL_SSL" | "SASL_PLAINTEXT");
    let listener_name = |entry: &String| entry.split(':').next().unwrap_or_default().to_uppercase();
    let secure = controller_names.iter().any(|name| is_secure(name))
        || reader.list("listeners").iter().any(|entry| is_secure(&listener_name(entry)));
    if !secure {
        protocols.extend(controller_names.iter().map(|name| (name.clone(), SecurityProtocol::Plaintext)));
    }
    protocols
}

fn inter_broker(reader: &mut Reader<'_>, protocols: &BTreeMap<String, SecurityProtocol>) -> String {
    let Some(name) = reader.optional_text(NAME) else {
        return reader.text(PROTOCOL);
    };
    if reader.layers.set_text(PROTOCOL).is_some() {
        reader.refuse(NAME, format!("Only one of {NAME} and {PROTOCOL} should be set."));
    }
    let name = name.to_uppercase();
    if !protocols.contains_key(&name) {
        reader.refuse(NAME, format!("Listener with name {name} defined in {NAME} not found in {MAP}."));
    }
    name
}

/// Each controller listener as it is advertised, else as it listens. The wildcard does not go out: the default listener
/// falls back on this node's own entry among the voters, the others on the machine's name.
fn advertised_controllers(
    names: &[String],
    all: &[Listener],
    advertised: &[Listener],
    own_voter_address: Option<&host::HostAndPort>,
) -> Vec<Listener> {
    let controllers = names.iter().enumerate().filter_map(|(index, name)| {
        let named = |listener: &&Listener| names.contains(&listener.name) && listener.name == name.to_uppercase();
        if let Some(listener) = advertised.iter().find(named) {
            return Some(listener.clone());
        }
        let mut listener = all.iter().find(named)?.clone();
        if listener.host.as_deref().is_none_or(|host| host == ANY_IPV4) {
            match own_voter_address {
                Some(address) if index == 0 => {
                    listener.host = Some(address.host.clone());
                    listener.port = address.port;
                }
                _ => listener.host = None,
            }
        }
        Some(listener)
    });
    controllers.collect()
}

/// Reads `NAME://host:port` entries. The error is Kafka's text.
fn parse(
    entries: &[String],
    protocols: &BTreeMap<String, SecurityProtocol>,
    distinct_ports: bool,
) -> Result<Vec<Listener>, String> {
    let parse_all = || {
        let listeners = entries.iter().map(|entry| parse_one(entry, protocols)).collect::<Result<Vec<_>, _>>()?;
        check_distinct(&listeners, entries, distinct_ports)?;
        Ok(listeners)
    };
    parse_all().map_err(|why: String| format!("Error creating broker listeners from '[{}]': {why}", entries.join(", ")))
}

fn parse_one(entry: &str, protocols: &BTreeMap<String, SecurityProtocol>) -> Result<Listener, String> {
    let no_endpoint = || format!("Unable to parse {entry} to a broker endpoint");
    let (name, address) = entry.rsplit_once("://").ok_or_else(no_endpoint)?;
    let (host, port) = address.rsplit_once(':').ok_or_else(no_endpoint)?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    if !host::has_host_characters(host) {
        return Err(no_endpoint());
    }
    let port = port.parse::<u16>().map_err(|_| no_endpoint())?;
    if name.trim().is_empty() {
        return Err("The provided listener name is null or empty string".to_owned());
    }
    let name = name.to_uppercase();
    let protocol = *protocols.get(&name).ok_or_else(|| format!("No security protocol defined for listener {name}"))?;
    Ok(Listener { name, protocol, host: (!host.is_empty()).then(|| host.to_owned()), port })
}

/// No name twice, and no port twice but for one IPv4 and one IPv6 address. (Port 0 is any free one.)
fn check_distinct(listeners: &[Listener], entries: &[String], distinct_ports: bool) -> Result<(), String> {
    let entries = format!("[{}]", entries.join(", "));
    let names: HashSet<&str> = listeners.iter().map(|listener| listener.name.as_str()).collect();
    if names.len() != listeners.len() {
        return Err(format!("Each listener must have a different name, listeners: {entries}"));
    }
    if !distinct_ports {
        return Ok(());
    }
    let mut by_port: BTreeMap<u16, Vec<&Listener>> = BTreeMap::new();
    for listener in listeners.iter().filter(|listener| listener.port != 0) {
        by_port.entry(listener.port).or_default().push(listener);
    }
    for (port, sharing) in by_port.into_iter().filter(|(_, sharing)| sharing.len() > 1) {
        let families: Vec<Family> =
            sharing.iter().filter_map(|listener| Family::of(listener.host.as_deref()?)).collect();
        let without_address = sharing.len() - families.len();
        if without_address > 1 {
            return Err(format!("Each listener must have a different port, listeners: {entries}"));
        }
        match families[..] {
            [first, second] if first == second || without_address > 0 => {
                return Err(format!(
                    "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, \
                     listeners: {entries}, port: {port}"
                ));
            }
            [_, _] => {}
            _ => {
                return Err(format!(
                    "Each listener must have a different port unless exactly one listener has an IPv4 address and the \
                     other IPv6 address, listeners: {entries}, port: {port}"
                ));
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn of(host: &str) -> Option<Self> {
        let without_scope = host.split('%').next().unwrap_or(host);
        if host.parse::<Ipv4Addr>().is_ok() {
            Some(Self::V4)
        } else if without_scope.parse::<Ipv6Addr>().is_ok() {
            Some(Self::V6)
        } else {
            None
        }
    }
}
