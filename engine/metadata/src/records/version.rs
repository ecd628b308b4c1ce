//! At which version a record is written.

use crate::features::MetadataVersion;
use ottla_protocol::MetadataRecord;
use ottla_protocol::messages::BrokerRegistrationChangeRecord;

/// The version at which `record` is written in a log of that metadata version: what the oldest node that may have to
/// read it understands.
pub fn record_version(record: &MetadataRecord, metadata_version: MetadataVersion) -> i16 {
    match record {
        MetadataRecord::RegisterBrokerRecord(_) => register_broker(metadata_version),
        MetadataRecord::PartitionRecord(_) | MetadataRecord::PartitionChangeRecord(_) => partition(metadata_version),
        MetadataRecord::BrokerRegistrationChangeRecord(change) => broker_registration_change(change),
        _ => 0,
    }
}

fn register_broker(metadata_version: MetadataVersion) -> i16 {
    if metadata_version.has_cordoned_directories() {
        4
    } else if metadata_version.has_directory_assignment() {
        3
    } else if metadata_version >= MetadataVersion::V3_4Iv0 {
        2
    } else {
        1
    }
}

fn partition(metadata_version: MetadataVersion) -> i16 {
    if metadata_version.has_eligible_leader_replicas() {
        2
    } else if metadata_version.has_directory_assignment() {
        1
    } else {
        0
    }
}

/// The lowest version that has a place for what the record says. The metadata version has no part in it: whoever makes
/// such a change has asked it before.
fn broker_registration_change(change: &BrokerRegistrationChangeRecord) -> i16 {
    if change.cordoned_log_dirs.is_some() {
        3
    } else if !change.log_dirs.is_empty() {
        2
    } else if change.in_controlled_shutdown != 0 {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::record_version;
    use crate::features::MetadataVersion as V;
    use ottla_model::Uuid;
    use ottla_protocol::messages::{
        BrokerRegistrationChangeRecord, PartitionRecord, RegisterBrokerRecord, TopicRecord,
    };

    #[test]
    fn versions_follow_the_metadata_version() {
        for (metadata_version, register, partition) in [
            (V::V3_3Iv3, 1, 0),
            (V::V3_4Iv0, 2, 0),
            (V::V3_7Iv1, 2, 0),
            (V::V3_7Iv2, 3, 1),
            (V::V4_0Iv0, 3, 1),
            (V::V4_0Iv1, 3, 2),
            (V::V4_3Iv0, 4, 2),
        ] {
            assert_eq!(record_version(&RegisterBrokerRecord::default().into(), metadata_version), register);
            assert_eq!(record_version(&PartitionRecord::default().into(), metadata_version), partition);
            assert_eq!(record_version(&TopicRecord::default().into(), metadata_version), 0);
        }
    }

    #[test]
    fn a_registration_change_takes_the_lowest_version_that_holds_it() {
        let version = |change: BrokerRegistrationChangeRecord| record_version(&change.into(), V::LATEST);
        let unfence = BrokerRegistrationChangeRecord { fenced: -1, ..Default::default() };
        assert_eq!(version(unfence.clone()), 0);
        assert_eq!(version(BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..unfence.clone() }), 1);
        assert_eq!(version(BrokerRegistrationChangeRecord { log_dirs: vec![Uuid::ONE], ..unfence.clone() }), 2);
        assert_eq!(version(BrokerRegistrationChangeRecord { cordoned_log_dirs: Some(vec![]), ..unfence }), 3);
    }
}
