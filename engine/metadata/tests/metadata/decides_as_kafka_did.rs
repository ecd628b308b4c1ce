//! What Apache Kafka's controller decided when it wrote the fixture's log, decided again: the same operations on the
//! same state lead to the same records.

use crate::support::fixture::{LoggedRecord, image_before, logged_records};
use bytes::Bytes;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::{
    BootstrapMetadata, BrokerHeartbeat, ConfigOperation, Controller, ControllerResult, ControllerSettings,
    IncrementalAlteration, NewPartitions, NewTopic, Random, RegisterBroker, RegisterController, TopicReference,
};
use ottla_metadata::features::VersionRange;
use ottla_metadata::image::{BrokerEpoch, ConfigResource, ConfigResourceKind, Endpoint};
use ottla_metadata::{MetadataImage, MetadataVersion, records};
use ottla_model::{BrokerId, Offset, Timestamp, Uuid};
use ottla_protocol::messages::{RegisterBrokerRecord, RegisterControllerRecord};
use ottla_protocol::{MetadataRecord, RecordSet};
use std::path::Path;

const BROKER: BrokerId = BrokerId::new(1);
const CLUSTER: &str = "the cluster";

/// Draws the ids that Kafka drew.
struct Drawn(Vec<Uuid>);

impl Random for Drawn {
    fn fill(&mut self, bytes: &mut [u8]) {
        // Only ids depend on what is drawn: with one broker there is nothing else to choose.
        bytes.fill(0);
    }
    fn uuid(&mut self) -> Uuid {
        self.0.pop().expect("an operation draws as many ids as Kafka did")
    }
}

/// A controller that follows the log, and is asked to decide what comes next in it.
struct Follower {
    log: Vec<LoggedRecord>,
    next: usize,
    controller: Controller,
}

impl Follower {
    fn new() -> Self {
        let config = BrokerConfig::for_quick_start(Path::new("/nowhere"));
        let mut settings = ControllerSettings::new(&config, CLUSTER.to_owned(), vec![BROKER]);
        // Kafka's controller waits even for the broker of its own node; Ottla's does not.
        settings.node_id = BrokerId::new(1000);
        let mut controller = Controller::new(settings);
        controller.set_kraft_version(1);
        Self { log: logged_records("kafka-4.3.0.log"), next: 0, controller }
    }

    /// Takes what Kafka decided without deciding it again, up to `offset` (exclusive).
    fn follow_to(&mut self, offset: i64) {
        while self.log[self.next].position.offset < Offset::new(offset) {
            self.follow_one();
        }
    }
    fn follow_one(&mut self) {
        let LoggedRecord { position, record, .. } = &self.log[self.next];
        self.controller.replay(*position, record).unwrap();
        self.next += 1;
    }
    fn skip_no_ops(&mut self) {
        while matches!(self.log[self.next].record, MetadataRecord::NoOpRecord(_)) {
            self.follow_one();
        }
    }
    fn next_offset(&self) -> Offset {
        self.log[self.next].position.offset
    }
    fn next_record(&self) -> &MetadataRecord {
        &self.log[self.next].record
    }

    /// Checks that the records are what comes next in the log, and replays them. Where Kafka walks over hash tables,
    /// the order within a run of records of one type means nothing.
    fn expect<R>(&mut self, result: ControllerResult<R>) -> R {
        let expected = &self.log[self.next..self.next + result.records.len()];
        let types: Vec<_> = result.records.iter().map(RecordSet::type_name).collect();
        let expected_types: Vec<_> = expected.iter().map(|logged| logged.record.type_name()).collect();
        assert_eq!(types, expected_types, "from offset {}", self.next_offset());

        let encode = |record: &MetadataRecord| records::encode(record, MetadataVersion::V4_3Iv0).unwrap();
        let mut written: Vec<Bytes> = result.records.iter().map(encode).collect();
        let mut expected: Vec<Bytes> = expected.iter().map(|logged| logged.bytes.clone()).collect();
        written.sort();
        expected.sort();
        assert_eq!(written, expected, "from offset {}: {:#?}", self.next_offset(), result.records);

        result.records.iter().for_each(|_| self.follow_one());
        result.reply
    }

