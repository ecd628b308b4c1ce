//! The seam between the controller and what configuration keys mean.

use crate::image::{ConfigMap, ConfigResource};

/// What may be configured, and what holds where nothing was: knows the node's own `server.properties`.
pub trait ConfigRules: Send + Sync + std::fmt::Debug {
    /// Checks what `resource` would be configured with. `existing` is what was set before, `proposed` what would be
    /// set after.
    ///
    /// # Errors
    /// The message for an answer with `INVALID_CONFIG`.
    fn validate(&self, resource: &ConfigResource, existing: &ConfigMap, proposed: &ConfigMap) -> Result<(), String>;

    /// The value that a topic key has: the topic's own, or that of the layers below it, or the default. `None` for a
    /// key without a default, and for one that there is not.
    fn topic_value(&self, key: &str, topic: &ConfigMap, below: LayersBelowTopic<'_>) -> Option<String>;
}

/// What was set through the API for this node and for all brokers: what a topic without a value of its own inherits.
#[derive(Debug, Clone, Copy)]
pub struct LayersBelowTopic<'a> {
    /// What was set for this node alone. Comes first.
    pub node: &'a ConfigMap,
    /// What was set for all brokers.
    pub all_brokers: &'a ConfigMap,
}
