//! Replay: what each record does to an image. The only place where images change.
//!
//! Records are facts: whoever appended them had checked them. A record that does not fit the image therefore means
//! that the log, or this software, is wrong about the cluster, and is an error that nothing may ignore.

mod cluster;
mod configs;
mod error;
mod features;
mod partitions;
mod quotas;
mod security;
mod topics;

pub use error::{Misfit, ReplayError};
pub(crate) use partitions::{NO_LEADER, NO_LEADER_CHANGE, NO_RECOVERY_STATE_CHANGE, changed, ids};

use crate::delta::MetadataChanges;
use crate::image::MetadataImage;
use ottla_model::ProducerId;
use ottla_protocol::MetadataRecord;

/// Applies one record to `image` and notes in `changes` what it changed. The records of metadata transactions are not
/// for here, see [`MetadataDelta`](crate::delta::MetadataDelta).
pub(crate) fn apply(
    record: &MetadataRecord,
    image: &mut MetadataImage,
    changes: &mut MetadataChanges,
) -> Result<(), Misfit> {
    use MetadataRecord as R;
    match record {
        R::RegisterBrokerRecord(record) => cluster::register_broker(record, image, changes),
        R::UnregisterBrokerRecord(record) => cluster::unregister_broker(record, image, changes)?,
        R::FenceBrokerRecord(record) => cluster::fence_broker(record, image, changes)?,
        R::UnfenceBrokerRecord(record) => cluster::unfence_broker(record, image, changes)?,
        R::BrokerRegistrationChangeRecord(record) => cluster::change_registration(record, image, changes)?,
        R::RegisterControllerRecord(record) => cluster::register_controller(record, image, changes),
        R::TopicRecord(record) => topics::create(record, image, changes)?,
        R::RemoveTopicRecord(record) => topics::remove(record, image, changes)?,
        R::ClearElrRecord(record) => topics::clear_eligible_leader_replicas(record, image, changes)?,
        R::PartitionRecord(record) => partitions::create(record, image, changes)?,
        R::PartitionChangeRecord(record) => partitions::change(record, image, changes)?,
        R::ConfigRecord(record) => configs::set(record, image, changes),
        R::FeatureLevelRecord(record) => features::set_level(record, image, changes)?,
        R::ClientQuotaRecord(record) => quotas::set(record, image, changes),
        R::ProducerIdsRecord(record) => {
            image.next_producer_id = Some(ProducerId::new(record.next_producer_id));
            changes.producer_ids = true;
        }
        R::AccessControlEntryRecord(record) => security::create_acl(record, image, changes),
        R::RemoveAccessControlEntryRecord(record) => security::remove_acl(record, image, changes)?,
        R::UserScramCredentialRecord(record) => security::set_scram_credential(record, image, changes)?,
        R::RemoveUserScramCredentialRecord(record) => security::remove_scram_credential(record, image, changes)?,
        R::DelegationTokenRecord(record) => security::set_delegation_token(record, image, changes),
        R::RemoveDelegationTokenRecord(record) => security::remove_delegation_token(record, image, changes),
        // Written by releases that could still migrate from ZooKeeper; says nothing any more.
        R::ZkMigrationStateRecord(_) | R::NoOpRecord(_) => {}
        R::BeginTransactionRecord(_) | R::EndTransactionRecord(_) | R::AbortTransactionRecord(_) => {
            return Err(Misfit::TransactionMarkerOutOfPlace);
        }
    }
    Ok(())
}
