//! The seam between the controller and what configuration keys mean.

use crate::image::{ConfigMap, ConfigResource, ConfigResourceKind};
use ottla_config::{BrokerConfig, InvalidValue, group, keys, topic};

/// What may be configured, and what holds where nothing was: knows the node's own `server.properties`.
pub trait ConfigRules: Send + Sync + std::fmt::Debug {
    /// Checks what `resource` would be configured with. `existing` is what was set before, `proposed` what would be
    /// set after.
    ///
    /// # Errors
    /// What is wrong, in Kafka's words.
    fn validate(
        &self,
        resource: &ConfigResource,
        existing: &ConfigMap,
        proposed: &ConfigMap,
    ) -> Result<(), ConfigRefusal>;

    /// What a topic key is where nothing was set through the API: by `server.properties`, else by default.
    fn topic_default(&self, key: &str) -> Option<String>;
}

/// Why a resource cannot be configured like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigRefusal {
    /// A value that cannot be: `INVALID_CONFIG`.
    #[error("{0}")]
    Invalid(String),
    /// A request that makes no sense: `INVALID_REQUEST`.
    #[error("{0}")]
    BadRequest(String),
}

impl From<InvalidValue> for ConfigRefusal {
    fn from(invalid: InvalidValue) -> Self {
        Self::Invalid(invalid.message().to_owned())
    }
}

/// The rules of a node that runs on that configuration.
#[derive(Debug, Clone)]
pub struct NodeConfigRules(pub BrokerConfig);

impl ConfigRules for NodeConfigRules {
    fn validate(
        &self,
        resource: &ConfigResource,
        existing: &ConfigMap,
        proposed: &ConfigMap,
    ) -> Result<(), ConfigRefusal> {
        match resource.kind {
            ConfigResourceKind::Topic => {
                topic::validate(existing, proposed, self.0.topic_defaults(), self.0.tiered_storage)?;
            }
            ConfigResourceKind::Group => group::validate(proposed, &self.0)?,
            ConfigResourceKind::ClientMetrics => validate_client_metrics(&resource.name, proposed)?,
            // The broker that is meant has checked, with what only it knows. The others have nothing here.
            ConfigResourceKind::Broker | ConfigResourceKind::BrokerLogger | ConfigResourceKind::Unknown(_) => {}
        }
        Ok(())
    }

    fn topic_default(&self, key: &str) -> Option<String> {
        self.0.topic_defaults().text(key).map(str::to_owned)
    }
}

/// What a subscription's `match` may look at (KIP-714).
const MATCHED: [&str; 6] = [
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];
/// How often clients may be asked to push, in milliseconds.
const PUSH_INTERVAL_MS: std::ops::RangeInclusive<i32> = 100..=3_600_000;

fn validate_client_metrics(subscription: &str, configs: &ConfigMap) -> Result<(), ConfigRefusal> {
    if subscription.is_empty() {
        return Err(ConfigRefusal::BadRequest("Subscription name can't be empty".to_owned()));
    }
    for name in configs.keys() {
        if keys::client_metrics().get(name).is_none() {
            return Err(ConfigRefusal::BadRequest(format!("Unknown client metrics configuration: {name}")));
        }
    }
    for (name, text) in configs {
        let key = keys::client_metrics().get(name);
        key.map(|key| key.parse(text)).transpose()?;
    }
    if let Some(interval) = configs.get("interval.ms")
        && !interval.trim().parse().is_ok_and(|interval| PUSH_INTERVAL_MS.contains(&interval))
    {
        return Err(ConfigRefusal::BadRequest(format!(
            "Invalid value {interval} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
        )));
    }
    let patterns = configs.get("match").map_or("", String::as_str);
    for pattern in patterns.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
        if !pattern.split_once('=').is_some_and(|(what, _)| MATCHED.contains(&what.trim())) {
            return Err(ConfigRefusal::Invalid(format!("Illegal client matching pattern: {pattern}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ConfigRefusal, validate_client_metrics};

    fn refused(name: &str, configs: &[(&str, &str)]) -> Option<ConfigRefusal> {
        let configs = configs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        validate_client_metrics(name, &configs).err()
    }

    #[test]
    fn subscriptions_are_checked_as_kafka_does() {
        assert_eq!(refused("s", &[("interval.ms", "30000"), ("match", "client_id=a.*, client_source_port=1")]), None);
        let bad = |text: &str| Some(ConfigRefusal::BadRequest(text.to_owned()));
        assert_eq!(refused("", &[]), bad("Subscription name can't be empty"));
        assert_eq!(refused("s", &[("x", "1")]), bad("Unknown client metrics configuration: x"));
        assert_eq!(
            refused("s", &[("interval.ms", "99")]),
            bad("Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)")
        );
        assert_eq!(
            refused("s", &[("match", "color=red")]),
            Some(ConfigRefusal::Invalid("Illegal client matching pattern: color=red".to_owned()))
        );
    }
}
