//! A metadata log that Apache Kafka 4.3.0 wrote: read, replayed, and written back.

use crate::support::fixture::{image_before, logged_records};
use ottla_metadata::features::Feature;
use ottla_metadata::image::{ConfigResource, ConfigResourceKind, LeaderRecoveryState, QuotaEntity, ScramMechanism};
use ottla_metadata::{MetadataDelta, MetadataImage, MetadataVersion, records};
use ottla_model::{BrokerId, Offset, PartitionIndex, ProducerId};

const LOG: &str = "kafka-4.3.0.log";
const BROKER: BrokerId = BrokerId::new(1);

fn final_image() -> MetadataImage {
    image_before(&logged_records(LOG), Offset::new(i64::MAX))
}

#[test]
fn every_record_is_written_as_kafka_wrote_it() {
    for file in [LOG, "kafka-4.3.0-43-1.checkpoint", "kafka-4.3.0-bootstrap.checkpoint"] {
        for logged in logged_records(file) {
            let written = records::encode(&logged.record, MetadataVersion::V4_3Iv0).unwrap();
            assert_eq!(written, logged.bytes, "{file}: {:?}", logged.record);
        }
    }
}

#[test]
fn kafkas_own_snapshot_adds_up_to_the_image_of_its_log() {
    let of_log = image_before(&logged_records(LOG), Offset::new(43));
    let of_snapshot = image_before(&logged_records("kafka-4.3.0-43-1.checkpoint"), Offset::new(i64::MAX));
    assert_eq!(of_log, of_snapshot);
}

#[test]
fn an_image_comes_back_from_its_own_snapshot_at_every_offset() {
    let log = logged_records(LOG);
    for end in log.iter().map(|logged| logged.position.offset.next()) {
        let image = image_before(&log, end);
        let mut delta = MetadataDelta::new(MetadataImage::empty());
        for record in image.snapshot().flatten() {
            let version = image.features().metadata_version().unwrap();
            let bytes = records::encode(&record, version).unwrap();
            delta.replay(log[0].position, &records::decode(Offset::ZERO, bytes).unwrap()).unwrap();
        }
        assert_eq!(delta.publish().image, image, "before offset {end}");
    }
}

#[test]
fn features_are_those_that_kafka_features_describes() {
    let image = final_image();
    let levels = Feature::ALL.map(|feature| image.features().level(feature));
    assert_eq!(levels, [30, 0, 2, 1, 1, 1, 1], "kraft.version is the quorum's");
    assert_eq!(image.features().metadata_version(), Some(MetadataVersion::V4_3Iv0));
}

#[test]
fn topics_are_those_that_kafka_topics_describes() {
    let image = final_image();
    let topics: Vec<_> = image
        .topics()
        .iter()
        .map(|topic| (topic.name().to_string(), topic.id().to_string(), topic.partition_count()))
        .collect();
    let expected = [
        ("__consumer_offsets", "7yrgquxrR-24KNuiN-Y2Nw", 2),
        ("audit.log", "2z9B67kVQgK5jNxNg10MGQ", 1),
        ("orders", "k9o4b9H5Twimf_1H0AGrsw", 5),
    ];
    assert_eq!(topics, expected.map(|(name, id, count)| (name.to_owned(), id.to_owned(), count)));
    assert!(image.topics().by_name("doomed").is_none());
    assert_eq!(image.topics().colliding_with("audit_log").unwrap().as_str(), "audit.log");
}

