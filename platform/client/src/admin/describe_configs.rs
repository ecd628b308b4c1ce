//! What topics, brokers and the rest are configured with.

use super::Admin;
use crate::ClientError;
use ottla_model::BrokerId;
use ottla_protocol::messages::DescribeConfigsRequest;
use ottla_protocol::messages::describe_configs_request::DescribeConfigsResource;

/// Something that has a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic.
    Topic(String),
    /// A broker; `None` for the default of all brokers.
    Broker(Option<BrokerId>),
    /// A broker's loggers.
    BrokerLogger(BrokerId),
    /// A subscription to clients' metrics (KIP-714).
    ClientMetrics(String),
    /// A group.
    Group(String),
}

impl ConfigResource {
    /// The type's number on the wire, and the name.
    pub(super) fn wire(&self) -> (i8, String) {
        let id = |broker: BrokerId| broker.value().to_string();
        match self {
            Self::Topic(name) => (2, name.clone()),
            Self::Broker(broker) => (4, broker.map(id).unwrap_or_default()),
            Self::BrokerLogger(broker) => (8, id(*broker)),
            Self::ClientMetrics(name) => (16, name.clone()),
            Self::Group(name) => (32, name.clone()),
        }
    }

    /// The broker that alone knows the answer, if there is one.
    fn answered_by(&self) -> Option<BrokerId> {
        match self {
            Self::Broker(broker) => *broker,
            Self::BrokerLogger(broker) => Some(*broker),
            Self::Topic(_) | Self::ClientMetrics(_) | Self::Group(_) => None,
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Something newer than this client.
    Unknown,
    /// The topic's own.
    DynamicTopic,
    /// The broker's own, set while it runs.
    DynamicBroker,
    /// All brokers', set while they run.
    DynamicDefaultBroker,
    /// `server.properties`.
    StaticBroker,
    /// Nowhere: it is the default.
    Default,
    /// A broker's logger, set while it runs.
    DynamicBrokerLogger,
    /// The metrics subscription's own.
    DynamicClientMetrics,
    /// The group's own.
    DynamicGroup,
}

impl ConfigSource {
    fn from_wire(source: i8) -> Self {
        match source {
            1 => Self::DynamicTopic,
            2 => Self::DynamicBroker,
            3 => Self::DynamicDefaultBroker,
            4 => Self::StaticBroker,
            5 => Self::Default,
            6 => Self::DynamicBrokerLogger,
            7 => Self::DynamicClientMetrics,
            8 => Self::DynamicGroup,
            _ => Self::Unknown,
        }
    }
}

/// One key's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The key.
    pub name: String,
    /// The value; `None` if it has none, or is not shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Whether the value is not shown.
    pub is_sensitive: bool,
    /// Whether it cannot be changed.
    pub is_read_only: bool,
}

impl Admin {
    /// Describes the configuration of each resource, every key of it.
    ///
    /// # Errors
    /// A broker that alone knows the answer does not give it in time, or none does.
    pub async fn describe_configs(
        &self,
        resources: &[ConfigResource],
    ) -> Result<Vec<(ConfigResource, Result<Vec<ConfigEntry>, ClientError>)>, ClientError> {
        let mut outcomes = Vec::new();
        let mut answered_by: Vec<Option<BrokerId>> = resources.iter().map(ConfigResource::answered_by).collect();
        answered_by.sort();
        answered_by.dedup();
        for broker in answered_by {
            let ours: Vec<_> = resources.iter().filter(|resource| resource.answered_by() == broker).collect();
            let attempt = async || {
                let connection = match broker {
                    Some(id) => {
                        if self.cluster.brokers().is_empty() {
                            self.cluster.refresh(Some(&[]), false).await?;
                        }
                        self.cluster.broker(id).await?
                    }
                    None => self.cluster.any().await?,
                };
                connection.call(&question(&ours)).await
            };
            let answer = self.cluster.attempts("describeConfigs").run(attempt).await?;
            for result in answer.results {
                let named = (result.resource_type, result.resource_name);
                let Some(resource) = ours.iter().find(|resource| resource.wire() == named) else { continue };
                let entries = result.configs.into_iter().map(|config| ConfigEntry {
                    name: config.name,
                    value: config.value,
                    source: ConfigSource::from_wire(config.config_source),
                    is_sensitive: config.is_sensitive,
                    is_read_only: config.read_only,
                });
                let outcome = ClientError::check(result.error_code, result.error_message).map(|()| entries.collect());
                outcomes.push(((*resource).clone(), outcome));
            }
        }
        Ok(outcomes)
    }
}

fn question(resources: &[&ConfigResource]) -> DescribeConfigsRequest {
    let asked = |resource: &&ConfigResource| {
        let (resource_type, resource_name) = resource.wire();
        DescribeConfigsResource {
            resource_type,
            resource_name,
            configuration_keys: None,
            ..DescribeConfigsResource::default()
        }
    };
    DescribeConfigsRequest { resources: resources.iter().map(asked).collect(), ..DescribeConfigsRequest::default() }
}
