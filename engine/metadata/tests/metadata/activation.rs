//! The first records of a cluster, and what a controller does with what its predecessor left open.

use crate::support::cluster::Cluster;
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{BootstrapMetadata, BootstrapMetadataError, Controller, ControllerResult};
use ottla_metadata::features::Feature;
use ottla_metadata::{MetadataImage, RecordPosition};
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_protocol::messages::{BeginTransactionRecord, FeatureLevelRecord, TopicRecord, UserScramCredentialRecord};
use ottla_protocol::{MetadataRecord, RecordSet};

fn replay(controller: &mut Controller, records: &[MetadataRecord]) {
    for record in records {
        let position =
            RecordPosition { offset: Offset::ZERO, epoch: LeaderEpoch::new(0), timestamp: Timestamp::new(0) };
        controller.replay(position, record).unwrap();
    }
}

fn types(result: &ControllerResult<()>) -> Vec<&'static str> {
    result.records.iter().map(RecordSet::type_name).collect()
}

fn bootstrap(version: MetadataVersion) -> BootstrapMetadata {
    BootstrapMetadata::for_levels(version, |feature| feature.default_level(version))
}

/// A controller that has seen nothing.
fn empty() -> Controller {
    let mut cluster = Cluster::at(MetadataVersion::LATEST);
    cluster.controller.reset();
    cluster.controller
}

#[test]
fn before_there_were_transactions_the_first_records_are_one_batch() {
    let version = MetadataVersion::V3_5Iv2;
    let result = empty().activate(&bootstrap(version), Timestamp::new(0)).unwrap();
    assert_eq!(types(&result), ["FEATURE_LEVEL_RECORD"]);
    assert!(result.atomic);
}

#[test]
fn credentials_are_part_of_the_first_transaction() {
    let scram: MetadataRecord =
        UserScramCredentialRecord { name: "admin".to_owned(), mechanism: 1, iterations: 4096, ..Default::default() }
            .into();
    let bootstrap = bootstrap(MetadataVersion::V4_0Iv3).with_records([scram]);
    let mut controller = empty();
    let result = controller.activate(&bootstrap, Timestamp::new(0)).unwrap();
    let expected = [
        "BEGIN_TRANSACTION_RECORD",
        "FEATURE_LEVEL_RECORD",
        "FEATURE_LEVEL_RECORD",
        "FEATURE_LEVEL_RECORD",
        "USER_SCRAM_CREDENTIAL_RECORD",
        "END_TRANSACTION_RECORD",
    ];
    assert_eq!(types(&result), expected);
    replay(&mut controller, &result.records);
    assert_eq!(controller.image().scram().iter().count(), 1);
}

#[test]
fn a_first_transaction_that_was_cut_short_is_begun_again() {
    let bootstrap = bootstrap(MetadataVersion::LATEST);
    let mut controller = empty();
    let whole = controller.activate(&bootstrap, Timestamp::new(0)).unwrap();
    controller.deactivate();
    replay(&mut controller, &whole.records[..3]);
    let again = controller.activate(&bootstrap, Timestamp::new(0)).unwrap();
    assert_eq!(types(&again)[..2], ["ABORT_TRANSACTION_RECORD", "BEGIN_TRANSACTION_RECORD"]);
    assert_eq!(again.records[1..], whole.records);
    replay(&mut controller, &again.records);
    assert_eq!(controller.image().features().level(Feature::Streams), 1);
}

#[test]
fn what_a_predecessor_left_open_is_aborted() {
    let mut cluster = Cluster::at(MetadataVersion::LATEST);
    let before = cluster.controller.image().clone();
    cluster.controller.deactivate();
    let open: [MetadataRecord; 2] =
        [BeginTransactionRecord::default().into(), TopicRecord { name: "t".to_owned(), ..Default::default() }.into()];
    replay(&mut cluster.controller, &open);
    let result = cluster.controller.activate(&cluster.bootstrap, Timestamp::new(0)).unwrap();
    assert_eq!(types(&result), ["ABORT_TRANSACTION_RECORD"]);
    replay(&mut cluster.controller, &result.records);
    assert_eq!(*cluster.controller.image(), before);
}

#[test]
fn a_log_that_knows_no_transactions_cannot_have_one_open() {
    let mut controller = empty();
    replay(&mut controller, &[BeginTransactionRecord::default().into()]);
    let error = controller.activate(&bootstrap(MetadataVersion::V3_5Iv2), Timestamp::new(0)).unwrap_err();
    assert_eq!(error.metadata_version, MetadataVersion::V3_5Iv2);
    assert!(!controller.is_active());
    assert_eq!(*controller.image(), MetadataImage::empty());
}

#[test]
fn a_cluster_needs_a_metadata_version_to_begin_with() {
    assert_eq!(BootstrapMetadata::from_records(Vec::new()), Err(BootstrapMetadataError::NoMetadataVersion));
    let unknown =
        FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: 99, ..Default::default() }.into();
    assert!(matches!(
        BootstrapMetadata::from_records(vec![unknown]),
        Err(BootstrapMetadataError::UnknownMetadataVersion(_))
    ));
}
