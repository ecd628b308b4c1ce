//! Where broker values come from, strongest first: dynamic for this broker, dynamic for all, the file, the declaration.

use crate::Properties;
use crate::keys::{self, Fallback};
use crate::properties::Origin;
use std::collections::BTreeMap;

/// All sources of a broker's values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    pub(crate) this_broker: BTreeMap<String, String>,
    pub(crate) cluster_default: BTreeMap<String, String>,
    pub(crate) fixed: Properties,
}

impl Layers {
    /// What the key is set to anywhere, its declared default not counted.
    pub(crate) fn set_text(&self, name: &str) -> Option<&str> {
        self.this_broker
            .get(name)
            .or_else(|| self.cluster_default.get(name))
            .map(String::as_str)
            .or_else(|| self.fixed.text(name))
    }
    /// What the key is, its declared default counted.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.set_text(name).or_else(|| match keys::broker().get(name)?.fallback {
            Fallback::Is(text) => Some(text),
            Fallback::Absent | Fallback::Required => None,
        })
    }
    /// Where the value in force stands; `None` for dynamic values and defaults.
    pub(crate) fn origin(&self, name: &str) -> Option<&Origin> {
        if self.this_broker.contains_key(name) || self.cluster_default.contains_key(name) {
            return None;
        }
        self.fixed.get(name).map(|property| &property.origin)
    }
}
