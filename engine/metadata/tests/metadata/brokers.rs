//! Brokers that come, stay, and go.

use crate::support::cluster::{Cluster, assigned_topic, brokers, directory};
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{BrokerHeartbeat, RegisterBroker, RegisterBrokerError, StaleBrokerEpoch};
use ottla_metadata::features::VersionRange;
use ottla_metadata::image::BrokerEpoch;
use ottla_model::{BrokerId, ErrorCode, Offset, Timestamp, Uuid};
use ottla_protocol::RecordSet;

#[test]
fn registrations_that_cannot_be_are_refused() {
    use ErrorCode as E;
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let good = cluster.request_to_register(2, None);
    let with_range = |name: &str, range: Option<VersionRange>| {
        let mut request = good.clone();
        request.features.retain(|(feature, _)| feature != name);
        request.features.extend(range.map(|range| (name.to_owned(), range)));
        request
    };
    let reserved = Uuid::from_bytes(99u128.to_be_bytes());
    let rows = [
        (
            RegisterBroker { cluster_id: "other".to_owned(), ..good.clone() },
            E::InconsistentClusterId,
            "Expected cluster ID the cluster, but got cluster ID other".to_owned(),
        ),
        (
            RegisterBroker { is_migrating_zk_broker: true, ..good.clone() },
            E::BrokerIdNotRegistered,
            "Controller does not support registering ZK brokers.".to_owned(),
        ),
        (
            RegisterBroker { directories: vec![], ..good.clone() },
            E::InvalidRegistration,
            "No directories specified in request".to_owned(),
        ),
        (
            RegisterBroker { directories: vec![reserved], ..good.clone() },
            E::InvalidRegistration,
            "Reserved directory ID in request".to_owned(),
        ),
        (
            RegisterBroker { directories: vec![directory(2), directory(2)], ..good.clone() },
            E::InvalidRegistration,
            "Duplicate directory ID in request".to_owned(),
        ),
        (
            RegisterBroker { directories: vec![directory(1)], ..good.clone() },
            E::InvalidRegistration,
            format!("Broker 1 is already registered with directory {}", directory(1)),
        ),
        (
            with_range("metadata.version", Some(VersionRange { min: 7, max: 29 })),
            E::UnsupportedVersion,
            "Unable to register because the broker does not support finalized version 30 of metadata.version. The \
             broker wants a version between 7 and 29, inclusive."
                .to_owned(),
        ),
        (
            with_range("metadata.version", None),
            E::InvalidRegistration,
            "Request features do not contain 'metadata.version'".to_owned(),
        ),
        (
            with_range("group.version", None),
            E::UnsupportedVersion,
            "Unable to register because the broker does not support finalized version 1 of group.version. The broker \
             wants a version between 0 and 0, inclusive."
                .to_owned(),
        ),
        (
            with_range("kraft.version", Some(VersionRange { min: 0, max: 0 })),
            E::UnsupportedVersion,
            "Unable to register because the broker does not support finalized version 1 of kraft.version. The broker \
             wants a version between 0 and 0, inclusive."
                .to_owned(),
        ),
        (
            with_range("no.such", Some(VersionRange { min: 1, max: 2 })),
            E::UnsupportedVersion,
            "Unable to register because the broker does not support finalized version 0 of no.such. The broker wants a \
             version between 1 and 2, inclusive."
                .to_owned(),
        ),
    ];
    for (request, code, message) in rows {
        let error = cluster.register(request).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (code, message));
    }
    cluster.register(good).unwrap();
}

#[test]
fn a_second_incarnation_waits_for_the_session_of_the_first_to_end() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let other = cluster.request_to_register(1, None);
    let error = cluster.register(other.clone()).unwrap_err();
    assert_eq!(error, RegisterBrokerError::Duplicate);
    assert_eq!(error.code(), ErrorCode::DuplicateBrokerRegistration);
    cluster.now = Timestamp::new(9001);
    let epoch = cluster.register(other.clone()).unwrap();
    let again = cluster.register(other).unwrap();
    assert_eq!(epoch, again, "the same incarnation only amends its registration");
    assert!(cluster.controller.image().cluster().broker(BrokerId::new(1)).unwrap().fenced);
}

