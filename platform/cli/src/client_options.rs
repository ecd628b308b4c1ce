//! What tools have in common that talk to a cluster: where it is, and client configurations.

use crate::failure::Failure;
use ottla_client::config::{Address, ClientKind, ClientProperties};
use ottla_config::Properties;
use std::collections::BTreeMap;
use std::path::Path;

/// Client configurations from a `.properties` file.
///
/// # Errors
/// The file cannot be read.
pub fn read_file(kind: ClientKind, path: Option<&str>) -> Result<ClientProperties, Failure> {
    let mut properties = ClientProperties::new(kind);
    for (key, text) in read_texts(path)? {
        properties.set(key, text);
    }
    Ok(properties)
}

/// Texts by key from a `.properties` file; none without a file.
///
/// # Errors
/// The file cannot be read.
pub fn read_texts(path: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    let file = Properties::read(Path::new(path)).map_err(|error| Failure::Message(error.to_string()))?;
    Ok(file.iter().map(|(key, property)| (key.to_owned(), property.text.clone())).collect())
}

/// `key=value` words; a word without value sets the empty text.
pub fn key_values<'a>(words: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    words.iter().map(|word| word.split_once('=').unwrap_or((word, ""))).collect()
}

/// Checks a list of servers before anything is asked of them.
///
/// # Errors
/// What Kafka's tools say of it.
pub fn check_bootstrap_servers(servers: Option<&str>) -> Result<&str, &'static str> {
    let Some(servers) = servers.filter(|servers| !servers.trim().is_empty()) else {
        return Err("Error while validating the bootstrap address\n");
    };
    let entries = crate::java::text::split(servers, ',');
    if entries.is_empty() || entries.iter().any(|entry| Address::parse(entry.trim()).is_none()) {
        return Err("Please provide valid host:port like host1:9091,host2:9092\n");
    }
    Ok(servers)
}

/// Runs a tool's work to its end, on this thread.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}

/// Runs a tool's work to its end, on this thread, with another one for what goes on behind it.
pub fn block_on_threads<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    Ok(runtime.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::{check_bootstrap_servers, key_values};

    #[test]
    fn servers_are_host_and_port() {
        assert!(check_bootstrap_servers(Some("a:1,b:2")).is_ok());
        for bad in [Some("a"), Some("a:1,b"), Some(","), Some("a:1,,b:2"), Some(" "), None] {
            assert!(check_bootstrap_servers(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_value_may_have_equals_signs_and_may_be_missing() {
        assert_eq!(key_values(&["a=b=c", "d", "e="]), [("a", "b=c"), ("d", ""), ("e", "")]);
    }
}