    fn heartbeat(&mut self, epoch: BrokerEpoch, metadata_offset: i64, wish: Wish, now: i64) {
        let heartbeat = BrokerHeartbeat {
            id: BROKER,
            epoch,
            metadata_offset: Offset::new(metadata_offset),
            wants_fence: matches!(wish, Wish::StayFenced),
            wants_shut_down: matches!(wish, Wish::ShutDown),
            offline_directories: Vec::new(),
            cordoned_directories: matches!(wish, Wish::StayFenced | Wish::ServeUncordoned).then(Vec::new),
        };
        let next_offset = self.next_offset();
        let result = self.controller.broker_heartbeat(&heartbeat, next_offset, Timestamp::new(now)).unwrap();
        self.expect(result);
    }
    fn create_topic(&mut self, topic: NewTopic) {
        self.skip_no_ops();
        let MetadataRecord::TopicRecord(record) = self.next_record() else { panic!("{:?}", self.next_record()) };
        let mut random = Drawn(vec![record.topic_id]);
        let result = self.controller.create_topics(&[topic], false, &mut random).unwrap();
        let replies = self.expect(result);
        replies[0].1.as_ref().unwrap();
    }
    fn alter_configs(&mut self, resource: ConfigResource, operations: &[(&str, ConfigOperation)]) {
        self.skip_no_ops();
        let operations = operations.iter().map(|(key, operation)| ((*key).to_owned(), operation.clone())).collect();
        let alteration = IncrementalAlteration { resource, operations };
        let result = self.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
        let replies = self.expect(result);
        replies[0].1.as_ref().unwrap();
    }
    fn register_controller(&mut self) {
        let MetadataRecord::RegisterControllerRecord(record) = self.next_record() else { panic!() };
        let result = self.controller.register_controller(controller_of(record)).unwrap();
        self.expect(result);
    }
    /// Registers the broker as its next record in the log says.
    fn register_broker(&mut self, previous_epoch: Option<BrokerEpoch>, now: i64) -> BrokerEpoch {
        let record = self.log[self.next..].iter().find_map(|logged| match &logged.record {
            MetadataRecord::RegisterBrokerRecord(record) => Some(record),
            _ => None,
        });
        let request = broker_of(record.unwrap(), previous_epoch);
        let result = self.controller.register_broker(request, self.next_offset(), Timestamp::new(now)).unwrap();
        self.expect(result)
    }
}

#[derive(Clone, Copy)]
enum Wish {
    StayFenced,
    Serve,
    ServeUncordoned,
    ShutDown,
}

fn broker_of(record: &RegisterBrokerRecord, previous_epoch: Option<BrokerEpoch>) -> RegisterBroker {
    let features = record.features.iter().map(|feature| {
        (feature.name.clone(), VersionRange { min: feature.min_supported_version, max: feature.max_supported_version })
    });
    let endpoints = record.end_points.iter().map(|endpoint| Endpoint {
        listener: endpoint.name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    });
    RegisterBroker {
        id: BrokerId::new(record.broker_id),
        cluster_id: CLUSTER.to_owned(),
        incarnation_id: record.incarnation_id,
        endpoints: endpoints.collect(),
        features: features.collect(),
        rack: record.rack.clone(),
        is_migrating_zk_broker: false,
        directories: record.log_dirs.clone(),
        previous_epoch,
    }
}

fn controller_of(record: &RegisterControllerRecord) -> RegisterController {
    let features = record.features.iter().map(|feature| {
        (feature.name.clone(), VersionRange { min: feature.min_supported_version, max: feature.max_supported_version })
    });
    let endpoints = record.end_points.iter().map(|endpoint| Endpoint {
        listener: endpoint.name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    });
    RegisterController {
        id: BrokerId::new(record.controller_id),
        incarnation_id: record.incarnation_id,
        endpoints: endpoints.collect(),
        features: features.collect(),
    }
}

fn topic(name: &str, partitions: i32, configs: &[(&str, &str)]) -> NewTopic {
    let configs = configs.iter().map(|&(key, value)| (key.to_owned(), Some(value.to_owned()))).collect();
    NewTopic {
        name: name.to_owned(),
        partitions: Some(partitions),
        replication_factor: Some(1),
        configs,
        ..Default::default()
    }
}

fn set(value: &str) -> ConfigOperation {
    ConfigOperation::Set(value.to_owned())
}