#[test]
fn after_a_change_of_controllers_only_the_controllers_own_broker_need_not_wait() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    cluster.controller.deactivate();
    cluster.activate();
    for (id, waits) in [(1, false), (2, true)] {
        let request = cluster.request_to_register(id, None);
        assert_eq!(cluster.register(request).err(), waits.then_some(RegisterBrokerError::Duplicate));
    }
}

#[test]
fn a_broker_is_unfenced_once_it_has_read_its_registration() {
    let mut cluster = Cluster::at(MetadataVersion::LATEST);
    let request = cluster.request_to_register(1, None);
    let epoch = cluster.register(request).unwrap();
    let registered_at = cluster.next_offset() - 1;
    let mut heartbeat = BrokerHeartbeat {
        id: BrokerId::new(1),
        epoch,
        metadata_offset: registered_at - 1,
        wants_fence: false,
        wants_shut_down: false,
        offline_directories: Vec::new(),
        cordoned_directories: None,
    };
    let mut beat = |heartbeat: &BrokerHeartbeat| {
        let next_offset = cluster.next_offset();
        let result = cluster.controller.broker_heartbeat(heartbeat, next_offset, Timestamp::new(1)).unwrap();
        cluster.commit(result)
    };
    let early = beat(&heartbeat);
    assert!(early.is_fenced && !early.is_caught_up);
    heartbeat.metadata_offset = registered_at;
    heartbeat.wants_fence = true;
    let caught_up = beat(&heartbeat);
    assert!(caught_up.is_fenced && caught_up.is_caught_up);
    heartbeat.wants_fence = false;
    assert!(!beat(&heartbeat).is_fenced);
    heartbeat.wants_fence = true;
    assert!(beat(&heartbeat).is_fenced);
}

#[test]
fn heartbeats_of_other_incarnations_are_refused() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let mut beat = |id, epoch| {
        let heartbeat = BrokerHeartbeat {
            id: BrokerId::new(id),
            epoch: BrokerEpoch::new(epoch),
            metadata_offset: Offset::ZERO,
            wants_fence: false,
            wants_shut_down: false,
            offline_directories: Vec::new(),
            cordoned_directories: None,
        };
        cluster.controller.broker_heartbeat(&heartbeat, Offset::new(99), Timestamp::new(1)).unwrap_err()
    };
    let unknown = beat(7, 1);
    assert_eq!(unknown, StaleBrokerEpoch::HeartbeatBeforeRegistration { broker: BrokerId::new(7) });
    assert_eq!(unknown.to_string(), "Receive a heartbeat from broker 7 before registration");
    let stale = beat(1, 1);
    assert_eq!(stale.code(), ErrorCode::StaleBrokerEpoch);
    assert!(stale.to_string().starts_with("Expected broker epoch "), "{stale}");
}

#[test]
fn a_controlled_shutdown_ends_when_the_others_have_taken_over() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    cluster.create(assigned_topic("t", &[&[1, 2], &[2, 1]]));
    let (first, second) = (cluster.epoch_of(1), cluster.epoch_of(2));
    cluster.heartbeat(2, second, false);
    let reply = cluster.heartbeat(1, first, true);
    assert!(reply.in_controlled_shutdown && !reply.should_shut_down);
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(2)));
    assert_eq!(*cluster.partition("t", 0).in_sync_replicas, brokers(&[2]));
    let reply = cluster.heartbeat(1, first, true);
    assert!(!reply.should_shut_down, "broker 2 has not read yet that it leads");
    cluster.heartbeat(2, second, false);
    let reply = cluster.heartbeat(1, first, true);
    assert!(reply.should_shut_down && reply.is_fenced);
}

