//! The metadata image: what all records of the metadata log add up to.
//!
//! An image never changes; a [`MetadataDelta`](crate::delta::MetadataDelta) makes the next one of it. To clone one is
//! to count a dozen references, and two images share all that did not change between them: a log of 100,000 partitions
//! in which one changes costs what the way to that one costs.

mod client_quotas;
mod cluster;
mod configs;
mod features;
mod partition;
mod security;
mod snapshot;
mod topic;
mod topics;

pub use client_quotas::{ClientQuotasImage, QuotaEntity, QuotaMap};
pub use cluster::{BrokerEpoch, BrokerRegistration, ClusterImage, ControllerRegistration, Endpoint};
pub use configs::{ConfigMap, ConfigResource, ConfigResourceKind, ConfigsImage};
pub use features::FeaturesImage;
pub use partition::{LeaderRecoveryState, PartitionImage};
pub use security::{
    Acl, AclsImage, DelegationToken, DelegationTokensImage, ScramCredential, ScramImage, ScramMechanism,
};
pub use topic::TopicImage;
pub use topics::TopicsImage;

use ottla_model::{LeaderEpoch, Offset, ProducerId, Timestamp};
use std::sync::Arc;

/// Up to where in the metadata log an image reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    /// The offset of the last record within.
    pub last_offset: Offset,
    /// The epoch of that record.
    pub last_epoch: LeaderEpoch,
    /// When that record was appended.
    pub last_timestamp: Timestamp,
}

/// All metadata of a cluster at one point of its log. Two images are equal if their contents are, wherever they come
/// from.
#[derive(Debug, Clone, Default)]
pub struct MetadataImage {
    pub(crate) provenance: Option<Provenance>,
    pub(crate) features: Arc<FeaturesImage>,
    pub(crate) cluster: Arc<ClusterImage>,
    pub(crate) topics: TopicsImage,
    pub(crate) configs: ConfigsImage,
    pub(crate) client_quotas: ClientQuotasImage,
    pub(crate) next_producer_id: Option<ProducerId>,
    pub(crate) acls: AclsImage,
    pub(crate) scram: ScramImage,
    pub(crate) delegation_tokens: DelegationTokensImage,
}

impl MetadataImage {
    /// The image of an empty log.
    pub fn empty() -> Self {
        Self::default()
    }
    /// Up to where in the log this image reaches, or `None` if that is not even the first record.
    pub fn provenance(&self) -> Option<Provenance> {
        self.provenance
    }
    /// The feature levels in force.
    pub fn features(&self) -> &FeaturesImage {
        &self.features
    }
    /// Brokers and controllers.
    pub fn cluster(&self) -> &ClusterImage {
        &self.cluster
    }
    /// Topics and their partitions.
    pub fn topics(&self) -> &TopicsImage {
        &self.topics
    }
    /// What was configured through the API.
    pub fn configs(&self) -> &ConfigsImage {
        &self.configs
    }
    /// Client quotas.
    pub fn client_quotas(&self) -> &ClientQuotasImage {
        &self.client_quotas
    }
    /// The first producer id of the next block, or `None` if no block was handed out yet.
    pub fn next_producer_id(&self) -> Option<ProducerId> {
        self.next_producer_id
    }
    /// ACLs.
    pub fn acls(&self) -> &AclsImage {
        &self.acls
    }
    /// SCRAM credentials.
    pub fn scram(&self) -> &ScramImage {
        &self.scram
    }
    /// Delegation tokens.
    pub fn delegation_tokens(&self) -> &DelegationTokensImage {
        &self.delegation_tokens
    }
}

impl PartialEq for MetadataImage {
    fn eq(&self, other: &Self) -> bool {
        self.features == other.features
            && self.cluster == other.cluster
            && self.topics == other.topics
            && self.configs == other.configs
            && self.client_quotas == other.client_quotas
            && self.next_producer_id == other.next_producer_id
            && self.acls == other.acls
            && self.scram == other.scram
            && self.delegation_tokens == other.delegation_tokens
    }
}
