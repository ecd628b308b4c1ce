//! Becoming the active controller: the first records of an empty log, and the end of what a predecessor left open.

use super::result::ControllerResult;
use super::state::Controller;
use crate::features::{Feature, MetadataVersion, UnknownMetadataVersion};
use crate::image::ConfigResourceKind;
use ottla_model::Timestamp;
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::{
    AbortTransactionRecord, BeginTransactionRecord, ConfigRecord, EndTransactionRecord, FeatureLevelRecord,
};

const TRANSACTION_NAME: &str = "Bootstrap records";
const ABORT_REASON: &str = "Controller failover";
const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// What the first records of a new cluster's log say: the levels it was formatted with, and perhaps the first SCRAM
/// credentials. Kept in `bootstrap.checkpoint`.
#[derive(Debug, Clone, PartialEq)]
pub struct BootstrapMetadata {
    records: Vec<MetadataRecord>,
    metadata_version: MetadataVersion,
}

/// Bootstrap metadata that no cluster can start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapMetadataError {
    /// Without a metadata version nothing can be decided.
    #[error("No FeatureLevelRecord for metadata.version was found in the bootstrap metadata")]
    NoMetadataVersion,
    /// A level that this software does not know.
    #[error(transparent)]
    UnknownMetadataVersion(#[from] UnknownMetadataVersion),
}

impl BootstrapMetadata {
    /// Takes the records of a `bootstrap.checkpoint`.
    ///
    /// # Errors
    /// They do not say which metadata version to begin with, or one that is unknown.
    pub fn from_records(records: Vec<MetadataRecord>) -> Result<Self, BootstrapMetadataError> {
        let level = level_of(&records, Feature::Metadata).ok_or(BootstrapMetadataError::NoMetadataVersion)?;
        Ok(Self { metadata_version: MetadataVersion::from_level(level)?, records })
    }

    /// Makes the records for a new cluster: `metadata.version` first, then the other features that are on, in the
    /// order of their names. `kraft.version` is not among them: the quorum writes its own record.
    pub fn for_levels(metadata_version: MetadataVersion, level: impl Fn(Feature) -> i16) -> Self {
        let mut others: Vec<_> = Feature::ALL
            .into_iter()
            .filter(|feature| !matches!(feature, Feature::Metadata | Feature::Kraft))
            .map(|feature| (feature.name(), level(feature)))
            .filter(|&(_, level)| level > 0)
            .collect();
        others.sort_unstable();
        let first = (Feature::Metadata.name(), metadata_version.level());
        let records = std::iter::once(first).chain(others).map(|(name, feature_level)| {
            FeatureLevelRecord { name: name.to_owned(), feature_level, ..Default::default() }.into()
        });
        Self { records: records.collect(), metadata_version }
    }

    /// The same with more records, such as SCRAM credentials, at the end.
    pub fn with_records(mut self, more: impl IntoIterator<Item = MetadataRecord>) -> Self {
        self.records.extend(more);
        self
    }

    /// The records.
    pub fn records(&self) -> &[MetadataRecord] {
        &self.records
    }
    /// The metadata version to begin with.
    pub fn metadata_version(&self) -> MetadataVersion {
        self.metadata_version
    }
}

fn level_of(records: &[MetadataRecord], feature: Feature) -> Option<i16> {
    records.iter().rev().find_map(|record| match record {
        MetadataRecord::FeatureLevelRecord(record) if record.name == feature.name() => Some(record.feature_level),
        _ => None,
    })
}

/// An open metadata transaction at a metadata version that has none: the log is not what a controller wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a metadata transaction is open in the log, but metadata.version {metadata_version} does not support transactions"
)]
pub struct ActivationError {
    /// The version that knows no transactions.
    pub metadata_version: MetadataVersion,
}

impl Controller {
    /// Becomes active at the end of the log. The records are the first thing that a new leader appends; nothing else
    /// may be decided before they are replayed.
    ///
    /// # Errors
    /// What a predecessor left open cannot be ended.
    pub fn activate(
        &mut self,
        bootstrap: &BootstrapMetadata,
        now: Timestamp,
    ) -> Result<ControllerResult<()>, ActivationError> {
        let open_transaction = self.image_before_transaction();
        // What an open transaction says will not have been said.
        let stable = open_transaction.unwrap_or(self.image());
        let result = match stable.features().metadata_version() {
            None => self.first_records(bootstrap)?,
            Some(version) if open_transaction.is_some() => {
                check_transactions(version)?;
                ControllerResult::atomic(vec![abort_transaction()], ())
            }
            Some(_) => ControllerResult::atomic(Vec::new(), ()),
        };
        let cluster = self.image().cluster().clone();
        self.sessions.start(&cluster, self.settings.node_id, now);
        self.set_active();
        Ok(result)
    }

    fn first_records(&self, bootstrap: &BootstrapMetadata) -> Result<ControllerResult<()>, ActivationError> {
        let version = bootstrap.metadata_version();
        let mut records = Vec::new();
        if self.image_before_transaction().is_some() {
            check_transactions(version)?;
            records.push(abort_transaction());
        }
        if version.has_transactions() {
            let name = Some(TRANSACTION_NAME.to_owned());
            records.push(BeginTransactionRecord { name, ..Default::default() }.into());
        }
        records.extend_from_slice(bootstrap.records());
        // Under eligible leader replicas, nobody's server.properties may have a say in who is eligible (KIP-966).
        if level_of(bootstrap.records(), Feature::EligibleLeaderReplicas).is_some_and(|level| level > 0) {
            records.push(self.cluster_min_insync_replicas());
        }
        if version.has_transactions() {
            records.push(EndTransactionRecord::default().into());
            // A transaction may be longer than a batch: there may be many SCRAM credentials.
            return Ok(ControllerResult::stepwise(records, ()));
        }
        Ok(ControllerResult::atomic(records, ()))
    }

    /// The record that makes this node's own `min.insync.replicas` that of the whole cluster.
    pub(super) fn cluster_min_insync_replicas(&self) -> MetadataRecord {
        ConfigRecord {
            resource_type: ConfigResourceKind::Broker.code(),
            resource_name: String::new(),
            name: MIN_INSYNC_REPLICAS.to_owned(),
            value: self.settings.config_rules.topic_default(MIN_INSYNC_REPLICAS),
            ..Default::default()
        }
        .into()
    }
}

fn abort_transaction() -> MetadataRecord {
    AbortTransactionRecord { reason: Some(ABORT_REASON.to_owned()), ..Default::default() }.into()
}

fn check_transactions(metadata_version: MetadataVersion) -> Result<(), ActivationError> {
    if metadata_version.has_transactions() { Ok(()) } else { Err(ActivationError { metadata_version }) }
}
