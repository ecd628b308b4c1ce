//! Client quotas: how fast users, clients and addresses may be.

use rpds::RedBlackTreeMapSync;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whom a quota is for: entity types (`user`, `client-id`, `ip`) and names. No name means the default of its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaEntity(pub BTreeMap<String, Option<String>>);

/// The quotas of one entity by key: `producer_byte_rate`, `request_percentage`, ….
pub type QuotaMap = BTreeMap<String, f64>;

/// All client quotas.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientQuotasImage {
    by_entity: RedBlackTreeMapSync<QuotaEntity, Arc<QuotaMap>>,
}

impl Default for ClientQuotasImage {
    fn default() -> Self {
        Self { by_entity: RedBlackTreeMapSync::new_sync() }
    }
}

impl ClientQuotasImage {
    /// The quotas of exactly that entity.
    pub fn of(&self, entity: &QuotaEntity) -> Option<&QuotaMap> {
        self.by_entity.get(entity).map(Arc::as_ref)
    }
    /// Every entity that has quotas.
    pub fn iter(&self) -> impl Iterator<Item = (&QuotaEntity, &QuotaMap)> {
        self.by_entity.iter().map(|(entity, quotas)| (entity, quotas.as_ref()))
    }

    /// Sets a quota, or takes it away if there is no `value`.
    pub(crate) fn set(&mut self, entity: QuotaEntity, key: &str, value: Option<f64>) {
        let mut quotas = self.of(&entity).cloned().unwrap_or_default();
        match value {
            Some(value) => quotas.insert(key.to_owned(), value),
            None => quotas.remove(key),
        };
        if quotas.is_empty() {
            self.by_entity.remove_mut(&entity);
        } else {
            self.by_entity.insert_mut(entity, Arc::new(quotas));
        }
    }
}
