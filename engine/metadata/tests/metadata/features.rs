//! Feature levels that change.

use crate::support::cluster::Cluster;
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{FeatureUpdate, UpgradeType};
use ottla_metadata::features::{Feature, VersionRange};
use ottla_model::ErrorCode;

fn update(name: &str, level: i16, upgrade_type: UpgradeType) -> FeatureUpdate {
    FeatureUpdate { name: name.to_owned(), level, upgrade_type }
}

#[test]
fn what_cannot_be_is_refused_as_kafka_does() {
    use UpgradeType::{SafeDowngrade, Unknown, UnsafeDowngrade, Upgrade};
    let cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let invalid = |feature: &str, level: i16, reason: &str| {
        format!("Invalid update version {level} for feature {feature}. {reason}")
    };
    let rows = [
        (update("group.version", 2, Upgrade), invalid("group.version", 2, "Local controller 1 only supports versions 0-1")),
        (
            update("group.version", 0, Upgrade),
            invalid(
                "group.version",
                0,
                "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe \
                 downgrade.",
            ),
        ),
        (update("group.version", 1, Unknown(9)), invalid("group.version", 1, "The controller does not support the given upgrade type.")),
        (update("group.version", -1, SafeDowngrade), invalid("group.version", -1, "A feature version cannot be less than 0.")),
        (update("no.such", 1, Upgrade), invalid("no.such", 1, "Local controller 1 does not support this feature.")),
        (update("no.such", 0, SafeDowngrade), invalid("no.such", 0, "Feature no.such not found.")),
        (
            update("metadata.version", 29, SafeDowngrade),
            "Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because \
             it might delete metadata information."
                .to_owned(),
        ),
        (
            update("metadata.version", 29, UnsafeDowngrade),
            "Unsupported metadata.version downgrade from 30 to 29. Unsafe metadata downgrade is not supported in this \
             version."
                .to_owned(),
        ),
        (
            update("metadata.version", 31, Upgrade),
            invalid("metadata.version", 31, "Local controller 1 only supports versions 7-30"),
        ),
        (
            update("kraft.version", 0, SafeDowngrade),
            invalid("kraft.version", 0, "Can't downgrade the version of this feature."),
        ),
    ];
    for (update, message) in rows {
        let error = cluster.controller.update_features(&[update], false).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (ErrorCode::InvalidUpdateVersion, message));
    }
}

#[test]
fn levels_go_up_together_or_not_at_all() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::V3_9Iv0, 1);
    let updates = [
        update("metadata.version", 30, UpgradeType::Upgrade),
        update("eligible.leader.replicas.version", 1, UpgradeType::Upgrade),
        update("group.version", 1, UpgradeType::Upgrade),
    ];
    let alone = cluster.controller.update_features(&updates[1..2], false).unwrap_err();
    assert_eq!(
        alone.to_string(),
        "Invalid update version 1 for feature eligible.leader.replicas.version. eligible.leader.replicas.version could \
         not be set to 1 because it depends on metadata.version level 23"
    );
    assert!(cluster.controller.update_features(&updates, true).unwrap().records.is_empty());
    let result = cluster.controller.update_features(&updates, false).unwrap();
    cluster.commit(result);
    let features = cluster.controller.image().features();
    assert_eq!(features.metadata_version(), Some(MetadataVersion::LATEST));
    assert_eq!((features.level(Feature::Group), features.level(Feature::EligibleLeaderReplicas)), (1, 1));
    assert_eq!(features.level(Feature::Share), 0);
}

#[test]
fn every_broker_must_be_able_to_follow() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::V4_0Iv3, 1);
    let mut request = cluster.request_to_register(2, None);
    for (name, supported) in &mut request.features {
        if name == "metadata.version" {
            *supported = VersionRange { min: 7, max: 25 };
        }
    }
    cluster.register(request).unwrap();
    let error =
        cluster.controller.update_features(&[update("metadata.version", 30, UpgradeType::Upgrade)], false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid update version 30 for feature metadata.version. Broker 2 only supports versions 7-25"
    );
}
