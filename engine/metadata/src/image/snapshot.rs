//! An image as the records that add up to it: what a snapshot of the metadata log holds.

use super::{
    Acl, BrokerRegistration, ConfigMap, ConfigResource, ControllerRegistration, DelegationToken, MetadataImage,
    PartitionImage, QuotaEntity, QuotaMap, ScramCredential, ScramMechanism, TopicImage,
};
use crate::features::{Feature, MetadataVersion};
use crate::replay::{NO_LEADER, ids};
use ottla_model::{PartitionIndex, TopicId, Uuid};
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::{
    AccessControlEntryRecord, ClientQuotaRecord, ConfigRecord, DelegationTokenRecord, FeatureLevelRecord,
    PartitionRecord, ProducerIdsRecord, RegisterBrokerRecord, RegisterControllerRecord, TopicRecord,
    UserScramCredentialRecord, client_quota_record, register_broker_record, register_controller_record,
};

/// How many records a snapshot's batch holds. As many as Kafka's.
const RECORDS_PER_BATCH: usize = 1024;

impl MetadataImage {
    /// The records that add up to this image, batch by batch: features first, for what comes after them depends on
    /// `metadata.version`; then in Kafka's order. To be written at the versions of
    /// [`record_version`](crate::records::record_version). What the image's metadata version has no place for is left
    /// out. An image without a metadata version has no records: nothing was ever decided.
    pub fn snapshot(&self) -> impl Iterator<Item = Vec<MetadataRecord>> {
        let mut records = self.features.metadata_version().map(|version| self.records(version)).into_iter().flatten();
        std::iter::from_fn(move || {
            let batch: Vec<MetadataRecord> = records.by_ref().take(RECORDS_PER_BATCH).collect();
            (!batch.is_empty()).then_some(batch)
        })
    }

    fn records(&self, version: MetadataVersion) -> impl Iterator<Item = MetadataRecord> {
        let keeps_elr = self.features.has_eligible_leader_replicas();
        self.feature_levels(version)
            .chain(self.cluster.brokers().map(move |broker| broker.to_record(version).into()))
            .chain(
                self.cluster
                    .controllers()
                    .filter(move |_| version.has_controller_registration())
                    .map(|controller| controller.to_record().into()),
            )
            .chain(self.topics.iter().flat_map(move |topic| topic_records(topic, version, keeps_elr)))
            .chain(self.configs.iter().flat_map(|(resource, configs)| config_records(resource, configs)))
            .chain(self.client_quotas.iter().flat_map(|(entity, quotas)| quota_records(entity, quotas)))
            .chain(self.next_producer_id.map(|next| {
                // Who asked for the last block matters to nobody any more.
                let (broker_id, broker_epoch, next_producer_id) = (-1, -1, next.value());
                ProducerIdsRecord { broker_id, broker_epoch, next_producer_id, ..Default::default() }.into()
            }))
            .chain(self.acls.iter().map(|(id, acl)| acl_record(id, acl).into()))
            .chain(
                self.scram
                    .iter()
                    .filter(move |_| version.has_scram())
                    .map(|(mechanism, user, credential)| scram_record(mechanism, user, credential).into()),
            )
            .chain(
                self.delegation_tokens
                    .iter()
                    .filter(move |_| version.has_delegation_tokens())
                    .map(|(id, token)| token_record(id, token).into()),
            )
    }

    fn feature_levels(&self, version: MetadataVersion) -> impl Iterator<Item = MetadataRecord> {
        let first = (Feature::Metadata.name(), version.level());
        let others = self.features.others().iter().map(|(name, &level)| (name.as_str(), level));
        std::iter::once(first).chain(others).map(|(name, feature_level)| {
            FeatureLevelRecord { name: name.to_owned(), feature_level, ..Default::default() }.into()
        })
    }
}

impl BrokerRegistration {
    fn to_record(&self, version: MetadataVersion) -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker_id: self.id.value(),
            is_migrating_zk_broker: self.is_migrating_zk_broker && version >= MetadataVersion::V3_4Iv0,
            incarnation_id: self.incarnation_id,
            broker_epoch: self.epoch.value(),
            end_points: self
                .endpoints
                .iter()
                .map(|endpoint| register_broker_record::BrokerEndpoint {
                    name: endpoint.listener.clone(),
                    host: endpoint.host.clone(),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                    ..Default::default()
                })
                .collect(),
            features: self
                .features
                .iter()
                .map(|(name, supported)| register_broker_record::BrokerFeature {
                    name: name.clone(),
                    min_supported_version: supported.min,
                    max_supported_version: supported.max,
                    ..Default::default()
                })
                .collect(),
            rack: self.rack.clone(),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: if version.has_directory_assignment() { self.directories.clone() } else { Vec::new() },
            cordoned_log_dirs: self.cordoned_directories.clone().filter(|_| version.has_cordoned_directories()),
            ..Default::default()
        }
    }
}