#[test]
fn a_partition_has_lived_through_a_clean_stop_a_kill_and_another_clean_stop() {
    let log = logged_records(LOG);
    let at = |end| {
        let image = image_before(&log, Offset::new(end));
        image.topics().by_name("orders").unwrap().partition(PartitionIndex::new(4)).unwrap().clone()
    };
    let created = at(72);
    assert_eq!(created.leader, None, "the only replica is shutting down");
    assert!(created.in_sync_replicas.is_empty());
    assert_eq!(*created.eligible_leader_replicas, [BROKER]);
    assert_eq!(*created.last_known_leaders, [BROKER]);
    assert_eq!(created.leader_epoch.value(), 1);

    let restarted = at(85);
    assert_eq!(restarted.leader, Some(BROKER));
    assert_eq!(*restarted.in_sync_replicas, [BROKER]);
    assert!(restarted.eligible_leader_replicas.is_empty());
    assert_eq!(restarted.leader_recovery_state, LeaderRecoveryState::Recovered);

    let after_kill = at(115);
    assert_eq!(after_kill.leader, Some(BROKER), "the last known leader is elected, uncleanly");
    assert_eq!(after_kill.leader_recovery_state, LeaderRecoveryState::Recovering);
    assert_eq!((after_kill.leader_epoch.value(), after_kill.partition_epoch), (4, 5));

    let stopped = at(1000);
    assert_eq!(stopped.leader, None);
    assert_eq!((stopped.leader_epoch.value(), stopped.partition_epoch), (5, 6));
}

#[test]
fn the_broker_is_registered_as_it_left() {
    let image = final_image();
    let broker = image.cluster().broker(BROKER).unwrap();
    assert!(broker.fenced && broker.in_controlled_shutdown);
    assert_eq!(broker.epoch.value(), 96, "where its last registration stands, less what it was preceded by");
    assert_eq!(broker.endpoint("PLAINTEXT").map(|endpoint| endpoint.port), Some(39330));
    assert_eq!(broker.cordoned_directories.as_deref(), Some(&[][..]));
    assert_eq!(broker.directories.len(), 1);
    assert_eq!(broker.features["metadata.version"].max, 30);
    assert_eq!(image.cluster().controllers().count(), 1);
}

#[test]
fn everything_else_is_there() {
    let image = final_image();
    let configs = image.configs();
    assert_eq!(configs.topic("orders")["retention.ms"], "3600000");
    assert_eq!(configs.topic("audit.log").keys().collect::<Vec<_>>(), ["cleanup.policy"]);
    assert!(configs.topic("doomed").is_empty(), "a topic's configuration goes with it");
    assert_eq!(configs.broker(BROKER)["log.cleaner.threads"], "2");
    assert_eq!(configs.all_brokers()["min.insync.replicas"], "1");
    let group = ConfigResource { kind: ConfigResourceKind::Group, name: "workers".to_owned() };
    assert_eq!(configs.of(&group)["consumer.session.timeout.ms"], "50000");
    let metrics = ConfigResource { kind: ConfigResourceKind::ClientMetrics, name: "slow".to_owned() };
    assert_eq!(configs.of(&metrics)["interval.ms"], "30000");

    let entity = |parts: &[(&str, Option<&str>)]| {
        QuotaEntity(parts.iter().map(|(kind, name)| ((*kind).to_owned(), name.map(str::to_owned))).collect())
    };
    let loader = entity(&[("user", Some("alice")), ("client-id", Some("loader"))]);
    assert_eq!(image.client_quotas().of(&loader).unwrap()["producer_byte_rate"], 1_048_576.0);
    let every_client = entity(&[("client-id", None)]);
    assert_eq!(image.client_quotas().of(&every_client).unwrap()["request_percentage"], 75.5);
    assert_eq!(image.client_quotas().of(&entity(&[("client-id", Some("old"))])), None);

    assert_eq!(image.scram().get(ScramMechanism::Sha256, "alice").unwrap().iterations, 4096);
    assert!(image.scram().get(ScramMechanism::Sha512, "alice").is_none());

    let acls: Vec<_> = image.acls().iter().map(|(_, acl)| (acl.principal.as_str(), acl.operation)).collect();
    assert_eq!(acls.len(), 2);
    assert!(acls.contains(&("User:alice", 3)) && acls.contains(&("User:bob", 2)));
    assert_eq!(image.next_producer_id(), Some(ProducerId::new(1000)));
    assert_eq!(image.provenance().unwrap().last_offset, Offset::new(125));
}