#[test]
fn from_format_to_the_last_stop() {
    let mut follower = Follower::new();

    // The first start of a formatted node.
    let bootstrap = logged_records("kafka-4.3.0-bootstrap.checkpoint").into_iter().map(|logged| logged.record);
    let bootstrap = BootstrapMetadata::from_records(bootstrap.collect()).unwrap();
    let levels = BootstrapMetadata::for_levels(MetadataVersion::LATEST, |feature| {
        feature.default_level(MetadataVersion::LATEST)
    });
    assert_eq!(bootstrap, levels, "format writes the default levels of the newest release");
    let activated = follower.controller.activate(&bootstrap, Timestamp::new(0)).unwrap();
    follower.expect(activated);
    follower.register_controller();
    let epoch = follower.register_broker(None, 100);
    assert_eq!(epoch.value(), 13);
    follower.heartbeat(epoch, 13, Wish::StayFenced, 200);
    follower.heartbeat(epoch, 14, Wish::Serve, 300);

    // Topics and configurations.
    follower.create_topic(topic("orders", 3, &[("retention.ms", "3600000"), ("min.insync.replicas", "1")]));
    follower.create_topic(NewTopic { name: "audit.log".to_owned(), ..Default::default() });
    follower.create_topic(topic("doomed", 2, &[("cleanup.policy", "compact")]));
    let more = NewPartitions { topic: "orders".to_owned(), total: 5, assignments: None };
    let result = follower.controller.create_partitions(&[more], false, &mut Drawn(Vec::new())).unwrap();
    assert_eq!(follower.expect(result)[0].1, Ok(()));
    let result = follower.controller.delete_topics(&[TopicReference::Name("doomed".to_owned())]).unwrap();
    assert!(follower.expect(result)[0].1.is_ok());
    let audit = || ConfigResource::topic("audit.log");
    follower
        .alter_configs(audit(), &[("max.message.bytes", set("2000000")), ("cleanup.policy", set("compact,delete"))]);
    follower.alter_configs(audit(), &[("max.message.bytes", ConfigOperation::Delete)]);
    follower.alter_configs(ConfigResource::broker(BROKER), &[("log.cleaner.threads", set("2"))]);
    follower.alter_configs(ConfigResource::all_brokers(), &[("log.retention.ms", set("86400000"))]);
    follower.follow_to(47);
    let workers = ConfigResource { kind: ConfigResourceKind::Group, name: "workers".to_owned() };
    follower.alter_configs(workers, &[("consumer.session.timeout.ms", set("50000"))]);
    let slow = ConfigResource { kind: ConfigResourceKind::ClientMetrics, name: "slow".to_owned() };
    let metrics = set("org.apache.kafka.consumer.");
    follower.alter_configs(slow, &[("metrics", metrics), ("interval.ms", set("30000"))]);
    follower.follow_to(55);
    let block = follower.controller.allocate_producer_ids(BROKER, epoch).unwrap();
    assert_eq!(follower.expect(block).first.value(), 0);
    let internal = [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "104857600")];
    follower.create_topic(topic("__consumer_offsets", 2, &internal));

    // A clean stop, and a clean start.
    follower.heartbeat(epoch, 61, Wish::ShutDown, 1000);
    follower.heartbeat(epoch, 70, Wish::ShutDown, 1100);
    follower.controller.deactivate();
    let activated = follower.controller.activate(&bootstrap, Timestamp::new(2000)).unwrap();
    follower.expect(activated);
    follower.register_controller();
    let second = follower.register_broker(Some(epoch), 2100);
    assert_eq!(second.value(), 74);
    follower.heartbeat(second, 74, Wish::StayFenced, 2200);
    follower.heartbeat(second, 75, Wish::Serve, 2300);

    // A kill. The new controller gives the broker a session that it cannot use: it is another incarnation.
    follower.controller.deactivate();
    let activated = follower.controller.activate(&bootstrap, Timestamp::new(10_000)).unwrap();
    follower.expect(activated);
    follower.register_controller();
    let dead = follower.controller.fence_stale_broker(Timestamp::new(19_000));
    assert!(!follower.expect(dead), "the session lasts nine whole seconds");
    let dead = follower.controller.fence_stale_broker(Timestamp::new(19_001));
    assert!(follower.expect(dead));
    let third = follower.register_broker(None, 19_100);
    assert_eq!(third.value(), 96);
    follower.heartbeat(third, 104, Wish::ServeUncordoned, 19_200);
    follower.skip_no_ops();

    // The last stop.
    follower.heartbeat(third, 115, Wish::ShutDown, 30_000);
    follower.heartbeat(third, 124, Wish::ShutDown, 30_100);
    assert_eq!(follower.next, follower.log.len());
    let whole: MetadataImage = image_before(&follower.log, Offset::new(i64::MAX));
    assert_eq!(*follower.controller.image(), whole);
}