impl ControllerRegistration {
    fn to_record(&self) -> RegisterControllerRecord {
        RegisterControllerRecord {
            controller_id: self.id.value(),
            incarnation_id: self.incarnation_id,
            zk_migration_ready: self.zk_migration_ready,
            end_points: self
                .endpoints
                .iter()
                .map(|endpoint| register_controller_record::ControllerEndpoint {
                    name: endpoint.listener.clone(),
                    host: endpoint.host.clone(),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                    ..Default::default()
                })
                .collect(),
            features: self
                .features
                .iter()
                .map(|(name, supported)| register_controller_record::ControllerFeature {
                    name: name.clone(),
                    min_supported_version: supported.min,
                    max_supported_version: supported.max,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }
    }
}

fn topic_records(
    topic: &TopicImage,
    version: MetadataVersion,
    keeps_elr: bool,
) -> impl Iterator<Item = MetadataRecord> {
    let created = TopicRecord { name: topic.name().to_string(), topic_id: topic.id(), ..Default::default() };
    let partitions = topic
        .partitions()
        .map(move |(index, partition)| partition.to_record(topic.id(), index, version, keeps_elr).into());
    std::iter::once(created.into()).chain(partitions)
}

impl PartitionImage {
    /// The record that makes a partition what this one is. `keeps_elr`: whether the feature
    /// `eligible.leader.replicas.version` is on.
    pub(crate) fn to_record(
        &self,
        topic_id: TopicId,
        index: PartitionIndex,
        version: MetadataVersion,
        keeps_elr: bool,
    ) -> PartitionRecord {
        // Tagged fields that are not there take no room.
        let if_any = |brokers: &[_]| (keeps_elr && !brokers.is_empty()).then(|| ids(brokers));
        PartitionRecord {
            partition_id: index.value(),
            topic_id,
            replicas: ids(&self.replicas),
            isr: ids(&self.in_sync_replicas),
            removing_replicas: ids(&self.removing_replicas),
            adding_replicas: ids(&self.adding_replicas),
            leader: self.leader.map_or(NO_LEADER, |leader| leader.value()),
            leader_recovery_state: self.leader_recovery_state.value(),
            leader_epoch: self.leader_epoch.value(),
            partition_epoch: self.partition_epoch,
            directories: if version.has_directory_assignment() { self.directories.to_vec() } else { Vec::new() },
            eligible_leader_replicas: if_any(&self.eligible_leader_replicas),
            last_known_elr: if_any(&self.last_known_leaders),
            ..Default::default()
        }
    }
}

fn config_records(resource: &ConfigResource, configs: &ConfigMap) -> impl Iterator<Item = MetadataRecord> {
    configs.iter().map(|(key, value)| {
        ConfigRecord {
            resource_type: resource.kind.code(),
            resource_name: resource.name.clone(),
            name: key.clone(),
            value: Some(value.clone()),
            ..Default::default()
        }
        .into()
    })
}

fn quota_records(entity: &QuotaEntity, quotas: &QuotaMap) -> impl Iterator<Item = MetadataRecord> {
    quotas.iter().map(|(key, &value)| {
        let entity = entity.0.iter().map(|(entity_type, entity_name)| client_quota_record::EntityData {
            entity_type: entity_type.clone(),
            entity_name: entity_name.clone(),
            ..Default::default()
        });
        ClientQuotaRecord { entity: entity.collect(), key: key.clone(), value, remove: false, ..Default::default() }
            .into()
    })
}

fn acl_record(id: Uuid, acl: &Acl) -> AccessControlEntryRecord {
    AccessControlEntryRecord {
        id,
        resource_type: acl.resource_type,
        resource_name: acl.resource_name.clone(),
        pattern_type: acl.pattern_type,
        principal: acl.principal.clone(),
        host: acl.host.clone(),
        operation: acl.operation,
        permission_type: acl.permission_type,
        ..Default::default()
    }
}

fn scram_record(mechanism: ScramMechanism, user: &str, credential: &ScramCredential) -> UserScramCredentialRecord {
    UserScramCredentialRecord {
        name: user.to_owned(),
        mechanism: mechanism.code(),
        salt: credential.salt.clone(),
        stored_key: credential.stored_key.clone(),
        server_key: credential.server_key.clone(),
        iterations: credential.iterations,
        ..Default::default()
    }
}

fn token_record(id: &str, token: &DelegationToken) -> DelegationTokenRecord {
    DelegationTokenRecord {
        owner: token.owner.clone(),
        requester: token.requester.clone(),
        renewers: token.renewers.clone(),
        issue_timestamp: token.issued_at.value(),
        max_timestamp: token.max_timestamp.value(),
        expiration_timestamp: token.expires_at.value(),
        token_id: id.to_owned(),
        ..Default::default()
    }
}