#[test]
fn a_broker_that_is_not_heard_of_is_fenced_and_loses_what_it_led() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    cluster.create(assigned_topic("t", &[&[1, 2]]));
    cluster.now = Timestamp::new(5000);
    let second = cluster.epoch_of(2);
    cluster.heartbeat(2, second, false);
    assert_eq!(cluster.controller.next_session_end(), Some(Timestamp::new(9001)));
    let fenced = cluster.controller.fence_stale_broker(Timestamp::new(9001));
    let types: Vec<_> = fenced.records.iter().map(RecordSet::type_name).collect();
    assert_eq!(types, ["PARTITION_CHANGE_RECORD", "BROKER_REGISTRATION_CHANGE_RECORD"]);
    assert!(cluster.commit(fenced));
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(2)));
    let nobody = cluster.controller.fence_stale_broker(Timestamp::new(9001));
    assert!(!cluster.commit(nobody));
}

#[test]
fn a_lost_directory_takes_its_replicas_along() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    let mut request = cluster.request_to_register(3, None);
    request.directories = vec![directory(3), directory(33)];
    let epoch = cluster.register(request).unwrap();
    cluster.heartbeat(3, epoch, false);
    cluster.create(assigned_topic("t", &[&[3, 1]]));
    assert_eq!(cluster.partition("t", 0).directories[0], Uuid::UNASSIGNED_DIRECTORY, "the broker will choose");
    let partition = ottla_model::TopicIdPartition {
        topic_id: cluster.topic_id("t"),
        partition: ottla_model::PartitionIndex::new(0),
    };
    let assignment = ottla_metadata::controller::DirectoryAssignment { partition, directory: directory(33) };
    let result = cluster.controller.assign_directories(BrokerId::new(3), epoch, &[assignment]).unwrap();
    assert_eq!(cluster.commit(result), [Ok(())]);
    assert_eq!(cluster.partition("t", 0).directories[0], directory(33));

    let heartbeat = BrokerHeartbeat {
        id: BrokerId::new(3),
        epoch,
        metadata_offset: cluster.next_offset() - 1,
        wants_fence: false,
        wants_shut_down: false,
        offline_directories: vec![directory(33)],
        cordoned_directories: Some(vec![]),
    };
    let next_offset = cluster.next_offset();
    let result = cluster.controller.broker_heartbeat(&heartbeat, next_offset, cluster.now).unwrap();
    cluster.commit(result);
    let registration = cluster.controller.image().cluster().broker(BrokerId::new(3)).unwrap();
    assert_eq!(registration.directories, [directory(3)]);
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(1)));
    assert_eq!(*cluster.partition("t", 0).in_sync_replicas, brokers(&[1]));
}

#[test]
fn an_unregistered_broker_is_forgotten_everywhere() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 2);
    cluster.create(assigned_topic("t", &[&[1, 2]]));
    let unknown = cluster.controller.unregister_broker(BrokerId::new(9)).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::BrokerIdNotRegistered);
    assert_eq!(unknown.to_string(), "Broker ID 9 is not currently registered");
    let result = cluster.controller.unregister_broker(BrokerId::new(1)).unwrap();
    cluster.commit(result);
    assert!(cluster.controller.image().cluster().broker(BrokerId::new(1)).is_none());
    assert_eq!(*cluster.partition("t", 0).in_sync_replicas, brokers(&[2]));
}

#[test]
fn producer_ids_come_in_blocks_that_never_overlap() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let epoch = cluster.epoch_of(1);
    let firsts: Vec<i64> = (0..3)
        .map(|_| {
            let block = cluster.controller.allocate_producer_ids(BrokerId::new(1), epoch).unwrap();
            cluster.commit(block).first.value()
        })
        .collect();
    assert_eq!(firsts, [0, 1000, 2000]);
    let stale = cluster.controller.allocate_producer_ids(BrokerId::new(1), BrokerEpoch::new(0)).unwrap_err();
    assert_eq!(stale.code(), ErrorCode::StaleBrokerEpoch);
}

#[test]
fn what_is_lost_with_the_leadership_is_undone() {
    let mut cluster = Cluster::with_brokers(MetadataVersion::LATEST, 1);
    let committed = cluster.controller.state();
    let before = cluster.controller.image().clone();
    cluster.create(assigned_topic("t", &[&[1]]));
    assert_ne!(*cluster.controller.image(), before);
    cluster.controller.restore(committed);
    assert_eq!(*cluster.controller.image(), before);
    assert!(!cluster.controller.is_active());
}
