//! Changing configurations key by key (KIP-339).

use super::{Admin, ConfigResource, outcome};
use crate::ClientError;
use ottla_protocol::messages::IncrementalAlterConfigsRequest;
use ottla_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};

/// What is to become of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigChange {
    /// This value.
    Set(String),
    /// The default again.
    Delete,
    /// These elements at the end of the list.
    Append(String),
    /// The list without these elements.
    Subtract(String),
}

impl ConfigChange {
    fn wire(&self) -> (i8, Option<String>) {
        match self {
            Self::Set(value) => (0, Some(value.clone())),
            Self::Delete => (1, None),
            Self::Append(value) => (2, Some(value.clone())),
            Self::Subtract(value) => (3, Some(value.clone())),
        }
    }
}

impl Admin {
    /// Changes keys of each resource, or only says whether that would work.
    ///
    /// # Errors
    /// No broker answers in time.
    pub async fn incremental_alter_configs(
        &self,
        changes: &[(ConfigResource, Vec<(String, ConfigChange)>)],
        validate_only: bool,
    ) -> Result<Vec<(ConfigResource, Result<(), ClientError>)>, ClientError> {
        let altered = |(resource, keys): &(ConfigResource, Vec<(String, ConfigChange)>)| {
            let (resource_type, resource_name) = resource.wire();
            let configs = keys.iter().map(|(name, change)| {
                let (config_operation, value) = change.wire();
                AlterableConfig { name: name.clone(), config_operation, value, ..AlterableConfig::default() }
            });
            let configs = configs.collect();
            AlterConfigsResource { resource_type, resource_name, configs, ..AlterConfigsResource::default() }
        };
        let request = IncrementalAlterConfigsRequest {
            resources: changes.iter().map(altered).collect(),
            validate_only,
            ..IncrementalAlterConfigsRequest::default()
        };
        let attempt = async || {
            let answer = self.cluster.call_any(&request).await?;
            let mut outcomes = Vec::new();
            for response in answer.responses {
                let named = (response.resource_type, response.resource_name);
                let Some((resource, _)) = changes.iter().find(|(resource, _)| resource.wire() == named) else {
                    continue;
                };
                outcomes.push((resource.clone(), outcome(response.error_code, response.error_message)?));
            }
            Ok(outcomes)
        };
        self.cluster.attempts("incrementalAlterConfigs").run(attempt).await
    }
}
