//! Broker values that change while the broker runs: which may, and what they may be.

use crate::keys::{self, Key, Scope};
use crate::{ConfigWarning, InvalidValue};
use std::collections::BTreeMap;

/// Keys that a listener override sets, but that hold for the whole cluster.
const CLUSTER_WIDE_OF_LISTENERS: [&str; 3] = ["max.connections", "max.connection.creation.rate", "num.network.threads"];

/// Keys that can be changed dynamically only for one listener, with the prefix `listener.name.<listener>.`.
const SECURITY: [&str; 9] = [
    "ssl.keystore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.key.password",
    "ssl.truststore.type",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
];

/// Checks values that a broker (`this_broker`), or else all brokers, are to be given.
///
/// # Errors
/// The first thing that is wrong, in Kafka's words: for the answer's `error_message`.
pub fn validate(values: &BTreeMap<String, String>, this_broker: bool) -> Result<(), InvalidValue> {
    let names = |wanted: &dyn Fn(&str) -> bool| {
        values.keys().map(String::as_str).filter(|name| wanted(name)).collect::<Vec<_>>()
    };
    none(&names(&is_read_only), "Cannot update these configs dynamically")?;
    none(
        &names(&|name| SECURITY.contains(&name) || name == "ssl.truststore.certificates"),
        "These security configs can be dynamically updated only per-listener using the listener prefix",
    )?;
    for (name, text) in values {
        if let Some(key) = dynamic_key(name) {
            key.parse(text)?;
        }
    }
    if !this_broker {
        none(
            &names(&is_per_broker),
            "Cannot update these configs at default cluster level, broker id must be specified",
        )?;
    }
    Ok(())
}

/// The key that may be changed dynamically under `name`: itself, or the one that it overrides for one listener.
pub fn dynamic_key(name: &str) -> Option<&'static Key> {
    let base = keys::listener_override(name).unwrap_or(name);
    let key = keys::broker().get(base).or_else(|| keys::broker_quota().get(base))?;
    (key.scope != Scope::ReadOnly).then_some(key)
}

fn is_read_only(name: &str) -> bool {
    keys::broker().get(name).is_some_and(|key| key.scope == Scope::ReadOnly)
}

fn is_per_broker(name: &str) -> bool {
    match keys::listener_override(name) {
        Some(base) => !CLUSTER_WIDE_OF_LISTENERS.contains(&base),
        None => keys::broker().get(name).is_some_and(|key| key.scope == Scope::PerBroker),
    }
}

fn none(names: &[&str], message: &str) -> Result<(), InvalidValue> {
    if names.is_empty() {
        return Ok(());
    }
    Err(InvalidValue::from_message(format!("{message}: [{}]", names.join(", "))))
}

/// Of `values`, as the metadata has them, those that make sense; the others go into the warnings.
pub(crate) fn usable(values: &BTreeMap<String, String>, warnings: &mut Vec<ConfigWarning>) -> BTreeMap<String, String> {
    let mut usable = BTreeMap::new();
    for (name, text) in values {
        let problem = match dynamic_key(name) {
            Some(key) => key.parse(text).err().map(|invalid| invalid.message().to_owned()),
            None => is_read_only(name).then(|| "it cannot be changed dynamically".to_owned()),
        };
        match problem {
            None => {
                usable.insert(name.clone(), text.clone());
            }
            Some(message) => warnings.push(ConfigWarning::InvalidDynamicValue { key: name.clone(), message }),
        }
    }
    usable
}
